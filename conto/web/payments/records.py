"""Record a payment, see it, share what is left of it, undo and redo what it settled, and its receipt."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conto.apps.accounts import queries as accounts
from conto.apps.crm import queries as crm
from conto.apps.invoicing import queries as invoicing
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import take_payment
from conto.web import formats, htmx
from conto.web.access import needs
from conto.web.controls import MoneyField
from conto.web.payments.forms import PaymentForm
from conto.web.payments.words import METHODS
from conto.web.reading import actor_of, book, found, uuid_in, words_of


@needs(Permission.PAYMENT_RECORD)
def new(request: HttpRequest) -> HttpResponseBase:
    """Record a payment: prefilled from an invoice or customer, shared oldest first."""
    here = book(request)
    asked = request.POST or request.GET
    document = _document(request, uuid_in(asked.get("document") or asked.get("first")))
    customer_id = document.customer_id if document else uuid_in(asked.get("customer"))
    customer = found(crm.customer_for(here.member, customer_id)) if customer_id else None
    seller = document.legal_entity if document else accounts.legal_entities().first()
    currency = asked.get("currency") or (document.currency if document else "") or _usual_currency(customer, here)
    open_minor = ledger.open_minor(document.id) if document else 0
    initial: dict[str, Any] = {
        "customer": customer.id if customer else None,
        "first": document.id if document else None,
        "amount": open_minor or None,
        "received_on": here.today,
        "method": "bank_transfer",
        "with_receipt": bool(customer and customer.email),
    }
    closed = ledger.closed_until(seller.id) if seller else None
    form = PaymentForm(request.POST or None, currency=currency, closed_until=closed, initial=initial)
    if request.method == "POST" and form.is_valid() and customer and seller:
        answer = _record(request, form, customer, seller)
        if answer is not None:
            return answer
    context: dict[str, Any] = {"form": form, "customer": customer, "document": document, "currency": currency}
    if customer is None:
        context["people"] = crm.find(here.member, request.GET.get("q", "").strip()) if request.GET.get("q") else []
        return htmx.page_or_part(request, "payments/choose.html", "people", context)
    if customer and seller:
        amount = form.cleaned_data.get("amount") if form.is_bound and form.is_valid() else open_minor
        context["suggestion"] = _suggest(customer.id, seller.id, currency, amount or 0, here.today, initial["first"])
    return render(request, "payments/new.html", context, status=422 if form.errors else 200)


def _record(request: HttpRequest, form: PaymentForm, customer: Any, seller: Any) -> HttpResponseBase | None:
    values = form.cleaned_data
    parts = form.parts()
    if form.errors:
        return None
    entry = take_payment.PaymentEntry(
        id=values["key"],
        method=values["method"],
        amount_minor=values["amount"],
        currency=form.currency,
        received_on=values["received_on"],
        reference=values["reference"],
        note=values["note"],
        allocate_to="oldest" if parts is None else parts,
        discounts=form.discounts(),
    )
    try:
        payment = take_payment.take(
            entry,
            customer=customer,
            legal_entity=seller,
            actor=actor_of(request),
            at=book(request).at,
            with_receipt=values["with_receipt"],
        )
    except RuleBroken as refusal:
        form.add_error(None, words_of(refusal))
        return None
    amount = formats.money_text(payment.amount_minor, payment.currency)
    answer = htmx.redirect(request, reverse("payment", args=[payment.id]))
    return htmx.toast(answer, _("%(amount)s recorded.") % {"amount": amount})


def _usual_currency(customer: Any, here: Any) -> str:
    return str(customer.currency if customer else here.business.currency)


def _document(request: HttpRequest, document_id: UUID | None) -> Any:
    return found(invoicing.document_for(book(request).member, document_id)) if document_id else None


def _suggest(customer_id: UUID, seller_id: UUID, currency: str, amount: int, on: Any, first: UUID | None) -> Any:
    return take_payment.suggest(
        customer_id,
        currency=currency,
        legal_entity_id=seller_id,
        amount_minor=amount,
        received_on=on,
        first=first,
    )


@require_GET
@needs(Permission.PAYMENT_RECORD)
def share(request: HttpRequest) -> HttpResponse:
    """Show how a payment of an amount would be shared; asked again while the amount is typed."""
    here = book(request)
    customer = crm.customer_for(here.member, uuid_in(request.GET.get("customer")) or UUID(int=0))
    seller = accounts.legal_entities().first()
    currency = request.GET.get("currency") or _usual_currency(customer, here)
    first = _document(request, uuid_in(request.GET.get("first")))
    context: dict[str, Any] = {"currency": currency, "customer": customer}
    if customer and seller:
        form = PaymentForm(request.GET, currency=currency)
        form.is_valid()
        amount = form.cleaned_data.get("amount") or 0
        on = form.cleaned_data.get("received_on") or here.today
        seller_id = first.legal_entity_id if first else seller.id
        context["suggestion"] = _suggest(customer.id, seller_id, currency, amount, on, first.id if first else None)
    return render(request, "payments/new.html#share", context)


@require_GET
@needs(Permission.PAYMENT_VIEW)
def payment(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Show one payment: what it settled, what is left, what went back."""
    return render(request, "payments/payment.html", _shown(request, payment_id))


def _shown(request: HttpRequest, payment_id: UUID) -> dict[str, Any]:
    here = book(request)
    shown = found(queries.payment_for(here.member, payment_id))
    left = ledger.open_minor(shown.id)
    open_invoices = (
        queries.open_invoices(shown.customer_id, currency=shown.currency, legal_entity_id=shown.legal_entity_id)
        if left
        else []
    )
    allocations = list(queries.allocations_of_payment(shown.id, with_reversed=True))
    refunds = list(queries.refunds_of_payment(shown.id))
    state = "refunded" if refunds and not left and not _standing(allocations) else _state(left, shown.amount_minor)
    return {
        "payment": shown,
        "method_word": METHODS[shown.method],
        "left_minor": left,
        "allocations": allocations,
        "refunds": refunds,
        "open_invoices": open_invoices,
        "discounts": list(shown.early_discounts.filter(entry__reversed_by__isnull=True).select_related("document")),
        "state": state,
        "can_refund": left + sum(a.amount_minor for a in _standing(allocations)) > 0,
    }


def _standing(allocations: list[Any]) -> list[Any]:
    return [allocation for allocation in allocations if not hasattr(allocation, "reversal")]


def _state(left: int, amount: int) -> str:
    if not left:
        return "allocated"
    return "unallocated" if left == amount else "part_allocated"


@require_POST
@needs(Permission.PAYMENT_ALLOCATE)
def allocate(request: HttpRequest, payment_id: UUID) -> HttpResponseBase:
    """Let what is left of a payment settle an invoice."""
    here = book(request)
    shown = found(queries.payment_for(here.member, payment_id))
    document = found(_document(request, uuid_in(request.POST.get("document"))))
    wanted = request.POST.get("amount", "").strip()
    most = min(ledger.open_by_document([shown.id, document.id]).values())
    amount = MoneyField(shown.currency, required=False).clean(wanted) if wanted else most
    made = actions.allocate(
        payment=shown, document=document, amount_minor=amount or 0, actor=actor_of(request), at=here.at
    )
    words = _("%(amount)s put to %(number)s.") % {
        "amount": formats.money_text(made.amount_minor, shown.currency),
        "number": document.number,
    }
    answer = htmx.redirect(request, reverse("payment", args=[shown.id]))
    return htmx.toast(answer, words, reverse("allocation_undo", args=[made.id]))


@require_POST
@needs(Permission.PAYMENT_ALLOCATE)
def undo_allocation(request: HttpRequest, allocation_id: UUID) -> HttpResponseBase:
    """Take a payment off an invoice; the toast puts it back."""
    here = book(request)
    allocation = found(queries.allocation_for(here.member, allocation_id))
    actions.reverse_allocation(allocation=allocation, actor=actor_of(request), at=here.at)
    words = _("%(number)s is open again by %(amount)s.") % {
        "amount": formats.money_text(allocation.amount_minor, allocation.document.currency),
        "number": allocation.document.number,
    }
    answer = htmx.redirect(request, _home(allocation))
    return htmx.toast(answer, words, reverse("allocation_redo", args=[allocation.id]))


@require_POST
@needs(Permission.PAYMENT_ALLOCATE)
def redo_allocation(request: HttpRequest, allocation_id: UUID) -> HttpResponseBase:
    """Put a payment back on the invoice that it was taken off, the discount for paying early included."""
    here = book(request)
    allocation = found(queries.allocation_for(here.member, allocation_id))
    made = take_payment.allocate_again(allocation, actor=actor_of(request), at=here.at)
    words = _("%(amount)s put to %(number)s.") % {
        "amount": formats.money_text(made.amount_minor, allocation.document.currency),
        "number": allocation.document.number,
    }
    answer = htmx.redirect(request, _home(allocation))
    return htmx.toast(answer, words, reverse("allocation_undo", args=[made.id]))


def _home(allocation: Any) -> str:
    if allocation.payment_id:
        return reverse("payment", args=[allocation.payment_id])
    return f"/invoices/{allocation.credit_note_id}"


@require_GET
@needs(Permission.PAYMENT_VIEW)
def receipt(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Show the receipt, ready to print."""
    shown = found(queries.payment_for(book(request).member, payment_id))
    settled = queries.settled_by_payment([shown.id]).get(shown.id, [])
    left = shown.amount_minor - sum(amount for _id, _number, amount in settled)
    context = {
        "payment": shown,
        "method_word": METHODS[shown.method],
        "settled": settled,
        "left_minor": left,
        "seller": shown.legal_entity,
    }
    return render(request, "payments/receipt.html", context)


@require_POST
@needs(Permission.PAYMENT_RECORD)
def send_receipt(request: HttpRequest, payment_id: UUID) -> HttpResponseBase:
    """Write the receipt to the customer once more."""
    here = book(request)
    shown = found(queries.payment_for(here.member, payment_id))
    is_written = take_payment.write_receipt(shown, actor=actor_of(request), at=here.at)
    words = _("The receipt is in the outbox.") if is_written else _("This customer has no mail address.")
    return htmx.toast(htmx.redirect(request, reverse("payment", args=[shown.id])), words)
