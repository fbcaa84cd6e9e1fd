"""How often public pages may be asked for."""

from datetime import datetime, timedelta

from django.db import connection

from conto.apps.payments.models import VisitCount
from conto.apps.payments.queries.visits import digest_of_caller, seconds_to_wait, span_start

_COUNT = """
INSERT INTO payments_visitcount (caller, since, visits) VALUES (%s, %s, 1)
ON CONFLICT (caller, since) DO UPDATE SET visits = payments_visitcount.visits + 1
RETURNING visits
"""
KEPT_FOR = timedelta(days=1)


def count_visit(*, caller: str, at: datetime, span: timedelta, most: int) -> int:
    """Count one more visit and tell how many seconds the caller has to wait; 0 when none.

    Only a hash of the caller is kept, for a day.
    """
    started = span_start(at, span)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [digest_of_caller(caller), started])
        visits = int(cursor.fetchone()[0])
    return seconds_to_wait(visits, at=at, span=span, most=most)


def forget_visits(*, at: datetime) -> None:
    """Drop the counts of more than a day ago."""
    VisitCount.objects.filter(since__lt=at - KEPT_FOR).delete()
