"""Forms of the settings."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.domain.contact import check_bic, check_email, check_iban, check_postcode, check_tax_id, normalize_phone
from conto.domain.errors import RuleBroken
from conto.domain.numbering import NumberPattern
from conto.domain.permissions import Role
from conto.web.access import ROLE_WORDS
from conto.web.reading import words_of
from conto.web.setup.countries import country_choices, currency_choices
from conto.web.setup.forms import LANGUAGES, checked

COLUMNS = {
    "position": _("Position"),
    "quantity": _("Quantity"),
    "unit_price": _("Unit price"),
    "tax": _("Tax rate"),
    "total": _("Total"),
}
TEXTS = {
    "intro": _("Before the lines"),
    "terms": _("After the totals"),
    "footer": _("At the foot of each page"),
}
_COLOR = re.compile(r"#[0-9a-f]{6}")


def with_current(choices: list[tuple[str, str]], current: str) -> list[tuple[str, str]]:
    """Return the choices, with the one that stands although it is not common."""
    return choices if not current or current in dict(choices) else [(current, current), *choices]


class BusinessForm(forms.Form):
    """What the book is called and how it thinks."""

    name = forms.CharField(label=_("Name"), max_length=200)
    zone = forms.CharField(label=_("Time zone"), max_length=50, widget=forms.TextInput({"list": "zones"}))
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)


class SellerForm(forms.Form):
    """A legal entity."""

    name = forms.CharField(label=_("Name"), max_length=200)
    legal_name = forms.CharField(label=_("Legal name"), required=False, max_length=200)
    line1 = forms.CharField(label=_("Street and number"), required=False, max_length=200)
    line2 = forms.CharField(label=_("More of the address"), required=False, max_length=200)
    postcode = forms.CharField(label=_("Postcode"), required=False, max_length=20)
    city = forms.CharField(label=_("Town"), required=False, max_length=100)
    region = forms.CharField(label=_("State or region"), required=False, max_length=100)
    country = forms.ChoiceField(label=_("Country"))
    email = forms.EmailField(label=_("Mail address for customers"), required=False, max_length=254)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    website = forms.CharField(label=_("Website"), required=False, max_length=200)
    is_tax_registered = forms.BooleanField(label=_("Registered for VAT"), required=False)
    is_small_business = forms.BooleanField(
        label=_("Small business without VAT"), required=False, help_text=_("Such as § 19 UStG in Germany.")
    )
    vat_number = forms.CharField(label=_("VAT number"), required=False, max_length=30)
    tax_number = forms.CharField(label=_("Tax number"), required=False, max_length=40)
    company_number = forms.CharField(label=_("Company number"), required=False, max_length=60)
    electronic_address_scheme = forms.CharField(
        label=_("Scheme of the electronic address"),
        required=False,
        max_length=10,
        help_text=_("EM for a mail address."),
    )
    electronic_address = forms.CharField(
        label=_("Electronic address"), required=False, max_length=100, help_text=_("For e-invoices (BT-34).")
    )
    currency = forms.ChoiceField(label=_("Currency"))
    zone = forms.CharField(label=_("Time zone"), max_length=50, widget=forms.TextInput({"list": "zones"}))
    language = forms.ChoiceField(label=_("Language of documents"), choices=LANGUAGES)
    terms_days = forms.IntegerField(label=_("Days to pay"), min_value=0, max_value=365)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        here = (get_language() or "en")[:2]
        self.fields["country"].choices = country_choices(here)  # type: ignore[attr-defined]
        self.fields["currency"].choices = with_current(  # type: ignore[attr-defined]
            currency_choices(here), self.initial.get("currency", "")
        )

    def clean(self) -> dict[str, Any]:
        """Check what has a form of its own."""
        country = self.cleaned_data.get("country", "")
        checked(self, "email", check_email)
        checked(self, "postcode", lambda text: check_postcode(country, text))
        checked(self, "phone", lambda text: normalize_phone(text, country))
        checked(self, "vat_number", lambda text: check_tax_id(country, text))
        return self.cleaned_data

    def details(self, accent_color: str) -> SellerDetails:
        """Return the seller that was described."""
        return SellerDetails(accent_color=accent_color, **self.cleaned_data)


class BankAccountForm(forms.Form):
    """A bank account of a seller."""

    holder = forms.CharField(label=_("Account holder"), max_length=200)
    currency = forms.ChoiceField(label=_("Currency"))
    iban = forms.CharField(label=_("IBAN"), required=False, max_length=42)
    bic = forms.CharField(label=_("BIC"), required=False, max_length=11)
    bank_name = forms.CharField(label=_("Bank"), required=False, max_length=100)
    account_number = forms.CharField(
        label=_("Account number"), required=False, max_length=40, help_text=_("Where there is no IBAN.")
    )
    routing_number = forms.CharField(label=_("Sort code or routing number"), required=False, max_length=40)
    name = forms.CharField(label=_("Your name for it"), required=False, max_length=100)
    is_default = forms.BooleanField(label=_("Print it on documents in this currency"), required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        here = (get_language() or "en")[:2]
        self.fields["currency"].choices = with_current(  # type: ignore[attr-defined]
            currency_choices(here), self.initial.get("currency", "")
        )

    def clean(self) -> dict[str, Any]:
        """Check the IBAN and BIC by their check digits."""
        checked(self, "iban", check_iban)
        checked(self, "bic", check_bic)
        if not self.errors and not (self.cleaned_data.get("iban") or self.cleaned_data.get("account_number")):
            self.add_error("iban", _("Give an IBAN or an account number."))
        return self.cleaned_data

    def details(self) -> BankAccountDetails:
        """Return the account that was described."""
        return BankAccountDetails(**self.cleaned_data)


class SeriesForm(forms.Form):
    """How one kind of document is numbered."""

    prefix = forms.CharField(label=_("Prefix"), required=False, max_length=20)  # type: ignore[assignment]
    width = forms.IntegerField(label=_("Digits"), min_value=1, max_value=9)
    start_ordinal = forms.IntegerField(label=_("First number"), min_value=1, max_value=99_999_999)
    is_yearly = forms.BooleanField(label=_("Start again each year"), required=False)

    def clean(self) -> dict[str, Any]:
        """Check the pattern."""
        if not self.errors:
            try:
                NumberPattern(self.cleaned_data["prefix"], self.cleaned_data["width"], self.cleaned_data["is_yearly"])
            except RuleBroken as refusal:
                self.add_error("prefix", words_of(refusal))
        return self.cleaned_data


class TemplateForm(forms.Form):
    """How documents look; the texts are per language, named text_<language>_<place>."""

    name = forms.CharField(label=_("Name"), max_length=100)
    accent_color = forms.CharField(label=_("Color"), max_length=7, widget=forms.TextInput({"type": "color"}))
    paper = forms.ChoiceField(label=_("Paper"), choices=[("a4", _("A4")), ("letter", _("US Letter"))])
    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        required=False,
        choices=list(COLUMNS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What the law asks for is always printed: number, dates, both parties, tax per rate and totals."),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for code, _language in LANGUAGES:
            for place, word in TEXTS.items():
                self.fields[f"text_{code}_{place}"] = forms.CharField(
                    label=word, required=False, max_length=2000, widget=forms.Textarea({"rows": 2})
                )

    def text_groups(self) -> list[tuple[str, list[Any]]]:
        """Return the languages, each with its text fields."""
        return [(name, [self[f"text_{code}_{place}"] for place in TEXTS]) for code, name in LANGUAGES]

    def clean_accent_color(self) -> str:
        """Return the color as #rrggbb."""
        color = str(self.cleaned_data["accent_color"]).lower()
        if not _COLOR.fullmatch(color):
            raise ValidationError(_("Choose a color."))
        return color

    def texts(self) -> dict[str, dict[str, str]]:
        """Return the texts that are not empty, by language and place."""
        given = {
            code: {
                place: self.cleaned_data[f"text_{code}_{place}"].strip()
                for place in TEXTS
                if self.cleaned_data.get(f"text_{code}_{place}", "").strip()
            }
            for code, _name in LANGUAGES
        }
        return {code: texts for code, texts in given.items() if texts}


class MailServerForm(forms.Form):
    """How mail leaves."""

    host = forms.CharField(label=_("Server"), max_length=200)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535)
    security = forms.ChoiceField(
        label=_("Encryption"),
        choices=[
            ("starttls", _("STARTTLS (mostly port 587)")),
            ("tls", _("TLS (mostly port 465)")),
            ("none", _("None")),
        ],
        help_text=_("None only for a server on this machine."),
    )
    username = forms.CharField(
        label=_("User name"), required=False, max_length=200, widget=forms.TextInput({"autocomplete": "off"})
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    from_address = forms.CharField(label=_("Sender’s address"), max_length=254, widget=forms.EmailInput())
    from_name = forms.CharField(label=_("Sender’s name"), required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        """Check the sender's address."""
        checked(self, "from_address", check_email)
        return self.cleaned_data


class AddressForm(forms.Form):
    """One mail address."""

    to_address = forms.CharField(label=_("Mail address"), max_length=254, widget=forms.EmailInput())

    def clean(self) -> dict[str, Any]:
        """Check the address."""
        checked(self, "to_address", check_email)
        return self.cleaned_data


class MemberForm(forms.Form):
    """A member's name, role and team; only roles that may be given can be chosen."""

    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput({"autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Role"))
    team = forms.ChoiceField(label=_("Team"), required=False)

    def __init__(self, *args: Any, roles: list[Role], teams: Iterable[Any] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        named = [(str(team.id), team.name) for team in teams]
        if named:
            self.fields["team"].choices = [("", _("no team")), *named]  # type: ignore[attr-defined]
        else:
            del self.fields["team"]
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.value, ROLE_WORDS[role]) for role in Role if role in roles
        ]
        if Role.SALES in roles:
            self.fields["role"].initial = Role.SALES.value


class NewMemberForm(MemberForm):
    """A person who is asked to join."""

    email = forms.CharField(label=_("Mail address"), max_length=254, widget=forms.EmailInput({"autocomplete": "off"}))
    language = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("de", "Deutsch")])

    def clean(self) -> dict[str, Any]:
        """Check the address."""
        checked(self, "email", check_email)
        return self.cleaned_data
