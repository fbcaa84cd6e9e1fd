"""Goods that move with documents: computed before the journal is posted, stored with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from conto.apps.bulk import copy_rows
from conto.apps.ledger import actions as ledger
from conto.apps.stock.actions.rows import COST_FIELDS, MOVE_FIELDS, Moving, standing_of
from conto.apps.stock.entries import SoldDocument, SoldLine
from conto.apps.stock.models import LineCost, StockItem, StockMove
from conto.apps.stock.queries.moving import Concerned, LeftLine, held_stock, left_lines, standard_costs
from conto.apps.stock.refusals import not_on_hand, refusals_in_words
from conto.domain import stock
from conto.domain.journal import EntryKind
from conto.domain.stock import Move

ZERO = Decimal(0)


@dataclass(slots=True)
class Moved:
    """What moved with a set of documents: entries to post along with theirs, and rows to store."""

    entries: list[ledger.NewEntry] = field(default_factory=list)
    moves: list[tuple[Any, ...]] = field(default_factory=list)
    costs: list[tuple[Any, ...]] = field(default_factory=list)


NOTHING = Moved()


def move_goods(documents: Sequence[SoldDocument], concerned: Concerned, *, actor_name: str) -> Moved:
    """Let the goods of documents move, hold their stock, and return what is to be posted and stored.

    Raises: Conflict `stock.not_on_hand`.
    Source: ST-2, ST-3, ST-4, ST-6, ST-7.
    """
    if not concerned:
        return NOTHING
    items = {line.item_id for document in documents for line in document.lines}
    corrected = {document.corrects_id for document in documents if document.corrects_id}
    clerk = _Clerk(
        held_stock(items, {document.legal_entity_id for document in documents}) if concerned.is_stocked else {},
        standard_costs(items) if concerned.has_costs else {},
        left_lines(corrected) if concerned.has_left else {},
        actor_name,
    )
    for document in sorted(documents, key=lambda document: document.id):
        clerk.take(document)
    return clerk.moved


def store_moves(moved: Moved) -> None:
    """Store moves and costs, whose entries are posted, with at most two statements.

    Raises: Conflict `stock.not_on_hand`.
    """
    with refusals_in_words():
        if moved.moves:
            copy_rows(StockMove, MOVE_FIELDS, moved.moves)
        if moved.costs:
            copy_rows(LineCost, COST_FIELDS, moved.costs)


class _Clerk:
    """Keeps what stands while documents follow on each other."""

    def __init__(
        self,
        held: dict[tuple[UUID, UUID], StockItem],
        costs: dict[UUID, tuple[Decimal, str]],
        left: dict[tuple[UUID, int], LeftLine],
        actor_name: str,
    ) -> None:
        self._held = held
        self._costs = costs
        self._left = left
        self._actor_name = actor_name
        self._standing = {row.id: (standing_of(row), row.move_count) for row in held.values()}
        self.moved = Moved()

    def take(self, document: SoldDocument) -> None:
        """Let the lines of one document move."""
        moving = Moving(
            document.legal_entity_id,
            document.issued_on,
            document.at,
            document.id,
            EntryKind.GOODS_RETURNED if document.is_credit_note else EntryKind.GOODS_ISSUED,
            self._actor_name,
        )
        for line in sorted(document.lines, key=lambda line: line.position):
            if document.is_credit_note:
                self._give_back(document, line, moving)
            else:
                self._sell(document, line, moving)
        self.moved.entries += moving.entries()
        self.moved.moves += moving.rows

    def _sell(self, document: SoldDocument, line: SoldLine, moving: Moving) -> None:
        held = self._held.get((line.item_id, document.legal_entity_id))
        if held and line.quantity:
            moves = self._moves(held, line.quantity)
            self._note(held, moves, line.position, moving)
            cost = -sum(move.value_minor for move in moves if move.quantity)
            self._cost(document, line, line.quantity, cost, held.currency, is_stocked=True)
        elif line.item_id in self._costs and not held:
            cost_of_one, currency = self._costs[line.item_id]
            cost = stock.standard_cost_minor(line.quantity, cost_of_one, currency)
            self._cost(document, line, line.quantity, cost, currency, is_stocked=False)

    def _moves(self, held: StockItem, quantity: Decimal) -> Sequence[Move]:
        standing, _ = self._standing[held.id]
        if quantity < 0:
            return stock.take_back_at_average(standing, -quantity)
        if not held.may_go_below_zero and quantity > standing.quantity:
            raise not_on_hand(standing.quantity)
        return (stock.issue(standing, quantity),)

    def _give_back(self, document: SoldDocument, line: SoldLine, moving: Moving) -> None:
        left = self._left.get((document.corrects_id, line.corrects_position))  # type: ignore[arg-type]
        if left is None or line.corrects_position is None:
            return
        back = ZERO if document.goods_stay else line.back
        held = self._held.get((left.item_id, document.legal_entity_id))
        if not left.quantity or (left.is_stocked and (held is None or held.currency != left.currency)):
            back = ZERO  # stock of it is not kept any more
        cost = stock.part_back(left.cost_minor, left.quantity, left.back, back) if back else 0
        if back and left.is_stocked and held:
            standing, _ = self._standing[held.id]
            moves = stock.take_back(standing, back, cost) if back > 0 else (stock.issue(standing, -back),)
            self._note(held, moves, line.position, moving)
            cost = sum(move.value_minor for move in moves if move.quantity)
        self._cost(document, line, -back, -cost, left.currency, is_stocked=left.is_stocked)

    def _note(self, held: StockItem, moves: Sequence[Move], position: int, moving: Moving) -> None:
        _, ordinal = self._standing[held.id]
        for move in moves:
            ordinal += 1
            moving.note(held, move, ordinal, position=position)
        self._standing[held.id] = (moves[-1].after, ordinal)

    def _cost(
        self, document: SoldDocument, line: SoldLine, quantity: Decimal, cost: int, currency: str, *, is_stocked: bool
    ) -> None:
        net = -line.net_minor if document.is_credit_note else line.net_minor
        self.moved.costs.append(
            (
                document.id,
                line.position,
                line.item_id,
                document.legal_entity_id,
                document.customer_id,
                document.issued_on,
                currency,
                quantity,
                net if currency == document.currency else None,
                cost,
                is_stocked,
                document.corrects_id if document.is_credit_note else None,
                line.corrects_position if document.is_credit_note else None,
            )
        )
