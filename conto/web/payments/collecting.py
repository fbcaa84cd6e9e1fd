"""Invoices that are charged by themselves, on pages: how far one is, charged or stopped by hand; saved cards."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _g
from django.views.decorators.http import require_POST

from conto.apps.accounts import queries as accounts
from conto.apps.crm import queries as crm
from conto.apps.invoicing import queries as invoicing
from conto.apps.payments import actions, queries
from conto.domain.collection import CollectionState
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import save_method
from conto.flows.charge_words import is_charged
from conto.flows.checkout import offered_gateway
from conto.web.access import needs
from conto.web.htmx import redirect, safe_next, toast
from conto.web.reading import actor_of, book, found, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from conto.apps.accounts.models import Member
    from conto.apps.audit.models import Fact
    from conto.apps.invoicing.models import Document
    from conto.apps.payments.models import Collection

REASON_WORDS: dict[str, str | Promise] = {
    "no_method": _g("No card is saved"),
    "declined": _g("The card was declined"),
    "no_funds": _g("There is not enough money on the card"),
    "authentication": _g("The bank wants the customer to confirm it"),
    "unusable": _g("The saved card cannot be used any more"),
    "nothing_open": _g("There was nothing open"),
    "stopped": _g("Stopped by a member"),
}
STATE_WORDS: dict[str, str | Promise] = {
    "waiting": _g("Will be charged"),
    "trying": _g("Being charged"),
    "collected": _g("Charged"),
    "customer": _g("Up to the customer"),
    "dropped": _g("Not charged"),
}
_TONES = {"waiting": "soon", "trying": "open", "collected": "settled", "customer": "late", "dropped": "draft"}


def shown(member: "Member", document: "Document", story: "Iterable[Fact]", open_minor: int) -> dict[str, Any]:
    """Return how far the charging of an invoice is; only of what its paper or its story says so is asked.

    Source: CL-6.
    """
    if not member.may(Permission.PAYMENT_VIEW):
        return {}
    if not is_charged(document) and not any(fact.kind.startswith("collection_") for fact in story):
        return {}
    row = queries.collection_of(document.id)
    return _words(row, open_minor) if row else {}


def _words(row: "Collection", open_minor: int) -> dict[str, Any]:
    is_ended = row.state in {CollectionState.CUSTOMER, CollectionState.DROPPED}
    return {
        "row": row,
        "word": STATE_WORDS[row.state],
        "tone": _TONES[row.state],
        "reason": REASON_WORDS.get(row.reason, ""),
        "charges": list(queries.charges_of(row.document_id)),
        "may_charge": open_minor > 0 and (is_ended or (row.state == CollectionState.WAITING and row.attempts > 0)),
        "may_stop": row.state == CollectionState.WAITING,
    }


@require_POST
@needs(Permission.PAYMENT_RECORD)
def collect(request: HttpRequest, document_id: "UUID") -> HttpResponseBase:
    """Charge an invoice to the saved card of its customer now, or no more."""
    here = book(request)
    document = found(invoicing.document_for(here.member, document_id))
    back = redirect(request, reverse("invoice", args=[document.id]))
    try:
        if request.POST.get("act") == "stop":
            actions.stop_collecting(document=document, actor=actor_of(request), at=here.at)
            return toast(back, _("It is not charged by itself any more."))
        gateway = offered_gateway(accounts.business())
        actions.ask_to_collect(document=document, gateway=gateway, actor=actor_of(request), at=here.at)
    except RuleBroken as refusal:
        return toast(back, words_of(refusal), tone="late")
    return toast(back, _("It is charged within a few minutes."))


@require_POST
@needs(Permission.PAYMENT_RECORD)
def remove_card(request: HttpRequest, customer_id: "UUID", method_id: "UUID") -> HttpResponseBase:
    """Remove the card that a customer has saved: it is charged no more."""
    here = book(request)
    customer = found(crm.customer_for(here.member, customer_id))
    method = found(queries.methods_for(here.member, customer.id).filter(id=method_id).first())
    save_method.remove(method, actor=actor_of(request), at=here.at)
    return toast(redirect(request, safe_next(request, f"/customers/{customer.id}/")), _("The card is removed."))
