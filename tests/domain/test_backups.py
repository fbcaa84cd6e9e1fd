"""Which backups are kept, and when one is due."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.backups import BackupName, Retention, is_due, is_old, latest_due, read_name, to_remove
from conto.domain.errors import RuleBroken

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)
instants = st.integers(0, 10 * 365 * 86400).map(lambda seconds: START + timedelta(seconds=seconds - 5 * 365 * 86400))
names = st.builds(lambda at, n: str(BackupName("shop", at, f"{n:06x}")), instants, st.integers(0, 0xFFFFFF))
foreign = st.one_of(
    st.text(max_size=40),
    st.builds(lambda at: str(BackupName("other_shop", at, "abcdef")), instants),
    st.builds(lambda name: f".{name}.part", names),
    st.builds(lambda name: f"{name}.bak", names),
)
retentions = st.builds(Retention, st.integers(0, 10), st.integers(0, 6), st.integers(0, 14))


@given(st.lists(names, max_size=40), st.lists(foreign, max_size=10), retentions)
def test_the_newest_stays_and_so_does_what_is_not_ours(own: list[str], others: list[str], keep: Retention) -> None:
    removed = to_remove([*own, *others], book="shop", retention=keep)
    assert set(removed) <= set(own)
    if own:
        assert max(own, key=lambda text: (_at(text), text)) not in removed


@given(st.lists(names, min_size=1, max_size=40), retentions, st.data())
def test_the_newest_good_one_stays_whatever_came_after_it(own: list[str], keep: Retention, data: st.DataObject) -> None:
    good = data.draw(st.sets(st.sampled_from(own), min_size=1))
    removed = to_remove(own, book="shop", retention=keep, is_good=good.__contains__)
    assert max(good, key=lambda text: (_at(text), text)) not in removed
    assert set(removed) <= good


@given(st.lists(names, max_size=40), retentions)
def test_what_stays_would_stay_again_and_is_not_more_than_was_asked_for(own: list[str], keep: Retention) -> None:
    left = set(own) - set(to_remove(own, book="shop", retention=keep))
    assert to_remove(left, book="shop", retention=keep) == []
    assert len(left) <= max(1, keep.daily + keep.weekly + keep.monthly)


@given(st.lists(names, max_size=30), names, retentions)
def test_a_new_backup_does_not_make_an_old_one_that_was_removed_wanted(
    own: list[str], new: str, keep: Retention
) -> None:
    removed = set(to_remove(own, book="shop", retention=keep))
    if all(_at(new) > _at(text) for text in own):
        assert removed <= set(to_remove([*own, new], book="shop", retention=keep)) | {new}


def test_a_year_of_nights_leaves_seven_days_five_weeks_and_twelve_months() -> None:
    kept: set[str] = set()
    for night in range(366):
        kept.add(str(BackupName("shop", START + timedelta(days=night), "000000")))
        kept -= set(to_remove(kept, book="shop", retention=Retention()))
    at = sorted(_at(text) for text in kept)
    assert at[-7:] == [START + timedelta(days=night) for night in range(359, 366)]
    assert len({(one.year, one.month) for one in at}) == 12
    assert len(kept) <= 7 + 5 + 12


def test_names_are_read_back() -> None:
    name = BackupName("shop_2", START, "0a1b2c")
    assert str(name) == "conto-shop_2-20260101T023000Z-0a1b2c.backup"
    assert read_name(str(name)) == name
    for text in ("", "conto-shop-20261301T000000Z-000000.backup", f"{name} ", f"x{name}", "../" + str(name)):
        assert read_name(text) is None


@pytest.mark.parametrize(("daily", "monthly"), [(-1, 1), (1, 500)])
def test_absurd_retention_is_refused(daily: int, monthly: int) -> None:
    with pytest.raises(RuleBroken):
        Retention(daily=daily, monthly=monthly)


def _due(now: datetime, **more: object) -> bool:
    given: dict[str, object] = {"since": START - timedelta(days=9), "last_good": None, "failures": [], **more}
    return is_due(now, zone=BERLIN, at_time=time(2, 30), **given)  # type: ignore[arg-type]


def test_a_backup_is_due_once_a_night_and_made_up_for_after_a_pause() -> None:
    night = datetime(2026, 6, 10, 2, 30, tzinfo=BERLIN)
    assert _due(night)
    assert not _due(night, last_good=night)
    assert not _due(night + timedelta(hours=23, minutes=59), last_good=night)
    assert _due(night + timedelta(days=1), last_good=night)
    assert _due(night + timedelta(days=5, hours=7), last_good=night)
    assert not _due(night - timedelta(minutes=1), last_good=night - timedelta(days=1))


def test_nothing_is_made_for_the_time_before_it_was_switched_on() -> None:
    night = datetime(2026, 6, 10, 2, 30, tzinfo=BERLIN)
    assert not _due(night + timedelta(hours=9), since=night + timedelta(hours=8))
    assert _due(night + timedelta(hours=24), since=night + timedelta(hours=8))


def test_a_failed_one_is_tried_again_with_growing_pauses_and_then_the_next_night() -> None:
    night = datetime(2026, 6, 10, 2, 30, tzinfo=BERLIN)
    tries = [night]
    for minutes in (15, 60, 240):
        assert not _due(tries[-1] + timedelta(minutes=minutes - 1), failures=tries)
        assert _due(tries[-1] + timedelta(minutes=minutes), failures=tries)
        tries.append(tries[-1] + timedelta(minutes=minutes))
    assert not _due(night + timedelta(hours=23), failures=tries)
    assert _due(night + timedelta(days=1), failures=tries)


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)])
def test_the_clock_change_neither_skips_nor_doubles_a_night(day: datetime) -> None:
    found = {latest_due(day + timedelta(minutes=10 * n), zone=BERLIN, at_time=time(2, 30)) for n in range(-216, 145)}
    assert len(found) == 4


def test_a_backup_is_old_after_a_day_and_a_half() -> None:
    assert is_old(START, None)
    assert not is_old(START + timedelta(hours=36), START)
    assert is_old(START + timedelta(hours=36, seconds=1), START)


def _at(text: str) -> datetime:
    name = read_name(text)
    assert name is not None
    return name.at
