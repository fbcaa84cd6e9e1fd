"""What recurs a month: now, how it moved month by month, whose movements those are, and whether they are right."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from conto.apps.accounts.models import Member
from conto.apps.bulk.invariants import Verdict, verdict_of
from conto.apps.crm import queries as crm
from conto.apps.subscriptions.models import (
    RecurringMovement,
    Subscription,
    SubscriptionChange,
    SubscriptionItem,
)
from conto.apps.subscriptions.queries.terms import change_of, definition_of
from conto.domain.errors import RuleBroken
from conto.domain.period import add_months
from conto.domain.permissions import Permission
from conto.domain.subscription import MovementKind, differences, recurring_steps

PAGE_SIZE = 50
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RecurringNow:
    """What recurs a month in one currency."""

    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class RecurringMonth:
    """How what recurs moved within a month: from what it opened with, by kinds, to what it closed with."""

    month: date
    opening_minor: int
    by_kind: dict[str, int]
    closing_minor: int


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A day on which a customer moved what recurs."""

    customer_id: UUID
    customer_name: str
    counts_on: date
    kind: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class MovementPage:
    """A page of movements; `next_cursor` is empty on the last one."""

    rows: tuple[MovementRow, ...]
    next_cursor: str


def movements(member: Member | None) -> QuerySet[RecurringMovement]:
    """Return the movements of the customers that a member may see.

    Source: V-3.
    """
    if member is None or not member.may(Permission.SUBSCRIPTION_VIEW):
        return RecurringMovement.objects.none()
    return RecurringMovement.objects.filter(crm.sight_of(member)).order_by()


def recurring_now(member: Member | None, today: date) -> list[RecurringNow]:
    """Return what recurs a month today, by currency.

    Source: SB-9.
    """
    counting = movements(member).filter(counts_on__lte=today)
    sums = counting.values_list("currency").annotate(Sum("amount_minor")).order_by("currency")
    return [RecurringNow(currency, int(amount_minor)) for currency, amount_minor in sums]


def recurring_customers(member: Member | None, *, currency: str, today: date) -> int:
    """Return of how many customers something recurs today in a currency.

    Source: SB-9.
    """
    counting = movements(member).filter(counts_on__lte=today, currency=currency)
    by_customer = counting.values("customer").annotate(stands=Sum("amount_minor")).filter(stands__gt=0)
    return int(by_customer.aggregate(n=Count("customer"))["n"])


def recurring_months(member: Member | None, *, currency: str, today: date, months: int = 12) -> list[RecurringMonth]:
    """Return how what recurs moved in each of the latest months, this one up to today, the latest first.

    Source: SB-10.
    """
    this = today.replace(day=1)
    first = add_months(this, 1 - months)
    counting = movements(member).filter(currency=currency, counts_on__lte=today)
    before = counting.filter(counts_on__lt=first).aggregate(Sum("amount_minor"))["amount_minor__sum"]
    moved: dict[date, dict[str, int]] = {}
    by_month = counting.filter(counts_on__gte=first).annotate(month=TruncMonth("counts_on"))
    for month, kind, amount_minor in by_month.values_list("month", "kind").annotate(Sum("amount_minor")):
        moved.setdefault(month, {})[kind] = int(amount_minor)
    opening, told = int(before or 0), []
    for n in range(months):
        month = add_months(first, n)
        kinds = {kind.value: moved.get(month, {}).get(kind.value, 0) for kind in MovementKind}
        closing = opening + sum(kinds.values())
        told.append(RecurringMonth(month, opening, kinds, closing))
        opening = closing
    return told[::-1]


def recurring_to_come(member: Member | None, *, currency: str, today: date) -> list[tuple[str, int]]:
    """Return by what movements that are known already will still move what recurs, by kind."""
    ahead = movements(member).filter(currency=currency, counts_on__gt=today)
    found = dict(ahead.values_list("kind").annotate(Sum("amount_minor")))
    return [(kind.value, int(found[kind.value])) for kind in MovementKind if found.get(kind.value)]


def movement_page(
    member: Member | None,
    *,
    currency: str,
    since: date,
    until: date,
    kind: str = "",
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> MovementPage:
    """Return a page of the movements between two days, both counted, by day and customer; they add up to the months.

    Source: SB-10.
    """
    chosen = movements(member).filter(currency=currency, counts_on__gte=since, counts_on__lte=until)
    if kind:
        chosen = chosen.filter(kind=kind)
    rows = chosen.values("counts_on", "customer_id", "customer__name", "kind").annotate(moved=Sum("amount_minor"))
    rows = rows.exclude(moved=0).filter(_behind(cursor)).order_by("counts_on", "customer_id", "kind")
    found = [
        MovementRow(
            row["customer_id"], row["customer__name"], row["counts_on"], row["kind"], int(row["moved"]), currency
        )
        for row in rows[: limit + 1]
    ]
    last = found[limit - 1] if len(found) > limit else None
    return MovementPage(tuple(found[:limit]), f"{last.counts_on}~{last.customer_id}~{last.kind}" if last else "")


def movement_rows(member: Member | None) -> Iterator[MovementRow]:
    """Give every movement in every currency, those to come too, by day and customer, while it is read.

    Source: SB-10.
    """
    rows = movements(member).values("counts_on", "customer_id", "customer__name", "kind", "currency")
    rows = rows.annotate(moved=Sum("amount_minor")).exclude(moved=0)
    for row in rows.order_by("counts_on", "customer_id", "kind", "currency").iterator(chunk_size=_ROWS_AT_ONCE):
        yield MovementRow(
            row["customer_id"], row["customer__name"], row["counts_on"], row["kind"], int(row["moved"]), row["currency"]
        )


def _behind(cursor: str) -> Q:
    day, _, rest = cursor.partition("~")
    key, _, kind = rest.partition("~")
    try:
        on, customer_id = date.fromisoformat(day), UUID(key)
    except ValueError:
        return Q()
    return Q(counts_on__gt=on) | Q(counts_on=on) & (
        Q(customer_id__gt=customer_id) | Q(customer_id=customer_id, kind__gt=kind)
    )


def steps_of(rows: Sequence[Subscription]) -> Iterator[tuple[Subscription, tuple[tuple[date, int], ...]]]:
    """Give what recurs of subscriptions from which day on, computed anew, with two queries however many they are.

    A subscription that cannot be read is left out: runs set it aside and say why, and what was written of it stays.
    """
    items: dict[UUID, list[SubscriptionItem]] = {row.id: [] for row in rows}
    for item in SubscriptionItem.objects.filter(subscription_id__in=items).order_by("position"):
        items[item.subscription_id].append(item)
    changes: dict[UUID, list[SubscriptionChange]] = {row.id: [] for row in rows}
    for change in SubscriptionChange.objects.filter(subscription_id__in=changes).order_by("ordinal"):
        changes[change.subscription_id].append(change)
    for row in rows:
        try:
            known = [change_of(each, row.currency) for each in changes[row.id]]
            yield row, recurring_steps(definition_of(row, items[row.id]), known)
        except RuleBroken:
            continue


def movements_are_right() -> Verdict:
    """Check that the movements of every subscription are what its terms and changes come to, day by day.

    Source: SB-10.
    """
    words = "What recurs of every subscription moves on the days and by the amounts of its terms and changes"
    return verdict_of("I63", words, _breaches())


def _breaches() -> Iterator[str | None]:
    rows = Subscription.objects.order_by("id").iterator(chunk_size=_ROWS_AT_ONCE)
    for some in _chunks(rows):
        written: dict[UUID, dict[date, int]] = {row.id: {} for row in some}
        found = RecurringMovement.objects.filter(subscription__in=written).order_by()
        for whose, day, amount_minor in found.values_list("subscription_id", "counts_on").annotate(Sum("amount_minor")):
            if amount_minor:
                written[whose][day] = int(amount_minor)
        for row, steps in steps_of(some):
            wrong = differences(steps).items() ^ written[row.id].items()
            yield f"subscription {row.number}: {min(wrong)[0]}" if wrong else None


def _chunks(rows: Iterable[Subscription]) -> Iterator[list[Subscription]]:
    some: list[Subscription] = []
    for row in rows:
        some.append(row)
        if len(some) == _ROWS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some
