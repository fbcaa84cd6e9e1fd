"""Discounts (D-1, D-2)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.discount import Discount, apply
from tests.domain.documents import D
from tests.domain.refusals import refused

KEYS = ("a", "b", "c")
discounts = st.one_of(
    st.tuples(st.integers(1, 100), st.sampled_from([None, frozenset("a"), frozenset("bc")])).map(
        lambda p: Discount("x", percent=D(p[0]), targets=p[1])
    ),
    st.tuples(st.integers(1, 10**5), st.sampled_from([None, frozenset("b")])).map(
        lambda p: Discount("x", amount_minor=p[0], targets=p[1])
    ),
)


def test_d1_targeted_comes_before_general_and_percentages_before_amounts() -> None:
    general = Discount("1-general", percent=D(10))
    fixed = Discount("2-fixed", amount_minor=500)
    targeted = Discount("3-targeted", percent=D(50), targets=frozenset("a"))
    applied = apply([10000, 10000, 0], KEYS, [fixed, general, targeted])
    assert [(d.key, d.parts_minor) for d in applied] == [
        ("3-targeted", (5000, 0, 0)),
        ("1-general", (500, 1000, 0)),
        ("2-fixed", (167, 333, 0)),
    ]


def test_d1_a_targeted_amount_comes_before_a_general_percentage() -> None:
    general, targeted = Discount("a", percent=D(10)), Discount("b", amount_minor=1000, targets=frozenset("a"))
    assert [d.amount_minor for d in apply([10000, 0, 0], KEYS, [general, targeted])] == [1000, 900]


def test_d2_a_discount_takes_no_more_than_is_left() -> None:
    applied = apply([300, 200, -100], KEYS, [Discount("a", amount_minor=1000), Discount("b", amount_minor=1)])
    assert [d.parts_minor for d in applied] == [(300, 200, 0), (0, 0, 0)]


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=3), st.lists(discounts, max_size=4))
def test_d2_nothing_falls_below_zero_and_the_order_given_changes_nothing(
    amounts: list[int], given_discounts: list[Discount]
) -> None:
    named = [replace(d, key=f"{i}") for i, d in enumerate(given_discounts)]
    applied = apply(amounts, KEYS, named)
    left = [amount - sum(d.parts_minor[i] for d in applied) for i, amount in enumerate(amounts)]
    assert all(minor >= 0 for minor in left)
    assert all(part >= 0 for d in applied for part in d.parts_minor)
    assert apply(amounts, KEYS, named[::-1]) == applied


@pytest.mark.parametrize("broken", [{"percent": D(101)}, {"amount_minor": -1}])
def test_d2_a_discount_out_of_range_is_refused(broken: dict[str, object]) -> None:
    with refused("discount.out_of_range"):
        Discount("a", **broken)  # type: ignore[arg-type]


@pytest.mark.parametrize("broken", [{}, {"percent": D(1), "amount_minor": 1}])
def test_d2_a_discount_is_a_percentage_or_an_amount(broken: dict[str, object]) -> None:
    with refused("discount.percent_or_amount"):
        Discount("a", **broken)  # type: ignore[arg-type]


def test_d1_the_whole_price_can_be_taken_off_but_no_more() -> None:
    assert apply([500], ["a"], [Discount("all", percent=D(100))])[0].amount_minor == 500
    for fields in ({"percent": D("100.01")}, {"percent": D(-1)}, {"amount_minor": -1}):
        with refused("discount.out_of_range"):
            Discount("x", **fields)


def test_d2_a_cent_that_is_left_over_goes_to_the_line_of_the_smallest_key() -> None:
    assert apply([100, 100], ["b", "a"], [Discount("x", amount_minor=1)])[0].parts_minor == (0, 1)


def test_d1_every_line_has_its_key() -> None:
    with pytest.raises(ValueError, match="shorter"):
        apply([100, 100], ["a"], [Discount("x", amount_minor=1)])
