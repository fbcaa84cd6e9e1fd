"""What is to be done with customers and what was done; what members say to each other about a deal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.apps.crm.models import Customer
from conto.apps.deals.actions import _write
from conto.apps.deals.entry import ACTIVITY_FIELDS, NewActivity, checked_activity, words
from conto.apps.deals.models import Activity, Comment, Deal, DealFollower
from conto.domain import facts
from conto.domain.contact import fold
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor, changes_between
from conto.domain.ids import new_id

_LONGEST_COMMENT = 10_000


@transaction.atomic
def add_activity(
    *,
    customer: Customer,
    new: NewActivity,
    actor: Actor,
    at: datetime,
    deal: Deal | None = None,
    activity_id: UUID | None = None,
) -> Activity:
    """Plan something with a customer, or for a deal of theirs; a note is done as it is written.

    Raises: EntryRefused with every field that cannot stand; RuleBroken for an owner who is not active.
    """
    checked = checked_activity({name: getattr(new, name) for name in ACTIVITY_FIELDS if name != "owner_id"})
    owner_id = new.owner_id or actor.member_id or (deal.owner_id if deal else customer.owner_id)
    if owner_id is None:
        raise RuleBroken("activity.owner_missing", "Say who does it.")
    owner = _write.active_member(owner_id)
    if deal is not None and deal.customer_id != customer.id:
        raise RuleBroken("activity.deal_elsewhere", "This deal is of another customer.")
    is_note = checked["kind"] == "note"
    activity = Activity.objects.create(
        id=activity_id or new_id(), deal=deal, customer=customer, owner=owner, created_at=at, changed_at=at,
        done_at=at if is_note else None, **checked,
    )  # fmt: skip
    fact = facts.ActivityAdded(
        subject_id=activity.id, customer_id=customer.id, deal_id=activity.deal_id, activity_kind=activity.kind,
        title=activity.title, due_at=activity.due_at,
    )  # fmt: skip
    audit.record(fact, actor=actor, at=at)
    _touch(activity, at if is_note else None)
    return activity


def _touch(activity: Activity, done_at: datetime | None = None) -> None:
    """Note on the deal what the next step is now, and that something was done with it."""
    if activity.deal_id is None:
        return
    deal = Deal.objects.select_for_update().get(id=activity.deal_id)
    _write.set_next_step(deal)
    if done_at and done_at > deal.last_activity_at:
        Deal.objects.filter(id=deal.id).update(last_activity_at=done_at)


def _locked(activity: Activity, version: int | None) -> Activity:
    # The deal first, as every other write does, so that two never wait for each other.
    if activity.deal_id:
        Deal.objects.select_for_update().get(id=activity.deal_id)
    row = Activity.objects.select_for_update().get(id=activity.id)
    if version is not None and row.version != version:
        raise Conflict("activity.changed_meanwhile", "Somebody else has just changed this activity. Look at it again.")
    return row


def _save(row: Activity, shown: Activity, *names: str, at: datetime) -> None:
    row.version += 1
    row.changed_at = at
    row.save(update_fields={*names, "version", "changed_at"})
    for name in {*names, "version", "changed_at"}:
        setattr(shown, name, getattr(row, name))


@transaction.atomic
def change_activity(
    *, activity: Activity, changes: Mapping[str, Any], actor: Actor, at: datetime, version: int | None = None
) -> UUID | None:
    """Change what is to be done, when or by whom, and return the fact that tells of it, or nothing when all stays.

    Raises: EntryRefused with every field that cannot stand; Conflict when somebody else was faster.
    """
    row = _locked(activity, version)
    after = checked_activity(changes)
    changed = changes_between({name: getattr(row, name) for name in ACTIVITY_FIELDS}, after)
    if not changed:
        return None
    if "owner_id" in changed:
        _write.active_member(after["owner_id"])
    for name in changed:
        setattr(row, name, after[name])
    _save(row, activity, *changed, at=at)
    _touch(row)
    told = {name: [_plain(each) for each in pair] for name, pair in changed.items()}
    fact = facts.ActivityChanged(
        subject_id=row.id, customer_id=row.customer_id, deal_id=row.deal_id, title=row.title, changes=told
    )
    return audit.record(fact, actor=actor, at=at)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value and str(value)


@transaction.atomic
def finish_activity(
    *, activity: Activity, actor: Actor, at: datetime, outcome: str = "", version: int | None = None
) -> UUID:
    """Note that something is done, and what came of it.

    Raises: Conflict when it was done already.
    """
    row = _locked(activity, version)
    if row.done_at:
        raise Conflict("activity.already_done", "This is done already.")
    row.done_at, row.outcome = at, words(outcome, 500)
    _save(row, activity, "done_at", "outcome", at=at)
    _touch(row, at)
    fact = facts.ActivityDone(
        subject_id=row.id, customer_id=row.customer_id, deal_id=row.deal_id, activity_kind=row.kind, title=row.title,
        outcome=row.outcome,
    )  # fmt: skip
    return audit.record(fact, actor=actor, at=at)


@transaction.atomic
def reopen_activity(*, activity: Activity, actor: Actor, at: datetime, version: int | None = None) -> UUID:
    """Note that something is to be done after all.

    Raises: Conflict when it was not done.
    """
    row = _locked(activity, version)
    if not row.done_at:
        raise Conflict("activity.not_done", "This is still to be done.")
    row.done_at, row.outcome = None, ""
    _save(row, activity, "done_at", "outcome", at=at)
    _touch(row)
    fact = facts.ActivityReopened(subject_id=row.id, customer_id=row.customer_id, deal_id=row.deal_id, title=row.title)
    return audit.record(fact, actor=actor, at=at)


@transaction.atomic
def add_comment(*, deal: Deal, text: str, actor: Actor, at: datetime) -> Comment:
    """Say something to the others about a deal; who is named with an @ follows it from then on.

    Raises: RuleBroken when there are no words, or too many.
    """
    said = words(text, _LONGEST_COMMENT, is_long=True)
    if not said:
        raise RuleBroken("comment.empty", "Write what the others should know.")
    row = _write.locked(deal)
    mentioned = _mentioned(said)
    comment = Comment.objects.create(
        id=new_id(), deal=row, author_id=actor.member_id, text=said, mentions=mentioned, at=at
    )
    DealFollower.objects.bulk_create(
        [DealFollower(id=new_id(), deal=row, member_id=member_id, at=at) for member_id in mentioned],
        ignore_conflicts=True,
    )
    row.last_activity_at = deal.last_activity_at = at
    row.save(update_fields=["last_activity_at"])
    fact = facts.CommentAdded(
        subject_id=comment.id, customer_id=row.customer_id, deal_id=row.id, name=row.name, text=said,
        mentions=tuple(str(each) for each in mentioned),
    )  # fmt: skip
    audit.record(fact, actor=actor, at=at)
    return comment


def _mentioned(text: str) -> list[UUID]:
    """Find the members whose full name stands behind an @, longer names first: “@Ada Lovelace”."""
    rest, found = fold(text), []
    if "@" not in rest:
        return []
    members = accounts.members().filter(is_active=True).values_list("id", "name")
    for member_id, name in sorted(members, key=lambda each: -len(each[1])):
        mark = f"@{fold(name)}"
        if mark in rest:
            found.append(member_id)
            rest = rest.replace(mark, " ")
    return found
