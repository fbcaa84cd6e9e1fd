"""Forget what facts say, where the law wants it. That they happened stays, and stays proven."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from conto.apps.audit.actions.recording import record
from conto.domain import facts
from conto.domain.errors import RuleBroken


@transaction.atomic
def erase_payloads(
    *, subject_id: UUID, fact_ids: Sequence[UUID], reason: str, actor: facts.Actor, at: datetime
) -> UUID:
    """Erase what facts say and from where, and write down of which, why and by whom.

    The database erases only what such a fact names, so nothing can disappear without one. `subject_id` is the person
    or record whose words are forgotten.

    Raises: RuleBroken `erasure.no_reason`.
    """
    if not reason.strip():
        raise RuleBroken("erasure.no_reason", "Say why this has to be forgotten.")
    erased = facts.PayloadsErased(subject_id=subject_id, fact_ids=tuple(map(str, fact_ids)), reason=reason.strip())
    erasure_id = record(erased, actor=actor, at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT conto_erase_payloads(%s)", [erasure_id])
    return erasure_id
