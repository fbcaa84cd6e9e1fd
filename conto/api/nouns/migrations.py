"""Migrations: subscriptions that go over to another version of their plan together, looked at before it is done."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Entry, Id, Instant, Minor
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.plans import queries as plans
from conto.apps.subscriptions import queries
from conto.apps.subscriptions.entries import MigrationEntry as Asked
from conto.domain.permissions import Permission
from conto.domain.subscription import Stays
from conto.flows import migrate_plan

router = noun("Migrations")
_EDIT = Permission.SUBSCRIPTION_EDIT
AMonth = Annotated[Minor, Field(description="What recurs a month, before tax and less discounts.", examples=[5900])]
Reason = Annotated[
    str, Field(description="Why it stays; empty: it does not.", json_schema_extra={"enum": ["", *Stays]}, examples=[""])
]


class MigrationEntry(Entry):
    """Which subscriptions of a plan are to go over to which version, and from when on."""

    to_version: Annotated[int, Field(ge=1, examples=[2])]
    from_versions: Annotated[list[int], Field(min_length=1, max_length=1000, examples=[[1]])]
    counts_from: Annotated[
        Literal["period", "day"], Field(description="The next period of each, or a day.", examples=["period"])
    ] = "period"
    on: Annotated[Day | None, Field(description="The day; null: at once.", examples=[None])] = None
    subscription_ids: Annotated[
        list[UUID] | None, Field(max_length=10_000, description="Null: all of these versions.", examples=[None])
    ] = None
    reason: Annotated[str, Field(max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class MigrationSum:
    """How many subscriptions have the same outcome for the same reason, and what recurs of them."""

    outcome: Annotated[str, Field(examples=["planned"], description="planned, moved, stays or changed.")]
    reason: Reason
    count: Annotated[int, Field(examples=[14])]
    before_minor: AMonth
    after_minor: AMonth


@dataclass(frozen=True, slots=True)
class Migration:
    """Subscriptions that go over together: what that does, and how far it is."""

    id: Id
    plan_id: Id
    to_version: Annotated[int, Field(examples=[2])]
    from_versions: Annotated[list[int], Field(examples=[[1]])]
    counts_from: Annotated[str, Field(examples=["period"])]
    on: date | None
    reason: str
    currency: Currency
    made_at: Instant
    alive_at: Annotated[Instant, Field(description="When it last wrote something down.")]
    shown_at: Annotated[datetime | None, Field(description="Null: it is still being worked out.")]
    confirmed_at: datetime | None
    ended_at: Annotated[datetime | None, Field(description="Null: nobody confirmed it, or it goes on.")]
    sums: list[MigrationSum]


@dataclass(frozen=True, slots=True)
class MigrationRow:
    """What a migration does with one subscription, and what became of it."""

    id: Id
    subscription_id: Id
    number: Annotated[str, Field(examples=["S-2026-00001"])]
    customer_id: Id
    from_version: Annotated[int, Field(examples=[1])]
    outcome: Annotated[str, Field(examples=["planned"], description="planned, moved, stays or changed.")]
    reason: Reason
    item: Annotated[str, Field(description="The item for which it stays.")]
    counts_on: date | None
    before_minor: AMonth
    after_minor: AMonth


class MigrationFilters(paging.Paged):
    """Which subscriptions of a migration a list shows."""

    outcome: Annotated[
        Literal["", "planned", "stays", "changed"], Field(description="planned: those that went over, too.")
    ] = ""


@writes(router, "/plans/{uuid:plan_id}/migrations", needs=_EDIT, gives=Migration, status=201)
def preview_migration(request: HttpRequest, plan_id: UUID, migration: MigrationEntry) -> Any:
    """Show what going over to another version would do; no subscription changes.

    Where there are many the worker works it out: `shown_at` tells when it is done.
    """
    caller = caller_of(request)
    plan = found(plans.plan_for(caller.member, plan_id))
    chosen = migration.subscription_ids
    if chosen is not None:
        seen = queries.visible_to(caller.member).filter(plan_version__plan=plan, id__in=chosen).order_by()
        chosen = list(seen.values_list("id", flat=True))
    entry = Asked(
        version=found(plans.version_for(plan, migration.to_version)), from_versions=migration.from_versions,
        counts_from=migration.counts_from, on=migration.on, chosen_ids=chosen, reason=migration.reason,
    )  # fmt: skip
    row = migrate_plan.begin(entry=entry, member=caller.member, actor=caller.actor, at=caller.at)
    return _shape(request, row.id)


@reads(router, "/plan-migrations/{uuid:migration_id}", needs=_EDIT, gives=Migration, is_record=True)
def get_migration(request: HttpRequest, migration_id: UUID) -> Any:
    """Get a migration with its sums, also while it goes on."""
    return _shape(request, migration_id)


@reads(router, "/plan-migrations/{uuid:migration_id}/subscriptions", needs=_EDIT, gives=paging.Page[MigrationRow])
def list_migrated_subscriptions(request: HttpRequest, migration_id: UUID, filters: Query[MigrationFilters]) -> Any:
    """List what a migration does with each subscription, and why some stay."""
    member = caller_of(request).member
    row = found(queries.migration_for(member, migration_id))
    after = paging.read(filters.cursor, str)[0] if filters.cursor else ""
    page = queries.migration_page(member, row, outcome=filters.outcome, after=after, limit=filters.limit)
    rows = [
        MigrationRow(
            each.id, each.subscription_id, each.subscription.number, each.subscription.customer_id, each.from_version,
            each.outcome, each.reason, each.item, each.counts_on, each.before_minor, each.after_minor,
        )
        for each in page.rows
    ]  # fmt: skip
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


@writes(router, "/plan-migrations/{uuid:migration_id}/confirm", needs=_EDIT, gives=Migration, status=202)
def confirm_migration(request: HttpRequest, migration_id: UUID) -> Any:
    """Have the worker do what was shown within the hour; what has changed since stays, and is named."""
    caller = caller_of(request)
    row = found(queries.migration_for(caller.member, migration_id))
    migrate_plan.confirm(row=row, actor=caller.actor, at=caller.at)
    return _shape(request, migration_id)


def _shape(request: HttpRequest, migration_id: UUID) -> Migration:
    row = found(queries.migration_for(caller_of(request).member, migration_id))
    sums = [
        MigrationSum(each.outcome, each.reason, each.count, each.before_minor, each.after_minor)
        for each in queries.migration_sums(row)
    ]
    return Migration(
        row.id, row.plan_id, row.version.version, row.from_versions, row.counts_from, row.on, row.reason,
        row.plan.currency, row.made_at, row.alive_at, row.shown_at, row.confirmed_at, row.ended_at, sums,
    )  # fmt: skip
