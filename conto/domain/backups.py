"""Backups: how they are named, when one is due and which are kept.

Which ones are kept is decided from their names alone, so that it can be decided of any place that they lie in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from conto.domain.errors import RuleBroken

_NAME = re.compile(r"conto-(?P<book>[a-z][a-z0-9_]{0,62})-(?P<at>\d{8}T\d{6}Z)-(?P<mark>[0-9a-f]{6})\.backup")
_STAMP = "%Y%m%dT%H%M%SZ"
MOST_KEPT = 400
OLD_AFTER = timedelta(hours=36)
# A backup that failed is tried again after these pauses, then at its next time.
PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))


@dataclass(frozen=True, slots=True)
class BackupName:
    """The name of a backup's file, which tells the book and the instant."""

    book: str
    at: datetime
    mark: str

    def __str__(self) -> str:
        return f"conto-{self.book}-{self.at.astimezone(UTC).strftime(_STAMP)}-{self.mark}.backup"


def read_name(text: str) -> BackupName | None:
    """Return what a file's name says, nothing for a file that is no backup of ours."""
    found = _NAME.fullmatch(text)
    if found is None:
        return None
    try:
        at = datetime.strptime(found["at"], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return BackupName(found["book"], at, found["mark"])


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days, weeks and months keep the newest backup of theirs."""

    daily: int = 7
    weekly: int = 5
    monthly: int = 12

    def __post_init__(self) -> None:
        for count in (self.daily, self.weekly, self.monthly):
            if not 0 <= count <= MOST_KEPT:
                raise RuleBroken("backup.bad_retention", "Keep between 0 and %(most)s backups.", most=MOST_KEPT)


def to_remove(
    names: Iterable[str], *, book: str, retention: Retention, is_good: Callable[[str], bool] = lambda _: True
) -> list[str]:
    """Return the names of this book's backups that need not be kept, the oldest first.

    The newest good one always stays, and so does every name that is not one of this book's backups. Days without a
    backup do not count: after a long pause as many are kept as without one.
    """
    found = ((read_name(text), text) for text in set(names))
    own = sorted(
        ((name.at, text) for name, text in found if name is not None and name.book == book and is_good(text)),
        reverse=True,
    )
    kept = {own[0][1]} if own else set()
    for count, period in (
        (retention.daily, _day),
        (retention.weekly, _week),
        (retention.monthly, _month),
    ):
        newest: dict[object, str] = {}
        for at, text in own:
            newest.setdefault(period(at), text)
        kept |= set(list(newest.values())[:count])
    return [text for _at, text in reversed(own) if text not in kept]


def latest_due(now: datetime, *, zone: ZoneInfo, at_time: time) -> datetime:
    """Return the latest instant, not after `now`, at which a backup was to be made.

    Where the clocks skip the hour, it is made when they have; where they repeat it, the first time.
    """
    day = now.astimezone(zone).date()
    today = _instant(day, at_time, zone)
    return today if today <= now else _instant(day - timedelta(days=1), at_time, zone)


def is_due(
    now: datetime,
    *,
    zone: ZoneInfo,
    at_time: time,
    since: datetime,
    last_good: datetime | None,
    failures: list[datetime],
) -> bool:
    """Tell whether a backup is to be made now: its time has passed since the last good one, whenever that was.

    `since` is when backups were switched on; nothing is made for the time before. `failures` are the starts of the
    tries since the last good one: after each there is a longer pause, after the last the next day is waited for.
    """
    due = latest_due(now, zone=zone, at_time=at_time)
    if due < since or (last_good is not None and last_good >= due):
        return False
    tries = sorted(at for at in failures if at >= due)
    if not tries:
        return True
    return len(tries) <= len(PAUSES) and now >= tries[-1] + PAUSES[len(tries) - 1]


def is_old(now: datetime, last_good: datetime | None) -> bool:
    """Tell whether it is time to worry about the age of the last good backup."""
    return last_good is None or now - last_good > OLD_AFTER


def _instant(day: date, at_time: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at_time, zone).astimezone(UTC)


def _day(at: datetime) -> object:
    return at.date()


def _week(at: datetime) -> object:
    return at.isocalendar()[:2]


def _month(at: datetime) -> object:
    return (at.year, at.month)
