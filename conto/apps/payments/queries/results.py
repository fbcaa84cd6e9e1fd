"""What each seller did over some days: activities, deals, and the money that came of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Literal
from uuid import UUID

from django.db.models import BigIntegerField, CharField, Count, F, QuerySet, Sum, Value
from django.db.models.functions import TruncMonth

from conto.apps.accounts.models import Member
from conto.apps.deals import queries as deals
from conto.apps.invoicing.queries import documents
from conto.apps.payments.queries.of_deals import LATEST, SIGNED, beginning_of, paid_of_documents
from conto.domain.cash import Correlation, correlation

Measure = Literal["activities", "created", "won", "invoiced", "collected"]
MEASURES: tuple[Measure, ...] = ("activities", "created", "won", "invoiced", "collected")


@dataclass(frozen=True, slots=True)
class Figure:
    """What a seller did over some days in one currency; no currency for activities."""

    owner_id: UUID
    currency: str
    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One thing that a figure is made of; the rows of a figure add up to it."""

    deal_id: UUID | None
    subject_id: UUID
    name: str
    customer_name: str
    on: date
    amount_minor: int


def results(member: Member, first: date, last: date, *, zone: tzinfo) -> dict[Measure, list[Figure]]:
    """Return what each seller did from one day to another, both counted, in the business's zone; five queries."""
    sources = {measure: _source(member, measure, first, last, zone) for measure in MEASURES}
    return {measure: _figures(source) for measure, source in sources.items()}


def rows_of_result(
    member: Member, measure: Measure, *, owner_id: UUID, currency: str, first: date, last: date, zone: tzinfo
) -> list[FigureRow]:
    """Return what a figure is made of, the latest first; it adds up to the figure."""
    source = _source(member, measure, first, last, zone)
    rows = source.rows.filter(**{source.owner: owner_id})
    if source.currency:
        rows = rows.filter(**{source.currency: currency})
    subject = source.subject or "id"
    amount = F(source.amount_name) if source.amount_name else Value(0, BigIntegerField())
    found = (
        rows.annotate(amount=amount)
        .order_by(f"-{source.day}", "-id")
        .values_list(source.deal, subject, source.name, source.customer, source.day, "amount")
    )
    return [FigureRow(deal, at, name, who, _day(on, zone), minor) for deal, at, name, who, on, minor in found]


def activity_and_cash(member: Member, first: date, last: date, *, currency: str, zone: tzinfo) -> Correlation | None:
    """Return how closely the activities that a seller finished in a month go with what was collected of theirs then.

    One pair per seller and month in which either happened; collected in one currency.
    """
    done = _by_month(_source(member, "activities", first, last, zone), zone)
    cash = _by_month(_source(member, "collected", first, last, zone), zone, currency)
    return correlation([(done.get(key, (0, 0))[0], cash.get(key, (0, 0))[1]) for key in done.keys() | cash.keys()])


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a measure comes from."""

    rows: QuerySet[Any, Any]
    owner: str
    day: str
    currency: str  # none: counted only
    amount_name: str
    deal: str
    name: str
    customer: str
    subject: str | None = None


def _source(member: Member, measure: Measure, first: date, last: date, zone: tzinfo) -> _Source:
    begin, end = _moments(first, last, zone)
    if measure == "activities":
        mine = deals.activities(member).select_related(None).filter(done_at__gte=begin, done_at__lt=end)
        return _Source(mine, "owner_id", "done_at", "", "", "deal_id", "title", "customer__name")
    if measure in {"created", "won"}:
        at = "created_at" if measure == "created" else "won_at"
        rows = deals.visible_to(member).filter(**{f"{at}__gte": begin, f"{at}__lt": end})
        return _Source(rows, "owner_id", at, "currency", "value_minor", "id", "name", "customer__name")
    of_deals = documents(member).filter(deal__in=deals.visible_to(member))
    if measure == "invoiced":
        billed = of_deals.filter(issued_on__gte=first, issued_on__lte=last).annotate(signed=SIGNED)
        return _Source(
            billed, "deal__owner_id", "issued_on", "currency", "signed", "deal_id", "number", "customer__name"
        )
    paid = paid_of_documents().filter(
        document__in=of_deals.values("id"), allocated_on__gte=first, allocated_on__lte=last
    )
    return _Source(
        paid, "document__deal__owner_id", "allocated_on", "document__currency", "amount_minor", "document__deal_id",
        "document__number", "customer__name", "document_id",
    )  # fmt: skip


def _figures(source: _Source) -> list[Figure]:
    named = (source.owner, source.currency or Value("", CharField()))
    amount = Sum(source.amount_name) if source.amount_name else Value(0, BigIntegerField())
    rows = (
        source.rows.order_by()
        .annotate(of_owner=F(named[0]), of_currency=F(named[1]) if source.currency else named[1])  # type: ignore[arg-type]
        .values_list("of_owner", "of_currency")
        .annotate(n=Count("id"), total=amount)
        .order_by("of_owner", "of_currency")
    )
    return [Figure(owner, code, n, total or 0) for owner, code, n, total in rows]


def _by_month(source: _Source, zone: tzinfo, currency: str = "") -> dict[tuple[UUID, date], tuple[int, int]]:
    rows = source.rows.filter(**{source.currency: currency}) if source.currency else source.rows
    is_moment = source.day.endswith("_at")
    month = TruncMonth(source.day, tzinfo=zone) if is_moment else TruncMonth(source.day)
    amount = Sum(source.amount_name) if source.amount_name else Value(0, BigIntegerField())
    found = (
        rows.order_by()
        .annotate(of_month=month, of_owner=F(source.owner))
        .values_list("of_owner", "of_month")
        .annotate(n=Count("id"), total=amount)
    )
    return {(owner, at.date() if isinstance(at, datetime) else at): (n, total or 0) for owner, at, n, total in found}


def _moments(first: date, last: date, zone: tzinfo) -> tuple[datetime, datetime]:
    return beginning_of(first, zone), beginning_of(min(last, LATEST) + timedelta(days=1), zone)


def _day(value: date | datetime, zone: tzinfo) -> date:
    return value.astimezone(zone).date() if isinstance(value, datetime) else value
