"""Count requests, so that no program takes the server from the others."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from conto.apps.bulk.composed import prepared_cursor
from conto.apps.integrations.models import RequestCount

# A crash may lose the counts of its last second: nobody waits for the disk because of them.
_COUNT = """
WITH soft AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS done)
INSERT INTO integrations_requestcount (name, window_at, count)
SELECT name, %s, 1 FROM unnest(%s::text[]) AS name, soft WHERE soft.done IS NOT NULL ORDER BY name DESC
ON CONFLICT (name, window_at) DO UPDATE SET count = integrations_requestcount.count + 1
RETURNING name, count
"""
_KEPT = timedelta(hours=1)


def count_request(names: Sequence[str], *, window_at: datetime) -> dict[str, int]:
    """Count one request for each name in a window, and return how many each has made in it."""
    with prepared_cursor() as cursor:
        cursor.execute(_COUNT, [window_at, sorted(names)])
        return dict(cursor.fetchall())


def forget_counts(*, now: datetime) -> int:
    """Drop the counts of windows that are long over."""
    return RequestCount.objects.filter(window_at__lt=now - _KEPT).delete()[0]
