"""What a migration writes: what it would do, what somebody confirmed of it, and what became of each subscription."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count

from conto.apps.accounts.models import Member
from conto.apps.audit import actions as audit
from conto.apps.plans.models import PlanVersion
from conto.apps.subscriptions.actions.recurring import move_recurring_many
from conto.apps.subscriptions.actions.subscriptions import MOST_CHANGES, locked_many
from conto.apps.subscriptions.entries import MigrationEntry
from conto.apps.subscriptions.models import (
    MigrationRow,
    PlanMigration,
    Subscription,
    SubscriptionChange,
)
from conto.apps.subscriptions.queries.migrations import candidates, definitions_of
from conto.apps.subscriptions.queries.terms import Loaded, load_many
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import day_begins, local_day
from conto.domain.subscription import Change, Definition, Move, Stays, When, fold, in_order, move_to_version
from conto.domain.subscription.written import change_written

GOOD_FOR = timedelta(hours=1)
UNCONFIRMED_FOR = timedelta(days=7)  # long enough to find what was looked at; it cannot be confirmed any more
MOST_CHOSEN = 10_000
_LATEST = timedelta(days=3 * 366)
_PROCEED = """
UPDATE subscriptions_subscription s
SET version = s.version + 1, changed_at = %s, next_bill_on = n.next_bill_on, final_on = n.final_on
FROM unnest(%s::uuid[], %s::date[], %s::date[]) n (id, next_bill_on, final_on) WHERE s.id = n.id
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """A subscription that goes over: as it stood, its changes then, and what was shown of it."""

    loaded: Loaded
    after: Sequence[Change]
    shown: MigrationRow
    counts_on: date


@transaction.atomic
def begin_migration(*, entry: MigrationEntry, actor: Actor, at: datetime) -> PlanMigration:
    """Begin to work out what takes the subscriptions of a plan to one of its versions; nothing of them changes yet.

    Raises: RuleBroken `migration.no_version`, `migration.bad_day`, `migration.nobody`, `migration.too_many`.
    Source: SB-13.
    """
    version, on, chosen = entry.version, entry.on, entry.chosen_ids
    wanted = sorted(set(entry.from_versions) - {version.version})
    known = set(PlanVersion.objects.filter(plan=version.plan).values_list("version", flat=True))
    if not wanted or not known.issuperset(wanted):
        raise RuleBroken("migration.no_version", "Choose at least one other version from which they go over.")
    today = local_day(at, "UTC")
    if on is not None and not today - timedelta(days=1) <= on <= today + _LATEST:
        raise RuleBroken("migration.bad_day", "They go over today, or at most three years ahead.")
    if chosen is not None and not chosen:
        raise RuleBroken("migration.nobody", "Choose at least one subscription of this plan.")
    if chosen is not None and len(chosen) > MOST_CHOSEN:
        raise RuleBroken("migration.too_many", "Choose at most %(most)s subscriptions, or all.", most=MOST_CHOSEN)
    return PlanMigration.objects.create(
        id=new_id(), plan=version.plan, version=version, from_versions=wanted, counts_from=entry.counts_from,
        on=on if entry.counts_from == "day" else None, chosen_ids=None if chosen is None else sorted(set(chosen)),
        reason=entry.reason.strip()[:500], made_by_id=actor.member_id, made_at=at, alive_at=at,
    )  # fmt: skip


def work_out_next(*, migration_id: UUID, member: Member | None, most: int, at: datetime) -> bool:
    """Work out what the next subscriptions would do, in one transaction, and tell whether some may be left.

    Each is worked out for the instant at which the migration was made, so that the size of the chunks changes nothing.

    Source: SB-13.
    """
    with transaction.atomic():
        row = _locked(migration_id)
        if row.shown_at is not None:
            return False
        done = MigrationRow.objects.filter(migration=row).order_by("-subscription_id")
        last = done.values_list("subscription_id", flat=True).first()
        found = candidates(member, row, after=last, most=most)
        row.alive_at = at
        if not found:
            row.shown_at = at
        row.save(update_fields=["alive_at", "shown_at"])
        if found:
            _keep_rows(row, found)
        return bool(found)


def confirm_migration(*, migration_id: UUID, actor: Actor, at: datetime) -> PlanMigration:
    """Confirm what a migration showed; confirmed again, it stays as it was confirmed.

    Raises: Conflict `migration.not_shown`, `migration.too_old`; RuleBroken `migration.nothing_moves`.
    Source: SB-13.
    """
    with transaction.atomic():
        row = _locked(migration_id)
        if row.confirmed_at is not None:
            return row
        if row.shown_at is None:
            raise Conflict("migration.not_shown", "This is still being worked out. Look at it first.")
        if not timedelta(0) <= at - row.shown_at <= GOOD_FOR:
            raise Conflict("migration.too_old", "This was shown more than an hour ago. Show it anew.")
        count = MigrationRow.objects.filter(migration=row, outcome="planned").count()
        if not count:
            raise RuleBroken("migration.nothing_moves", "None of these subscriptions goes over.")
        row.confirmed_at = row.alive_at = at
        row.confirmed_by_id = actor.member_id
        row.save(update_fields=["confirmed_at", "confirmed_by", "alive_at"])
        started = facts.PlanMigrationStarted(
            subject_id=row.id, plan=row.plan.code, to_version=row.version.version, subscriptions=count
        )
        audit.record(started, actor=actor, at=at)
        return row


def forget_unconfirmed_next(*, most: int, at: datetime) -> bool:
    """Drop the next rows of a migration that was only looked at, long ago, in one transaction; tell if one was found.

    From the last row backwards: whoever works it out at the same time goes on where rows are left.

    Source: SB-13.
    """
    with transaction.atomic():
        over = PlanMigration.objects.filter(confirmed_at__isnull=True, alive_at__lt=at - UNCONFIRMED_FOR)
        row = over.select_for_update(skip_locked=True).order_by("made_at", "id").first()
        if row is None:
            return False
        rows = MigrationRow.objects.filter(migration=row).order_by("-subscription_id")
        some = list(rows.values_list("id", flat=True)[:most])
        MigrationRow.objects.filter(id__in=some).delete()
        if len(some) < most:
            row.delete()
        return True


def move_next(*, migration_id: UUID, most: int, actor: Actor, at: datetime) -> bool:
    """Take the next subscriptions over as they were shown, in one transaction, and tell whether some may be left.

    What has changed since stays as it is, and is named so. Whoever else does the same waits, and goes on behind. The
    number of statements does not depend on how many subscriptions there are.

    Source: SB-13.
    """
    with transaction.atomic():
        row = _locked(migration_id)
        if row.confirmed_at is None or row.ended_at is not None:
            return False
        planned = list(MigrationRow.objects.filter(migration=row, outcome="planned").order_by("id")[:most])
        if planned:
            _move(row, planned, actor, at)
        else:
            _end(row, actor, at)
        row.alive_at = at
        row.save(update_fields=["alive_at", "ended_at"])
        return bool(planned)


def _locked(migration_id: UUID) -> PlanMigration:
    around = PlanMigration.objects.select_related("plan", "version__plan")
    return around.select_for_update(of=("self",)).get(id=migration_id)


def _keep_rows(row: PlanMigration, found: Sequence[Subscription]) -> None:
    definitions, loaded = definitions_of(row.plan), _readable(found)
    made = []
    for each in found:
        key, held = new_id(), each.latest_version  # type: ignore[attr-defined]
        known = loaded.get(each.id)
        move = _move_of(row, known, key, definitions, held) if known else Move(Stays.UNREADABLE)
        name = known.items[move.item].name if known and move.item in known.items else move.item
        made.append(
            MigrationRow(
                id=key, migration=row, subscription=each, from_version=held, subscription_version=each.version,
                outcome="stays" if move.stays else "planned", reason=move.stays.value if move.stays else "", item=name,
                counts_on=move.counts_on, before_minor=move.before_minor, after_minor=move.after_minor,
            )
        )  # fmt: skip
    MigrationRow.objects.bulk_create(made)


def _readable(rows: Sequence[Subscription]) -> dict[UUID, Loaded]:
    """Load subscriptions together; where one cannot be read, one by one, so that only that is left out."""
    try:
        return load_many(rows)
    except RuleBroken:
        if len(rows) == 1:
            return {}
        return {key: loaded for row in rows for key, loaded in _readable([row]).items()}


def _move_of(
    row: PlanMigration, loaded: Loaded, key: UUID, definitions: Mapping[int, Definition], held: int
) -> Move:  # fmt: skip
    """Work out what a migration does with one subscription, for the instant at which it was made."""
    if len(loaded.changes) >= MOST_CHANGES:
        return Move(Stays.TOO_MANY_CHANGES)
    zone = loaded.row.zone
    today = local_day(row.made_at, zone)
    is_ahead = row.on is not None and row.on > today
    at = day_begins(row.on, zone).astimezone(UTC) if row.on is not None and is_ahead else row.made_at
    try:
        return move_to_version(
            loaded.definition, loaded.changes, (definitions[held], definitions[row.version.version]), key=str(key),
            at=at, known_at=row.made_at, when=When.PERIOD_END if row.counts_from == "period" else None, on=today,
        )  # fmt: skip
    except RuleBroken:
        return Move(Stays.UNREADABLE)


def _move(row: PlanMigration, planned: Sequence[MigrationRow], actor: Actor, at: datetime) -> None:
    by_subscription = {each.subscription_id: each for each in planned}
    rows = locked_many([Subscription(id=key) for key in by_subscription])
    definitions, loaded = definitions_of(row.plan), _readable(rows)
    changes: list[SubscriptionChange] = []
    moved: list[Moved] = []
    for each in rows:
        shown = by_subscription[each.id]
        known = loaded.get(each.id)
        if known is None or not _is_as_shown(row, shown, each, at):
            continue
        move = _move_of(row, known, shown.id, definitions, shown.from_version)
        if move.counts_on is None or (move.counts_on, move.after_minor) != (shown.counts_on, shown.after_minor):
            continue
        after = known.changes
        if move.change is not None:
            after = (*known.changes, move.change)
            changes.append(_change_row(row, each, move.change, len(after), at))
        moved.append(Moved(known, after, shown, move.counts_on))
    SubscriptionChange.objects.bulk_create(changes)
    _proceed(moved, at)
    move_recurring_many(moved=[(each.loaded.row, each.loaded.definition, each.after) for each in moved], at=at)
    went = [each.shown.id for each in moved]
    MigrationRow.objects.filter(id__in=went).update(outcome="moved")
    MigrationRow.objects.filter(id__in=[each.id for each in planned], outcome="planned").update(outcome="changed")
    audit.record_many([(_fact(row, each), at) for each in moved], actor=actor)


def _is_as_shown(row: PlanMigration, shown: MigrationRow, now: Subscription, at: datetime) -> bool:
    """Tell whether nothing has happened to a subscription since it was shown, and its next period is still to come."""
    is_late = row.counts_from == "period" and shown.counts_on is not None and shown.counts_on <= local_day(at, now.zone)
    return now.version == shown.subscription_version and not is_late


def _change_row(
    row: PlanMigration, subscription: Subscription, change: Change, ordinal: int, at: datetime
) -> SubscriptionChange:  # fmt: skip
    return SubscriptionChange(
        id=UUID(change.key), subscription=subscription, ordinal=ordinal, kind=change.kind.value, takes_at=change.at,
        body=change_written(change), reason=row.reason or f"{row.plan.code} v{row.version.version}",
        made_by_id=row.confirmed_by_id, made_at=at,
    )  # fmt: skip


def _proceed(moved: Sequence[Moved], at: datetime) -> None:
    ids, next_days, final_days = [], [], []
    for each in moved:
        row, line = each.loaded.row, fold(each.loaded.definition, in_order(each.after))
        end = line.end_of_all()
        ids.append(row.id)
        next_days.append(_next_bill_on(row, each.counts_on, local_day(at, row.zone)))
        final_days.append(None if end is None else date.fromordinal(line.day(end)))
    with connection.cursor() as cursor:
        cursor.execute(_PROCEED, [at, ids, next_days, final_days])


def _next_bill_on(row: Subscription, counts_on: date, today: date) -> date:
    """Tell when a subscription is due next: what counts from its next period is billed with that."""
    due = row.next_bill_on
    if due is not None and today < counts_on and due <= counts_on:
        return due
    return min(due or today, today)


def _fact(row: PlanMigration, moved: Moved) -> facts.SubscriptionMigrated:
    of = moved.loaded.row
    return facts.SubscriptionMigrated(
        subject_id=of.id, customer_id=of.customer_id, number=of.number, plan=row.plan.code,
        from_version=moved.shown.from_version, to_version=row.version.version, counts_on=moved.counts_on,
    )  # fmt: skip


def _end(row: PlanMigration, actor: Actor, at: datetime) -> None:
    counted = MigrationRow.objects.filter(migration=row).order_by().values_list("outcome")
    by_outcome = dict(counted.annotate(Count("id")))
    row.ended_at = at
    ended = facts.PlanMigrationEnded(
        subject_id=row.id, plan=row.plan.code, to_version=row.version.version, moved=by_outcome.get("moved", 0),
        changed=by_outcome.get("changed", 0),
    )  # fmt: skip
    audit.record(ended, actor=actor, at=at)
