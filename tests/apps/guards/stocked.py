"""What breaks the promises of stock."""

ANY = "true"
STOCKED_CHECKS: dict[str, tuple[dict[str, str], str]] = {
    "stock_value_fits": ({"value_minor": "-1"}, "quantity > 0"),
    "stock_ends_empty": ({"is_kept": "false"}, "quantity > 0"),
    "stock_reorder_level_positive": ({"reorder_level": "-1"}, ANY),
    "stock_move_direction": ({"reason": "''"}, "kind = 'count'"),
    "stock_move_is_booked": ({"entry_id": "NULL"}, "value_minor <> 0"),
    "stock_move_of_line": ({"document_id": "NULL"}, "kind = 'issue'"),
    "stock_move_value_fits": ({"quantity_after": "0"}, "value_after_minor <> 0"),
    "stock_reversal_of_receipt": ({"reverses_id": "id"}, "kind = 'count'"),
    "line_cost_corrects_a_line": ({"corrects_position": "1"}, "corrects_id IS NULL"),
}
STOCKED_BEHIND = {
    "stock_linecost_corrects_position_check": "line_cost_corrects_a_line",
    "stock_stockmove_position_check": "stock_move_of_line",
}
_EMPTY = {"quantity": "0", "value_minor": "0", "move_count": "0"}
STOCKED_TWINS = {"stock_of_item_once": _EMPTY, "stock_stockitem_pkey": _EMPTY}
_MOVE = (
    "INSERT INTO stock_stockmove SELECT (jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid(),"
    " 'reference', '', {set}))).* FROM stock_stockmove m JOIN stock_stockitem s ON s.id = m.stock_item_id"
    " AND s.move_count = m.ordinal WHERE m.kind = 'count' AND {where} LIMIT 1"
)
_NEXT = "'ordinal', ordinal + 1, 'quantity', {q}, 'value_minor', 0, 'entry_id', null, 'quantity_after', {after}"
STOCKED_BY_HAND: dict[str, dict[str, str]] = {
    "stock_item_follows_moves": {
        "a move left out": _MOVE.format(
            set=_NEXT.format(q="1", after="quantity_after + 1").replace("ordinal + 1", "ordinal + 2"), where=ANY
        ),
        "goods out of nothing": _MOVE.format(set=_NEXT.format(q="1", after="quantity_after + 2"), where=ANY),
        "value out of nothing": _MOVE.format(
            set=_NEXT.format(q="1", after="quantity_after + 1") + ", 'value_after_minor', value_after_minor + 1",
            where=ANY,
        ),
        "back what never came": _MOVE.format(
            set=_NEXT.format(q="-1", after="quantity_after - 1")
            + ", 'kind', 'reversal', 'reverses_id', (SELECT id FROM stock_stockmove WHERE kind = 'receipt' LIMIT 1)",
            where="quantity_after > 1",
        ),
        "more than is on hand": _MOVE.format(
            set=_NEXT.format(q="-99", after="quantity_after - 99")
            .replace("'value_minor', 0", "'value_minor', -value_after_minor")
            .replace("'entry_id', null", "'value_after_minor', 0"),
            where="NOT s.may_go_below_zero",
        ),
        "of what is not kept any more": "UPDATE stock_stockitem SET is_kept = false WHERE quantity = 0; "
        + _MOVE.format(set=_NEXT.format(q="1", after="quantity_after + 1"), where="NOT s.is_kept"),
    },
    "stock_item_begins_empty": {
        "begun with goods": "INSERT INTO stock_stockitem SELECT (jsonb_populate_record(s, jsonb_build_object("
        "'id', gen_random_uuid(), 'item_id', (SELECT id FROM catalog_item i WHERE i.id NOT IN"
        " (SELECT item_id FROM stock_stockitem) LIMIT 1)))).* FROM stock_stockitem s WHERE quantity > 0 LIMIT 1",
    },
}
