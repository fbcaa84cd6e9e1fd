"""How far the books are closed, what was kept at each close, and whether the transfers still say the same."""

import hashlib
import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from conto.apps.bulk.composed import Composed, given
from conto.apps.bulk.invariants import Verdict, verdict_of
from conto.apps.ledger.models import ClosedPeriod, Closing

Totals = list[list[str | int]]  # account id, debited, credited; in the order of ids


def closed_until(legal_entity_id: UUID) -> date | None:
    """Return the last closed day of a legal entity, or nothing when all is open."""
    found = ClosedPeriod.objects.filter(legal_entity_id=legal_entity_id).values_list("closed_until", flat=True)
    return found.first()


_CLOSED = Composed(
    lambda: ClosedPeriod.objects.filter(legal_entity_id__one_of=given("legal_entities"), closed_until__isnull=False)
)


def closed_days(legal_entity_ids: Iterable[UUID]) -> dict[UUID, date]:
    """Return the last closed day of each legal entity that has one."""
    rows = _CLOSED(legal_entities=list(legal_entity_ids))
    return {row.legal_entity_id: row.closed_until for row in rows if row.closed_until}


def first_open_day(legal_entity_id: UUID, wanted: date) -> date:
    """Return a day, moved behind the closing date when it is closed: for what comes by itself and can't be asked."""
    closed = closed_until(legal_entity_id)
    return wanted if closed is None or wanted > closed else closed + timedelta(days=1)


def closings(legal_entity_id: UUID) -> QuerySet[Closing]:
    """Return every close and reopening of a legal entity, the latest first."""
    return Closing.objects.filter(legal_entity_id=legal_entity_id).order_by("-ordinal")


def last_closing(legal_entity_id: UUID) -> Closing | None:
    """Return the last step of a closing date."""
    return closings(legal_entity_id).first()


_TOTALS = """
SELECT p.account_id, width_bucket(e.dated_on, %s::date[]) AS span,
    sum(greatest(p.signed_minor, 0))::bigint, sum(greatest(-p.signed_minor, 0))::bigint
FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
WHERE e.legal_entity_id = %s AND e.dated_on <= %s
GROUP BY p.account_id, span
"""


def closing_totals(legal_entity_id: UUID, until: date) -> Totals:
    """Return what every account was debited and credited up to a day, that day included."""
    return _totals_at(legal_entity_id, [until])[until]


def _totals_at(legal_entity_id: UUID, days: Sequence[date]) -> dict[date, Totals]:
    """Return the totals at several days with one pass over the transfers; `days` are in order."""
    starts = [day + timedelta(days=1) for day in days]
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, [starts, legal_entity_id, days[-1]])
        rows = cursor.fetchall()
    moved: dict[int, dict[UUID, tuple[int, int]]] = defaultdict(dict)
    for account_id, span, debited, credited in rows:
        moved[span][account_id] = debited, credited
    result: dict[date, Totals] = {}
    standing: dict[UUID, tuple[int, int]] = {}
    for span, day in enumerate(days):
        for account_id, (debited, credited) in moved[span].items():
            before = standing.get(account_id, (0, 0))
            standing[account_id] = before[0] + debited, before[1] + credited
        result[day] = [[str(account_id), *standing[account_id]] for account_id in sorted(standing)]
    return result


def closing_sha256(row: Closing, before: bytes) -> bytes:
    """Return the hash of a step: of what it says and of the step before it."""
    body = [
        str(row.legal_entity_id),
        row.ordinal,
        row.kind,
        row.closed_until.isoformat() if row.closed_until else None,
        row.reason,
        row.totals,
        before.hex(),
    ]
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def standing_closes(steps: Sequence[Closing]) -> list[Closing]:
    """Return the closes that no later reopening has undone, the earliest first; `steps` are in order."""
    standing: list[Closing] = []
    for step in steps:
        if step.kind == "closed":
            standing.append(step)
        else:
            days = [each.closed_until for each in standing if each.closed_until]
            del standing[0 if step.closed_until is None else bisect_left(days, step.closed_until + timedelta(days=1)) :]
    return standing


def closings_stand() -> Verdict:
    """Check that nothing entered or left a closed period since it was closed, and that the closings are unchanged."""
    return verdict_of("I28", "Every closed period still adds up to what its closing kept", _closings())


def _closings() -> Iterator[str | None]:
    steps: dict[UUID, list[Closing]] = defaultdict(list)
    for row in Closing.objects.order_by("legal_entity_id", "ordinal"):
        steps[row.legal_entity_id].append(row)
    for legal_entity_id, rows in steps.items():
        standing = standing_closes(rows)
        days = [row.closed_until for row in standing if row.closed_until]
        anew = _totals_at(legal_entity_id, days) if days else {}
        before = b""
        for ordinal, row in enumerate(rows, 1):
            is_whole = row.ordinal == ordinal and bytes(row.sha256) == closing_sha256(row, before)
            before = bytes(row.sha256)
            if not is_whole:
                yield f"closing {row.ordinal} of {legal_entity_id} is not what was kept"
            elif row in standing and row.closed_until and row.totals != anew[row.closed_until]:
                yield f"the period up to {row.closed_until} of {legal_entity_id} was changed after it was closed"
            else:
                yield None
        kept = ClosedPeriod.objects.filter(legal_entity_id=legal_entity_id).values_list("ordinal", "closed_until")
        yield None if list(kept) == [(len(rows), rows[-1].closed_until)] else f"{legal_entity_id} shows another closing"
