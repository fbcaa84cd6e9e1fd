"""Recurring revenue: what recurs a month, how it moved month by month, and whose movements those are."""

from dataclasses import dataclass
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query
from pydantic import BaseModel, Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Id, Minor
from conto.api.operations import noun, reads
from conto.apps.subscriptions import queries
from conto.domain.permissions import Permission
from conto.domain.subscription import MovementKind

router = noun("Recurring revenue")
_VIEW = Permission.SUBSCRIPTION_VIEW
_CURRENCY = Annotated[str, Field(description="Nothing: that of the business.", pattern=r"^[A-Z]{3}$")]
AMonth = Annotated[
    int, Field(description="What recurs a month, before tax and less discounts, in minor units.", examples=[5900])
]


@dataclass(frozen=True, slots=True)
class RecurringMonth:
    """How what recurs moved within a month; the kinds take its opening to its closing."""

    starts_on: Day
    opening_minor: AMonth
    new_minor: AMonth
    expansion_minor: AMonth
    reactivation_minor: AMonth
    contraction_minor: AMonth
    churn_minor: AMonth
    closing_minor: AMonth


@dataclass(frozen=True, slots=True)
class RecurringRevenue:
    """What recurs a month today in a currency, and how it moved."""

    currency: Currency
    amount_minor: AMonth
    customers: Annotated[int, Field(description="Of how many customers.", examples=[12])]
    months: Annotated[list[RecurringMonth], Field(description="The latest first; this month up to today.")]
    to_come: Annotated[
        dict[str, int], Field(description="What is known to move it after today, by kind.", examples=[{"churn": -5900}])
    ]


@dataclass(frozen=True, slots=True)
class RecurringMovement:
    """A day on which a customer moved what recurs, by all of its subscriptions."""

    customer_id: Id
    customer_name: str
    counts_on: Day
    kind: Annotated[MovementKind, Field(examples=["expansion"])]
    amount_minor: Annotated[Minor, Field(description="A month; below zero it is less.", examples=[2000])]


class RecurringFilters(BaseModel):
    """Which months are read."""

    currency: _CURRENCY | None = None
    months: Annotated[int, Field(ge=1, le=60, description="How many, up to this one.")] = 12


class RecurringMovementFilters(paging.Paged):
    """Which movements are read."""

    currency: _CURRENCY | None = None
    since: Annotated[Day | None, Field(description="Nothing: the first day of this month.")] = None
    until: Annotated[Day | None, Field(description="Nothing: today. A later day reads what is to come.")] = None
    kind: MovementKind | None = None


@reads(router, "/recurring-revenue", needs=_VIEW, gives=RecurringRevenue)
def get_recurring_revenue(request: HttpRequest, filters: Query[RecurringFilters]) -> Any:
    """Get what recurs a month today and how it moved; of the customers that this key sees."""
    member, today, currency = caller_of(request).member, caller_of(request).today, _currency(request, filters.currency)
    now = next((each for each in queries.recurring_now(member, today) if each.currency == currency), None)
    months = queries.recurring_months(member, currency=currency, today=today, months=filters.months)
    return RecurringRevenue(
        currency, now.amount_minor if now else 0,
        queries.recurring_customers(member, currency=currency, today=today),
        [
            RecurringMonth(
                each.month, each.opening_minor, each.by_kind["new"], each.by_kind["expansion"],
                each.by_kind["reactivation"], each.by_kind["contraction"], each.by_kind["churn"], each.closing_minor,
            )
            for each in months
        ],
        dict(queries.recurring_to_come(member, currency=currency, today=today)),
    )  # fmt: skip


@reads(router, "/recurring-revenue/movements", needs=_VIEW, gives=paging.Page[RecurringMovement])
def list_recurring_movements(request: HttpRequest, filters: Query[RecurringMovementFilters]) -> Any:
    """List the movements of customers between two days, both counted, the earliest first."""
    caller = caller_of(request)
    page = queries.movement_page(
        caller.member,
        currency=_currency(request, filters.currency),
        since=filters.since or caller.today.replace(day=1),
        until=filters.until or caller.today,
        kind=filters.kind.value if filters.kind else "",
        cursor=paging.read(filters.cursor, str)[0] if filters.cursor else "",
        limit=filters.limit,
    )
    rows = [
        RecurringMovement(
            each.customer_id, each.customer_name, each.counts_on, MovementKind(each.kind), each.amount_minor
        )
        for each in page.rows
    ]
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


def _currency(request: HttpRequest, wanted: str | None) -> str:
    return wanted or str(request.business.currency)  # type: ignore[attr-defined]
