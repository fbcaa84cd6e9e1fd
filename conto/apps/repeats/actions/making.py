"""What is due is taken up, and what became of it is noted."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.apps.projects import actions as projects
from conto.apps.repeats.actions.repeats import ended
from conto.apps.repeats.entries import Made
from conto.apps.repeats.models import Repeat, RepeatInvoice
from conto.apps.repeats.queries.terms import Terms
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor, Fact
from conto.domain.ids import new_id
from conto.domain.period import local_day
from conto.domain.repeat import Does, RepeatState

_STORED = ["state", "next_on", "made_count", "last_made_on", "changed_at"]


def claim_due(*, at: datetime, most: int) -> list[Repeat]:
    """Lock what is due on its seller's day, the earliest first; what another worker has locked is left to it.

    Source: RI-3.
    """
    due = Q(pk__in=[])
    for entity in accounts.legal_entities():
        due |= Q(legal_entity=entity, next_on__lte=local_day(at, entity.zone))
    rows = Repeat.objects.filter(due, state="active", held_code="").order_by("next_on", "id")
    return list(
        rows.select_related("legal_entity", "customer").select_for_update(skip_locked=True, of=("self",))[:most]
    )


def note_made(
    *, rows: Sequence[Repeat], terms: Mapping[UUID, Terms], made: Collection[Made], actor: Actor, at: datetime
) -> None:
    """Note which invoices the days of schedules made, and when each is due next, in the transaction that made them.

    What they bring to retainers is noted with them.

    Source: RI-2, RI-3, WP-13.
    """
    by_id = {row.id: row for row in rows}
    invoices: list[RepeatInvoice] = []
    told: list[tuple[Fact, datetime]] = []
    for each in made:
        row, agreed = by_id[each.repeat_id], terms[each.repeat_id]
        row.made_count, row.last_made_on = row.made_count + 1, each.due_on
        row.next_on = agreed.schedule.next_after(each.due_on, made=row.made_count)
        row.changed_at = at
        is_to_send = each.is_issued and agreed.row.does == Does.SEND
        invoices.append(
            RepeatInvoice(
                id=new_id(), repeat=row, customer_id=row.customer_id, ordinal=row.made_count, due_on=each.due_on,
                version=row.version, document_id=each.document_id, sending="waiting" if is_to_send else "", made_at=at,
            )
        )  # fmt: skip
        fact = facts.RepeatMade(
            subject_id=each.document_id, customer_id=row.customer_id, repeat_id=row.id, due_on=each.due_on,
            ordinal=row.made_count,
        )  # fmt: skip
        told.append((fact, at))
        if row.next_on is None:
            row.state = RepeatState.ENDED.value
            told.append((ended(row), at))
    RepeatInvoice.objects.bulk_create(invoices)
    Repeat.objects.bulk_update([by_id[each.repeat_id] for each in made], _STORED)
    audit.record_many(told, actor=actor)
    rhythms = {key: each.schedule.rhythm for key, each in terms.items()}
    days = [projects.MadeDay(each.repeat_id, each.due_on, each.document_id, rhythms[each.repeat_id]) for each in made]
    projects.grant_periods(made=days, actor=actor, at=at)


def hold(*, row: Repeat, refusal: RuleBroken, actor: Actor, at: datetime) -> None:
    """Hold what could not be made with its reason, until somebody looks.

    Source: RI-6.
    """
    row.held_code, row.held_reason, row.changed_at = refusal.code, refusal.message[:500], at
    row.held_params = {name: str(value) for name, value in refusal.params.items()}
    row.save(update_fields=["held_code", "held_reason", "held_params", "changed_at"])
    held = facts.RepeatHeld(subject_id=row.id, customer_id=row.customer_id, code=refusal.code)
    audit.record(held, actor=actor, at=at)
