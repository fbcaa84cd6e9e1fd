"""Done and not billed, billed and not done: what of projects a bill forgets, and what it takes too early."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from uuid import UUID

from conto.domain.contract import Priced
from conto.domain.errors import Finding
from conto.domain.money import round_fraction, to_major


@dataclass(frozen=True, slots=True)
class DonePiece:
    """Approved work, or a reached part of a price, that is not billed; worth minor units of its project's currency."""

    project_id: UUID
    number: str  # of the project
    currency: str
    day: date
    worth_minor: Fraction


def age_days(since: date | None, today: date) -> int:
    """Return for how many days something has waited.

    Source: WP-12.
    """
    return max(0, (today - since).days) if since else 0


def supply_period(starts_on: date | None, ends_on: date | None, supplied_on: date) -> tuple[date, date]:
    """Return the days that an invoice is about: its period, else the month of the day of supply.

    Source: GU-8.
    """
    if starts_on and ends_on:
        return starts_on, ends_on
    last = calendar.monthrange(supplied_on.year, supplied_on.month)[1]
    return supplied_on.replace(day=1), supplied_on.replace(day=last)


def forgotten_findings(pieces: Iterable[DonePiece], period: tuple[date, date]) -> list[Finding]:
    """Say of each project what is done in a period and not billed, so that an invoice about it is looked at again.

    Rounds: the pieces of a project together, once (M-1).
    Source: GU-8.
    """
    worth: dict[UUID, Fraction] = {}
    named: dict[UUID, DonePiece] = {}
    for piece in pieces:
        if period[0] <= piece.day <= period[1]:
            worth[piece.project_id] = worth.get(piece.project_id, Fraction(0)) + piece.worth_minor
            named[piece.project_id] = piece
    found = sorted(named.values(), key=lambda piece: piece.number)
    return [
        Finding(
            "check.work_not_billed",
            "%(amount)s of project %(number)s are done in this period and not billed.",
            {"amount": _priced(round_fraction(worth[piece.project_id]), piece.currency), "number": piece.number},
            "warn",
        )
        for piece in found
        if round_fraction(worth[piece.project_id]) > 0
    ]


def ahead_finding(number: str, ahead_minor: int, currency: str) -> Finding:
    """Say that an invoice bills more of a project than is done.

    Source: GU-9.
    """
    return Finding(
        "check.billed_not_done",
        "Of project %(number)s %(amount)s are billed and not done.",
        {"amount": _priced(ahead_minor, currency), "number": number},
        "warn",
    )


def _priced(amount_minor: int, currency: str) -> Priced:
    return Priced(to_major(amount_minor, currency), currency)
