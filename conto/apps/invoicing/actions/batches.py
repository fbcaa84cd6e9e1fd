"""Batches of drafts that are issued and sent together: begun, followed, ended."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.invoicing.models import IssueBatch
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id

MOST_IN_BATCH = 5000


def begin_batch(*, draft_ids: Sequence[UUID], actor: Actor, at: datetime) -> IssueBatch:
    """Begin a batch; the caller sees to it that the worker takes it up.

    Raises: RuleBroken `batch.empty`, `batch.too_large`.
    Source: GU-5.
    """
    wanted = list(dict.fromkeys(draft_ids))
    if not wanted:
        raise RuleBroken("batch.empty", "There is no draft to issue.")
    if len(wanted) > MOST_IN_BATCH:
        raise RuleBroken("batch.too_large", "At most %(most)s drafts are issued together.", most=MOST_IN_BATCH)
    row = IssueBatch.objects.create(
        id=new_id(), draft_ids=wanted, started_by_id=actor.member_id, started_at=at, alive_at=at
    )
    audit.record(facts.IssueBatchStarted(subject_id=row.id, drafts=len(wanted)), actor=actor, at=at)
    return row


@transaction.atomic
def note_batch(
    *, batch_id: UUID, at: datetime, document_id: UUID | None = None, refusal: RuleBroken | None = None
) -> None:
    """Note that a batch got further, and why a document was not sent."""
    row = IssueBatch.objects.select_for_update().get(id=batch_id)
    row.alive_at = at
    if refusal is not None:
        params = {name: str(value) for name, value in refusal.params.items()}
        row.refused[str(document_id)] = [refusal.code, refusal.message, params]
    row.save(update_fields=["alive_at", "refused"])


@transaction.atomic
def end_batch(*, batch_id: UUID, issued: int, sent: int, actor: Actor, at: datetime) -> None:
    """End a batch, once."""
    if IssueBatch.objects.filter(id=batch_id, ended_at=None).update(ended_at=at, alive_at=at):
        ended = facts.IssueBatchEnded(subject_id=batch_id, issued=issued, sent=sent)
        audit.record(ended, actor=actor, at=at)
