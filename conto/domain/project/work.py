"""Time and expenses: rates by what is nearest, minutes rounded up, lines whose product is exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any
from uuid import UUID

from conto.domain.errors import RuleBroken
from conto.domain.money import EXACT, HUNDRED, ONE, ZERO, minor_digits, round_fraction, to_major

LONGEST_DAY_MINUTES = 24 * 60
MOST_MARKUP_PERCENT = Decimal(1000)
STEPS = (1, 5, 6, 10, 15, 30, 60)
LARGEST_MINOR = 10**13
_HOUR_MINUTES = 60
_RATE_PLACES = 4
_LARGEST_RATE = Decimal(10) ** 9
_LONGEST_NOTE = 1000


class Grouping(StrEnum):
    """What stands together on one line of an invoice."""

    ENTRY = "entry"
    PERSON = "person"
    DAY = "day"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Rate:
    """What an hour costs from a day on: of a person in a project, of a project, or of a person everywhere."""

    amount: Decimal
    starts_on: date
    project_id: UUID | None = None
    member_id: UUID | None = None

    @property
    def nearness(self) -> int:
        """How near the rate is: a person's in a project before the project's before the person's own."""
        return 2 * (self.project_id is not None) + (self.member_id is not None)


@dataclass(frozen=True, slots=True)
class Work:
    """Time or an expense that can be billed. Minutes are rounded already; `rate` is that of its day."""

    id: UUID
    day: date
    member_id: UUID
    person: str
    note: str
    minutes: int | None = None
    rate: Decimal | None = None
    amount_minor: int | None = None
    markup_percent: Decimal = ZERO
    rate_class: str = ""

    @property
    def is_time(self) -> bool:
        """Whether it is time, not an expense."""
        return self.minutes is not None


@dataclass(frozen=True, slots=True)
class BilledLine:
    """Some work as a line: quantity × price ÷ base quantity is exact, and is rounded once, by the document."""

    works: tuple[Work, ...]
    quantity: Decimal
    unit_code: str
    unit_price: Decimal
    base_quantity: Decimal

    @property
    def starts_on(self) -> date:
        """The first day of its work."""
        return min(work.day for work in self.works)

    @property
    def ends_on(self) -> date:
        """The last day of its work."""
        return max(work.day for work in self.works)


def rounded_minutes(minutes: int, step: int) -> int:
    """Round minutes up to a whole number of steps.

    Source: WP-2.
    """
    return -(-minutes // step) * step


def rate_in_force(
    rates: Iterable[Rate], *, project_id: UUID, member_id: UUID, day: date, item_price: Decimal | None = None
) -> Decimal | None:
    """Return what an hour of a person in a project costs on a day: the nearest rate, of these the latest.

    The price of the project's item is the last resort; without one either there is no rate.

    Source: WP-1.
    """
    of_these = [
        rate
        for rate in rates
        if rate.starts_on <= day and rate.project_id in {project_id, None} and rate.member_id in {member_id, None}
    ]
    nearest = max(of_these, key=lambda rate: (rate.nearness, rate.starts_on), default=None)
    return nearest.amount if nearest else item_price


def worth_minor(work: Work, currency: str) -> Fraction | None:
    """Return what one piece of work is worth, exactly; nothing where time has no rate.

    Units: minor units of the currency.
    Source: WP-3.
    """
    if work.minutes is not None:
        if work.rate is None:
            return None
        return Fraction(work.rate) * work.minutes * Fraction(10) ** minor_digits(currency) / _HOUR_MINUTES
    return Fraction(work.amount_minor or 0) * (1 + Fraction(work.markup_percent) / 100)


def lines_of(works: Sequence[Work], grouping: Grouping, currency: str) -> list[BilledLine]:
    """Return the lines that work becomes: time first, then expenses, each by day.

    Only what has one rate, or one tax class, stands on one line.

    Raises: RuleBroken `project.no_rate` for time without a rate.
    Source: WP-3, WP-4.
    """
    for work in works:
        if work.is_time and work.rate is None:
            raise RuleBroken("project.no_rate", "Nothing says what an hour of %(person)s costs.", person=work.person)
    groups: dict[tuple[Any, ...], list[Work]] = {}
    for work in sorted(works, key=lambda work: (not work.is_time, work.day, work.person, work.id)):
        same = ("time", work.rate) if work.is_time else ("expense", work.rate_class)
        groups.setdefault((*same, *_KEYS[grouping](work)), []).append(work)
    return [_time_line(group) if group[0].is_time else _expense_line(group, currency) for group in groups.values()]


_KEYS: dict[Grouping, Callable[[Work], tuple[Any, ...]]] = {
    Grouping.ENTRY: lambda work: (work.id,),
    Grouping.PERSON: lambda work: (work.member_id,),
    Grouping.DAY: lambda work: (work.day,),
    Grouping.ALL: lambda _work: (),
}


def _time_line(works: list[Work]) -> BilledLine:
    """Bill hours where their number is exact, else minutes at the price of sixty: twenty minutes are no 0.33 hours."""
    minutes = sum(work.minutes or 0 for work in works)
    rate = works[0].rate or ZERO
    if minutes % 3 == 0:
        return BilledLine(tuple(works), Decimal(minutes) / _HOUR_MINUTES, "HUR", rate, ONE)
    return BilledLine(tuple(works), Decimal(minutes), "MIN", rate, Decimal(_HOUR_MINUTES))


def _expense_line(works: list[Work], currency: str) -> BilledLine:
    price = sum((_marked_up(work, currency) for work in works), ZERO)
    return BilledLine(tuple(works), ONE, "C62", price, ONE)


def _marked_up(work: Work, currency: str) -> Decimal:
    return EXACT.multiply(to_major(work.amount_minor or 0, currency), 1 + work.markup_percent / HUNDRED)


def line_minor(line: BilledLine, currency: str) -> int:
    """Return what a line comes to.

    Rounds: half away from zero, once (M-1).
    Source: WP-3.
    """
    exact = Fraction(line.quantity) * Fraction(line.unit_price) / Fraction(line.base_quantity)
    return round_fraction(exact * 10 ** minor_digits(currency))


def check_rate(amount: Decimal) -> None:
    """Refuse a rate that no hour can have.

    Raises: RuleBroken `project.bad_rate`.
    Source: WP-1.
    """
    exponent = amount.normalize().as_tuple().exponent if amount.is_finite() else "n"
    if not isinstance(exponent, int) or -exponent > _RATE_PLACES or not 0 <= amount < _LARGEST_RATE:
        raise RuleBroken("project.bad_rate", "An hour costs 0 or more, with at most four decimals.")


def check_work(
    *,
    today: date,
    day: date,
    minutes: int | None,
    amount_minor: int | None,
    markup_percent: Decimal,
    note: str,
) -> None:
    """Refuse time or an expense that cannot have been.

    Raises: RuleBroken.
    Source: WP-2.
    """
    if day > today:
        raise RuleBroken("work.in_the_future", "This day is still to come. Record work when it is done.")
    if minutes is not None and not 1 <= minutes <= LONGEST_DAY_MINUTES:
        raise RuleBroken("work.bad_minutes", "A day of work has between a minute and 24 hours.")
    if amount_minor is not None and not 1 <= amount_minor <= LARGEST_MINOR:
        raise RuleBroken("work.bad_amount", "An expense is more than 0.")
    exponent = markup_percent.normalize().as_tuple().exponent if markup_percent.is_finite() else "n"
    if not isinstance(exponent, int) or -exponent > _RATE_PLACES or not 0 <= markup_percent <= MOST_MARKUP_PERCENT:
        raise RuleBroken("work.bad_markup", "A markup lies between 0 and 1000 percent.")
    if len(note) > _LONGEST_NOTE:
        raise RuleBroken("work.note_too_long", "A note has at most %(max)s characters.", max=_LONGEST_NOTE)
