"""Charge invoices by themselves: our attempt first, the gateway outside of it, and the customer told what to do."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from babel.dates import format_date
from babel.numbers import format_currency
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.accounts import queries as accounts
from conto.apps.bulk.retrying import retried
from conto.apps.invoicing import queries as invoicing
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions, queries
from conto.domain.collection import CollectionReason
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.money import to_major
from conto.flows import checkout, send_document
from conto.flows.checkout import offered_gateway

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Document
    from conto.apps.payments.actions import Step

MOST_AT_ONCE = 500


def collect_due(*, clock: Callable[[], datetime]) -> int:
    """Charge the invoices whose turn it is, one after the other, and return how many the gateway was asked for.

    Cut off at any instant and run again, or run by two at once, it charges nothing twice: an attempt is kept before
    the gateway is asked, one at a time of an invoice, and its id is the gateway's key.

    Source: CL-3, CL-4.
    """
    gateway, asked = offered_gateway(accounts.business()), 0

    def begin() -> "Step | None":
        return actions.begin_next(gateway=gateway, actor=SYSTEM, at=clock())

    for _turn in range(MOST_AT_ONCE):
        step = retried(begin)
        if step is None:
            break
        if step.checkout is not None:
            checkout.charge(step.checkout, at=clock())
            asked += 1
    for document_id in queries.untold_collections():
        hand_over(document_id, at=clock())
    return asked


def hand_over(document_id: UUID, *, at: datetime) -> None:
    """Send an invoice that could not be charged to its customer, with the link to pay it, once.

    Source: CL-4.
    """
    document = invoicing.documents_by_id([document_id]).get(document_id)
    if document is None:
        return
    send_document.make_papers(document, at=at)
    try:
        with transaction.atomic():
            _tell(document, at)
    except RuleBroken as refusal:
        with transaction.atomic():
            actions.note_told(document_id=document_id, failure=refusal.message % refusal.params, at=at)


def _tell(document: "Document", at: datetime) -> None:
    row = actions.claim_untold(document_id=document.id)
    if row is None:
        return  # another worker was quicker
    open_minor = ledger.open_minor(document.id)
    if open_minor > 0:
        with translation.override(document.language):
            subject, text = _words(document, row.reason, open_minor)
        send_document.send(document, actor=SYSTEM, at=at, subject=subject, text=text)
    actions.note_told(document_id=document.id, failure="", at=at)


def _words(document: "Document", reason: str, open_minor: int) -> tuple[str, str]:
    locale = document.language
    known = {
        "number": document.number,
        "seller": document.legal_entity.name,
        "open": format_currency(to_major(open_minor, document.currency), document.currency, locale=locale),
        "due": format_date(document.due_on, format="long", locale=locale),
        "link": send_document.LINK_PLACE,
    }
    if reason == CollectionReason.AUTHENTICATION:
        subject = _("Please confirm the payment of %(number)s")
        why = _("your bank wants you to confirm the payment of our invoice %(number)s yourself.")
    elif reason == CollectionReason.NO_METHOD:
        subject = _("Invoice %(number)s from %(seller)s")
        why = _("please find attached our invoice %(number)s. There is no saved card that we could charge.")
    else:
        subject = _("Invoice %(number)s could not be charged")
        why = _("we could not charge our invoice %(number)s to the card that you have saved.")
    text = _(
        "Hello,\n\n%(why)s\nOpen are %(open)s, payable by %(due)s. See it and pay it here, with another card too: "
        "%(link)s\n\nThank you and kind regards\n%(seller)s"
    )
    return subject % known, text % {**known, "why": why % known}
