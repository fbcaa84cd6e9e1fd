"""The customer's forms. What stands is decided by the area's own checks; the forms only tie the words to the fields."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conto.apps.crm import queries as customers
from conto.apps.crm.entry import EntryRefused, NewContact, NewCustomer, PostalAddress
from conto.domain.errors import RuleBroken
from conto.web.controls import DayField, NumberField
from conto.web.customers import choices
from conto.web.reading import words_of

# Names in the area's words, and the field of the form that has them.
_FIELD_OF = {
    "billing.line1": "line1",
    "billing.line2": "line2",
    "billing.postcode": "postcode",
    "billing.city": "city",
    "billing.region": "region",
    "billing.country": "country",
    "contacts.0.name": "contact_name",
    "contacts.0.job_title": "contact_job_title",
    "contacts.0.email": "contact_email",
    "contacts.0.phone": "contact_phone",
    "owner_id": "owner",
}


class EntryForm(forms.Form):
    """A form whose refusals come from the area and are tied to their fields."""

    def refuse(self, refusal: RuleBroken) -> None:
        """Show a refusal beside the fields that it is about."""
        by_field: Mapping[str, RuleBroken] = refusal.by_field if isinstance(refusal, EntryRefused) else {"": refusal}
        for name, broken in by_field.items():
            field = _FIELD_OF.get(name, name)
            self.add_error(field if field in self.fields else None, words_of(broken))


def _line(label: Any, most: int = 200, *, required: bool = False, **attrs: Any) -> forms.CharField:
    # Lengths are judged by the area, so that the words are the same everywhere.
    return forms.CharField(
        label=label, required=required, widget=forms.TextInput({"maxlength": most, "autocomplete": "off", **attrs})
    )


class AddressForm(EntryForm):
    """A postal address."""

    line1 = _line(_("Street and number"))
    line2 = _line(_("Second line"))
    postcode = _line(_("Postcode"), 20)
    city = _line(_("City"), 100)
    region = _line(_("Region or state"), 100)
    country = forms.ChoiceField(label=_("Country"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = choices.countries()  # type: ignore[attr-defined]

    def address(self) -> PostalAddress:
        """Give the address as entered."""
        names = ("line1", "line2", "postcode", "city", "region", "country")
        return PostalAddress(**{name: self.cleaned_data.get(name, "") for name in names})


class BillingForm(EntryForm):
    """What a new document takes from the customer."""

    currency = forms.ChoiceField(label=_("Currency"))
    terms_days = NumberField(
        label=_("Payment terms"), required=False, places=0, help_text=_("Empty: as in the settings.")
    )
    language = forms.ChoiceField(label=_("Language of documents"), choices=choices.LANGUAGES)
    delivery_method = forms.ChoiceField(label=_("Sent as"), choices=choices.DELIVERY)
    early_discount_percent = NumberField(label=_("Early-payment discount"), required=False, places=4)
    early_discount_days = NumberField(label=_("if paid within"), required=False, places=0)
    payment_methods = forms.MultipleChoiceField(
        label=_("Ways to pay"),
        choices=choices.METHODS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all that you offer."),
    )
    buyer_reference = _line(_("Buyer reference or Leitweg-ID"), 100)
    electronic_address_scheme = forms.ChoiceField(
        label=_("Electronic address"), choices=choices.SCHEMES, required=False
    )
    electronic_address = _line(_("Value of the electronic address"), 100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = choices.currencies()  # type: ignore[attr-defined]


class TaxForm(EntryForm):
    """Tax numbers and the bank account."""

    vat_number = _line(_("VAT number"), 40)
    tax_number = _line(_("Other tax number"), 40)
    is_tax_exempt = forms.BooleanField(label=_("Exempt from tax"), required=False)
    iban = _line(_("IBAN"), 42, spellcheck="false")
    bic = _line(_("BIC"), 11, spellcheck="false")


class IdentityForm(EntryForm):
    """Who the customer is and how it is reached."""

    kind = forms.ChoiceField(label=_("Kind"), choices=choices.KINDS, widget=forms.RadioSelect)
    name = _line(_("Name"), required=True)
    legal_name = _line(_("Legal name, where it differs"))
    email = _line(_("Mail address"), 254, inputmode="email")
    phone = _line(_("Phone"), 40, inputmode="tel")
    website = _line(_("Website"), inputmode="url")
    owner = forms.ChoiceField(label=pgettext_lazy("of a customer", "Owner"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [  # type: ignore[attr-defined]
            ("", _("Nobody")),
            *((str(key), name) for key, name in customers.owners()),
        ]


class ContactForm(EntryForm):
    """A person at a customer."""

    name = _line(_("Name"), required=True)
    job_title = _line(_("What they do"), 100)
    email = _line(_("Mail address"), 254, inputmode="email")
    phone = _line(_("Phone"), 40, inputmode="tel")
    receives_invoices = forms.BooleanField(label=_("Receives invoices"), required=False)


class ConsentForm(EntryForm):
    """What a person agreed to, as a member notes it."""

    wording = forms.CharField(
        label=_("What they agreed to"), max_length=2000, widget=forms.Textarea({"rows": 3}), required=False
    )
    agreed_on = DayField(label=_("On"), required=False)


class NoteForm(EntryForm):
    """A few words about a customer."""

    body = forms.CharField(label=_("Note"), widget=forms.Textarea({"rows": 3}))


class CallForm(EntryForm):
    """A call with a customer."""

    with_name = _line(_("With"))
    minutes = NumberField(label=_("Minutes"), required=False, places=0)
    body = forms.CharField(label=_("What was said"), widget=forms.Textarea({"rows": 4}))


class CustomerForm(IdentityForm, AddressForm):
    """A new customer on one page: what is known on the first day, most of it optional."""

    vat_number = _line(_("VAT number"), 40)
    contact_name = _line(_("Name"))
    contact_job_title = _line(_("What they do"), 100)
    contact_email = _line(_("Mail address"), 254, inputmode="email")
    contact_phone = _line(_("Phone"), 40, inputmode="tel")
    contact_receives = forms.BooleanField(label=_("Receives invoices"), required=False, initial=True)
    currency = forms.ChoiceField(label=_("Currency"))
    terms_days = NumberField(
        label=_("Payment terms"), required=False, places=0, help_text=_("Empty: as in the settings.")
    )
    language = forms.ChoiceField(label=_("Language of documents"), choices=choices.LANGUAGES)
    delivery_method = forms.ChoiceField(label=_("Sent as"), choices=choices.DELIVERY, initial="email_pdf")
    tax_number = _line(_("Other tax number"), 40)
    iban = _line(_("IBAN"), 42, spellcheck="false")
    buyer_reference = _line(_("Buyer reference or Leitweg-ID"), 100)
    tags = _line(_("Tags"), 200)
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = choices.currencies()  # type: ignore[attr-defined]

    def customer(self) -> NewCustomer:
        """Give the customer as entered."""
        given = self.cleaned_data
        person = NewContact(
            name=given["contact_name"],
            job_title=given["contact_job_title"],
            email=given["contact_email"],
            phone=given["contact_phone"],
            receives_invoices=given["contact_receives"],
        )
        has_person = any((person.name, person.email, person.phone, person.job_title))
        terms = given["terms_days"]
        return NewCustomer(
            kind=given["kind"],
            name=given["name"],
            legal_name=given["legal_name"],
            email=given["email"],
            phone=given["phone"],
            website=given["website"],
            owner_id=given["owner"] or None,
            language=given["language"],
            currency=given["currency"],
            terms_days=None if terms is None else int(terms),
            delivery_method=given["delivery_method"],
            buyer_reference=given["buyer_reference"],
            billing=self.address(),
            vat_number=given["vat_number"].strip(),
            tax_number=given["tax_number"].strip(),
            iban=given["iban"].strip(),
            contacts=(person,) if has_person else (),
            tags=tuple(tag.strip() for tag in given["tags"].split(",") if tag.strip()),
            note=given["note"],
        )


class OneFieldForm(CustomerForm):
    """The form while it is being filled in: one field is judged, the others are left in peace."""

    def judge(self, name: str, refusal: RuleBroken | None) -> None:
        """Show a refusal at one field and say nothing of the rest."""
        self.cleaned_data = {}
        self._errors = forms.utils.ErrorDict()
        if refusal:
            self.add_error(name, words_of(refusal))
