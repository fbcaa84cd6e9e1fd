"""Results: how far the money of each won deal is, and what each seller did over some days."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Query
from pydantic import BaseModel, Field

from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Id, Instant, Minor
from conto.api.operations import noun, reads
from conto.api.reading import found
from conto.apps.deals import queries as deals
from conto.apps.payments.queries import of_deals, results
from conto.domain.period import add_months
from conto.domain.permissions import Permission

router = noun("Results")
_VIEW = Permission.INVOICE_VIEW
Cash = Annotated[str, Field(examples=["part_paid"])]
Measure = Literal["activities", "created", "won", "invoiced", "collected"]


@dataclass(frozen=True, slots=True)
class DealMoney:
    """The money of a deal, tax included."""

    state: Annotated[str | None, Field(description="Null until the deal is won.", examples=["part_paid"])]
    invoiced_minor: Minor
    collected_minor: Minor
    open_minor: Minor
    currency: Currency


@dataclass(frozen=True, slots=True)
class WonDeal:
    """A won deal with its money."""

    id: Id
    name: str
    customer_id: Id
    customer_name: str
    owner_name: str
    currency: Currency
    value_minor: Minor
    won_at: Instant
    invoiced_minor: Minor
    collected_minor: Minor
    open_minor: Minor


@dataclass(frozen=True, slots=True)
class WonSum:
    """What stands in a state in one currency."""

    currency: Currency
    count: int
    value_minor: Minor
    invoiced_minor: Minor
    collected_minor: Minor
    open_minor: Minor


@dataclass(frozen=True, slots=True)
class WonColumn:
    """The won deals whose money has come so far."""

    state: Cash
    sums: list[WonSum]
    deals: Annotated[list[WonDeal], Field(description="The latest 50 won.")]


@dataclass(frozen=True, slots=True)
class SellerFigure:
    """What a seller did over the days in one currency."""

    measure: Measure
    member_id: Id
    currency: Annotated[str, Field(description="Empty for activities.", examples=["EUR"])]
    count: int
    amount_minor: Minor


class WonFilters(BaseModel):
    """Which won deals are read."""

    since: Annotated[Day | None, Field(description="Won on this day or later; nothing: twelve months back.")] = None
    owner_id: UUID | None = None
    pipeline_id: UUID | None = None


class Days(BaseModel):
    """From one day to another, both counted in the zone of the business."""

    since: Annotated[Day | None, Field(description="Nothing: the first day of the month of `until`.")] = None
    until: Annotated[Day | None, Field(description="Nothing: today.")] = None


@reads(router, "/deals/{uuid:deal_id}/money", needs=_VIEW, gives=DealMoney)
def get_deal_money(request: HttpRequest, deal_id: UUID) -> Any:
    """Get what a deal brought so far: invoiced, collected, open, and how far that is once it is won."""
    member = caller_of(request).member
    deal = found(deals.deal_for(member, deal_id))
    money = found(of_deals.money_of_deal(member, deal))
    return DealMoney(money.state, money.invoiced_minor, money.collected_minor, money.open_minor, deal.currency)


@reads(router, "/results/won", needs=_VIEW, gives=list[WonColumn])
def list_won(request: HttpRequest, filters: Query[WonFilters]) -> Any:
    """List won deals by the state of their money, with sums per currency."""
    caller = caller_of(request)
    since = filters.since or add_months(caller.today, -12)
    columns = of_deals.won_board(
        caller.member, since=since, zone=_zone(request), owner_id=filters.owner_id, pipeline_id=filters.pipeline_id
    )
    return [
        WonColumn(
            column.state,
            [WonSum(**{name: getattr(each, name) for name in WonSum.__slots__}) for each in column.sums],
            [WonDeal(**{name: getattr(each, name) for name in WonDeal.__slots__}) for each in column.cards],
        )
        for column in columns
    ]


@reads(router, "/results/sellers", needs=_VIEW, gives=list[SellerFigure])
def list_results(request: HttpRequest, days: Query[Days]) -> Any:
    """List what each seller did: activities finished, deals added and won, invoiced and collected."""
    caller = caller_of(request)
    until = days.until or caller.today
    figures = results.results(caller.member, days.since or until.replace(day=1), until, zone=_zone(request))
    return [
        SellerFigure(measure, each.owner_id, each.currency, each.count, each.amount_minor)
        for measure, some in figures.items()
        for each in some
    ]


def _zone(request: HttpRequest) -> ZoneInfo:
    return ZoneInfo(request.business.zone)  # type: ignore[attr-defined]
