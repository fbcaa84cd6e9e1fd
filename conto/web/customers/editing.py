"""Change customers: the form for a new one, the cards that are edited in place, archive and undo."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conto.apps.crm import actions as crm
from conto.apps.crm import queries as customers
from conto.apps.crm.entry import CONTACT_FIELDS, EntryRefused, PostalAddress
from conto.apps.crm.own import record_of
from conto.apps.fields.queries import values_of
from conto.domain import contact
from conto.domain.errors import RuleBroken
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.web import htmx, own_fields
from conto.web.access import needs
from conto.web.customers import forms
from conto.web.freshness import fresh, is_fresh, to_proof
from conto.web.reading import actor_of, book, found


@needs(Permission.CUSTOMER_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Add a customer from one page, and say when it looks like one that is here."""
    here = book(request)
    first = {
        "kind": request.GET.get("kind", "company"),
        "name": request.GET.get("name", ""),
        "country": here.business.country,
        "currency": here.business.currency,
        "language": here.business.language,
        "owner": str(here.member.id),
        "delivery_method": "email_pdf",
    }
    form = forms.CustomerForm(request.POST or None, initial=first)
    fields = own_fields.entered_by(here, Subject.CUSTOMER)
    own_fields.add_fields(form, fields, {}, currency=here.business.currency, sees=False)
    if request.method == "POST" and form.is_valid():
        alike = [] if request.POST.get("is_new") else _alike(request)
        if not alike:
            try:
                own = own_fields.given_in(form, fields, currency=form.cleaned_data["currency"], is_new=True)
                entered = replace(form.customer(), own=own)
                customer = crm.add_customer(new=entered, actor=actor_of(request), at=here.at)
            except RuleBroken as refusal:
                form.refuse(refusal)
            else:
                then = f"/invoices/new?customer={customer.id}" if "and_invoice" in request.POST else ""
                page = then or f"/customers/{customer.id}/"
                return htmx.toast(htmx.redirect(request, page), _("%(name)s is here.") % {"name": customer.name})
    else:
        alike = []
    context = {
        "form": form, "alike": alike, "back": "/customers/",
        "own": own_fields.bound(form),
    }  # fmt: skip
    return render(request, "customers/new.html", context, status=422 if form.errors or alike else 200)


def _alike(request: HttpRequest) -> list[customers.Likeness]:
    given = request.POST
    vat, phone = given.get("vat_number", ""), given.get("phone", "")
    country = given.get("country", "")
    return customers.duplicates_of(
        book(request).member,
        name=given.get("name", ""),
        email=given.get("email", "").strip(),
        phone=_normal(lambda: contact.normalize_phone(phone, country)) if phone else "",
        vat=_normal(lambda: contact.check_tax_id(country, vat)) if vat else "",
    )


def _normal(check: Callable[[], str]) -> str:
    try:
        return check()
    except RuleBroken:
        return ""


def _as_email(text: str, _country: str) -> str:
    return contact.check_email(text)


def _as_iban(text: str, _country: str) -> str:
    return contact.check_iban(text)


def _as_tax_id(text: str, country: str) -> str:
    return contact.check_tax_id(country, text)


def _as_postcode(text: str, country: str) -> str:
    return contact.check_postcode(country, text)


_CHECKED: dict[str, Callable[[str, str], str]] = {
    "email": _as_email,
    "contact_email": _as_email,
    "phone": contact.normalize_phone,
    "contact_phone": contact.normalize_phone,
    "iban": _as_iban,
    "vat_number": _as_tax_id,
    "tax_number": _as_tax_id,
    "postcode": _as_postcode,
}


@needs(Permission.CUSTOMER_EDIT)
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Check one field of the form while it is filled in, and bring it back with its words."""
    name = request.headers.get("HX-Trigger-Name", "")
    given = request.POST.copy()
    typed, country = given.get(name, "").strip(), given.get("country", "")
    refusal = None
    if typed and name in _CHECKED:
        try:
            given[name] = _CHECKED[name](typed, country)
        except RuleBroken as broken:
            refusal = broken
    form = forms.OneFieldForm(given)
    if name not in form.fields:
        raise Http404
    form.judge(name, refusal)
    return render(request, "customers/checked_field.html", {"field": form[name], "name": name})


@needs(Permission.CUSTOMER_EDIT)
@require_POST
def alike(request: HttpRequest) -> HttpResponse:
    """Say which customers look like the one that is being entered."""
    return render(request, "customers/alike.html", {"alike": _alike(request)})


@dataclass(frozen=True, slots=True)
class Card:
    """A card of the right column that is edited in place: its form, what it shows first, and what saving does."""

    title: Any
    form: type[forms.EntryForm]
    initial: Callable[[Any, customers.Surroundings], dict[str, Any]]
    save: Callable[..., UUID | None]


def _initial(*names: str) -> Callable[[Any, customers.Surroundings], dict[str, Any]]:
    return lambda customer, _around: {name: getattr(customer, name) for name in names}


def _identity(customer: Any, _around: customers.Surroundings) -> dict[str, Any]:
    names = ("kind", "name", "legal_name", "email", "phone", "website")
    return {name: getattr(customer, name) for name in names} | {"owner": str(customer.owner_id or "")}


def _save_identity(customer: Any, given: dict[str, Any], **who: Any) -> UUID | None:
    changes = {name: value for name, value in given.items() if name != "owner"} | {"owner_id": given["owner"] or None}
    return crm.change_customer(customer=customer, changes=changes, **who)


def _save_billing(customer: Any, given: dict[str, Any], **who: Any) -> UUID | None:
    days = {name: None if given[name] is None else int(given[name]) for name in ("terms_days", "early_discount_days")}
    return crm.change_customer(customer=customer, changes=given | days, **who)


def _address(kind: str) -> Card:
    def initial(_customer: Any, around: customers.Surroundings) -> dict[str, Any]:
        now = around.address(kind)
        names = ("line1", "line2", "postcode", "city", "region", "country")
        if now:
            return {name: getattr(now, name) for name in names}
        other = around.address("billing")
        return {"country": other.country} if other else {}

    def save(customer: Any, given: dict[str, Any], **who: Any) -> UUID | None:
        address = PostalAddress(**given)
        return crm.set_address(customer=customer, kind=kind, address=address, **who)

    title = gettext_lazy("Billing address") if kind == "billing" else gettext_lazy("Delivery address")
    return Card(title, forms.AddressForm, initial, save)


def _tax(customer: Any, around: customers.Surroundings) -> dict[str, Any]:
    vat, other = around.tax_number(), around.tax_number(is_vat=False)
    return {
        "vat_number": vat["value"] if vat else "",
        "tax_number": other["value"] if other else "",
        "is_tax_exempt": customer.is_tax_exempt,
    }


def _save_tax(customer: Any, given: dict[str, Any], **who: Any) -> UUID | None:
    country = customers.phone_country(customer)
    for name, is_vat in (("vat_number", True), ("tax_number", False)):
        try:
            crm.set_tax_identifier(customer=customer, country=country, value=given[name], is_vat=is_vat, **who)
        except EntryRefused as refused:
            raise EntryRefused({name: refused.by_field["value"]}) from refused
    if given["iban"].strip():
        crm.set_bank_detail(customer=customer, holder="", iban=given["iban"], bic=given["bic"], **who)
    return crm.change_customer(customer=customer, changes={"is_tax_exempt": given["is_tax_exempt"]}, **who)


CARDS = {
    "identity": Card(gettext_lazy("Who this is"), forms.IdentityForm, _identity, _save_identity),
    "billing": Card(
        gettext_lazy("Billing"), forms.BillingForm, _initial(*forms.BillingForm.base_fields), _save_billing
    ),
    "address": _address("billing"),
    "delivery": _address("delivery"),
    "tax": Card(gettext_lazy("Tax and bank"), forms.TaxForm, _tax, _save_tax),
}


@needs(Permission.CUSTOMER_EDIT)
@require_http_methods(["GET", "POST"])
def card(request: HttpRequest, customer_id: UUID, name: str) -> HttpResponseBase:
    """Edit one card of a customer: in place by htmx, on a page of its own without."""
    here = book(request)
    kind = CARDS.get(name)
    customer, around = found(customers.customer_with_surroundings(here.member, customer_id))
    if kind is None:
        raise Http404
    initial = kind.initial(customer, around)
    if name in {"address", "delivery"}:
        initial.setdefault("country", here.business.country)
    form = kind.form(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data.get("iban") and not is_fresh(request):
            return to_proof(request)
        try:
            fact_id = kind.save(customer, form.cleaned_data, actor=actor_of(request), at=here.at)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            undo = f"/customers/{customer_id}/undo/{fact_id}" if fact_id else None
            return htmx.toast(htmx.redirect(request, f"/customers/{customer_id}/"), _("Saved."), undo)
    context = {
        "form": form,
        "name": name,
        "title": kind.title,
        "customer": customer,
        "around": around,
        "address": f"/customers/{customer_id}/cards/{name}",
    }
    status = 422 if form.errors else 200
    return htmx.page_or_part(request, "customers/card.html", "card", context, status=status)


@needs(Permission.CUSTOMER_EDIT)
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Change the own fields of a customer."""
    customer = found(customers.customer_for(book(request).member, customer_id))
    return own_fields.edit(request, record_of(customer), back=f"/customers/{customer_id}/", name=customer.name)


@needs(Permission.CUSTOMER_EDIT)
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, customer_id: UUID, contact_id: UUID | None = None) -> HttpResponseBase:
    """Add or change a person at a customer."""
    here = book(request)
    customer, around = found(customers.customer_with_surroundings(here.member, customer_id))
    now = next((each for each in around.contacts if each["id"] == contact_id), None)
    if contact_id and now is None:
        raise Http404
    form = forms.ContactForm(request.POST or None, initial=now or {})
    fields = own_fields.entered_by(here, Subject.CONTACT)
    values = values_of(here.business, Subject.CONTACT, [contact_id]).get(contact_id, {}) if contact_id else {}
    own_fields.add_fields(form, fields, values, currency=customer.currency)
    if request.method == "POST" and form.is_valid():
        actor = actor_of(request)
        undo = None
        details = {name: form.cleaned_data[name] for name in CONTACT_FIELDS}
        try:
            given = own_fields.given_in(form, fields, currency=customer.currency, is_new=not contact_id, kept=values)
            if contact_id:
                fact_id = crm.change_contact(
                    customer=customer, contact_id=contact_id, changes=details, own=given,
                    seen=own_fields.seen_in(form), actor=actor, at=here.at,
                )  # fmt: skip
                undo = f"/customers/{customer_id}/undo/{fact_id}" if fact_id else None
            else:
                crm.add_contact(customer=customer, given=details, own=given, actor=actor, at=here.at)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            back = htmx.safe_next(request, f"/customers/{customer_id}/")
            return htmx.toast(htmx.redirect(request, back), _("Saved."), undo)
    context = {
        "form": form,
        "name": "person",
        "title": now["name"] if now else _("New contact"),
        "customer": customer,
        "contact_id": contact_id,
        "address": request.path,
    }
    status = 422 if form.errors else 200
    return htmx.page_or_part(request, "customers/card.html", "card", context, status=status)


@needs(Permission.CUSTOMER_EDIT)
@require_POST
def remove_person(request: HttpRequest, customer_id: UUID, contact_id: UUID) -> HttpResponseBase:
    """Take a person off a customer, with an undo."""
    customer = found(customers.customer_for(book(request).member, customer_id))
    crm.archive_contact(customer=customer, contact_id=contact_id, actor=actor_of(request), at=book(request).at)
    page = htmx.redirect(request, f"/customers/{customer_id}/")
    return htmx.toast(page, _("Contact removed."), f"/customers/{customer_id}/people/{contact_id}/back")


@needs(Permission.CUSTOMER_EDIT)
@require_POST
def bring_person_back(request: HttpRequest, customer_id: UUID, contact_id: UUID) -> HttpResponseBase:
    """Undo the removal of a person."""
    customer = found(customers.customer_for(book(request).member, customer_id))
    crm.restore_contact(customer=customer, contact_id=contact_id, actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, f"/customers/{customer_id}/"), _("Undone."))


@needs(Permission.CUSTOMER_EDIT)
@require_POST
def confirm_number(request: HttpRequest, customer_id: UUID, number_id: UUID) -> HttpResponseBase:
    """Note that a tax number was checked by hand."""
    customer = found(customers.customer_for(book(request).member, customer_id))
    crm.confirm_tax_identifier(
        customer=customer, tax_identifier_id=number_id, actor=actor_of(request), at=book(request).at
    )
    return htmx.toast(htmx.redirect(request, f"/customers/{customer_id}/"), _("Marked as valid."))


@needs(Permission.CUSTOMER_EDIT)
@require_POST
def tag(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Give a customer a tag, or take one away."""
    here = book(request)
    customer = found(customers.customer_for(here.member, customer_id))
    act = crm.remove_tag if "remove" in request.POST else crm.add_tag
    act(customer=customer, name=request.POST.get("tag", ""), actor=actor_of(request), at=here.at)
    return htmx.redirect(request, f"/customers/{customer_id}/")


@needs(Permission.CUSTOMER_ARCHIVE)
@require_POST
def archive(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Archive a customer, with an undo."""
    here = book(request)
    customer = found(customers.customer_for(here.member, customer_id))
    crm.archive_customer(customer=customer, actor=actor_of(request), at=here.at)
    said = _("%(name)s is archived.") % {"name": customer.name}
    return htmx.toast(htmx.redirect(request, "/customers/"), said, f"/customers/{customer_id}/restore")


@needs(Permission.CUSTOMER_ARCHIVE)
@require_POST
def restore(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Bring a customer back from the archive."""
    here = book(request)
    customer = found(customers.customer_for(here.member, customer_id))
    crm.restore_customer(customer=customer, actor=actor_of(request), at=here.at)
    said = _("%(name)s is back.") % {"name": customer.name}
    return htmx.toast(htmx.redirect(request, f"/customers/{customer_id}/"), said)


@needs(Permission.CUSTOMER_EDIT)
@require_POST
def undo(request: HttpRequest, customer_id: UUID, fact_id: UUID) -> HttpResponseBase:
    """Take back a change of a customer."""
    here = book(request)
    customer = found(customers.customer_for(here.member, customer_id))
    crm.undo_change(customer=customer, fact_id=fact_id, actor=actor_of(request), at=here.at)
    return htmx.toast(htmx.redirect(request, f"/customers/{customer_id}/"), _("Undone."))


@needs(Permission.CUSTOMER_VIEW_BANK)
@require_GET
@fresh
def bank(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Show a customer's bank account in full to a member who may see it."""
    customer = found(customers.customer_for(book(request).member, customer_id))
    detail = found(customers.bank_detail(customer))
    return render(request, "customers/bank.html", {"iban": customers.bank_number(detail), "detail": detail})
