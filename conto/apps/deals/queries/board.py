"""The board: what stands in each stage of a pipeline, with its totals."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, QuerySet, Sum

from conto.apps.accounts.models import Member
from conto.apps.deals.models import Deal, Stage
from conto.apps.deals.queries.deals import DealFilters, filtered
from conto.domain.pipeline import is_silent, lacks_next_step

CARDS = 25  # of a column, more than a screen shows; the next ones come as one scrolls
_COLUMNS = (
    "id", "name", "value_minor", "currency", "version", "rank", "next_step_at", "last_activity_at", "expected_close_on",
    "entered_stage_at", "customer_id", "customer__name", "owner_id", "owner__name", "stage_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sums:
    """What the deals of a stage are worth in one currency."""

    currency: str
    count: int
    value_minor: int
    weighted_minor: int


@dataclass(frozen=True, slots=True)
class Card:
    """A deal on the board."""

    id: UUID
    name: str
    value_minor: int
    currency: str
    version: int
    rank: int
    next_step_at: datetime | None
    last_activity_at: datetime
    expected_close_on: Any
    entered_stage_at: datetime
    customer_id: UUID
    customer_name: str
    owner_id: UUID
    owner_name: str
    stage_id: UUID
    is_silent: bool
    lacks_next_step: bool

    @property
    def cursor(self) -> str:
        """Where the column goes on behind this card."""
        return f"{self.rank}_{self.id}"


@dataclass(frozen=True, slots=True)
class Column:
    """A stage of the board: its totals, and the cards on top of it."""

    stage: Stage
    sums: tuple[Sums, ...]
    cards: tuple[Card, ...]
    after: str  # where it goes on; empty: that was all

    @property
    def count(self) -> int:
        """How many open deals stand in the stage."""
        return sum(each.count for each in self.sums)


def board_of(member: Member | None, stages: list[Stage], filters: DealFilters, at: datetime) -> list[Column]:
    """Return the columns of a board with two queries, however many deals stand in them."""
    if not stages:
        return []
    rows: Any
    if filters.text:
        sums, ids = _looked_up(member, filters, at)
        rows = Deal.objects.filter(id__in=ids, stage__in=stages).values_list(*_COLUMNS) if ids else ()
    else:
        sums = board_totals(member, filters, at)
        tops = [_in_order(_of_stage(member, stage, filters, at))[: CARDS + 1] for stage in stages]
        rows = tops[0].union(*tops[1:], all=True) if len(tops) > 1 else tops[0]
    cards: dict[UUID, list[Card]] = defaultdict(list)
    by_id = {stage.id: stage for stage in stages}
    for row in rows:
        card = _card(row, by_id[row[-1]], at)
        cards[card.stage_id].append(card)
    return [_column(stage, sums.get(stage.id, ()), sorted(cards[stage.id], key=_place)) for stage in stages]


def more_cards(member: Member | None, stage: Stage, filters: DealFilters, after: str, at: datetime) -> Column:
    """Return the next cards of a column, without its totals."""
    rank, _mark, deal_id = after.partition("_")
    rows = _of_stage(member, stage, filters, at)
    try:
        rows = rows.filter(rank__gte=int(rank)).exclude(rank=int(rank), id__lte=UUID(deal_id))
    except ValueError:
        rows = rows.none()
    return _column(stage, (), [_card(row, stage, at) for row in _in_order(rows)[: CARDS + 1]])


def board_totals(member: Member | None, filters: DealFilters, at: datetime) -> dict[UUID, tuple[Sums, ...]]:
    """Return count, value and weighted value of each stage by currency (S-2), the largest currency first."""
    # What `domain.pipeline.weighted_minor` rounds for each deal, written in SQL: value and share are never below zero.
    weighted = ExpressionWrapper(
        (F("value_minor") * F("stage__probability_percent") + 50) / 100, output_field=BigIntegerField()
    )
    rows = filtered(member, filters, at).filter(state="open").order_by()
    found: dict[UUID, list[Sums]] = defaultdict(list)
    sums = {"n": Count("id"), "value": Sum("value_minor"), "chance": Sum(weighted)}
    grouped: Any = rows.values("stage_id", "currency").annotate(**sums)
    for row in grouped:
        found[row["stage_id"]].append(Sums(row["currency"], row["n"], int(row["value"]), int(row["chance"])))
    return _by_size(found)


def _by_size(found: dict[UUID, list[Sums]]) -> dict[UUID, tuple[Sums, ...]]:
    return {stage: tuple(sorted(each, key=lambda s: (-s.count, s.currency))) for stage, each in found.items()}


# A text is looked for in the names of all customers that have an open deal, so it is done once for sums and cards.
_LOOKED_UP = """
WITH m(id, stage_id, rank, currency, value_minor) AS MATERIALIZED ({deals})
SELECT m.stage_id, m.currency, count(*), sum(m.value_minor)::bigint,
    sum((m.value_minor * s.probability_percent + 50) / 100)::bigint, NULL::uuid[]
FROM m JOIN deals_stage s ON s.id = m.stage_id GROUP BY m.stage_id, m.currency
UNION ALL
SELECT x.stage_id, NULL, 0, 0, 0, array_agg(x.id) FROM (
    SELECT m.id, m.stage_id, row_number() OVER (PARTITION BY m.stage_id ORDER BY m.rank, m.id) AS n FROM m) x
WHERE x.n <= {most} GROUP BY x.stage_id
"""


def _looked_up(
    member: Member | None, filters: DealFilters, at: datetime
) -> tuple[dict[UUID, tuple[Sums, ...]], list[UUID]]:
    """Return the totals of the deals that a text finds, and the ids of the first ones of each stage."""
    open_deals = filtered(member, filters, at).filter(state="open").order_by()
    deals: Any = open_deals.values_list("id", "stage_id", "rank", "currency", "value_minor")
    try:
        text, values = deals.query.sql_with_params()
    except EmptyResultSet:
        return {}, []
    sums: dict[UUID, list[Sums]] = defaultdict(list)
    ids: list[UUID] = []
    with connection.cursor() as cursor:
        cursor.execute(_LOOKED_UP.format(deals=text, most=CARDS + 1), values)
        for stage_id, currency, count, value, chance, some in cursor.fetchall():
            if some is None:
                sums[stage_id].append(Sums(currency, count, value, chance))
            else:
                ids.extend(some)
    return _by_size(sums), ids


def _of_stage(member: Member | None, stage: Stage, filters: DealFilters, at: datetime) -> QuerySet[Deal]:
    return filtered(member, filters, at).filter(state="open", stage_id=stage.id)


def _in_order(rows: QuerySet[Deal]) -> Any:
    return rows.order_by("rank", "id").values_list(*_COLUMNS)


def _place(card: Card) -> tuple[int, UUID]:
    return card.rank, card.id


def _card(row: tuple[Any, ...], stage: Stage, at: datetime) -> Card:
    named = dict(zip(_COLUMNS, row, strict=True))
    days, last = stage.silent_after_days, named["last_activity_at"]
    is_quiet = is_silent(last_activity_at=last, silent_after_days=days, at=at)
    return Card(*(*row, is_quiet, lacks_next_step(state="open", next_step_at=named["next_step_at"])))


def _column(stage: Stage, sums: tuple[Sums, ...], cards: list[Card]) -> Column:
    has_more, cards = len(cards) > CARDS, cards[:CARDS]
    return Column(stage, sums, tuple(cards), cards[-1].cursor if has_more else "")
