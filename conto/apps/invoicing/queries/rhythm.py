"""Customers whose rhythm of invoices breaks: what was expected, and what came."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count

from conto.apps.accounts.models import Member
from conto.apps.invoicing.entries import LATE_CHARGES
from conto.apps.invoicing.queries.documents import documents
from conto.apps.invoicing.queries.guarding import guardian_rules
from conto.domain.guardian import MOST_LOOKED_AT, Rhythm, rhythm_of

RhythmFilter = Literal["broken", "late", "early", "all"]
MOST_CUSTOMERS = 20_000  # that are looked through for one page
_LOOKED_BACK_DAYS = 800
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class RhythmRow:
    """A customer who is billed regularly: what was expected, and by how many days it broke."""

    customer_id: UUID
    customer_name: str
    rhythm: Rhythm
    late_days: int
    early_days: int


@dataclass(frozen=True, slots=True)
class RhythmPage:
    """A page of the list; `next_start` is nothing on the last one."""

    rows: tuple[RhythmRow, ...]
    count: int
    next_start: int | None
    is_cut: bool  # there are more customers than are looked through


_ORDERS: dict[str, Callable[[RhythmRow], tuple[object, ...]]] = {
    "break": lambda row: (max(row.late_days, row.early_days), row.customer_name),
    "customer": lambda row: (row.customer_name.casefold(), row.customer_id),
    "expected": lambda row: (row.rhythm.expected_on, row.customer_name),
    "last": lambda row: (row.rhythm.last_on, row.customer_name),
    "gap": lambda row: (row.rhythm.gap_days, row.customer_name),
}


def rhythm_page(
    member: Member,
    *,
    today: date,
    state: RhythmFilter = "broken",
    search: str = "",
    order: str = "-break",
    start: int = 0,
    limit: int = PAGE_SIZE,
) -> RhythmPage:
    """Return customers whose rhythm is broken, by too late or too early, or all who have one; with two queries.

    Of those that a member may see; who is archived or was billed nothing for long is no matter of rhythm any more.

    Source: GU-2.
    """
    rules = guardian_rules()
    chosen = documents(member).filter(
        kind__in=("invoice", "final"), customer__archived_at=None, issued_on__lte=today,
        issued_on__gte=today - timedelta(days=_LOOKED_BACK_DAYS),
    ).exclude(source=LATE_CHARGES)  # fmt: skip
    for word in search.split():
        chosen = chosen.filter(customer__name__icontains=word)
    days = ArrayAgg("issued_on", distinct=True)
    grouped = chosen.select_related(None).order_by().values_list("customer_id", "customer__name")
    regular = grouped.annotate(days=days, n=Count("issued_on", distinct=True)).filter(n__gte=rules.least_documents)
    read = list(regular[: MOST_CUSTOMERS + 1])
    found = [
        RhythmRow(customer_id, name, known, known.late_days(today), known.was_early_days)
        for customer_id, name, when, _n in read[:MOST_CUSTOMERS]
        for known in [rhythm_of(sorted(when)[-MOST_LOOKED_AT:], rules)]
        if known is not None
    ]
    rows = [row for row in found if _is_in(row, state)]
    rows.sort(key=_ORDERS.get(order.removeprefix("-"), _ORDERS["break"]), reverse=order.startswith("-"))
    end = start + limit
    return RhythmPage(tuple(rows[start:end]), len(rows), end if end < len(rows) else None, len(read) > MOST_CUSTOMERS)


def _is_in(row: RhythmRow, state: RhythmFilter) -> bool:
    match state:
        case "late":
            return row.late_days > 0
        case "early":
            return row.late_days == 0 and row.early_days > 0
        case "broken":
            return row.late_days > 0 or row.early_days > 0
        case _:
            return True
