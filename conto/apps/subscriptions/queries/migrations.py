"""Migrations of subscriptions to another version of their plan, and which version each has on a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.plans import queries as plans
from conto.apps.plans.models import Plan, PlanVersion
from conto.apps.subscriptions.models import MigrationRow, PlanMigration, Subscription
from conto.apps.subscriptions.queries.lists import visible_to
from conto.domain.permissions import Permission
from conto.domain.plan import agreed
from conto.domain.subscription import Definition

PAGE_SIZE = 50
_SOME_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class MigrationSum:
    """How many subscriptions of a migration have the same outcome for the same reason, and what recurs of them."""

    outcome: str
    reason: str
    count: int
    before_minor: int
    after_minor: int


@dataclass(frozen=True, slots=True)
class MigrationPage:
    """A page of what a migration does; `next_cursor` is empty on the last one."""

    rows: tuple[MigrationRow, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class HeldVersion:
    """The version of its plan that a subscription has, and the one that it will have from a day on."""

    version: PlanVersion
    later: PlanVersion | None = None
    later_on: date | None = None


def migrations(member: Member | None) -> QuerySet[PlanMigration]:
    """Return the migrations that a member may see, the latest first.

    A migration counts money of all customers that who made it sees, so it is shown to who sees all, and to them.

    Source: SB-13, V-3.
    """
    if member is None or not member.may(Permission.SUBSCRIPTION_EDIT) or not member.may(Permission.PLAN_VIEW):
        return PlanMigration.objects.none()
    seen = Q() if crm.sight_of(member) == Q() else Q(made_by=member)
    return PlanMigration.objects.filter(seen).select_related("plan", "version", "made_by").order_by("-made_at", "-id")


def migration_for(member: Member | None, migration_id: UUID) -> PlanMigration | None:
    """Return one migration, or nothing when there is none that the member may see."""
    return migrations(member).filter(id=migration_id).first()


def migration_by_id(migration_id: UUID) -> PlanMigration | None:
    """Return a migration for the worker, with who made and who confirmed it."""
    return PlanMigration.objects.select_related("made_by", "confirmed_by").filter(id=migration_id).first()


def migration_sums(row: PlanMigration) -> list[MigrationSum]:
    """Return how many subscriptions a migration takes along, and how many stay for which reasons."""
    by = MigrationRow.objects.filter(migration=row).values_list("outcome", "reason").order_by("outcome", "reason")
    sums = by.annotate(Count("id"), Sum("before_minor"), Sum("after_minor"))
    return [MigrationSum(outcome, why, n, int(before), int(after)) for outcome, why, n, before, after in sums]


def migration_page(
    member: Member | None, row: PlanMigration, *, outcome: str = "", after: str = "", limit: int = PAGE_SIZE
) -> MigrationPage:
    """Return a page of what a migration does with each subscription that the member sees."""
    seen = visible_to(member).order_by().values("id")
    chosen = MigrationRow.objects.filter(migration=row, subscription__in=seen)
    if outcome:
        chosen = chosen.filter(outcome__in=["planned", "moved"] if outcome == "planned" else [outcome])
    try:
        chosen = chosen.filter(id__gt=UUID(after)) if after else chosen
    except ValueError:
        return MigrationPage((), "")
    found = list(chosen.select_related("subscription__customer").order_by("id")[: limit + 1])
    return MigrationPage(tuple(found[:limit]), str(found[limit - 1].id) if len(found) > limit else "")


def is_on_its_way(row: PlanMigration) -> bool:
    """Tell whether the worker still has something to do for a migration."""
    return row.shown_at is None or (row.confirmed_at is not None and row.ended_at is None)


def on_version(rows: QuerySet[Subscription], plan: Plan) -> "QuerySet[Any]":
    """Return subscriptions of a plan, each with the number of the version that it has or will have."""
    moved = MigrationRow.objects.filter(subscription=OuterRef("id"), outcome="moved").order_by("-id")
    latest = Coalesce(Subquery(moved.values("migration__version__version")[:1]), F("plan_version__version"))
    return rows.filter(plan_version__plan=plan).annotate(latest_version=latest)


def running_by_version(member: Member | None, plan: Plan, today: date) -> dict[int, int]:
    """Return how many subscriptions that are not over have which version of a plan, or will have it."""
    going = visible_to(member).filter(Q(final_on__isnull=True) | Q(final_on__gt=today)).order_by()
    counted = on_version(going, plan).values_list("latest_version").annotate(Count("id"))
    return dict(counted)


def candidates(member: Member | None, row: PlanMigration, *, after: UUID | None, most: int) -> list[Subscription]:
    """Return the next subscriptions that a migration is about, of those that a member sees."""
    of_plan = on_version(visible_to(member), row.plan).filter(latest_version__in=row.from_versions)
    if row.chosen_ids is not None:
        of_plan = of_plan.filter(id__in=row.chosen_ids)
    if after is not None:
        of_plan = of_plan.filter(id__gt=after)
    return list(of_plan.order_by("id")[:most])


def ids_by_number(member: Member | None, plan: Plan, numbers: Sequence[str]) -> dict[str, UUID]:
    """Return the subscriptions of a plan that have some numbers, of those that a member sees."""
    known = visible_to(member).filter(plan_version__plan=plan, number__in=numbers).order_by()
    return dict(known.values_list("number", "id"))


def definitions_of(plan: Plan) -> dict[int, Definition]:
    """Return every version of a plan as it is billed, by its number, with two queries."""
    versions = plans.versions_of(plan)
    items = plans.items_of_versions(versions)
    return {
        each.version: agreed(
            plans.terms_of(each), plans.engine_items(items[each.id], plan.currency), currency=plan.currency, zone="UTC",
            starts_on=_SOME_DAY,
        )
        for each in versions
    }  # fmt: skip


def held_versions(rows: Sequence[Subscription], days: Mapping[UUID, date]) -> dict[UUID, HeldVersion]:
    """Return which version each subscription has on a day of its own and what follows, with at most one query.

    The latest migration that counts by then says it; where none does, what was agreed. Rows of `with_moves` know where
    nothing is to be asked.

    Source: SB-13.
    """
    held = {row.id: HeldVersion(row.plan_version) for row in rows if row.plan_version is not None}
    asked = [row.id for row in rows if row.id in held and getattr(row, "has_moved", True)]
    if not asked:
        return held
    moves = MigrationRow.objects.filter(subscription__in=asked, outcome="moved").order_by("subscription_id", "id")
    for each in moves.select_related("migration__version"):
        key, version, counts_on = each.subscription_id, each.migration.version, each.counts_on
        if counts_on is None or counts_on <= days[key]:
            held[key] = HeldVersion(version)
        else:
            held[key] = HeldVersion(held[key].version, version, counts_on)
    return held
