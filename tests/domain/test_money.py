from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.money import (
    Money,
    convert,
    minor_digits,
    parse_decimal,
    percent_of,
    round_fraction,
    round_half_away,
    settle,
    settle_ratios,
    share,
    to_major,
    to_minor,
)
from tests.domain.refusals import refused

D = Decimal
amounts = st.integers(-(10**12), 10**12)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CHF", 2), ("CLF", 4)])
def test_m1_a_currency_has_its_own_number_of_decimals(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize("currency", ["XXX", "EURO", "", "eur"])
def test_m1_what_is_no_currency_is_refused(currency: str) -> None:
    with refused("money.unknown_currency"):
        minor_digits(currency)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("0.5", 1), ("-0.5", -1), ("2.5", 3), ("-2.5", -3), ("0.49999999999999999999", 0), ("1.4", 1), ("-1.6", -2)],
)
def test_m1_halves_go_away_from_zero_with_either_sign(exact: str, rounded: int) -> None:
    assert round_half_away(D(exact)) == rounded
    assert round_fraction(Fraction(exact)) == rounded


@pytest.mark.parametrize(
    ("exact", "minor"), [("74.985", 7499), ("199.995", 20000), ("-324.995", -32500), ("0.004", 0), ("-0.004", 0)]
)
def test_m1_amounts_that_broken_engines_lost_a_cent_on(exact: str, minor: int) -> None:
    assert to_minor(D(exact), "EUR") == minor


def test_m1_a_tiny_price_times_a_huge_quantity_stays_exact() -> None:
    assert to_minor(D("1e-12") * D("1e12"), "EUR") == 100


@given(st.fractions())
def test_m1_the_two_forms_of_the_rounding_agree_and_mirror(exact: Fraction) -> None:
    assert round_fraction(exact) == -round_fraction(-exact)
    assert abs(round_fraction(exact) - exact) <= Fraction(1, 2)


@given(amounts, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_m1_minor_and_major_units_are_the_same_amount(minor: int, currency: str) -> None:
    assert to_minor(to_major(minor, currency), currency) == minor


@given(amounts, st.decimals("0", "100", places=4))
def test_m1_a_percentage_is_rounded_once(minor: int, percent: Decimal) -> None:
    assert percent_of(minor, percent) == round_fraction(minor * Fraction(percent) / 100)


def test_m1_half_a_unit_of_a_percentage_goes_away_from_zero_and_no_digit_is_lost() -> None:
    assert [percent_of(minor, D(50)) for minor in (1, 5, -1, -5)] == [1, 3, -1, -3]
    assert percent_of(10**30 + 1, D(100)) == 10**30 + 1


def test_m2_five_yen_in_three_parts() -> None:
    assert share(5, [1, 1, 1]) == [2, 2, 1]


def test_m2_ties_go_to_the_smallest_key_whatever_the_order() -> None:
    assert share(100, [1, 1, 1], ["c", "a", "b"]) == [33, 34, 33]
    assert share(-100, [1, 1, 1], ["c", "a", "b"]) == [-33, -34, -33]


def test_m2_the_largest_remainder_gets_the_cent() -> None:
    # 33.33…, 33.33…, 33.33… of 100 by 1:2:3 are 16.67, 33.33 and 50.00
    assert share(100, [1, 2, 3]) == [17, 33, 50]


@given(amounts, weights)
def test_m2_parts_sum_to_the_whole_and_none_is_a_unit_off(total: int, by: list[int]) -> None:
    parts = share(total, by)
    assert sum(parts) == total
    for part, weight in zip(parts, by, strict=True):
        assert abs(part - Fraction(total * weight, sum(by))) < 1
        assert weight or not part


@given(amounts, st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)), min_size=1, unique_by=lambda p: p[1]))
def test_m2_the_order_of_the_parts_changes_nothing(total: int, pairs: list[tuple[int, int]]) -> None:
    def by_key(ordered: list[tuple[int, int]]) -> dict[int, int]:
        parts = share(total, [weight for weight, _ in ordered], [key for _, key in ordered])
        return {key: part for (_, key), part in zip(ordered, parts, strict=True)}

    assert by_key(pairs) == by_key(pairs[::-1])


@given(amounts, weights)
def test_m2_a_negative_total_is_the_mirror_of_a_positive_one(total: int, by: list[int]) -> None:
    assert share(-total, by) == [-part for part in share(total, by)]


def test_m2_where_there_are_no_parts_nothing_is_rounded() -> None:
    assert settle([], 0) == settle([], 7) == []


def test_m2_nothing_can_be_shared_over_nothing() -> None:
    assert share(0, [0, 0]) == [0, 0]
    with refused("money.cannot_share"):
        share(1, [0, 0])
    with refused("money.cannot_share"):
        share(1, [2, -1])


@given(st.lists(st.fractions(-1000, 1000), min_size=1, max_size=9), st.integers(-3, 3))
def test_m2_settling_reaches_any_whole(exact: list[Fraction], off: int) -> None:
    whole = round_fraction(sum(exact, Fraction(0))) + off
    assert sum(settle(exact, whole)) == whole


@given(st.lists(st.integers(-(10**9), 10**9), max_size=9), st.integers(1, 10**6), st.integers(-20, 20))
def test_m2_settling_without_fractions_is_the_same(numerators: list[int], denominator: int, off: int) -> None:
    exact = [Fraction(each, denominator) for each in numerators]
    whole = round_fraction(sum(exact, Fraction(0))) + off
    assert settle_ratios(numerators, denominator, whole) == settle(exact, whole)


def test_m3_an_amount_in_another_currency_is_rounded_once() -> None:
    assert convert(12345, "EUR", D("163.505"), "JPY") == 20185
    assert convert(20185, "JPY", D("0.00611602"), "EUR") == 12345


def test_m1_two_currencies_never_add_up() -> None:
    assert Money(1, "EUR") + Money(2, "EUR") == Money(3, "EUR")
    assert Money(3, "EUR") - Money(1, "EUR") == Money(2, "EUR")
    assert (-Money(1234, "EUR")).major == D("-12.34")
    assert not Money(0, "EUR")
    with refused("money.mixed_currencies"):
        Money(1, "EUR") + Money(1, "USD")


@pytest.mark.parametrize("text", ["1e5", "NaN", "Infinity", "1_000", "", "12,5", "0x1", "1 2"])
def test_m1_only_plain_decimals_are_read(text: str) -> None:
    with refused("money.not_a_number"):
        parse_decimal(text)
    assert parse_decimal(" -12.50 ") == D("-12.50")


def test_m1_no_amount_is_too_long_to_be_exact() -> None:
    long = D("123456789012345678901234567890.125")
    assert to_minor(long, "EUR") == 12345678901234567890123456789013
    assert str(to_major(12345678901234567890123456789013, "EUR")) == "123456789012345678901234567890.13"
    assert percent_of(10**40, D("12.5")) == 125 * 10**37


def test_m1_a_refusal_names_what_was_typed_and_which_currencies() -> None:
    with refused("money.not_a_number", text="12,5"):
        parse_decimal("12,5")
    with refused("money.mixed_currencies", one="EUR", other="USD"):
        Money(1, "EUR") - Money(1, "USD")
    with refused("money.unknown_currency", currency="EURO"):
        minor_digits("EURO")


def test_m1_an_amount_is_something_unless_it_is_zero() -> None:
    assert Money(1, "EUR")
    assert Money(-1, "EUR")
