"""Retainers: what the hours that are billed ahead cover of the work of a project, and what goes beyond."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from conto.domain.errors import RuleBroken
from conto.domain.period import Rhythm

MOST_CARRIED = 24  # periods
MOST_GRANTED_MINUTES = 60 * 10_000
WARNED_PERCENT = 80
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Grant:
    """The minutes that one period brings, from its first day until, but not on, the day on which they lapse."""

    id: UUID
    starts_on: date
    ends_on: date  # the day after the last
    lapses_on: date
    minutes: int
    closed_minutes: int = 0  # covered by what is closed
    is_revoked: bool = False  # its invoice is gone: it covers nothing more
    overage_rate: Decimal | None = None

    @property
    def last_day(self) -> date:
        """The last of its own days."""
        return self.ends_on - _ONE_DAY

    @property
    def left_minutes(self) -> int:
        """What it can still cover."""
        return 0 if self.is_revoked else max(0, self.minutes - self.closed_minutes)

    @property
    def brought_minutes(self) -> int:
        """What it brings in all: what is closed on it, and what it can still cover."""
        return self.closed_minutes + self.left_minutes


@dataclass(frozen=True, slots=True)
class Piece:
    """Approved time that can be billed and is neither billed nor closed; minutes as they would be billed."""

    id: UUID
    day: date
    person: str
    member_id: UUID
    minutes: int


@dataclass(frozen=True, slots=True)
class Share:
    """Minutes of a piece of work that a period covers."""

    piece_id: UUID
    day: date
    grant_id: UUID
    minutes: int


@dataclass(frozen=True, slots=True)
class Covering:
    """What is covered of some work, and what goes beyond of each piece of it."""

    shares: tuple[Share, ...]
    beyond_minutes: Mapping[UUID, int]

    def of_piece(self, piece_id: UUID) -> int:
        """Return how many minutes of a piece are covered."""
        return sum(share.minutes for share in self.shares if share.piece_id == piece_id)


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """How a period stands: what it covers, and what became of that."""

    grant: Grant
    carried_minutes: int  # from periods before
    used_minutes: int
    beyond_minutes: int
    waiting_minutes: int  # recorded and not approved
    lapsed_minutes: int
    left_minutes: int

    @property
    def covered_minutes(self) -> int:
        """What could be covered in it: its own and what was carried into it."""
        return self.carried_minutes + self.grant.brought_minutes

    @property
    def used_percent(self) -> int:
        """How much of that is used, with what waits to be approved, in whole percent, rounded down."""
        asked = self.used_minutes + self.beyond_minutes + self.waiting_minutes
        return min(100, asked * 100 // self.covered_minutes) if self.covered_minutes else 100 * bool(asked)

    @property
    def is_warned(self) -> bool:
        """Whether so much is used that somebody should know.

        Source: WP-18.
        """
        return self.used_percent >= WARNED_PERCENT


def check_retainer(*, minutes: int, carry_periods: int) -> None:
    """Refuse a retainer that covers nothing, or carries too far.

    Raises: RuleBroken `retainer.bad_minutes`, `retainer.bad_carry`.
    Source: WP-13.
    """
    if not 1 <= minutes <= MOST_GRANTED_MINUTES:
        raise RuleBroken("retainer.bad_minutes", "A retainer covers between a minute and 10,000 hours of a period.")
    if not 0 <= carry_periods <= MOST_CARRIED:
        raise RuleBroken(
            "retainer.bad_carry", "Unused hours are carried over for at most %(most)s periods.", most=MOST_CARRIED
        )


def granted_days(rhythm: Rhythm, day: date, carry_periods: int) -> tuple[date, date]:
    """Return until when the period of an invoice goes, and when what it brings lapses; both days are not in it.

    Source: WP-13, WP-15.
    """
    n = rhythm.index_of(day)
    return rhythm.period(n).end, rhythm.period(n + carry_periods).end


def cover(grants: Iterable[Grant], pieces: Iterable[Piece]) -> Covering:
    """Share what periods bring among work: by day, on one day by person and the shorter first; oldest period first.

    A piece of work is shared to the minute. Later work never changes what covers earlier work.

    Source: WP-14, WP-15.
    """
    in_order = sorted(grants, key=lambda grant: (grant.starts_on, grant.lapses_on, grant.id))
    left = {grant.id: grant.left_minutes for grant in in_order}
    shares: list[Share] = []
    beyond: dict[UUID, int] = {}
    for piece in sorted(pieces, key=_order):
        open_minutes = piece.minutes
        for grant in in_order:
            taken = min(open_minutes, left[grant.id]) if grant.starts_on <= piece.day < grant.lapses_on else 0
            if taken:
                left[grant.id] -= taken
                open_minutes -= taken
                shares.append(Share(piece.id, piece.day, grant.id, taken))
        beyond[piece.id] = open_minutes
    return Covering(tuple(shares), beyond)


def _order(piece: Piece) -> tuple[date, str, UUID, int, UUID]:
    return piece.day, piece.person, piece.member_id, piece.minutes, piece.id


def with_waiting(
    grants: Sequence[Grant], approved: Sequence[Piece], waiting: Sequence[Piece]
) -> tuple[Covering, Mapping[UUID, int]]:
    """Share what periods bring among approved work, and what is left among what waits; return what of that is beyond.

    Source: WP-14.
    """
    first = cover(grants, approved)
    if not waiting:
        return first, {}
    used: dict[UUID, int] = {}
    for share in first.shares:
        used[share.grant_id] = used.get(share.grant_id, 0) + share.minutes
    rest = [
        Grant(each.id, each.starts_on, each.ends_on, each.lapses_on, each.left_minutes - used.get(each.id, 0))
        for each in grants
    ]
    return first, cover(rest, waiting).beyond_minutes


def grant_of(grants: Sequence[Grant], day: date) -> Grant | None:
    """Return the period in which a day is told: the latest that begins on it or before.

    Source: WP-15.
    """
    begun = [grant for grant in grants if grant.starts_on <= day]
    return max(begun, key=lambda grant: (grant.starts_on, grant.id)) if begun else None


def overage_rate_on(grants: Sequence[Grant], day: date) -> Decimal | None:
    """Return what an hour beyond costs on a day, where its period says so.

    Source: WP-16.
    """
    running = [grant for grant in grants if grant.starts_on <= day < grant.ends_on]
    return max(running, key=lambda grant: (grant.starts_on, grant.id)).overage_rate if running else None


def period_rows(
    grants: Sequence[Grant],
    *,
    shares: Iterable[Share],
    beyond: Iterable[tuple[date, int]],
    waiting: Iterable[tuple[date, int]],
    today: date,
) -> list[PeriodRow]:
    """Tell how each period stands, the first one first: what came in is used, has lapsed, or is left.

    `shares` are those of closed work and of work that is still open.

    Source: WP-15.
    """
    in_order = sorted(grants, key=lambda grant: (grant.starts_on, grant.lapses_on, grant.id))
    used: dict[UUID, int] = {}
    of_grant: dict[UUID, int] = {}
    for share in shares:
        told = grant_of(in_order, share.day)
        if told:
            used[told.id] = used.get(told.id, 0) + share.minutes
        of_grant[share.grant_id] = of_grant.get(share.grant_id, 0) + share.minutes
    lapsed: dict[UUID, int] = {}
    for grant in in_order:
        rest = grant.brought_minutes - of_grant.get(grant.id, 0)
        if grant.lapses_on <= today and rest > 0:
            told = grant_of(in_order, grant.lapses_on - _ONE_DAY)
            if told:
                lapsed[told.id] = lapsed.get(told.id, 0) + rest
    over, wait = _by_period(in_order, beyond), _by_period(in_order, waiting)
    rows: list[PeriodRow] = []
    carried = 0
    for grant in in_order:
        left = carried + grant.brought_minutes - used.get(grant.id, 0) - lapsed.get(grant.id, 0)
        rows.append(
            PeriodRow(
                grant, carried, used.get(grant.id, 0), over.get(grant.id, 0), wait.get(grant.id, 0),
                lapsed.get(grant.id, 0), left,
            )
        )  # fmt: skip
        carried = left
    return rows


def _by_period(grants: Sequence[Grant], told: Iterable[tuple[date, int]]) -> dict[UUID, int]:
    sums: dict[UUID, int] = {}
    for day, minutes in told:
        found = grant_of(grants, day)
        if found:
            sums[found.id] = sums.get(found.id, 0) + minutes
    return sums


def current_row(rows: Sequence[PeriodRow], today: date) -> PeriodRow | None:
    """Return the period that runs today.

    Source: WP-18.
    """
    running = [row for row in rows if row.grant.starts_on <= today < row.grant.ends_on]
    return running[-1] if running else None
