"""Beginning and ending to keep stock of an item, receipts and counts."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from conto.apps.accounts.models import LegalEntity
from conto.apps.audit import actions as audit
from conto.apps.bulk import copy_rows
from conto.apps.catalog.models import Item
from conto.apps.ledger import actions as ledger
from conto.apps.stock.actions.rows import MOVE_FIELDS, Moving, standing_of
from conto.apps.stock.entries import NewCount, NewReceipt
from conto.apps.stock.models import StockItem, StockMove
from conto.apps.stock.queries.moving import standard_costs
from conto.apps.stock.refusals import refusals_in_words
from conto.domain import facts, stock
from conto.domain.errors import Conflict, EntryRefused, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.journal import EntryKind
from conto.domain.money import EXACT, minor_digits
from conto.domain.period import local_day

_LONGEST_REASON, _LONGEST_REFERENCE = 300, 100


@transaction.atomic
def begin_stock(
    *,
    item: Item,
    legal_entity: LegalEntity,
    actor: Actor,
    at: datetime,
    may_go_below_zero: bool = True,
    reorder_level: Decimal | None = None,
) -> StockItem:
    """Begin to keep stock of an item for a seller, with nothing on hand; or begin again.

    Raises: Conflict `stock.kept_already`; RuleBroken `stock.not_goods`; EntryRefused for `reorder_level`.
    Source: ST-8.
    """
    if item.kind != "product":
        raise RuleBroken("stock.not_goods", "Stock is kept of products; a service may have a standard cost.")
    level = _checked_level(reorder_level)
    row = StockItem.objects.select_for_update().filter(item=item, legal_entity=legal_entity).first()
    if row and row.is_kept:
        raise Conflict("stock.kept_already", "Stock of this item is kept already.")
    if row:
        row.is_kept, row.may_go_below_zero, row.reorder_level, row.changed_at = True, may_go_below_zero, level, at
        row.save(update_fields=["is_kept", "may_go_below_zero", "reorder_level", "changed_at"])
    else:
        others = StockItem.objects.filter(legal_entity=legal_entity)
        currency = others.values_list("currency", flat=True).first() or legal_entity.currency
        ledger.open_stock_accounts(legal_entity=legal_entity, currency=currency)
        with refusals_in_words():
            row = StockItem.objects.create(
                id=new_id(),
                item=item,
                legal_entity=legal_entity,
                currency=currency,
                may_go_below_zero=may_go_below_zero,
                reorder_level=level,
                average_minor=_first_average(item, currency),
                begun_at=at,
                changed_at=at,
            )
    audit.record(facts.StockBegun(subject_id=item.id, legal_entity_id=legal_entity.id), actor=actor, at=at)
    return row


@transaction.atomic
def change_stock(
    *, stock_item: StockItem, may_go_below_zero: bool, reorder_level: Decimal | None, actor: Actor, at: datetime
) -> None:
    """Change whether an item is sold below zero, and from what quantity on it runs low.

    Raises: EntryRefused for `reorder_level`.
    """
    row = _held(stock_item.id)
    wanted = {"may_go_below_zero": may_go_below_zero, "reorder_level": _checked_level(reorder_level)}
    changes = facts.changes_between({name: getattr(row, name) for name in wanted}, wanted)
    if not changes:
        return
    for name, value in wanted.items():
        setattr(row, name, value)
        setattr(stock_item, name, value)
    row.changed_at = at
    row.save(update_fields=[*wanted, "changed_at"])
    audit.record(facts.StockChanged(subject_id=row.item_id, changes=changes), actor=actor, at=at)


@transaction.atomic
def end_stock(*, stock_item: StockItem, actor: Actor, at: datetime) -> None:
    """Keep no more stock of an item; what was moved stays.

    Raises: Conflict `stock.still_on_hand`, `stock.not_kept`.
    Source: ST-8.
    """
    row = _held(stock_item.id)
    if row.quantity:
        raise Conflict("stock.still_on_hand", "Stock can end when nothing is on hand. Count the item first.")
    row.is_kept = stock_item.is_kept = False
    row.changed_at = at
    row.save(update_fields=["is_kept", "changed_at"])
    fact = facts.StockEnded(subject_id=row.item_id, legal_entity_id=row.legal_entity_id)
    audit.record(fact, actor=actor, at=at)


@transaction.atomic
def receive_goods(*, stock_item: StockItem, new: NewReceipt, actor: Actor, at: datetime) -> StockMove:
    """Take goods in at what they cost, and return the move; a reference that was received already returns its own.

    Raises: EntryRefused for `quantity`, `cost`, `received_on`, `reference`; Conflict `stock.not_kept`,
    `ledger.period_closed`.
    Source: ST-1, ST-3, ST-9.
    """
    row = _held(stock_item.id)
    reference = " ".join(new.reference.split())
    if reference:
        known = StockMove.objects.filter(stock_item=row, kind="receipt", reference=reference).first()
        if known and StockMove.objects.filter(reverses=known).exists():
            refusal = RuleBroken(
                "stock.reference_reversed",
                "The receipt of this delivery note was taken back. Say it with another number.",
            )
            raise EntryRefused({"reference": refusal})
        if known:
            return known
    _refuse_future("received_on", new.received_on, row, at)
    if len(reference) > _LONGEST_REFERENCE:
        raise EntryRefused({"reference": RuleBroken("entry.too_long", "At most %(most)s characters.", most=100)})
    moving = Moving(
        row.legal_entity_id,
        new.received_on,
        at,
        new_id(),
        EntryKind.GOODS_RECEIVED,
        actor.name,
        is_opening=new.is_opening,
        reference=reference,
    )
    try:
        moves = stock.receive(standing_of(row), new.quantity, new.cost_minor)
    except RuleBroken as broken:
        raise EntryRefused({"cost" if broken.code == "stock.bad_cost" else "quantity": broken}) from broken
    move = _store(row, moving, moves)
    fact = facts.GoodsReceived(
        subject_id=row.item_id,
        entry_id=move.entry_id,
        move_id=move.id,
        quantity=new.quantity,
        received_on=new.received_on,
        reference=reference,
    )
    audit.record(fact, actor=actor, at=at)
    return move


@transaction.atomic
def reverse_receipt(*, move: StockMove, reason: str, actor: Actor, at: datetime) -> StockMove:
    """Take a receipt back that was entered wrong: exactly it, once; return the move that does.

    Raises: EntryRefused for `reason`; Conflict `stock.reversed_already`, `stock.not_kept`, `ledger.period_closed`;
    RuleBroken `stock.no_receipt` or as `reverse`.
    Source: ST-10.
    """
    row = _held(move.stock_item_id)
    said = " ".join(reason.split())
    if not said:
        raise EntryRefused({"reason": RuleBroken("entry.missing", "This is needed.")})
    if len(said) > _LONGEST_REASON:
        raise EntryRefused({"reason": RuleBroken("entry.too_long", "At most %(most)s characters.", most=300)})
    if move.kind != stock.MoveKind.RECEIPT:
        raise RuleBroken("stock.no_receipt", "Only a receipt can be taken back.")
    if StockMove.objects.filter(reverses=move).exists():
        raise Conflict("stock.reversed_already", "This receipt is taken back already.")
    taken = stock.reverse(
        standing_of(row), move.quantity, move.value_minor, covered=move.quantity_after < move.quantity
    )
    day = local_day(at, row.legal_entity.zone)
    moving = Moving(
        row.legal_entity_id, day, at, new_id(), EntryKind.GOODS_RECEIVED, actor.name, is_opening=move.is_opening,
        reason=said, reverses_id=move.id,
    )  # fmt: skip
    stored = _store(row, moving, (taken,))
    fact = facts.ReceiptReversed(
        subject_id=row.item_id, entry_id=stored.entry_id, move_id=stored.id, receipt_id=move.id,
        quantity=move.quantity, reason=said,
    )  # fmt: skip
    audit.record(fact, actor=actor, at=at)
    return stored


@transaction.atomic
def count_stock(*, stock_item: StockItem, new: NewCount, actor: Actor, at: datetime) -> StockMove | None:
    """Set how many are on hand, and return the move; nothing when the book says so already.

    Raises: EntryRefused for `quantity`, `unit_cost`, `reason`, `counted_on`; Conflict `stock.not_kept`,
    `ledger.period_closed`.
    Source: ST-5.
    """
    row = _held(stock_item.id)
    reason = " ".join(new.reason.split())
    if not reason:
        raise EntryRefused({"reason": RuleBroken("entry.missing", "This is needed.")})
    if len(reason) > _LONGEST_REASON:
        raise EntryRefused({"reason": RuleBroken("entry.too_long", "At most %(most)s characters.", most=300)})
    _refuse_future("counted_on", new.counted_on, row, at)
    try:
        move = stock.count(standing_of(row), new.quantity, new.unit_cost_minor)
    except RuleBroken as broken:
        raise EntryRefused({"unit_cost" if broken.code == "stock.bad_cost" else "quantity": broken}) from broken
    if move is None:
        return None
    moving = Moving(
        row.legal_entity_id, new.counted_on, at, new_id(), EntryKind.STOCK_COUNTED, actor.name, reason=reason
    )
    stored = _store(row, moving, (move,))
    fact = facts.StockCounted(
        subject_id=row.item_id,
        entry_id=stored.entry_id,
        move_id=stored.id,
        quantity=new.quantity,
        difference=move.quantity,
        reason=reason,
    )
    audit.record(fact, actor=actor, at=at)
    return stored


def rebuild_stock() -> int:
    """Write what is on hand anew from the moves, and return how many items were wrong."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conto_rebuild_stock()")
        return int(cursor.fetchone()[0])


def _held(stock_item_id: UUID) -> StockItem:
    row = StockItem.objects.select_for_update(of=("self",)).select_related("legal_entity").get(id=stock_item_id)
    if not row.is_kept:
        raise Conflict("stock.not_kept", "No stock of this item is kept.")
    return row


def _store(row: StockItem, moving: Moving, moves: tuple[stock.Move, ...]) -> StockMove:
    move_id = moving.subject_id
    for ordinal, move in enumerate(moves, row.move_count + 1):
        move_id = moving.note(row, move, ordinal)
    ledger.post_many(moving.entries())
    with refusals_in_words():
        copy_rows(StockMove, MOVE_FIELDS, moving.rows)
    return StockMove.objects.get(id=move_id)


def _refuse_future(name: str, on: date, row: StockItem, at: datetime) -> None:
    if on > local_day(at, row.legal_entity.zone):
        raise EntryRefused({name: RuleBroken("stock.future_day", "This day has not come yet.")})


def _checked_level(level: Decimal | None) -> Decimal | None:
    if level is not None and not 0 <= level < stock.MOST_QUANTITY:
        refusal = RuleBroken("stock.bad_level", "A reorder level is 0 or more.")
        raise EntryRefused({"reorder_level": refusal})
    return level


def _first_average(item: Item, currency: str) -> Decimal:
    cost, own = standard_costs([item.id]).get(item.id, (None, ""))
    if cost is None or own != currency:
        return Decimal(0)
    return cost.scaleb(minor_digits(currency), EXACT).quantize(stock.AVERAGE_PLACES, context=EXACT)
