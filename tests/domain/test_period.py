from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.period import Interval, Period, add_months, anchored, local_day
from tests.domain.refusals import refused


def test_p1_the_31st_comes_back_after_a_short_month() -> None:
    starts = [anchored(date(2027, 1, 31), "month", 1, n).start for n in range(4)]
    assert starts == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]


def test_p1_the_29th_of_february_comes_back_every_leap_year() -> None:
    starts = [anchored(date(2024, 2, 29), Interval.YEAR, 1, n).start for n in range(5)]
    assert [day.day for day in starts] == [29, 28, 28, 28, 29]


def test_p1_a_short_months_end_is_where_the_anchor_puts_it() -> None:
    assert anchored(date(2027, 1, 31), "month", 1, 1).end == date(2027, 3, 31)
    assert anchored(date(2024, 2, 29), "year", 1, 3).end == date(2028, 2, 29)


def test_p1_the_28th_stays_the_28th() -> None:
    assert [anchored(date(2027, 2, 28), "month", 1, n).start.day for n in range(3)] == [28, 28, 28]


@given(
    st.dates(date(2000, 1, 1), date(2040, 12, 31)), st.sampled_from(Interval), st.integers(1, 13), st.integers(-20, 60)
)
def test_p1_periods_touch_without_overlap_or_hole(anchor: date, interval: Interval, count: int, n: int) -> None:
    assert anchored(anchor, interval, count, n).end == anchored(anchor, interval, count, n + 1).start


def test_p1_a_rhythm_needs_a_count() -> None:
    with refused("period.bad_count"):
        anchored(date(2027, 1, 1), "month", 0, 0)


def test_p1_a_period_is_half_open_and_paper_shows_its_last_day() -> None:
    period = Period(date(2027, 1, 1), date(2027, 2, 1))
    assert period.days == 31
    assert period.last_day == date(2027, 1, 31)
    assert date(2027, 1, 31) in period
    assert date(2027, 2, 1) not in period
    assert period.overlap(Period(date(2027, 1, 20), date(2027, 3, 1))) == Period(date(2027, 1, 20), date(2027, 2, 1))
    assert period.overlap(Period(date(2027, 2, 1), date(2027, 3, 1))) is None


def test_p1_a_period_of_no_days_is_refused() -> None:
    with refused("period.empty"):
        Period(date(2027, 1, 1), date(2027, 1, 1))


def test_p1_months_can_be_counted_back() -> None:
    assert add_months(date(2027, 3, 31), -1) == date(2027, 2, 28)
    assert add_months(date(2027, 1, 15), -13) == date(2025, 12, 15)


def test_p2_midnight_in_greenwich_is_the_day_before_in_los_angeles() -> None:
    assert local_day(datetime(2027, 2, 8, tzinfo=UTC), "America/Los_Angeles") == date(2027, 2, 7)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2027, 3, 27, 23, 0, tzinfo=UTC), date(2027, 3, 28)),  # the day of 23 hours begins
        (datetime(2027, 3, 28, 21, 59, tzinfo=UTC), date(2027, 3, 28)),
        (datetime(2027, 3, 28, 22, 0, tzinfo=UTC), date(2027, 3, 29)),
        (datetime(2027, 10, 30, 22, 0, tzinfo=UTC), date(2027, 10, 31)),  # the day of 25 hours begins
        (datetime(2027, 10, 31, 22, 59, tzinfo=UTC), date(2027, 10, 31)),
        (datetime(2027, 10, 31, 23, 0, tzinfo=UTC), date(2027, 11, 1)),
    ],
)
def test_p2_days_of_23_and_25_hours_have_their_own_ends(at: datetime, day: date) -> None:
    assert local_day(at, "Europe/Berlin") == day


def test_p2_an_instant_without_a_zone_has_no_day() -> None:
    with refused("period.naive_instant"):
        local_day(datetime(2027, 1, 1), "Europe/Berlin")  # noqa: DTZ001 - that is what is refused
