"""Make the invoices that repeat and are due, each day of a schedule once, and send what is to be sent.

A chunk is one transaction: invoices, what they were made by and facts stand together or not at all. What cannot be
made is held with its reason and stops nobody else. Late, it makes each day that was missed, in order.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from conto.apps.bulk.retrying import retried
from conto.apps.crm import queries as crm
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.invoicing.entries import NewInvoice
from conto.apps.messaging import queries as messaging
from conto.apps.repeats import actions, queries
from conto.apps.repeats.entries import Made
from conto.apps.repeats.queries import Terms
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.domain.ids import new_id
from conto.domain.repeat import Does
from conto.flows import send_document

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Document
    from conto.apps.repeats.models import Repeat, RepeatInvoice

CHUNK = 100  # schedules
# What is agreed with the schedule: its prices, and that the same amount comes again.
_AGREED = ("check.price_differs", "check.similar_document")


def make_due(*, actor: Actor, at: datetime, chunk: int = CHUNK) -> int:
    """Make what is due at an instant, then send what is to be sent, and return how many invoices were made.

    `chunk` schedules share a transaction; it changes how fast it is and how much a kill undoes, nothing else.

    Source: RI-3, RI-6.
    """
    made = 0
    while True:
        taken, done = retried(partial(_next_chunk, actor, at, chunk))
        made += done
        if not taken:
            break
    send_waiting(actor=actor, at=at)
    return made


@transaction.atomic
def _next_chunk(actor: Actor, at: datetime, most: int) -> tuple[int, int]:
    rows = actions.claim_due(at=at, most=most)
    if not rows:
        return 0, 0
    return len(rows), _make(rows, actor, at)


def _make(rows: "Sequence[Repeat]", actor: Actor, at: datetime) -> int:
    """Make the next invoice of each; when one of them cannot be made, by halves, so that only that is held."""
    try:
        with transaction.atomic():
            return _make_together(rows, actor, at)
    except RuleBroken as refusal:
        if len(rows) == 1:
            actions.hold(row=rows[0], refusal=refusal, actor=SYSTEM, at=at)
            return 0
    half = len(rows) // 2
    return _make(rows[:half], actor, at) + _make(rows[half:], actor, at)


def _make_together(rows: "Sequence[Repeat]", actor: Actor, at: datetime) -> int:
    terms = queries.current(rows)
    profiles = crm.billing_profiles({row.customer_id for row in rows})
    of_seller: dict[UUID, list[Repeat]] = {}
    for row in rows:
        if profiles[row.customer_id].is_archived:
            raise actions.customer_archived(row.customer.name)
        of_seller.setdefault(row.legal_entity_id, []).append(row)
    made: list[Made] = []
    for some in of_seller.values():
        new = [_invoice(row, terms[row.id]) for row in some]
        results = invoicing.issue_entries(
            legal_entity=some[0].legal_entity, new=new, actor=actor, at=at, profiles=profiles
        )
        made += [
            Made(row.id, row.next_on, each.id, result.is_issued)
            for row, each, result in zip(some, new, results, strict=True)
            if row.next_on is not None
        ]
    actions.note_made(rows=rows, terms=terms, made=made, actor=actor, at=at)
    return len(made)


def _invoice(row: "Repeat", terms: Terms) -> NewInvoice:
    if row.next_on is None:
        raise TypeError("what is over makes nothing")
    paper = terms.paper(row.next_on, row.made_count + 1)
    return NewInvoice(
        id=new_id(),
        customer_id=row.customer_id,
        lines=paper.lines,
        allowances=terms.allowances,
        keeps_lines=False,
        waits=terms.row.does == Does.DRAFT,
        fields={**paper.head, "overrides": dict.fromkeys(_AGREED, f"Agreed: {row.title}")},
    )


def send_waiting(*, actor: Actor, at: datetime) -> int:
    """Send what is issued and to be sent, each once, and return how many were sent.

    What was refused before and sent by hand meanwhile is noted as sent.

    Source: RI-6.
    """
    sent, after = 0, None
    while rows := queries.to_send(after=after, most=CHUNK):
        issued = {each.id: each for each in documents.issued_among([row.document_id for row in rows])}
        for row in rows:
            document = issued.get(row.document_id)
            if document is not None:
                if row.sending == "waiting":
                    send_document.make_papers(document, at=at)
                sent += retried(partial(_send, row, document, actor, at))
        after = rows[-1].id
    return sent


@transaction.atomic
def _send(row: "RepeatInvoice", document: "Document", actor: Actor, at: datetime) -> bool:
    locked = actions.claim_unsent(invoice=row)
    if locked is None:
        return False
    if messaging.subjects_mailed([document.id]):
        actions.note_sent(invoice=locked)
        return False
    if locked.sending == "refused":
        return False
    refusal = send_document.try_to_send(document, actor=actor, at=at)
    if refusal is None:
        actions.note_sent(invoice=locked)
        return True
    actions.note_refused(invoice=locked, refusal=refusal, actor=actor, at=at)
    return False
