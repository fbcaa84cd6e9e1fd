"""Write down what is done with the record itself: taken out of the book, and its seal kept outside."""

from datetime import datetime

from django.db import transaction

from conto.apps.audit.actions.recording import record
from conto.apps.audit.queries import Head
from conto.domain import facts
from conto.domain.ids import new_id


@transaction.atomic
def note_export(*, file_format: str, filters: dict[str, str], actor: facts.Actor, at: datetime) -> None:
    """Write down that the record, or what a filter leaves of it, was exported."""
    record(facts.AuditExported(subject_id=new_id(), file_format=file_format, filters=filters), actor=actor, at=at)


@transaction.atomic
def note_records_export(
    *, what: str, file_format: str, filters: dict[str, str], actor: facts.Actor, at: datetime
) -> None:
    """Write down that records of a kind, or what a filter leaves of them, were exported."""
    fact = facts.RecordsExported(subject_id=new_id(), what=what, file_format=file_format, filters=filters)
    record(fact, actor=actor, at=at)


@transaction.atomic
def note_anchor(*, head: Head, places: tuple[str, ...], actor: facts.Actor, at: datetime) -> None:
    """Write down that a seal was kept outside of the book."""
    fact = facts.SealAnchored(
        subject_id=new_id(), number=head.number, seal=head.seal, facts=head.last_position, places=places
    )
    record(fact, actor=actor, at=at)
