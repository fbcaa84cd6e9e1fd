"""Reads of how often public pages were asked for."""

import hashlib
from datetime import datetime, timedelta

from conto.apps.payments.models import VisitCount


def span_start(at: datetime, span: timedelta) -> datetime:
    """Return when the span of time that `at` lies in began."""
    seconds = int(span.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, tz=at.tzinfo)


def digest_of_caller(caller: str) -> str:
    """Return what is kept of a caller."""
    return hashlib.sha256(caller.encode()).hexdigest()


def seconds_to_wait(visits: int, *, at: datetime, span: timedelta, most: int) -> int:
    """Return how many seconds a caller with so many visits has to wait; 0 when none."""
    return 0 if visits <= most else max(1, int((span_start(at, span) + span - at).total_seconds()))


def waits(*, caller: str, at: datetime, span: timedelta, most: int) -> int:
    """Return how many seconds a caller has to wait who has used up `most` visits, without counting one more."""
    row = VisitCount.objects.filter(caller=digest_of_caller(caller), since=span_start(at, span)).first()
    return seconds_to_wait(row.visits + 1 if row else 0, at=at, span=span, most=most)
