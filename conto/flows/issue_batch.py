"""Check, issue and send drafts together, in the worker. What became of each is asked of the book, never kept."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.messaging import queries as messaging
from conto.domain.facts import SYSTEM, Actor
from conto.flows import issue_document, send_document

if TYPE_CHECKING:
    from conto.apps.invoicing.models import IssueBatch

BATCH_TASK = "issue_and_send"
CHUNK = 100  # drafts


@transaction.atomic
def begin(*, draft_ids: Sequence[UUID], actor: Actor, at: datetime) -> "IssueBatch":
    """Begin a batch, and have the worker take it up.

    Raises: RuleBroken `batch.empty`, `batch.too_large`.
    Source: GU-5.
    """
    row = invoicing.begin_batch(draft_ids=draft_ids, actor=actor, at=at)
    app.configure_task(BATCH_TASK, lock=f"{BATCH_TASK}:{row.id}").defer(batch_id=str(row.id))
    return row


def run(*, batch_id: UUID, clock: Callable[[], datetime]) -> int:
    """Issue and send what of a batch is not yet, and return how many documents were sent.

    Drafts are issued a hundred at a time, those that the check list stops are held; each document is sent unless a mail
    about it was written already. Cut off and run again, it goes on where it was, and sends nothing twice.

    Source: GU-5.
    """
    batch = queries.batch_by_id(batch_id)
    if batch is None or batch.ended_at is not None:
        return 0
    member = batch.started_by
    actor = Actor(member.id, "member", member.name) if member else SYSTEM
    sent = 0
    for start in range(0, len(batch.draft_ids), CHUNK):
        ids = batch.draft_ids[start : start + CHUNK]
        left = queries.drafts_left(ids)
        if left:
            issue_document.issue_many(draft_ids=left, actor=actor, at=clock())
            invoicing.note_batch(batch_id=batch_id, at=clock())
        sent += _send(batch_id, ids, actor, clock)
    issued = queries.issued_among(batch.draft_ids).count()
    mailed = len(messaging.subjects_mailed(batch.draft_ids))
    invoicing.end_batch(batch_id=batch_id, issued=issued, sent=mailed, actor=actor, at=clock())
    return sent


def _send(batch_id: UUID, ids: Sequence[UUID], actor: Actor, clock: Callable[[], datetime]) -> int:
    mailed, sent = messaging.subjects_mailed(ids), 0
    for document in queries.issued_among(ids):
        if document.id in mailed:
            continue
        refusal = send_document.try_to_send(document, actor=actor, at=clock())
        invoicing.note_batch(batch_id=batch_id, at=clock(), document_id=document.id, refusal=refusal)
        sent += refusal is None
    return sent
