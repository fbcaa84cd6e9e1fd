from datetime import date
from decimal import Decimal

import pytest

from conto.domain.price import Tier, unscaled
from conto.domain.subscription import Aggregate, Event, Measure, Usage, bill, fold
from tests.domain.subscriptions import NOW, agreed, at, change, item, metered, price, to, told, total, used

D = Decimal
EACH = price("1", "per_unit")
MAY = date(2027, 5, 1)


def measured(measure: Measure, *events: Event) -> Decimal:
    line = fold(agreed(starts_on=date(2027, 6, 1)), [])
    span = (line.position_of_day(date(2027, 6, 1)), line.position_of_day(date(2027, 7, 1)))
    return unscaled(Usage(events, line).read(measure, [span], span, span[1]).quantity)


@pytest.mark.parametrize(("zone", "counted"), [("America/Los_Angeles", 100), ("Europe/Berlin", 0)])
def test_u1_midnight_in_greenwich_is_in_the_month_before_in_los_angeles(zone: str, counted: int) -> None:
    month = agreed(metered(EACH), zone=zone, starts_on=date(2027, 2, 1))
    made = bill(month, usage=[used("1", at(3, 1, 0))], until=date(2027, 3, 1))
    assert total(made) == counted


def test_u1_midnight_in_berlin_is_in_the_next_month() -> None:
    month = agreed(metered(EACH), starts_on=date(2027, 2, 1))
    assert told(bill(month, usage=[used("1", at(2, 28, 23))], until=date(2027, 4, 1))) == [("01 Apr", [100])]


def test_u2_an_event_counts_once_in_its_latest_revision() -> None:
    same = [used("5", at(6, 2), "e1"), used("5", at(6, 2), "e1"), used("7", at(6, 2), "e1", revision=1)]
    assert measured(Measure("calls"), *same) == 7
    assert measured(Measure("calls"), *reversed(same)) == 7
    assert measured(Measure("calls"), *same, used(None, at(6, 2), "e1", revision=2)) == 0


def test_u3_values_are_summed_or_events_counted() -> None:
    events = [used("5", at(6, 2)), used("7", at(6, 3)), used("-2", at(6, 4))]
    assert measured(Measure("calls"), *events) == 10
    assert measured(Measure("calls", Aggregate.COUNT), *events) == 3
    assert measured(Measure("calls"), *events, used("-99", at(6, 5))) == 0
    assert measured(Measure("other"), *events) == 0


def test_u4_a_measure_counts_what_passes_its_filters() -> None:
    events = [used(value, at(6, 2, hour), properties=(("region", where),)) for hour, value, where in
              ((1, "5", "eu"), (2, "7", "us"), (3, "1", "eu"))]  # fmt: skip
    assert measured(Measure("calls", where=(("region", frozenset({"eu"})),)), *events) == 6
    assert measured(Measure("calls", where=(("region", frozenset({"eu"})), ("kind", frozenset({"x"})))), *events) == 0


def test_u5_different_ones_the_greatest_and_the_last() -> None:
    events = [used(value, at(6, 2, hour), properties=(("user", who),)) for hour, value, who in
              ((1, "3", "a"), (2, "9", "b"), (3, "4", "a"))]  # fmt: skip
    found = [
        measured(Measure("calls", kind, "user"), *events) for kind in (Aggregate.UNIQUE, Aggregate.MAX, Aggregate.LAST)
    ]
    assert found == [2, 9, 4]
    assert measured(Measure("calls", Aggregate.UNIQUE), *events) == 3
    assert [measured(Measure("calls", kind)) for kind in Aggregate] == [0] * 6


def test_u5_of_three_events_at_one_instant_the_greatest_key_is_last() -> None:
    three = [used(value, at(6, 2), key) for key, value in (("b", "2"), ("c", "3"), ("a", "1"))]
    assert measured(Measure("calls", Aggregate.LAST), *three) == 3
    assert measured(Measure("calls", Aggregate.LAST), *reversed(three)) == 3


def test_u6_a_level_counts_as_long_as_it_stood() -> None:
    levels = [used("10", at(5, 31, 22)), used("25", at(6, 10, 22))]
    assert measured(Measure("calls", Aggregate.WEIGHTED), *levels) == 20
    before = [used("10", at(3, 1)), used("25", at(6, 10, 22))]
    assert measured(Measure("calls", Aggregate.WEIGHTED), *before) == 20
    third = [used("1", at(6, 10, 22))]
    assert measured(Measure("calls", Aggregate.WEIGHTED), *third) == D("0.666666666667")


def test_u7_each_version_of_a_price_rates_its_own_days() -> None:
    calls = [used("1000", at(4, 5)), used("500", at(4, 20))]
    up = to("0.2", at(4, 11), item="calls", kind="per_unit")
    made = bill(agreed(metered(price("0.1", "per_unit"))), [up], calls, until=MAY)
    assert told(made) == [("01 May", [10000, 10000])]


def test_u7_what_is_used_in_a_pause_is_not_billed() -> None:
    story = [change("pause", at(4, 11)), change("resume", at(4, 21), "c2")]
    calls = [used("1", at(4, 5)), used("10", at(4, 15)), used("100", at(4, 25))]
    assert told(bill(agreed(metered(EACH)), story, calls, until=MAY)) == [("01 May", [10100])]


def test_u8_one_event_late_makes_the_period_cheaper() -> None:
    volume = price("0", "volume", tiers=(Tier(D(15), D(1)), Tier(None, D("0.9"))))
    calls = [used("15", at(4, 10)), used("1", at(4, 12), known_at=at(5, 5))]
    made = bill(agreed(metered(volume)), usage=calls, until=date(2027, 6, 1))
    assert told(made) == [("01 May", [1500]), ("01 Jun", [-60])]
    assert made.invoices[1].lines[0].credits == ((1, 60),)


def test_u8_after_the_end_it_is_billed_on_the_day_on_which_it_is_known() -> None:
    calls = [used("2", at(4, 5)), used("3", at(4, 6), known_at=at(6, 17))]
    made = bill(agreed(item(), metered(EACH)), [change("cancel", at(4, 11), when=NOW)], calls, until=date(2027, 8, 1))
    assert told(made) == [("01 Apr", [3000]), ("11 Apr", [-2000, 200]), ("17 Jun", [300])]


def test_u8_a_correction_is_booked_on_the_next_invoice() -> None:
    calls = [used("9", at(4, 5), "e"), used("4", at(4, 5), "e", revision=1, known_at=at(5, 2))]
    first = bill(agreed(metered(EACH)), usage=calls[:1], until=MAY)
    second = bill(agreed(metered(EACH)), usage=calls, until=date(2027, 6, 1), billed=first.billed)
    assert told(first) == [("01 May", [900])]
    assert told(second) == [("01 Jun", [-500])]
