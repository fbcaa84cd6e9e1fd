"""Save a way to pay: agreed to word for word, typed on the gateway's page, kept sealed, removed by whoever may."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from conto.apps.payments import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.flows.checkout import ASKED_AFTER, MOST_ASKED_AT_ONCE, saving_report_of, webhook_url
from conto.gateways import payment as gateways
from conto.gateways.payment.protocol import GatewayRefused, GatewaySilent, SavingWish

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Document
    from conto.apps.payments.models import SavedMethod


@dataclass(frozen=True, slots=True)
class SavingWay:
    """How saving goes on: to the gateway's page, or to wait when the gateway says nothing."""

    method_id: UUID
    page_url: str


def consent_words(seller: str) -> str:
    """Return what a customer agrees to, in the language that is spoken now.

    Source: CL-1.
    """
    return _(
        "Save my card with the payment provider, and charge invoices from %(seller)s to it automatically. I can "
        "remove it at any time."
    ) % {"seller": seller}


def begin(
    document: "Document", *, gateway: str, consent: str, return_url: str, cancel_url: str, at: datetime
) -> SavingWay:
    """Open a page on which the customer of a document saves a card without paying.

    Raises: RuleBroken `saving.not_agreed`, `saving.refused`.
    Source: CL-1.
    """
    actor = Actor(None, "customer", document.customer.name)
    method = actions.agree_to_save(customer=document.customer, gateway=gateway, consent=consent, actor=actor, at=at)
    wish = SavingWish(
        reference=str(method.id),
        payee=document.legal_entity.name,
        language=document.language,
        return_url=f"{return_url}?saving={method.id}",
        cancel_url=cancel_url,
        webhook_url=webhook_url(gateway),
    )
    try:
        report = saving_report_of(gateways.open_gateway(gateway).open_saving(wish))
    except GatewaySilent:
        return SavingWay(method.id, "")
    except GatewayRefused as refusal:
        raise RuleBroken("saving.refused", "Saving a card does not work at the moment. Please try later.") from refusal
    kept = actions.record_saving(method_id=method.id, report=report, actor=SYSTEM, at=at)
    return SavingWay(kept.id, kept.page_url)


def ask_again(method: "SavedMethod", *, at: datetime) -> "SavedMethod":
    """Ask the gateway where a page for saving stands and keep the answer; without an answer nothing changes."""
    try:
        state = gateways.open_gateway(method.gateway).saving_state(str(method.id))
    except (GatewaySilent, GatewayRefused):
        return method
    report = saving_report_of(state) if state else actions.SavingReport(state="expired")
    return actions.record_saving(method_id=method.id, report=report, actor=SYSTEM, at=at)


def reconcile(*, at: datetime) -> int:
    """Ask the gateway about every page for saving on which it has not said the last word; return how many."""
    unheard = list(queries.unheard_savings(at - ASKED_AFTER)[:MOST_ASKED_AT_ONCE])
    for method in unheard:
        ask_again(method, at=at)
    return len(unheard)


def remove(method: "SavedMethod", *, actor: Actor, at: datetime) -> None:
    """Remove what a customer saved: charged no more at once, and forgotten at the gateway as soon as it answers.

    Source: CL-2.
    """
    if actions.remove_method(method=method, actor=actor, at=at):
        _tell_to_forget(actions.begin_to_forget(method_id=method.id, at=at), at)


def forget_removed(*, at: datetime) -> int:
    """Tell gateways, again where they did not hear it, to forget what was removed or replaced; return how many were.

    Whoever is silent for one card is asked for no other until the next time.

    Source: CL-2.
    """
    for told in range(MOST_ASKED_AT_ONCE):
        forgetting = actions.begin_to_forget(at=at)
        if forgetting is None:
            return told
        if not _tell_to_forget(forgetting, at):
            return told + 1
    return MOST_ASKED_AT_ONCE


def _tell_to_forget(forgetting: "actions.Forgetting | None", at: datetime) -> bool:
    """Tell a gateway to forget, note what came of it, and return whether it answered. Told twice, it forgets once."""
    if forgetting is None:
        return True  # another worker tells it
    is_confirmed, has_answered = False, True
    try:
        gateways.open_gateway(forgetting.gateway).forget(forgetting.token)
        is_confirmed = True
    except GatewaySilent:
        has_answered = False
    except GatewayRefused:
        pass  # as when our key is out of order: it may hear us another time
    actions.note_forgetting(told=forgetting, is_confirmed=is_confirmed, actor=SYSTEM, at=at)
    return has_answered
