from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.period import Interval, Period, Rhythm, calendar_anchor, day_begins, local_day, seconds_of
from conto.domain.subscription import Proration, Timing, bill
from tests.domain.examples import examples
from tests.domain.subscriptions import NOW, agreed, at, change, item, to, told, total

ZONES = ["Europe/Berlin", "America/Los_Angeles", "Asia/Beirut", "Pacific/Apia", "America/Havana", "Australia/Lord_Howe"]


@pytest.mark.parametrize(
    ("start", "interval", "anchor"),
    [
        (date(2027, 2, 10), Interval.DAY, date(2027, 2, 10)),
        (date(2027, 2, 10), Interval.WEEK, date(2027, 2, 8)),
        (date(2027, 2, 10), Interval.MONTH, date(2027, 2, 1)),
        (date(2027, 5, 10), Interval.QUARTER, date(2027, 4, 1)),
        (date(2027, 12, 31), Interval.HALF_YEAR, date(2027, 7, 1)),
        (date(2027, 12, 31), Interval.YEAR, date(2027, 1, 1)),
    ],
)
def test_p3_the_calendar_has_its_own_periods(start: date, interval: Interval, anchor: date) -> None:
    assert calendar_anchor(start, interval) == anchor


@pytest.mark.parametrize(
    ("more", "days", "of"),
    [
        ({"starts_on": date(2027, 1, 31)}, 28, 28),
        ({"starts_on": date(2027, 2, 10), "is_calendar_aligned": True}, 19, 28),
        ({"starts_on": date(2027, 2, 10), "is_calendar_aligned": True, "interval": Interval.QUARTER}, 50, 90),
        ({"starts_on": date(2027, 2, 3), "anchor_on": date(2027, 2, 15)}, 12, 31),
    ],
)
def test_p3_p6_the_first_period_bills_its_days_of_the_containing_period(more: dict, days: int, of: int) -> None:
    line = bill(agreed(**more), until=more["starts_on"]).invoices[0].lines[0]
    assert (line.why.part, line.why.whole) == (days, of)


@examples(80)
@given(
    st.dates(date(1990, 1, 1), date(2060, 12, 31)),
    st.sampled_from(Interval),
    st.integers(1, 13),
    st.integers(-20000, 20000),
)
def test_p1_p3_a_day_is_in_the_period_that_is_found_for_it(
    anchor: date, interval: Interval, count: int, days: int
) -> None:
    rhythm = Rhythm(anchor, interval, count)
    day = anchor + timedelta(days=days)
    n = rhythm.index_of(day)
    assert day in rhythm.period(n)
    assert rhythm.period(n).end == rhythm.period(n + 1).start


def test_p4_a_day_has_23_24_or_25_hours() -> None:
    assert day_begins(date(2027, 3, 28), "Europe/Berlin") == datetime(2027, 3, 27, 23, tzinfo=UTC)
    assert day_begins(date(2027, 10, 31), "Europe/Berlin") == datetime(2027, 10, 30, 22, tzinfo=UTC)
    lengths = [
        seconds_of(Period(day, day + timedelta(days=1)), "Europe/Berlin")
        for day in (date(2027, 3, 28), date(2027, 3, 29), date(2027, 10, 31))
    ]
    assert lengths == [82_800, 86_400, 90_000]


def test_p4_a_day_without_midnight_begins_with_its_first_instant() -> None:
    begins = day_begins(date(2027, 3, 28), "Asia/Beirut")  # from 0:00 to 1:00
    assert local_day(begins, "Asia/Beirut") == date(2027, 3, 28)
    assert local_day(begins - timedelta(seconds=1), "Asia/Beirut") == date(2027, 3, 27)


@examples(60)
@given(st.dates(date(2000, 1, 1), date(2037, 12, 31)), st.sampled_from(ZONES), st.sampled_from(Interval))
def test_p4_days_touch_in_every_zone(day: date, zone: str, interval: Interval) -> None:
    period = Rhythm(day, interval).period(0)
    begins, ends = day_begins(period.start, zone), day_begins(period.end, zone)
    assert seconds_of(period, zone) == (ends - begins).total_seconds()
    skipped = day == date(2011, 12, 30) and zone == "Pacific/Apia"  # a day that was not
    assert skipped or local_day(begins, zone) == day
    assert local_day(begins - timedelta(seconds=1), zone) < day
    assert begins.astimezone(ZoneInfo(zone)).date() >= day


def test_p5_in_advance_on_the_first_day_in_arrears_after_the_last() -> None:
    both = agreed(item("30", key="a"), item("20", key="b", timing=Timing.ARREARS), starts_on=date(2027, 2, 1))
    assert told(bill(both, until=date(2027, 3, 1))) == [("01 Feb", [3000]), ("01 Mar", [2000, 3000])]


def test_p5_what_is_in_arrears_is_due_on_the_day_of_the_end() -> None:
    late = agreed(item("30", timing=Timing.ARREARS))
    assert told(bill(late, [change("cancel", at(4, 11), when=NOW)], until=date(2027, 5, 1))) == [("11 Apr", [1000])]


@pytest.mark.parametrize(("amount", "day", "line"), [("249.95", 10, 7499), ("1999.95", 4, 20000)])
def test_p6_used_days_are_rounded_once(amount: str, day: int, line: int) -> None:
    ended = [change("cancel", at(4, day), when=NOW)]
    assert total(bill(agreed(item(amount)), ended, until=date(2027, 5, 1))) == line


def test_p6_by_second_a_change_counts_from_its_second() -> None:
    by_second = agreed(item("31"), starts_on=date(2027, 3, 1), proration=Proration.SECOND)
    made = bill(by_second, [to("62", at(3, 16, 11))], until=date(2027, 3, 31))
    assert told(made) == [("01 Mar", [3100]), ("16 Mar", [-1548, 3096])]
    old = made.invoices[1].lines[0].why
    assert (old.part, old.whole) == (15 * 86400 + 12 * 3600, 743 * 3600)


def test_p6_by_second_a_day_of_23_hours_costs_less() -> None:
    one_day = agreed(
        item("31"), starts_on=date(2027, 3, 28), ends_on=date(2027, 3, 29), anchor_on=date(2027, 3, 1),
        proration=Proration.SECOND,
    )  # fmt: skip
    assert total(bill(one_day, until=date(2027, 4, 1))) == 96


def test_p6_without_proration_the_first_day_owns_the_period() -> None:
    whole = agreed(item("30"), starts_on=date(2027, 4, 11), is_calendar_aligned=True, proration=Proration.NONE)
    made = bill(whole, [to("60", at(4, 20))], until=date(2027, 5, 1))
    assert told(made) == [("11 Apr", [3000]), ("01 May", [6000])]


@pytest.mark.parametrize(("zone", "day"), [("America/Los_Angeles", "07 Feb"), ("Europe/Berlin", "08 Feb")])
def test_p7_the_zone_says_which_day_a_change_owns(zone: str, day: str) -> None:
    made = bill(agreed(zone=zone, starts_on=date(2027, 2, 1)), [to("60", at(2, 8, 0))], until=date(2027, 2, 28))
    assert told(made)[1][0] == day


def test_p7_a_change_of_zone_leaves_no_hole_and_bills_no_day_twice() -> None:
    moved = [change("zone", at(4, 11), zone="America/Los_Angeles"), to("60", at(4, 21, 3), "c2")]
    made = bill(agreed(), moved, until=date(2027, 5, 1))
    assert told(made) == [("01 Apr", [3000]), ("20 Apr", [-1100, 2200]), ("01 May", [6000])]


@pytest.mark.parametrize(("is_billed", "line", "same_day"), [(False, 1000, 0), (True, 1100, 100)])
def test_p8_the_end_day_is_billed_only_where_it_is_set(*, is_billed: bool, line: int, same_day: int) -> None:
    assert total(bill(agreed(ends_on=date(2027, 4, 11), bills_end_day=is_billed), until=date(2027, 6, 1))) == line
    assert total(bill(agreed(ends_on=date(2027, 4, 1), bills_end_day=is_billed), until=date(2027, 6, 1))) == same_day
    cancelled = [change("cancel", at(4, 11), when=NOW)]
    assert total(bill(agreed(bills_end_day=is_billed), cancelled, until=date(2027, 6, 1))) == line
