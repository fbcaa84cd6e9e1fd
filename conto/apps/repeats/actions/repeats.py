"""Repeating invoices set up, changed by a new version, paused, resumed and ended."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import LegalEntity
from conto.apps.audit import actions as audit
from conto.apps.crm.models import Customer
from conto.apps.invoicing.actions import check_agreed
from conto.apps.repeats.entries import HEAD, Agreed
from conto.apps.repeats.models import Repeat, RepeatLine, RepeatVersion
from conto.apps.repeats.queries.terms import OF_LINE, Terms, agreed_of, current, schedule_for, with_head
from conto.apps.repeats.words import FILLED_OF_HEAD
from conto.domain import facts
from conto.domain import repeat as rules
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import local_day
from conto.domain.repeat import RepeatState, Schedule

_NO_HOLD: dict[str, Any] = {"held_code": "", "held_reason": "", "held_params": {}}


@transaction.atomic
def create_repeat(
    *,
    customer: Customer,
    agreed: Agreed,
    actor: Actor,
    at: datetime,
    legal_entity: LegalEntity | None = None,
    source_id: UUID | None = None,
) -> Repeat:
    """Let an invoice repeat: what is agreed, and from which day on.

    Raises: RuleBroken for what cannot be agreed, `repeat.ends_before_start`, `repeat.customer_archived`.
    Source: RI-1, RI-2, RI-5.
    """
    entity = legal_entity or accounts.legal_entities().first()
    if entity is None:
        raise RuleBroken("seller.missing", "Set up your business first.")
    if customer.archived_at is not None:
        raise customer_archived(customer.name)
    agreed = with_head(agreed, customer, entity)
    schedule = schedule_for(agreed)
    _check(agreed)
    rules.check_next(agreed.next_on, last_made_on=None, today=local_day(at, entity.zone))
    first_on = schedule.next_from(agreed.next_on, made=0)
    if first_on is None:
        raise _no_day()
    row = Repeat.objects.create(
        id=new_id(), legal_entity=entity, customer=customer, title=agreed.title, next_on=first_on, source_id=source_id,
        created_by_id=actor.member_id, created_at=at, changed_at=at,
    )  # fmt: skip
    _write(row, agreed, schedule, actor, at)
    added = facts.RepeatAdded(subject_id=row.id, customer_id=customer.id, first_on=first_on, does=agreed.does.value)
    audit.record(added, actor=actor, at=at)
    return row


@transaction.atomic
def change_repeat(
    *, repeat: Repeat, agreed: Agreed, actor: Actor, at: datetime, expected_version: int | None = None
) -> Repeat:
    """Change what is agreed, from the next invoice on, by a new version; what says the same makes none.

    Another rhythm or next day begins a new anchor. What was held is tried again.

    Raises: Conflict `repeat.is_over`, `repeat.changed_meanwhile`; RuleBroken for what cannot be agreed.
    Source: RI-7.
    """
    row = locked(repeat)
    rules.allowed_to_change(RepeatState(row.state))
    if expected_version is not None and expected_version != row.version:
        raise Conflict("repeat.changed_meanwhile", "Somebody else changed this meanwhile. Look at it again.")
    before = current([row])[row.id]
    agreed = replace(agreed, head={**before.head, **agreed.head})
    _check(agreed)
    schedule = schedule_for(agreed, (row, before))
    changed = _changed(agreed, schedule, agreed_of(row, before), before)
    if agreed.next_on != row.next_on:
        rules.check_next(agreed.next_on, last_made_on=row.last_made_on, today=local_day(at, row.legal_entity.zone))
    if not changed:
        return row
    next_on = schedule.next_from(agreed.next_on, made=row.made_count)
    if next_on is None:
        raise _no_day()
    row.version += 1
    row.title, row.next_on = agreed.title, next_on
    _write(row, agreed, schedule, actor, at)
    _store(row, at, **_NO_HOLD)
    fact = facts.RepeatChanged(
        subject_id=row.id, customer_id=row.customer_id, version=row.version, changed=tuple(changed)
    )
    audit.record(fact, actor=actor, at=at)
    return row


@transaction.atomic
def pause_repeat(*, repeat: Repeat, actor: Actor, at: datetime) -> Repeat:
    """Let nothing be made until it is resumed.

    Raises: Conflict `repeat.is_over`, `repeat.is_paused`.
    Source: RI-7.
    """
    row = locked(repeat)
    rules.allowed_to_pause(RepeatState(row.state))
    _store(row, at, state=RepeatState.PAUSED.value, **_NO_HOLD)
    audit.record(facts.RepeatPaused(subject_id=row.id, customer_id=row.customer_id), actor=actor, at=at)
    return row


@transaction.atomic
def resume_repeat(*, repeat: Repeat, actor: Actor, at: datetime) -> Repeat:
    """Let it go on with the first of its days from today on.

    Raises: Conflict `repeat.is_over`, `repeat.runs`; RuleBroken `repeat.end_passed`.
    Source: RI-7.
    """
    row = locked(repeat)
    terms, today = current([row])[row.id], local_day(at, row.legal_entity.zone)
    next_on = rules.resumed_on(RepeatState(row.state), terms.schedule, row.next_on or today, today, made=row.made_count)
    _store(row, at, state=RepeatState.ACTIVE.value, next_on=next_on)
    _note_resumed(row, next_on, actor, at)
    return row


@transaction.atomic
def try_again(*, repeat: Repeat, actor: Actor, at: datetime) -> Repeat:
    """Let what was held be made with the next run.

    Raises: Conflict `repeat.not_held`.
    Source: RI-6.
    """
    row = locked(repeat)
    if not row.held_code or row.next_on is None:
        raise Conflict("repeat.not_held", "Nothing holds it.")
    _store(row, at, **_NO_HOLD)
    _note_resumed(row, row.next_on, actor, at)
    return row


@transaction.atomic
def end_repeat(*, repeat: Repeat, actor: Actor, at: datetime) -> Repeat:
    """End it now; what it made stays.

    Raises: Conflict `repeat.is_over`.
    Source: RI-2.
    """
    row = locked(repeat)
    rules.allowed_to_change(RepeatState(row.state))
    _store(row, at, state=RepeatState.ENDED.value, next_on=None, **_NO_HOLD)
    audit.record(ended(row), actor=actor, at=at)
    return row


def ended(row: Repeat) -> facts.RepeatEnded:
    """Give the fact that a repeating invoice is over."""
    return facts.RepeatEnded(subject_id=row.id, customer_id=row.customer_id, invoices=row.made_count)


def customer_archived(name: str) -> RuleBroken:
    """Give the refusal to bill an archived customer."""
    return RuleBroken("repeat.customer_archived", "%(name)s is archived.", name=name)


def locked(repeat: Repeat) -> Repeat:
    """Lock a repeating invoice for a change, with its surroundings."""
    rows = Repeat.objects.select_related("legal_entity", "customer").select_for_update(of=("self",))
    return rows.get(id=repeat.id)


def _note_resumed(row: Repeat, next_on: date, actor: Actor, at: datetime) -> None:
    resumed = facts.RepeatResumed(subject_id=row.id, customer_id=row.customer_id, next_on=next_on)
    audit.record(resumed, actor=actor, at=at)


def _no_day() -> RuleBroken:
    return RuleBroken("repeat.ends_before_start", "With this end nothing would be made any more.")


def _store(row: Repeat, at: datetime, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_at = at
    row.save(update_fields=["title", "state", "version", "next_on", *_NO_HOLD, "changed_at"])


def _check(agreed: Agreed) -> None:
    if not agreed.title.strip():
        raise RuleBroken("repeat.no_title", "Say what it is.")
    if not agreed.lines:
        raise RuleBroken("repeat.no_lines", "A repeating invoice has at least one line.")
    check_agreed(fields=agreed.head, lines=agreed.lines, allowances=agreed.allowances)
    texts = [text for line in agreed.lines for text in (line.name, line.description)]
    rules.check_words([*texts, *(agreed.head[name] for name in FILLED_OF_HEAD)])


def _changed(agreed: Agreed, schedule: Schedule, old: Agreed, before: Terms) -> list[str]:
    """Name what is agreed otherwise."""
    names = [
        name
        for name in ("title", "next_on", "interval", "every", "ends_on", "most_invoices", "covers", "does")
        if getattr(agreed, name) != getattr(old, name)
    ]
    names += ["day"] if schedule.anchor_on != before.schedule.anchor_on and "next_on" not in names else []
    names += [name for name in HEAD if agreed.head[name] != old.head[name]]
    names += ["allowances"] if tuple(agreed.allowances) != tuple(old.allowances) else []
    plain = [replace(line, period_start_on=None, period_end_on=None) for line in agreed.lines]
    return [*names, "lines"] if plain != list(old.lines) else names


def _write(row: Repeat, agreed: Agreed, schedule: Schedule, actor: Actor, at: datetime) -> None:
    """Write what is agreed as the version that the row names."""
    key, count = new_id(), len(agreed.lines)
    RepeatLine.objects.bulk_create(
        [
            RepeatLine(
                id=new_id(), version_id=key, line_count=count, position=n,
                **{name: getattr(line, name) for name in OF_LINE},
            )
            for n, line in enumerate(agreed.lines, 1)
        ]
    )  # fmt: skip
    RepeatVersion.objects.create(
        id=key, repeat=row, version=row.version, title=agreed.title, interval=schedule.interval.value,
        every=schedule.every, anchor_on=schedule.anchor_on, ends_on=schedule.ends_on,
        most_invoices=schedule.most_invoices, covers=schedule.covers.value, does=agreed.does.value,
        allowances=[
            {
                "reason": each.reason, "percent": str(each.percent) if each.percent is not None else None,
                "amount_minor": each.amount_minor, "is_charge": each.is_charge,
            }
            for each in agreed.allowances
        ],
        line_count=count, made_by_id=actor.member_id, made_at=at, **{name: agreed.head[name] for name in HEAD},
    )  # fmt: skip
