"""What goods are worth as they come and go."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain import stock
from conto.domain.journal import AccountRole, Transfer
from conto.domain.stock import Move, MoveKind, Standing
from tests.domain.refusals import assert_it_speaks, refused

D = Decimal
quantities = st.decimals("0.001", "10000", places=6)
whole = st.integers(1, 50).map(Decimal)
values = st.integers(0, 10**6)


def standing(quantity: str, value: int, average: str = "0") -> Standing:
    return Standing(D(quantity), value, D(average))


def told(moves: Any) -> list[tuple[str, Decimal, int]]:
    made = moves if isinstance(moves, tuple) else (moves,)
    return [(move.kind.value, move.quantity, move.value_minor) for move in made]


@pytest.mark.parametrize(
    ("before", "quantity", "cost", "after", "average"),
    [
        (standing("0", 0), "10", 10000, (D(10), 10000), "1000"),
        (standing("10", 10000), "5", 6500, (D(15), 16500), "1100"),
        (standing("15", 16500), "1", 0, (D(16), 16500), "1031.25"),
    ],
)
def test_st1_a_receipt_adds_its_quantity_and_value(
    before: Standing, quantity: str, cost: int, after: tuple[Decimal, int], average: str
) -> None:
    (move,) = stock.receive(before, D(quantity), cost)
    assert (move.after.quantity, move.after.value_minor) == after
    assert move.after.average_minor == D(average)


@pytest.mark.parametrize(
    ("before", "quantity", "value", "after"),
    [
        (standing("3", 1000), "1", 333, (D(2), 667)),
        (standing("2", 667), "1", 334, (D(1), 333)),
        (standing("1", 333), "1", 333, (D(0), 0)),
        (standing("16", 16500), "2.5", 2578, (D("13.5"), 13922)),
    ],
)
def test_st2_an_issue_takes_its_part_and_the_last_unit_the_rest(
    before: Standing, quantity: str, value: int, after: tuple[Decimal, int]
) -> None:
    move = stock.issue(before, D(quantity))
    assert (move.value_minor, move.after.quantity, move.after.value_minor) == (-value, *after)


def test_st3_below_zero_goods_leave_at_the_last_average_and_the_receipt_corrects_it() -> None:
    sold = stock.issue(standing("2", 2000, "1000"), D(5))
    assert told(sold) == [("issue", D(-5), -5000)]
    below = sold.after
    assert (below.quantity, below.value_minor, below.average_minor) == (D(-3), -3000, D(1000))
    moves = stock.receive(below, D(10), 12000)
    assert told(moves) == [("correction", D(0), -600), ("receipt", D(10), 12000)]
    assert (moves[-1].after.quantity, moves[-1].after.value_minor) == (D(7), 8400)
    moves = stock.receive(below, D(2), 2400)
    assert told(moves) == [("correction", D(0), -400), ("receipt", D(2), 2400)]
    assert moves[-1].after == Standing(D(-1), -1000, D(1200))
    assert told(stock.receive(below, D(3), 3000)) == [("receipt", D(3), 3000)]


def test_st3_what_nobody_knows_the_cost_of_leaves_at_nothing_and_is_corrected_as_a_whole() -> None:
    below = stock.issue(Standing(), D(4)).after
    assert below.value_minor == 0
    assert told(stock.receive(below, D(4), 999)) == [("correction", D(0), -999), ("receipt", D(4), 999)]
    known = stock.issue(Standing(average_minor=D("12.5")), D(3))
    assert known.value_minor == -38


def test_st4_three_parts_of_a_line_come_back_at_its_whole_cost() -> None:
    assert [stock.part_back(1000, D(3), D(before), D(1)) for before in range(3)] == [333, 334, 333]
    assert stock.part_back(-1000, D(-3), D(0), D(-3)) == -1000


def test_st4_what_would_leave_a_value_without_goods_is_corrected() -> None:
    moves = stock.take_back(standing("-1", -100, "100"), D(1), 9900)
    assert told(moves) == [("correction", D(0), -9800), ("return", D(1), 9900)]
    assert moves[-1].after.value_minor == 0
    assert told(stock.take_back(standing("-3", -300, "100"), D(1), 100)) == [("return", D(1), 100)]


@pytest.mark.parametrize(
    ("before", "counted", "cost", "move"),
    [
        (standing("10", 10000), "8", None, (D(-2), -2000)),
        (standing("8", 8000), "9", None, (D(1), 1000)),
        (standing("9", 9000), "9", "800", (D(0), -1800)),
        (standing("-3", -3000, "1000"), "0", None, (D(3), 3000)),
        (standing("-3", -3000, "1000"), "2", None, (D(5), 5000)),
        (standing("0", 0, "1000"), "2", None, (D(2), 2000)),
        (standing("3", 1000), "0", None, (D(-3), -1000)),
        (standing("3", 1000), "0", "77", (D(-3), -1000)),
    ],
)
def test_st5_a_count_sets_the_quantity_and_perhaps_the_cost(
    before: Standing, counted: str, cost: str | None, move: tuple[Decimal, int]
) -> None:
    made = stock.count(before, D(counted), None if cost is None else D(cost))
    assert made is not None
    assert (made.quantity, made.value_minor) == move
    assert made.after.quantity == D(counted)


def test_st5_a_count_that_finds_what_the_book_says_is_no_move() -> None:
    assert stock.count(standing("8", 8000), D(8)) is None
    assert stock.count(standing("8", 8000), D(8), D(1000)) is None
    assert stock.count(Standing(), D(0)) is None


def test_st5_what_no_stock_can_hold_is_refused() -> None:
    with refused("stock.bad_count"):
        stock.count(Standing(), D(-1))
    with refused("stock.bad_cost"):
        stock.count(Standing(), D(1), D(-1))
    with refused("stock.bad_cost"):
        stock.receive(Standing(), D(1), -1)
    for quantity in ("0", "-1", "0.0000001", "100000000000"):
        with refused("stock.bad_quantity"):
            stock.receive(Standing(), D(quantity), 1)
    with refused("stock.bad_value"):
        Standing(D(0), 1)
    with refused("stock.too_much"):
        stock.receive(standing("99999999999", 1), D(2), 1)


def test_st5_the_most_that_a_stock_holds_is_held() -> None:
    most = 10**15
    (move,) = stock.receive(Standing(), D(1), most)
    assert move.after == Standing(D(1), most, D(most))
    counted = stock.count(Standing(), D("99999999999.999999"))
    assert counted is not None
    assert (counted.kind, counted.after.quantity) == (MoveKind.COUNT, D("99999999999.999999"))
    with refused("stock.bad_count"):
        stock.count(Standing(), D(10**11))
    with refused("stock.bad_cost"):
        stock.count(Standing(), D(2), D(most))


def test_st6_the_check_list_warns_of_more_than_is_on_hand_or_refuses_it() -> None:
    assert stock.short_finding("Lamp", D(3), D(3), may_go_below_zero=False) is None
    assert stock.short_finding("Lamp", D(0), D(-3), may_go_below_zero=False) is None
    warned = stock.short_finding("Lamp", D(1), D("0.50"), may_go_below_zero=True)
    assert warned is not None
    assert (warned.code, warned.severity) == ("stock.more_than_on_hand", "warn")
    assert warned.params == {"name": "Lamp", "wanted": "1", "on_hand": "0.5"}
    assert_it_speaks(warned.message, warned.params)
    blocked = stock.short_finding("Lamp", D(3), D(2), may_go_below_zero=False)
    assert blocked is not None
    assert blocked.severity == "block"


def test_st10_a_receipt_that_is_reversed_takes_exactly_what_it_brought() -> None:
    move = stock.reverse(standing("15", 16500, "1100"), D(5), 6500, covered=False)
    assert told(move) == [("reversal", D(-5), -6500)]
    assert move.after == Standing(D(10), 10000, D(1000))
    last = stock.reverse(standing("5", 6500, "1300"), D(5), 6500, covered=False)
    assert (last.after.quantity, last.after.value_minor) == (D(0), 0)
    worthless = stock.reverse(standing("10", 6500, "650"), D(5), 6500, covered=False)
    assert (worthless.after.quantity, worthless.after.value_minor) == (D(5), 0)


@pytest.mark.parametrize(
    ("before", "covered", "code"),
    [
        (standing("15", 16500, "1100"), True, "stock.receipt_covered"),
        (standing("4", 4400, "1100"), False, "stock.receipt_sold"),
        (standing("-2", -2200, "1100"), False, "stock.receipt_sold"),
        (standing("10", 6499, "649.9"), False, "stock.reversal_value"),  # 5 would stay with a value below zero
        (standing("5", 6501, "1300.2"), False, "stock.reversal_value"),  # none would stay, with a value
    ],
)
def test_st10_what_cannot_be_reversed_says_what_to_do(before: Standing, *, covered: bool, code: str) -> None:
    with refused(code):
        stock.reverse(before, D(5), 6500, covered=covered)


@given(whole, values, whole, values)
def test_st10_a_receipt_reversed_at_once_leaves_the_stock_as_it_was(
    held: Decimal, value: int, quantity: Decimal, cost: int
) -> None:
    (before,) = stock.receive(Standing(), held, value)
    (received,) = stock.receive(before.after, quantity, cost)
    assert stock.reverse(received.after, quantity, cost, covered=False).after == before.after


@pytest.mark.parametrize(
    ("net", "cost", "percent"),
    [(4500, 1000, "77.8"), (19000, 8000, "57.9"), (-1500, -333, "77.8"), (1000, 1500, "-50.0"), (0, 5, None)],
)
def test_st7_margin_is_net_less_cost(net: int, cost: int, percent: str | None) -> None:
    assert stock.margin_percent(net, cost) == (None if percent is None else D(percent))


def test_st7_a_standard_cost_is_rounded_once_and_a_discount_on_the_whole_lowers_its_lines() -> None:
    assert stock.standard_cost_minor(D(2), D(40), "EUR") == 8000
    assert stock.standard_cost_minor(D("0.3333"), D("0.05"), "EUR") == 2
    lines = [("19", 1000), ("7", 500), ("19", 2000)]
    assert stock.nets_of(lines, [("19", 2700), ("7", 500)]) == [900, 500, 1800]
    assert stock.nets_of(lines, [("19", 2701), ("7", 450)]) == [900, 450, 1801]
    assert stock.nets_of([("19", 0)], [("19", 5)]) == [0]
    assert stock.nets_of(lines, [("19", 3000), ("7", 450)])[1] == 450  # a group that fits ends nothing


INVENTORY, COST = AccountRole.INVENTORY, AccountRole.COST_OF_GOODS


def test_j12_goods_that_leave_and_come_back() -> None:
    moves = [(MoveKind.ISSUE, -700), (MoveKind.ISSUE, -300), (MoveKind.RETURN, 50)]
    assert stock.transfers_of(moves) == (Transfer(COST, INVENTORY, 1000), Transfer(INVENTORY, COST, 50))
    assert stock.transfers_of([(MoveKind.RETURN, 333)]) == (Transfer(INVENTORY, COST, 333),)
    assert stock.transfers_of([(MoveKind.ISSUE, 0)]) == ()


def test_j13_goods_that_are_received() -> None:
    receipt = [(MoveKind.RECEIPT, 10000)]
    assert stock.transfers_of(receipt) == (Transfer(INVENTORY, AccountRole.GOODS_RECEIVED, 10000),)
    assert stock.transfers_of(receipt, is_opening=True) == (Transfer(INVENTORY, AccountRole.OPENING, 10000),)


def test_j14_j15_counts_and_corrections() -> None:
    other = AccountRole.STOCK_DIFFERENCES
    assert stock.transfers_of([(MoveKind.COUNT, -2000)]) == (Transfer(other, INVENTORY, 2000),)
    assert stock.transfers_of([(MoveKind.COUNT, 2000)]) == (Transfer(INVENTORY, other, 2000),)
    assert stock.transfers_of([(MoveKind.CORRECTION, -600)]) == (Transfer(COST, INVENTORY, 600),)
    assert stock.transfers_of([(MoveKind.CORRECTION, 600)]) == (Transfer(INVENTORY, COST, 600),)


acts = st.lists(
    st.one_of(
        st.tuples(st.just("receive"), quantities, values),
        st.tuples(st.just("issue"), quantities, st.just(0)),
        st.tuples(st.just("back"), quantities, values),
        st.tuples(st.just("average"), quantities, st.just(0)),
        st.tuples(st.just("count"), quantities, st.just(0)),
        st.tuples(st.just("empty"), st.just(D(0)), st.just(0)),
        st.tuples(st.just("worth"), quantities, st.integers(0, 10**5)),
    ),
    max_size=14,
)


def lived(acts: list[tuple[str, Decimal, int]]) -> list[Move]:
    standing, moves = Standing(), []
    for act, quantity, value in acts:
        match act:
            case "receive":
                made = stock.receive(standing, quantity, value)
            case "issue":
                made = (stock.issue(standing, quantity),)
            case "back":
                made = stock.take_back(standing, quantity, value)
            case "average":
                made = stock.take_back_at_average(standing, quantity)
            case _:
                one = stock.count(standing, quantity, D(value) if act == "worth" else None)
                made = (one,) if one else ()
        moves += made
        standing = moves[-1].after if moves else standing
    return moves


@given(acts)
def test_st1_st2_st3_moves_sum_to_what_stands_and_no_value_is_left_without_goods(
    acts: list[tuple[str, Decimal, int]],
) -> None:
    held, worth = D(0), 0
    for move in lived(acts):  # a standing that does not fit refuses to be made
        held, worth = held + move.quantity, worth + move.value_minor
        assert (move.after.quantity, move.after.value_minor) == (held, worth)
        assert (worth == 0) if held == 0 else held * worth >= 0
        assert move.after.average_minor >= 0


@given(acts, quantities)
def test_st4_an_issue_that_comes_back_as_a_whole_leaves_the_stock_as_it_was(
    acts: list[tuple[str, Decimal, int]], quantity: Decimal
) -> None:
    moves = lived(acts)
    before = moves[-1].after if moves else Standing()
    gone = stock.issue(before, quantity)
    (back,) = stock.take_back(gone.after, quantity, -gone.value_minor)
    assert (back.after.quantity, back.after.value_minor) == (before.quantity, before.value_minor)


@given(values, st.lists(whole, min_size=1, max_size=8))
def test_st4_the_parts_of_a_line_sum_to_the_whole(cost: int, parts: list[Decimal]) -> None:
    quantity, back, returned = sum(parts, D(0)), D(0), []
    for part in parts:
        returned.append(stock.part_back(cost, quantity, back, part))
        back += part
    assert sum(returned) == cost
    assert min(returned) >= 0


@given(st.lists(whole, min_size=1, max_size=10), values)
def test_st2_selling_everything_in_parts_takes_the_whole_value(parts: list[Decimal], value: int) -> None:
    standing = Standing(sum(parts, D(0)), value, D(1))
    taken = 0
    for part in parts:
        move = stock.issue(standing, part)
        standing, taken = move.after, taken - move.value_minor
    assert (standing.quantity, standing.value_minor, taken) == (D(0), 0, value)
