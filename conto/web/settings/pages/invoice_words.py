"""The words that invoices are sent with: for a customer, for a tag or for all, by what happened before."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from conto.apps.crm import queries as crm
from conto.apps.invoicing import queries as invoicing
from conto.apps.messaging import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.invoice_words import LONGEST_SUBJECT, LONGEST_TEXT, PLACES
from conto.domain.permissions import Permission
from conto.flows import send_document
from conto.web import htmx
from conto.web.access import needs
from conto.web.invoices.words import OCCASION_WORDS
from conto.web.reading import actor_of, book, found, uuid_in, words_of
from conto.web.setup.forms import LANGUAGES

if TYPE_CHECKING:
    from conto.apps.crm.models import Customer
    from conto.apps.invoicing.models import Document

_ADDRESS = "/settings/invoice-words"
_ONE = "settings/invoice_words_one.html"
_SAMPLES = 10
_KINDS = [("invoice", gettext_lazy("Invoice")), ("credit_note", gettext_lazy("Credit note"))]
_ALWAYS = [("", gettext_lazy("Always"))]


class InvoiceWordsForm(forms.Form):
    """Words, and when they are used."""

    kind = forms.ChoiceField(label=gettext_lazy("Sent with"), choices=_KINDS)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    tag = forms.CharField(
        label=gettext_lazy("Only customers with the tag"), max_length=50, required=False,
        widget=forms.TextInput({"list": "tags", "autocomplete": "off"}),
        help_text=gettext_lazy("Empty: for all customers."),
    )  # fmt: skip
    occasion = forms.ChoiceField(
        label=gettext_lazy("When"), required=False, choices=[*_ALWAYS, *OCCASION_WORDS.items()]
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=LONGEST_SUBJECT)
    text = forms.CharField(label=gettext_lazy("Text"), max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 12}))


@needs(Permission.SETTINGS_VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponseBase:
    """Show the words, those for all first."""
    rows = [
        (row, OCCASION_WORDS.get(row.occasion, _("Always")), dict(_KINDS)[row.kind])
        for row in queries.invoice_words_page(book(request).member)
    ]
    return render(request, "settings/invoice_words.html", {"rows": rows})


@needs(Permission.SETTINGS_EDIT)
def edit(request: HttpRequest, invoice_words_id: UUID | None = None) -> HttpResponseBase:
    """Add words, or change some; `?customer=` makes them those of one customer."""
    here = book(request)
    row = found(queries.invoice_words_for(here.member, invoice_words_id)) if invoice_words_id else None
    customer = row.customer if row else _customer_asked(request)
    first: dict[str, Any] = {"language": customer.language if customer else here.business.language}
    if row is not None:
        first = {name: getattr(row, name) for name in ("kind", "language", "occasion", "subject", "text")}
        first["tag"] = row.tag.name if row.tag else ""
    if request.POST.get("act") == "preview":
        return render(request, f"{_ONE}#preview", _read(request, customer, request.POST))
    form = InvoiceWordsForm(request.POST or None, initial=first)
    if customer is not None:
        del form.fields["tag"]
    if request.method == "POST" and form.is_valid():
        given = {"tag": "", **form.cleaned_data}
        try:
            actions.save_invoice_words(row=row, customer=customer, **given, actor=actor_of(request), at=here.at)
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, _ADDRESS), _("Saved."))
    context = {
        "form": form, "words": row, "customer": customer, "places": [f"{{{name}}}" for name in PLACES],
        "tags": crm.choices_of_list(here.member).tags if customer is None else (),
        "samples": _samples(request, customer, "invoice") + _samples(request, customer, "credit_note"),
        **_read(request, customer, request.POST or first),
    }  # fmt: skip
    return render(request, _ONE, context, status=422 if form.errors else 200)


def _samples(request: HttpRequest, customer: "Customer | None", kind: str) -> "list[Document]":
    """Return the latest papers that words of a kind can be shown with."""
    rows = invoicing.documents(book(request).member).select_related("legal_entity")
    rows = rows.filter(kind="credit_note") if kind == "credit_note" else rows.exclude(kind="credit_note")
    return list((rows.filter(customer=customer) if customer else rows)[:_SAMPLES])


def _read(request: HttpRequest, customer: "Customer | None", typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a customer would read, on the paper that was chosen or the latest of the kind, as sending says it.

    Source: IW-3.
    """
    here, known = book(request), _samples(request, customer, str(typed.get("kind") or "invoice"))
    sample = next((each for each in known if str(each.id) == typed.get("sample")), known[0] if known else None)
    subject, text = str(typed.get("subject") or "").strip(), str(typed.get("text") or "").strip()
    if sample is None or not (subject and text):
        return {"sample": sample}
    try:
        read = send_document.as_read(
            sample, subject=subject, text=text, language=str(typed.get("language") or sample.language), on=here.today
        )
    except RuleBroken as refusal:
        return {"sample": sample, "refusal": words_of(refusal)}
    return {"sample": sample, "read": read}


def _customer_asked(request: HttpRequest) -> "Customer | None":
    wanted = request.GET.get("customer", "")
    customer_id = uuid_in(wanted)
    return found(crm.customer_for(book(request).member, customer_id) if customer_id else None) if wanted else None


@needs(Permission.SETTINGS_EDIT)
@require_POST
def remove(request: HttpRequest, invoice_words_id: UUID) -> HttpResponseBase:
    """Take words away."""
    here = book(request)
    row = found(queries.invoice_words_for(here.member, invoice_words_id))
    actions.remove_invoice_words(row=row, actor=actor_of(request), at=here.at)
    return htmx.toast(htmx.redirect(request, _ADDRESS), _("Removed."))
