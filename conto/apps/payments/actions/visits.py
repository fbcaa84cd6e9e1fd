"""How often public pages may be asked for."""

import hashlib
from datetime import datetime, timedelta

from django.db import connection

from conto.apps.payments.models import VisitCount

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
    seconds = int(span.total_seconds())
    started = datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, tz=at.tzinfo)
    digest = hashlib.sha256(caller.encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [digest, started])
        visits = int(cursor.fetchone()[0])
    return 0 if visits <= most else max(1, int((started + span - at).total_seconds()))


def forget_visits(*, at: datetime) -> None:
    """Drop the counts of more than a day ago."""
    VisitCount.objects.filter(since__lt=at - KEPT_FOR).delete()
