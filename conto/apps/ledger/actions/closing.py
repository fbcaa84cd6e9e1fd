"""Closing a period and opening it again: what is dated in a closed period can neither come nor go."""

from datetime import date, datetime

from django.db import IntegrityError, connection, transaction

from conto.apps.accounts.models import LegalEntity
from conto.apps.audit import actions as audit
from conto.apps.ledger.models import Closing
from conto.apps.ledger.queries.closing import closing_sha256, closing_totals, last_closing
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import local_day


@transaction.atomic
def close_period(*, legal_entity: LegalEntity, until: date, actor: Actor, at: datetime) -> Closing:
    """Close a legal entity's books up to a day, that day included, and keep what every account stood at.

    Raises: RuleBroken `closing.day_not_over`; Conflict `closing.already_closed`, `closing.changed_meanwhile`.
    Source: C-1, C-3.
    """
    if until >= local_day(at, legal_entity.zone):
        raise RuleBroken("closing.day_not_over", "Only days that are over can be closed.")
    before, ordinal = _held(legal_entity)
    if before is not None and until <= before:
        raise Conflict("closing.already_closed", "The books are closed up to %(closed)s already.", closed=before)
    totals = closing_totals(legal_entity.id, until)
    row = Closing(
        id=new_id(),
        legal_entity=legal_entity,
        ordinal=ordinal + 1,
        kind="closed",
        closed_until=until,
        at=at,
        actor_name=actor.name,
        totals=totals,
    )
    _keep(row)
    closed = facts.PeriodClosed(
        subject_id=legal_entity.id,
        closed_until=until,
        was_closed_until=before,
        account_count=len(totals),
        sha256=row.sha256.hex(),
    )
    audit.record(closed, actor=actor, at=at)
    return row


@transaction.atomic
def reopen_period(*, legal_entity: LegalEntity, until: date | None, reason: str, actor: Actor, at: datetime) -> Closing:
    """Open what was closed after a day again, or everything; the reason is kept for ever.

    Raises: RuleBroken `closing.no_reason`; Conflict `closing.not_closed`.
    Source: C-4.
    """
    if not reason.strip():
        raise RuleBroken("closing.no_reason", "Say why the period is opened again.")
    before, ordinal = _held(legal_entity)
    if before is None or (until is not None and until >= before):
        raise Conflict("closing.not_closed", "These days are open already.")
    row = Closing(
        id=new_id(),
        legal_entity=legal_entity,
        ordinal=ordinal + 1,
        kind="reopened",
        closed_until=until,
        at=at,
        actor_name=actor.name,
        reason=reason.strip()[:300],
    )
    _keep(row)
    reopened = facts.PeriodReopened(
        subject_id=legal_entity.id, closed_until=until, was_closed_until=before, reason=row.reason
    )
    audit.record(reopened, actor=actor, at=at)
    return row


def _held(legal_entity: LegalEntity) -> tuple[date | None, int]:
    """Wait for postings that have begun, keep new ones waiting, and return the last closed day and its ordinal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT closed_until, ordinal FROM ledger_hold_period(%s)", [legal_entity.id])
        row = cursor.fetchone()
    return row[0], row[1]


def _keep(row: Closing) -> None:
    last = last_closing(row.legal_entity_id)
    row.sha256 = closing_sha256(row, bytes(last.sha256) if last else b"")
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(
            "closing.changed_meanwhile", "Somebody else has just moved the closing date. Look at it again."
        ) from error
