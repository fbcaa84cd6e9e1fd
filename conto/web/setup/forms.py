"""What the wizard asks, step by step. Each answer is checked where it is given."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from conto.domain.contact import check_bic, check_email, check_iban, check_postcode, check_tax_id, normalize_phone
from conto.domain.errors import RuleBroken
from conto.domain.numbering import NumberPattern
from conto.domain.preset import LANGUAGES as PRESET_LANGUAGES
from conto.domain.preset import presets
from conto.web.accounts.forms import zones
from conto.web.reading import words_of
from conto.web.setup.countries import country_choices, currency_choices
from conto.web.today.words import HOME_WORDS

LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
NO_PRESET = "none"
_COLOR = re.compile(r"#[0-9a-f]{6}")


def checked(form: forms.Form, name: str, check: Callable[[str], str]) -> None:
    """Check a field that was filled in; a refusal is the field's error, the normal form its value."""
    value = form.cleaned_data.get(name)
    if not value:
        return
    try:
        form.cleaned_data[name] = check(value)
    except RuleBroken as refusal:
        form.add_error(name, words_of(refusal))


class OwnerForm(forms.Form):
    """The first person of the book."""

    name = forms.CharField(label=_("Your name"), max_length=200, widget=forms.TextInput({"autocomplete": "name"}))
    email = forms.CharField(
        label=_("Your mail address"),
        max_length=254,
        help_text=_("You sign in with it."),
        widget=forms.EmailInput({"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        help_text=_("At least ten characters, and not one that many people use."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Check the address and the strength of the password."""
        checked(self, "email", check_email)
        try:
            validate_password(self.cleaned_data.get("password") or "")
        except ValidationError as weak:
            if "password" not in self.errors:
                self.add_error("password", weak)
        return self.cleaned_data


class BusinessForm(forms.Form):
    """The business and where it is."""

    name = forms.CharField(
        label=_("Name of the business"), max_length=200, widget=forms.TextInput({"autocomplete": "organization"})
    )
    legal_name = forms.CharField(
        label=_("Legal name"),
        required=False,
        max_length=200,
        help_text=_("If it differs, such as “Finch Design GmbH”."),
    )
    country = forms.ChoiceField(label=_("Country"))
    line1 = forms.CharField(
        label=_("Street and number"), max_length=200, widget=forms.TextInput({"autocomplete": "address-line1"})
    )
    postcode = forms.CharField(
        label=_("Postcode"), required=False, max_length=20, widget=forms.TextInput({"autocomplete": "postal-code"})
    )
    city = forms.CharField(label=_("Town"), max_length=100, widget=forms.TextInput({"autocomplete": "address-level2"}))
    email = forms.CharField(
        label=_("Mail address for customers"), max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=40, widget=forms.TelInput({"autocomplete": "tel"})
    )
    currency = forms.ChoiceField(label=_("Currency"))
    zone = forms.CharField(
        label=_("Time zone"), max_length=50, widget=forms.TextInput({"list": "zones", "autocomplete": "off"})
    )
    language = forms.ChoiceField(label=_("Language of your documents"), choices=LANGUAGES)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        here = (get_language() or "en")[:2]
        self.fields["country"].choices = country_choices(here)  # type: ignore[attr-defined]
        chosen = currency_choices(here)
        current = str(self.data.get("currency") or self.initial.get("currency") or "")
        if current and current not in dict(chosen):
            chosen = [(current, current), *chosen]
        self.fields["currency"].choices = chosen  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check what has a form of its own."""
        country = self.cleaned_data.get("country", "")
        checked(self, "email", check_email)
        checked(self, "postcode", lambda text: check_postcode(country, text))
        checked(self, "phone", lambda text: normalize_phone(text, country))
        if self.cleaned_data.get("zone") and self.cleaned_data["zone"] not in {*zones(), "UTC"}:
            self.add_error("zone", _("Choose a time zone from the list, such as Europe/Berlin."))
        return self.cleaned_data


class PresetForm(forms.Form):
    """With what the book begins."""

    preset = forms.ChoiceField(label=_("What does the business do?"), widget=forms.RadioSelect)
    with_items = forms.BooleanField(
        label=_("Bring the items"),
        required=False,
        help_text=_("Without prices: you set yours, or archive what you do not sell."),
    )

    def __init__(self, *args: Any, language: str, papers: str, with_none: bool = True, **more: Any) -> None:
        """Describe the presets in the reader's language, and what they bring in that of the papers, as it will be."""
        super().__init__(*args, **more)
        self.papers = papers if papers in PRESET_LANGUAGES else "en"
        self.presets = presets(language if language in PRESET_LANGUAGES else "en")
        self.with_none = with_none
        none = [(NO_PRESET, _("Something else"))] if with_none else []
        self.fields["preset"].choices = [(each.key, each.name) for each in self.presets] + none  # type: ignore[attr-defined]

    def cards(self) -> list[dict[str, Any]]:
        """Return what each preset brings, to be looked at before one is chosen."""
        chosen = self["preset"].value()
        return [
            {
                "preset": each,
                "stages": brought.stages,
                "home": [HOME_WORDS[part] for part in each.home],
                "items": [item.names[self.papers] for item in each.items],
                "papers": " ".join(each.texts[self.papers].values()),
                "is_chosen": each.key == chosen,
            }
            for each, brought in zip(self.presets, presets(self.papers), strict=True)
        ]


class TaxForm(forms.Form):
    """How the business stands to VAT."""

    status = forms.ChoiceField(
        label=_("Does the business charge VAT?"),
        widget=forms.RadioSelect,
        choices=[
            ("registered", _("Yes, it is registered for VAT")),
            ("small", _("No, it is a small business and exempt (such as § 19 UStG)")),
            ("none", _("No, it is not registered")),
        ],
    )
    vat_number = forms.CharField(
        label=_("VAT number"), required=False, max_length=30, help_text=_("Needed to sell to firms in other countries.")
    )
    tax_number = forms.CharField(label=_("Tax number"), required=False, max_length=40)
    company_number = forms.CharField(
        label=_("Company number"), required=False, max_length=60, help_text=_("In the trade or company register.")
    )

    def __init__(self, *args: Any, country: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.country = country

    def clean(self) -> dict[str, Any]:
        """Check the VAT number by its country's check digits."""
        checked(self, "vat_number", lambda text: check_tax_id(self.country, text))
        return self.cleaned_data


class BankForm(forms.Form):
    """Where customers pay to; it may be left for later."""

    holder = forms.CharField(label=_("Account holder"), required=False, max_length=200)
    iban = forms.CharField(label=_("IBAN"), required=False, max_length=42)
    bic = forms.CharField(label=_("BIC"), required=False, max_length=11)
    bank_name = forms.CharField(label=_("Bank"), required=False, max_length=100)
    account_number = forms.CharField(
        label=_("Account number"), required=False, max_length=40, help_text=_("Where there is no IBAN.")
    )
    routing_number = forms.CharField(label=_("Sort code or routing number"), required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        """Check the IBAN and BIC by their check digits."""
        checked(self, "iban", check_iban)
        checked(self, "bic", check_bic)
        return self.cleaned_data


class LookForm(forms.Form):
    """Logo and color; the picture itself is taken apart by the page."""

    accent_color = forms.CharField(label=_("Color"), max_length=7, widget=forms.TextInput({"type": "color"}))

    def clean_accent_color(self) -> str:
        """Return the color as #rrggbb."""
        color = str(self.cleaned_data["accent_color"]).lower()
        if not _COLOR.fullmatch(color):
            raise ValidationError(_("Choose a color."))
        return color


class NumbersForm(forms.Form):
    """How invoices are numbered."""

    prefix = forms.CharField(label=_("Prefix"), required=False, max_length=20)  # type: ignore[assignment]
    is_yearly = forms.BooleanField(
        label=_("Start again each year"), required=False, help_text=_("The year then stands in the number.")
    )
    width = forms.IntegerField(label=_("Digits"), min_value=1, max_value=9)
    start_ordinal = forms.IntegerField(
        label=_("First number"),
        min_value=1,
        max_value=99_999_999,
        help_text=_("If you have issued invoices elsewhere this year, go on with the next one."),
    )
    terms_days = forms.IntegerField(label=_("Days to pay"), min_value=0, max_value=365)

    def clean(self) -> dict[str, Any]:
        """Check the pattern."""
        if not self.errors:
            try:
                self.pattern()
            except RuleBroken as refusal:
                self.add_error("prefix", words_of(refusal))
            taken = {"CN", "DEP"}
            if self.cleaned_data.get("prefix") in taken:
                self.add_error("prefix", _("This prefix is for credit notes or deposits."))
        return self.cleaned_data

    def pattern(self) -> NumberPattern:
        """Return the pattern of the numbers."""
        return NumberPattern(
            self.cleaned_data["prefix"], self.cleaned_data["width"], bool(self.cleaned_data["is_yearly"])
        )
