"""Refund a payment: what will happen is shown to the cent before it does."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from conto.apps.ledger import queries as ledger
from conto.apps.payments import queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import refund_payment
from conto.web import formats, htmx
from conto.web.access import needs
from conto.web.payments.forms import RefundForm
from conto.web.reading import actor_of, book, found, words_of


@needs(Permission.PAYMENT_REFUND)
def refund(request: HttpRequest, payment_id: UUID) -> HttpResponseBase:
    """Ask what is to go back, and give it back."""
    here = book(request)
    payment = found(queries.payment_for(here.member, payment_id))
    settled = sum(a.amount_minor for a in queries.allocations_of_payment(payment.id))
    left = ledger.open_minor(payment.id)
    initial: dict[str, Any] = {"amount": left or settled, "refunded_on": here.today, "method": payment.method}
    closed = ledger.closed_until(payment.legal_entity_id)
    form = RefundForm(request.POST or None, currency=payment.currency, closed_until=closed, initial=initial)
    context: dict[str, Any] = {"form": form, "payment": payment, "most_minor": left + settled}
    if request.method == "POST" and form.is_valid():
        try:
            return _refund(request, payment, form)
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
    context |= _preview(payment, initial["amount"], payment.method)
    return render(request, "payments/refund.html", context, status=422 if form.errors else 200)


def _refund(request: HttpRequest, payment: Any, form: RefundForm) -> HttpResponseBase:
    values = form.cleaned_data
    made = refund_payment.refund(
        payment,
        refund_id=values["key"],
        amount_minor=values["amount"],
        method=values["method"],
        refunded_on=values["refunded_on"],
        reason=values["reason"],
        actor=actor_of(request),
        at=book(request).at,
    )
    answer = htmx.redirect(request, reverse("payment", args=[payment.id]))
    asked = queries.gateway_refund(made.id)
    if asked is not None and asked.state == "failed":
        words = _("The payment provider refused the refund: %(why)s. The amount is credit again.")
        return htmx.toast(answer, words % {"why": asked.failure}, tone="late")
    words = _("%(amount)s refunded.") % {"amount": formats.money_text(made.amount_minor, made.currency)}
    return htmx.toast(answer, words)


@require_GET
@needs(Permission.PAYMENT_REFUND)
def preview(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Show what a refund of the typed amount will do."""
    payment = found(queries.payment_for(book(request).member, payment_id))
    form = RefundForm(request.GET, currency=payment.currency)
    form.is_valid()
    amount = form.cleaned_data.get("amount") or 0
    context = {"payment": payment, **_preview(payment, amount, form.cleaned_data.get("method") or payment.method)}
    return render(request, "payments/refund.html#preview", context)


def _preview(payment: Any, amount_minor: int, method: str) -> dict[str, Any]:
    try:
        return {"preview": refund_payment.preview(payment, amount_minor, method), "refusal": ""}
    except RuleBroken as refusal:
        return {"preview": None, "refusal": words_of(refusal)}
