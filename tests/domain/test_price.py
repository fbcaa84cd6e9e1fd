from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.money import round_fraction
from conto.domain.price import (
    Drawn,
    PrepaidCredit,
    Price,
    PriceKind,
    Tier,
    draw_down,
    explain,
    plain_english,
    rate,
    rate_part,
    scaled,
    unscaled,
)
from conto.domain.price.explain import Derivation
from tests.domain.examples import examples
from tests.domain.refusals import refused

D = Decimal
GRADUATED = (Tier(D(10), D(1), D(5)), Tier(D(20), D("0.8"), D(2)), Tier(None, D("0.5")))
STAIRS = (Tier(D(10), flat_fee=D(50)), Tier(D(50), flat_fee=D(200)), Tier(None, flat_fee=D(500)))


def price(kind: str, amount: str = "0", **more: object) -> Price:
    return Price("v1", PriceKind(kind), str(more.pop("currency", "EUR")), D(amount), **more)  # type: ignore[arg-type]


def minor(of: Price, quantity: str, *transactions: str) -> int:
    return rate(of, D(quantity), [D(each) for each in transactions]).amount_minor


@pytest.mark.parametrize(
    ("amount", "part", "whole", "line"), [("249.95", 9, 30, 7499), ("1999.95", 3, 30, 20000), ("0", 1, 30, 0)]
)
def test_pr1_the_days_of_a_period_are_rounded_once(amount: str, part: int, whole: int, line: int) -> None:
    rated = rate_part(price("flat", amount), scaled(D(1)), (), part, whole)
    assert rated.amount_minor == line
    assert rated.exact == Fraction(D(amount)) * 100 * part / whole


def test_pr1_the_smallest_price_of_the_largest_quantity_is_exact() -> None:
    assert minor(price("per_unit", "0.000000000001"), "1000000000000") == 100


def test_pr1_less_than_half_a_cent_is_nothing_and_five_of_it_are_two_cents() -> None:
    assert [minor(price("per_unit", "0.004"), each) for each in ("1", "5")] == [0, 2]


def test_pr1_five_seats_in_one_line_are_not_five_lines_of_one() -> None:
    seat = price("per_unit", "0.333")
    assert minor(seat, "5") == 167
    assert 5 * minor(seat, "1") == 165


@pytest.mark.parametrize(("currency", "line"), [("JPY", 3), ("EUR", 250), ("KWD", 2500)])
def test_pr1_a_currency_is_rounded_to_its_own_decimals(currency: str, line: int) -> None:
    assert minor(price("flat", "2.5", currency=currency), "1") == line


def test_pr1_a_thirteenth_decimal_is_refused() -> None:
    with refused("price.too_fine"):
        price("flat", "0.0000000000001")
    with refused("price.too_fine"):
        rate(price("per_unit", "1"), D("0.0000000000001"))
    with refused("money.not_a_number"):
        rate(price("per_unit", "1"), D("NaN"))


@pytest.mark.parametrize(
    ("code", "kind", "more"),
    [
        ("price.below_zero", "flat", {"amount": D(-1)}),
        ("price.below_zero", "volume", {"tiers": (Tier(None, D(-1)),)}),
        ("price.bad_tiers", "flat", {"tiers": (Tier(None),)}),
        ("price.bad_tiers", "volume", {}),
        ("price.bad_tiers", "volume", {"tiers": (Tier(D(5)),)}),
        ("price.bad_tiers", "volume", {"tiers": (Tier(None), Tier(None))}),
        ("price.bad_tiers", "graduated", {"tiers": (Tier(D(5)), Tier(D(5)), Tier(None))}),
        ("price.bad_package", "package", {"package_size": D(0)}),
        ("price.bad_percent", "percentage", {"percent": D(101)}),
        ("price.bad_bounds", "percentage", {"least_each": D(2), "most_each": D(1)}),
        ("price.bad_bounds", "flat", {"minimum": D(2), "cap": D(1)}),
        ("money.unknown_currency", "flat", {"currency": "EUX"}),
    ],
)
def test_pr2_what_a_price_cannot_be(code: str, kind: str, more: dict[str, object]) -> None:
    with refused(code):
        Price(**{"version": "v1", "kind": PriceKind(kind), "currency": "EUR"} | more)  # type: ignore[arg-type]


def test_pr2_a_quantity_below_zero_is_refused() -> None:
    with refused("price.negative_quantity"):
        minor(price("per_unit", "1"), "-1")


@pytest.mark.parametrize("quantity", ["0", "1", "100"])
def test_pr3_a_flat_price_is_the_same_for_every_quantity(quantity: str) -> None:
    assert minor(price("flat", "29"), quantity) == 2900


def test_pr3_a_unit_costs_its_price() -> None:
    assert minor(price("per_unit", "8.50"), "7") == 5950


@pytest.mark.parametrize(("quantity", "line"), [("0", 0), ("10", 1500), ("10.5", 1740), ("20", 2500), ("25", 2750)])
def test_pr4_each_unit_costs_what_its_tier_says(quantity: str, line: int) -> None:
    assert minor(price("graduated", tiers=GRADUATED), quantity) == line


def test_pr4_the_tiers_that_were_hit_are_told() -> None:
    assert [(hit[0], unscaled(hit[1])) for hit in rate(price("graduated", tiers=GRADUATED), D("10.5")).hits] == [
        (0, D(10)),
        (1, D("0.5")),
    ]


def test_pr5_sixteen_units_cost_less_than_fifteen() -> None:
    volume = price("volume", tiers=(Tier(D(15), D(1)), Tier(None, D("0.9"))))
    assert [minor(volume, each) for each in ("15", "15.5", "16")] == [1500, 1395, 1440]


@pytest.mark.parametrize(("quantity", "line"), [("0", 0), ("0.01", 500), ("100", 500), ("100.01", 1000)])
def test_pr6_packages_are_whole(quantity: str, line: int) -> None:
    assert minor(price("package", "5", package_size=D(100)), quantity) == line


@pytest.mark.parametrize(("quantity", "line"), [("0", 0), ("10", 5000), ("11", 20000), ("50", 20000), ("51", 50000)])
def test_pr7_the_step_that_is_reached_is_billed(quantity: str, line: int) -> None:
    assert minor(price("stair_step", tiers=STAIRS), quantity) == line


def test_pr8_each_transaction_has_its_least_and_its_most() -> None:
    fee = price(
        "percentage", "0.25", percent=D("1.5"), free_units=D(1), least_each=D("0.40"), most_each=D(3)
    )  # fmt: skip
    assert minor(fee, "1155", "50", "5", "100", "1000") == 515
    assert minor(fee, "0") == 0


@pytest.mark.parametrize("kind", ["graduated", "volume", "stair_step"])
def test_pr9_nothing_used_bills_no_fee_unless_it_is_set(kind: str) -> None:
    tiers = (Tier(D(10), flat_fee=D(5)), Tier(None))
    assert minor(price(kind, tiers=tiers), "0") == 0
    assert minor(price(kind, tiers=tiers, fee_without_use=True), "0") == 500


def test_pr10_free_units_come_off_before_tiers_and_packages() -> None:
    assert minor(price("package", "5", package_size=D(100), free_units=D(20)), "120") == 500
    assert minor(price("graduated", tiers=GRADUATED, free_units=D(5)), "15.5") == 1740
    assert minor(price("per_unit", "1", free_units=D(5)), "3") == 0


def test_pr11_the_minimum_is_billed_for_its_part() -> None:
    used = price("per_unit", "1", minimum=D(50))
    assert minor(used, "3") == 5000
    rated = rate_part(used, scaled(D(3)), (), 12, 30, is_usage=True)
    assert (rated.amount_minor, rated.bound) == (2000, "minimum")


def test_pr12_no_more_than_the_cap_is_billed() -> None:
    assert minor(price("per_unit", "0.25", cap=D(100)), "1000") == 10000
    assert rate_part(price("per_unit", "0.25", cap=D(100)), scaled(D(1000)), (), 1, 2, is_usage=True).bound == "cap"


def test_pr13_the_oldest_credit_is_drawn_first() -> None:
    left = [
        PrepaidCredit("c", date(2027, 3, 1), 5000),
        PrepaidCredit("a", date(2027, 1, 1), 4000, date(2027, 3, 1)),
        PrepaidCredit("b", date(2027, 2, 1), 5000),
    ]
    assert draw_down(left, 7000, date(2027, 3, 10)) == (Drawn("b", 5000), Drawn("c", 2000))
    assert draw_down(left, 1000, date(2027, 2, 28)) == (Drawn("a", 1000),)
    assert draw_down(left, 99999, date(2027, 3, 10)) == (Drawn("b", 5000), Drawn("c", 5000))
    assert draw_down(left, 0, date(2027, 3, 10)) == ()


def said(of: Price, quantity: str, *, part: int = 1, whole: int = 1, events: int = 0, before: int = 0) -> str:
    number = scaled(D(quantity))
    is_usage = events > 0
    transactions = (number,) if of.kind is PriceKind.PERCENTAGE else ()
    rated = rate_part(of, number, transactions, part, whole, is_usage=is_usage)
    why = Derivation(of, number, rated, part, whole, events=events, before_minor=before, is_usage=is_usage)
    return explain(why, plain_english())


def test_pr14_a_line_says_in_a_sentence_what_it_follows_from() -> None:
    assert said(price("flat", "249.95"), "1", part=9, whole=30) == (
        "EUR 249.95 for the whole period, for 9 of 30 days, EUR 74.985 rounded to EUR 74.99"
    )
    assert said(price("per_unit", "8.5"), "7") == "7 × EUR 8.5"
    assert said(price("per_unit", "8.5", free_units=D(5)), "7") == "7 × EUR 8.5, 5 of them free"
    assert said(price("graduated", tiers=GRADUATED), "10.5", events=3) == (
        "10.5 in tiers: 10 × EUR 1 + EUR 5 + 0.5 × EUR 0.8 + EUR 2"
    )
    assert said(price("stair_step", tiers=STAIRS), "11") == "11 at the fee of their tier: EUR 200"
    assert said(price("package", "5", package_size=D(100)), "101") == "2 packages × EUR 5"
    assert said(price("volume", tiers=(Tier(None, D("0.9")),)), "16", before=1500) == (
        "all 16 at the price of their tier: 16 × EUR 0.9, less EUR 15.00 billed before"
    )
    assert said(price("per_unit", "1", cap=D(10)), "20") == "20 × EUR 1, limited to the agreed most of EUR 10"
    assert said(price("per_unit", "1", minimum=D(60)), "2", part=15, whole=30, events=2) == (
        "2 × EUR 1, raised to the agreed minimum of EUR 60, for 15 of 30 days"
    )
    assert said(price("percentage", "0.25", percent=D("1.5")), "100", events=1) == (
        "1.5 % of 100 in 1 transactions, EUR 0.25 for each transaction"
    )
    assert said(price("per_unit", "1"), "0") == "nothing was used"


numbers = st.decimals(0, 5000, places=6)
tier_lists = st.lists(st.decimals("0.001", 2000, places=3), max_size=4, unique=True).flatmap(
    lambda bounds: st.tuples(
        *[st.builds(Tier, st.just(each), numbers, numbers) for each in [*sorted(bounds), None]]  # type: ignore[list-item]
    )
)


@examples(60)
@given(tier_lists, numbers, st.sampled_from(["graduated", "volume"]))
def test_pr4_pr5_tiers_agree_with_counting_them_by_hand(tiers: tuple[Tier, ...], units: Decimal, kind: str) -> None:
    used = Fraction(units)
    if kind == "volume":
        tier = next(each for each in tiers if each.up_to is None or used <= each.up_to)
        exact = (used * Fraction(tier.unit_price) + Fraction(tier.flat_fee)) if used else Fraction(0)
    else:
        exact, low = Fraction(0), Fraction(0)
        for tier in tiers:
            high = used if tier.up_to is None else min(used, Fraction(tier.up_to))
            if high > low:
                exact += (high - low) * Fraction(tier.unit_price) + Fraction(tier.flat_fee)
                low = high
    rated = rate(price(kind, tiers=tiers), units)
    assert rated.exact == exact * 100
    assert rated.amount_minor == round_fraction(exact * 100)


@examples(60)
@given(numbers, numbers, st.integers(1, 366).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_pr1_used_and_unused_make_the_whole(amount: Decimal, quantity: Decimal, days: tuple[int, int]) -> None:
    seat = price("per_unit", str(amount))
    whole = rate_part(seat, scaled(quantity), (), days[1], days[1])
    used = rate_part(seat, scaled(quantity), (), *days)
    unused = Derivation(seat, scaled(quantity), used, *days, before_minor=whole.amount_minor)
    assert used.amount_minor - unused.amount_minor == whole.amount_minor
    assert 0 <= -unused.amount_minor <= whole.amount_minor


@examples(60)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 999)), max_size=6), st.integers(0, 5000), st.randoms())
def test_pr13_no_credit_is_overdrawn_and_their_order_changes_nothing(
    given_credits: list[tuple[int, int]], amount: int, chance: object
) -> None:
    left = [PrepaidCredit(f"k{i}", date.fromordinal(739000 + day), sum_) for i, (day, sum_) in enumerate(given_credits)]
    on = date.fromordinal(739200)
    drawn = draw_down(left, amount, on)
    mixed = left[:]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert draw_down(mixed, amount, on) == drawn
    usable = {each.key: each.left_minor for each in left if each.granted_on <= on}
    assert all(0 < each.amount_minor <= usable[each.key] for each in drawn)
    assert sum(each.amount_minor for each in drawn) == min(amount, sum(usable.values()))
