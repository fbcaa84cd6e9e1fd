"""Repeating invoices: days, ends, what each is about, the words on them, pauses."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.period import Interval
from conto.domain.repeat import (
    Covers,
    RepeatState,
    Schedule,
    allowed_to_change,
    allowed_to_pause,
    anchor_of,
    check_next,
    check_words,
    coming,
    filled,
    resumed_on,
)
from tests.domain.refusals import refused

JAN31 = date(2027, 1, 31)
WEEK, MONTH, YEAR = Interval.WEEK, Interval.MONTH, Interval.YEAR
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
RHYTHMS = st.tuples(st.sampled_from([WEEK, MONTH, YEAR]), st.integers(1, 14))


def days(schedule: Schedule, first: date, most: int = 4, made: int = 0) -> list[str]:
    return [f"{day:%d.%m.%y}" for day in coming(schedule, first, made=made, most=most)]


@pytest.mark.parametrize(
    ("first", "interval", "every", "is_month_end", "expected"),
    [
        (JAN31, MONTH, 1, False, ["31.01.27", "28.02.27", "31.03.27", "30.04.27"]),
        (date(2027, 2, 28), MONTH, 1, False, ["28.02.27", "28.03.27", "28.04.27", "28.05.27"]),
        (date(2027, 2, 28), MONTH, 1, True, ["28.02.27", "31.03.27", "30.04.27", "31.05.27"]),
        (date(2027, 4, 30), MONTH, 2, True, ["30.04.27", "30.06.27", "31.08.27", "31.10.27"]),
        (date(2028, 2, 29), YEAR, 1, False, ["29.02.28", "28.02.29", "28.02.30", "28.02.31"]),
        (date(2029, 2, 28), YEAR, 1, True, ["28.02.29", "28.02.30", "28.02.31", "29.02.32"]),
        (date(2027, 2, 1), WEEK, 2, False, ["01.02.27", "15.02.27", "01.03.27", "15.03.27"]),
    ],
)
def test_ri1_the_days_hang_on_their_anchor(
    first: date, interval: Interval, every: int, *, is_month_end: bool, expected: list[str]
) -> None:
    anchor = anchor_of(first, interval, every, is_month_end=is_month_end)
    assert days(Schedule(anchor, interval, every), first) == expected


def test_ri1_what_cannot_be_a_schedule_is_refused() -> None:
    for interval, every in ((Interval.DAY, 1), (MONTH, 0), (MONTH, 121)):
        with refused("repeat.bad_rhythm"):
            Schedule(JAN31, interval, every)
    with refused("repeat.bad_count"):
        Schedule(JAN31, MONTH, most_invoices=0)
    for day, interval in ((date(2027, 2, 27), MONTH), (JAN31, WEEK)):
        with refused("repeat.not_month_end"):
            anchor_of(day, interval, 1, is_month_end=True)
    with refused("repeat.too_long_ago", days=400):
        check_next(date(2026, 1, 1), last_made_on=None, today=date(2027, 2, 6))
    check_next(date(2026, 1, 2), last_made_on=None, today=date(2027, 2, 6))


@given(first=DAYS, rhythm=RHYTHMS, made=st.integers(0, 40))
def test_ri1_each_day_follows_the_one_before_and_is_found_from_any_day_between(
    first: date, rhythm: tuple[Interval, int], made: int
) -> None:
    schedule = Schedule(anchor_of(first, *rhythm), *rhythm)
    found = coming(schedule, first, made=made, most=9)
    assert found[0] == first
    assert found == sorted({*found})
    for before, after in pairwise(found):
        assert schedule.next_after(before, made=0) == after == schedule.next_from(after, made=0)
        assert schedule.next_from(before + (after - before) // 2 + timedelta(days=1), made=0) in {
            after, schedule.next_after(after, made=0),
        }  # fmt: skip


def test_ri2_it_ends_with_a_day_or_after_so_many() -> None:
    first = date(2027, 1, 15)
    assert days(Schedule(first, MONTH, ends_on=date(2027, 3, 15)), first, 9) == ["15.01.27", "15.02.27", "15.03.27"]
    assert days(Schedule(first, MONTH, ends_on=date(2027, 3, 14)), first, 9) == ["15.01.27", "15.02.27"]
    assert days(Schedule(first, MONTH, most_invoices=2), first, 9) == ["15.01.27", "15.02.27"]
    assert days(Schedule(first, MONTH, most_invoices=3), first, 9, made=2) == ["15.01.27"]
    assert Schedule(first, MONTH, most_invoices=3).next_from(first, made=3) is None
    assert coming(Schedule(first, MONTH), None, made=2, most=9) == []
    with refused("repeat.is_over"):
        allowed_to_change(RepeatState.ENDED)


@pytest.mark.parametrize(
    ("anchor", "day", "interval", "every", "covers", "expected"),
    [
        ("2027-02-01", "2027-02-01", MONTH, 1, Covers.AHEAD, ("2027-02-01", "2027-02-28")),
        ("2027-02-01", "2027-02-01", MONTH, 1, Covers.BEHIND, ("2027-01-01", "2027-01-31")),
        ("2027-02-01", "2027-02-01", MONTH, 1, Covers.CALENDAR, ("2027-02-01", "2027-02-28")),
        ("2027-01-31", "2027-02-28", MONTH, 1, Covers.AHEAD, ("2027-02-28", "2027-03-30")),
        ("2027-01-31", "2027-02-28", MONTH, 1, Covers.BEHIND, ("2027-01-31", "2027-02-27")),
        ("2027-01-31", "2027-02-28", MONTH, 1, Covers.CALENDAR, ("2027-02-01", "2027-02-28")),
        ("2027-03-31", "2027-03-31", MONTH, 3, Covers.CALENDAR, ("2027-01-01", "2027-03-31")),
        ("2027-02-03", "2027-02-03", WEEK, 2, Covers.CALENDAR, ("2027-01-25", "2027-02-07")),
        ("2027-02-03", "2027-02-03", YEAR, 1, Covers.CALENDAR, ("2027-01-01", "2027-12-31")),
    ],
)
def test_ri4_an_invoice_is_about_days(
    anchor: str, day: str, interval: Interval, every: int, covers: Covers, expected: tuple[str, str]
) -> None:
    covered = Schedule(date.fromisoformat(anchor), interval, every, covers=covers).covered(date.fromisoformat(day))
    assert (covered.start.isoformat(), covered.last_day.isoformat()) == expected


@given(first=DAYS, rhythm=RHYTHMS, covers=st.sampled_from([Covers.AHEAD, Covers.BEHIND]))
def test_ri4_what_invoices_are_about_leaves_no_hole(first: date, rhythm: tuple[Interval, int], covers: Covers) -> None:
    schedule = Schedule(first, *rhythm, covers=covers)
    found = [schedule.covered(day) for day in coming(schedule, first, made=0, most=6)]
    assert all(before.end == after.start for before, after in pairwise(found))


def test_ri5_words_in_braces_are_known() -> None:
    check_words(["{month} {year}", "{ a brace } {1} {}", "plain"])
    with refused("repeat.unknown_word", word="mnoth"):
        check_words(["{month}", "for {mnoth}"])
    assert filled("{month} {year} {}", {"month": "Mai", "year": "2027"}) == "Mai 2027 {}"


def test_ri7_a_pause_is_not_made_up() -> None:
    schedule = Schedule(date(2027, 1, 1), MONTH, most_invoices=3)
    active, paused = RepeatState.ACTIVE, RepeatState.PAUSED
    allowed_to_pause(active)
    with refused("repeat.is_paused"):
        allowed_to_pause(paused)
    next_on = date(2027, 2, 1)
    assert resumed_on(paused, schedule, next_on, date(2027, 3, 10), made=1) == date(2027, 4, 1)
    assert resumed_on(paused, schedule, next_on, date(2027, 3, 1), made=1) == date(2027, 3, 1)
    assert resumed_on(paused, schedule, next_on, date(2027, 1, 9), made=1) == next_on
    with refused("repeat.runs"):
        resumed_on(active, schedule, next_on, next_on, made=1)
    with refused("repeat.end_passed"):
        resumed_on(paused, Schedule(date(2027, 1, 1), MONTH, ends_on=next_on), next_on, date(2027, 3, 1), made=1)
    with refused("repeat.made_already", day=next_on):
        check_next(next_on, last_made_on=next_on, today=next_on)
