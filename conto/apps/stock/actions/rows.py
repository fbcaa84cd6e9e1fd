"""Rows and entries of moves."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from conto.apps.ledger.actions import NewEntry
from conto.apps.stock.models import StockItem
from conto.domain.ids import new_id
from conto.domain.journal import EntryKind
from conto.domain.stock import Move, MoveKind, Standing, transfers_of

MOVE_FIELDS = [
    "id",
    "stock_item",
    "ordinal",
    "kind",
    "quantity",
    "value_minor",
    "quantity_after",
    "value_after_minor",
    "average_after_minor",
    "moved_on",
    "at",
    "document_id",
    "position",
    "is_opening",
    "reference",
    "reason",
    "actor_name",
    "reverses",
    "entry",
]
COST_FIELDS = [
    "document_id",
    "position",
    "item",
    "legal_entity",
    "customer",
    "issued_on",
    "currency",
    "quantity",
    "net_minor",
    "cost_minor",
    "is_stocked",
    "corrects_id",
    "corrects_position",
]


def standing_of(row: StockItem) -> Standing:
    """Return what is on hand in the words of the rules."""
    return Standing(row.quantity, row.value_minor, row.average_minor)


@dataclass(slots=True)
class Moving:
    """The moves that one cause makes, and the entries that they post: one for it, one for each correction."""

    legal_entity_id: UUID
    moved_on: date
    at: datetime
    subject_id: UUID
    entry_kind: EntryKind
    actor_name: str
    is_opening: bool = False
    reference: str = ""
    reason: str = ""
    reverses_id: UUID | None = None
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    entry_id: UUID = field(default_factory=new_id)
    _posted: list[tuple[MoveKind, int]] = field(default_factory=list)
    _corrections: list[NewEntry] = field(default_factory=list)
    _currency: str = ""

    def note(self, held: StockItem, move: Move, ordinal: int, *, position: int | None = None) -> UUID:
        """Add one move and return its id."""
        is_correction = move.kind is MoveKind.CORRECTION
        move_id = new_id()
        self._currency = held.currency
        entry_id: UUID | None = None
        if is_correction:
            correction = self._entry(new_id(), EntryKind.COST_CORRECTED, move_id, [(move.kind, move.value_minor)])
            self._corrections.append(correction)
            entry_id = correction.id
        elif move.value_minor:
            self._posted.append((move.kind, move.value_minor))
            entry_id = self.entry_id
        self.rows.append(
            (
                move_id,
                held.id,
                ordinal,
                move.kind.value,
                move.quantity,
                move.value_minor,
                move.after.quantity,
                move.after.value_minor,
                move.after.average_minor,
                self.moved_on,
                self.at,
                self.subject_id if position is not None else None,
                position,
                self.is_opening and not is_correction,
                "" if is_correction else self.reference,
                "" if is_correction else self.reason,
                self.actor_name,
                self.reverses_id,
                entry_id,
            )
        )
        return move_id

    def entries(self) -> list[NewEntry]:
        """Return the entries to post."""
        if not self._posted:
            return self._corrections
        own = self._entry(self.entry_id, self.entry_kind, self.subject_id, self._posted)
        return [*self._corrections, own]

    def _entry(self, entry_id: UUID, kind: EntryKind, subject_id: UUID, moves: list[tuple[MoveKind, int]]) -> NewEntry:
        return NewEntry(
            entry_id,
            self.legal_entity_id,
            self._currency,
            kind,
            self.moved_on,
            subject_id,
            transfers_of(moves, is_opening=self.is_opening),
            self.at,
        )
