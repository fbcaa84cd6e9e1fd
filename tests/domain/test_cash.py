"""Deals after they are won (S-5, S-6): how far their money is, and what a coefficient says."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.cash import FEWEST_PAIRS, CashState, cash_state, correlation

AMOUNTS = st.integers(0, 10**12)
PAIRS = st.lists(st.tuples(st.integers(0, 500), st.integers(-(10**9), 10**9)), min_size=FEWEST_PAIRS, max_size=60)


@pytest.mark.parametrize(
    ("invoiced", "collected", "left", "state"),
    [
        (0, 0, 0, CashState.TO_INVOICE),
        (11900, 0, 11900, CashState.INVOICED),
        (11900, 4000, 7900, CashState.PART_PAID),
        (11900, 11900, 0, CashState.COLLECTED),
        (11900, 11662, 0, CashState.COLLECTED),  # the rest was a discount for paying early
        (11900, 0, 0, CashState.CLOSED),  # written off
    ],
)
def test_s5_money_comes_so_far(invoiced: int, collected: int, left: int, state: CashState) -> None:
    assert cash_state(invoiced_minor=invoiced, collected_minor=collected, open_minor=left) is state


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_s5_what_is_open_is_never_called_collected(invoiced: int, collected: int, left: int) -> None:
    state = cash_state(invoiced_minor=invoiced, collected_minor=collected, open_minor=left)
    assert (left > 0) == (state in {CashState.INVOICED, CashState.PART_PAID})
    assert (collected > 0) == (state in {CashState.PART_PAID, CashState.COLLECTED})


def test_s6_a_coefficient_is_that_of_the_paper() -> None:
    pairs = list(zip((1, 2, 3, 4, 5, 6, 7, 8), (2, 1, 4, 3, 7, 8, 6, 9), strict=True))
    found = correlation(pairs)
    assert found is not None
    assert (found.coefficient, found.count) == (Decimal("0.90"), 8)  # by hand: 8·230 - 36·40 over the roots


@given(PAIRS)
def test_s6_a_coefficient_lies_between_its_bounds_whatever_the_order_and_unit(pairs: list[tuple[int, int]]) -> None:
    found = correlation(pairs)
    if found is None:
        assert len({a for a, _ in pairs}) == 1 or len({b for _, b in pairs}) == 1
        return
    assert -1 <= found.coefficient <= 1
    assert correlation(pairs[::-1]) == found
    assert correlation([(a, b * 100) for a, b in pairs]) == found
    opposite = correlation([(a, -b) for a, b in pairs])
    assert opposite is not None
    assert opposite.coefficient == -found.coefficient


def test_s6_few_pairs_or_one_that_never_varies_say_nothing() -> None:
    assert correlation([(n, n) for n in range(FEWEST_PAIRS - 1)]) is None
    assert correlation([(3, n) for n in range(20)]) is None
    assert correlation([(n, 0) for n in range(20)]) is None
