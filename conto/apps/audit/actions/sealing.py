"""Put facts in order and seal them, so that nobody can change, remove or slip in one without its being seen.

A fact is written without any of this, so nobody waits for it. One job at a time does it afterwards.
"""

from django.db import connection, transaction

from conto.apps.audit.models import FactPosition, FactSeal
from conto.apps.audit.queries import last_position
from conto.apps.audit.queries.chain import FIRST, Head, head_seal, lines_of_facts, sealed

MOST_A_SEAL = 10_000
_MOST_AT_ONCE = 50_000
_LOCK = 0x436F6E746F  # "Conto": one job puts facts in order at a time

# A fact gets its position after its commit, so one that commits late is late in order too, never missed. Looked at are
# the facts since a quarter of an hour before the newest in order (a transaction takes seconds); `since` = NULL looks
# at all. Keys begin with the millisecond they were made in.
_NEXT = """
INSERT INTO audit_factposition (position, fact_id)
SELECT %(last)s + row_number() OVER (ORDER BY id), id FROM (
    SELECT id FROM audit_fact f
    WHERE (%(since)s::uuid IS NULL OR f.id >= %(since)s::uuid)
        AND NOT EXISTS (SELECT 1 FROM audit_factposition p WHERE p.fact_id = f.id)
    ORDER BY id LIMIT %(most)s) AS fresh
"""
_QUARTER_HOUR_MS = 15 * 60 * 1000


def put_in_order(*, everything: bool = False) -> int:
    """Give every committed fact that has none its position in the feed, and return how many got one.

    With `everything` it looks at the facts of all times: once an hour, for what was committed after long.
    """
    placed = 0
    while True:
        count = _put_some_in_order(everything=everything)
        placed += count
        if count < _MOST_AT_ONCE:
            return placed


@transaction.atomic
def _put_some_in_order(*, everything: bool) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = last_position()
        since = None if everything else _since(last)
        cursor.execute(_NEXT, {"last": last, "since": since, "most": _MOST_AT_ONCE})
        return int(cursor.rowcount)


def _since(last: int) -> str | None:
    """Return the smallest key that a fact made a quarter of an hour before the newest in order can have."""
    newest = FactPosition.objects.filter(position=last).values_list("fact_id", flat=True).first()
    if newest is None:
        return None
    moment = max((newest.int >> 80) - _QUARTER_HOUR_MS, 0)
    return f"{moment << 80:032x}"


def seal_facts(*, everything: bool = True) -> Head | None:
    """Put facts in order, seal those that are not sealed yet, and return the last seal.

    Seals are dated by the database's clock, as facts are when they come in: whatever the book's clock says.
    """
    put_in_order(everything=everything)
    while _seal_next():
        pass
    return head_seal()


@transaction.atomic
def _seal_next() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone()
    before = FactSeal.objects.order_by("-number").first()
    number, first = (before.number + 1, before.last_position + 1) if before else (1, 1)
    previous = bytes(before.seal) if before else FIRST
    last = min(last_position(), first + MOST_A_SEAL - 1)
    if last < first:
        return False
    seal = sealed(previous, number, first, last, now, lines_of_facts(first, last))
    FactSeal.objects.create(number=number, first_position=first, last_position=last, sealed_at=now, seal=seal)
    return True
