"""The chain of seals: what was recorded, in which order, cannot be changed without its being seen."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from conto.apps.audit.models import FactSeal
from conto.apps.bulk.invariants import Invariant, Verdict, ask, verdict_of

FIRST = bytes(32)  # what the first seal stands on
_NO_FACT = rb"\N"
# A line per fact in COPY's text format, which has one spelling for every value. No id: the fact is gone.
_LINES = """COPY (SELECT p.position, f.id, f.kind, (extract(epoch FROM f.at) * 1000000)::bigint,
    (extract(epoch FROM f.recorded_at) * 1000000)::bigint, f.actor_kind, f.actor_id, f.actor_name, f.subject_kind,
    f.subject_id, f.customer_id, f.entry_id, encode(f.payload_sha256, 'hex')
    FROM audit_factposition p LEFT JOIN audit_fact f ON f.id = p.fact_id
    WHERE p.position BETWEEN {first} AND {last} ORDER BY p.position) TO STDOUT"""


@dataclass(frozen=True, slots=True)
class Head:
    """A seal as it is carried outside: with number and seal alone everything before it can be proven."""

    number: int
    last_position: int
    sealed_at: datetime
    seal: str

    @property
    def short(self) -> str:
        """Give the first letters of the seal, for people to compare."""
        return self.seal[:16]


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What a check of the chain found: seals and facts looked at, and what does not hold, in words."""

    seals: int
    facts: int
    breaches: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Tell whether everything holds."""
        return not self.breaches


def sealed(previous: bytes, number: int, first: int, last: int, sealed_at: datetime, lines: Iterable[bytes]) -> bytes:
    """Return the seal over facts from position `first` to `last`, given as their lines.

    sha256 of the previous seal, a line about the seal itself, and one line per fact in the order of positions: its
    head and the hash of its payload. The payload itself is not needed, so it may have been erased.
    """
    digest = hashlib.sha256(previous)
    digest.update(f"{number}\t{first}\t{last}\t{sealed_at.astimezone(UTC).isoformat()}\n".encode())
    for line in lines:
        digest.update(line)
    return digest.digest()


def lines_of_facts(first: int, last: int) -> Iterator[bytes]:
    """Give the lines of the facts from position `first` to `last`, in order."""
    connection.ensure_connection()
    statement = _LINES.format(first=int(first), last=int(last))
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for part in copy:
            yield bytes(part)


def head_seal() -> Head | None:
    """Return the last seal, or nothing in a book that has none yet."""
    seal = FactSeal.objects.order_by("-number").first()
    return _head(seal) if seal else None


def seal_at(number: int) -> Head | None:
    """Return the seal with a number."""
    seal = FactSeal.objects.filter(number=number).first()
    return _head(seal) if seal else None


def _head(seal: FactSeal) -> Head:
    return Head(seal.number, seal.last_position, seal.sealed_at, bytes(seal.seal).hex())


def database_mark() -> int:
    """Return a mark of this database that another one of the same name does not have."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def check_chain(anchors: Iterable[tuple[int, str]] = ()) -> ChainVerdict:
    """Compute every seal anew and compare; also with seals kept outside, given as (number, seal in hex)."""
    rows = list(FactSeal.objects.order_by("number"))
    breaches = [breach for breach in _breaches(rows) if breach]
    kept = {row.number: bytes(row.seal).hex() for row in rows}
    for number, seal in anchors:
        if number not in kept:
            breaches.append(f"seal {number} was kept outside, but this book has only {len(rows)} seals")
        elif kept[number] != seal.strip().lower():
            breaches.append(f"seal {number} is not the one that was kept outside")
    return ChainVerdict(len(rows), rows[-1].last_position if rows else 0, tuple(breaches))


def seals_hold() -> Verdict:
    """Check that every sealed fact is as it was when it was sealed, and that no seal is missing."""
    rows = list(FactSeal.objects.order_by("number"))
    return verdict_of("I20a", "Every sealed fact is there and as it was when it was sealed", _breaches(rows))


def _breaches(rows: list[FactSeal]) -> Iterator[str | None]:
    """Give per seal what does not hold, or nothing. All facts are read once, in one stream."""
    stream = _Stream(lines_of_facts(1, rows[-1].last_position if rows else 0))
    previous, position = FIRST, 0
    for number, row in enumerate(rows, 1):
        sealed_at = row.sealed_at
        lines = stream.up_to(row.last_position)
        seal = sealed(previous, row.number, row.first_position, row.last_position, sealed_at, lines)
        span = f"facts {row.first_position} to {row.last_position}, sealed {sealed_at:%Y-%m-%d %H:%M}"
        if row.number != number or row.first_position != position + 1:
            yield f"seal {row.number} does not follow the one before it"
        elif stream.gone:
            yield f"seal {row.number}: fact {', '.join(stream.gone[:5])} is gone ({span})"
        elif seal != bytes(row.seal):
            yield f"seal {row.number} does not fit what it seals ({span})"
        else:
            yield None
        stream.gone.clear()
        previous, position = bytes(row.seal), row.last_position


class _Stream:
    """The lines of all facts, handed out seal by seal; it notes where a fact is gone."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._waiting = next(lines, None)
        self.gone: list[str] = []

    def up_to(self, last: int) -> Iterator[bytes]:
        """Give the lines up to a position; the rest stays for the next seal."""
        while self._waiting is not None:
            position, _, rest = self._waiting.partition(b"\t")
            if int(position) > last:
                return
            if rest.startswith(_NO_FACT):
                self.gone.append(position.decode())
            yield self._waiting
            self._waiting = next(self._lines, None)


_UNSEALED = Invariant(
    "I20b",
    "Every fact older than a minute is sealed, and none came in with a date of long before",
    "SELECT count(*) FROM audit_fact",
    """SELECT f.kind || ' ' || f.id || ' is not sealed' FROM audit_fact f
        LEFT JOIN audit_factposition p ON p.fact_id = f.id
        WHERE f.recorded_at < now() - interval '1 minute'
            AND (p.position IS NULL OR p.position > (SELECT coalesce(max(last_position), 0) FROM audit_factseal))
    UNION ALL
    SELECT kind || ' ' || id || ' says it is from ' || recorded_at || ' but came in after ' || latest FROM (
        SELECT f.id, f.kind, f.recorded_at, max(f.recorded_at) OVER (ORDER BY p.position) AS latest
        FROM audit_factposition p JOIN audit_fact f ON f.id = p.fact_id) AS in_order
    WHERE recorded_at < latest - interval '1 day'""",
)


def nothing_is_unsealed() -> Verdict:
    """Check that the sealing keeps up, and that no fact was slipped in later with an old date."""
    return ask(_UNSEALED)
