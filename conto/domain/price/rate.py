"""Rating: from a price and a quantity to an exact amount, rounded once. Whole numbers only, so it is fast and exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

from conto.domain.errors import RuleBroken
from conto.domain.money import round_ratio
from conto.domain.period import Interval
from conto.domain.price.model import UNIT, Counted, Price, PriceKind, scaled

# A tier that was hit: which one (from 0), how many units in it, their price and the tier's fee, in 10⁻¹².
Hit = tuple[int, int, int, int]
_Exact = tuple[int, tuple[Hit, ...]]


@dataclass(frozen=True, slots=True)
class Rated:
    """An amount and how it came about: `numerator / denominator` minor units, rounded once to `amount_minor`."""

    amount_minor: int
    numerator: int
    denominator: int
    hits: tuple[Hit, ...] = ()
    bound: str = ""  # "minimum" or "cap", where one of them decided

    @property
    def exact(self) -> Fraction:
        """The amount in minor units before it was rounded."""
        return Fraction(self.numerator, self.denominator)


def rate(price: Price, quantity: Decimal, transactions: Sequence[Decimal] = ()) -> Rated:
    """Rate a quantity for a whole period; for a percentage, its transactions.

    Rounds: once (M-1).
    Source: PR-1.
    """
    return rate_part(price, scaled(quantity), tuple(map(scaled, transactions)))


def rate_part(
    price: Price,
    quantity: int,
    transactions: tuple[int, ...] = (),
    part: int = 1,
    whole: int = 1,
    *,
    is_usage: bool = False,
) -> Rated:
    """Rate a quantity in 10⁻¹² for `part` of a `whole` period.

    What recurs is prorated; what was used is not, since it was used in that part alone. Minimum and cap are prorated
    in both cases.

    Rounds: once (M-1).
    Source: PR-1, PR-11, PR-12.
    """
    if quantity < 0:
        raise RuleBroken("price.negative_quantity", "A quantity is never below zero.")
    counted = price.counted
    exact, hits = _BY_KIND[price.kind](price, counted, quantity, transactions)
    numerator = exact * (whole if is_usage else part)
    bound = ""
    if counted.minimum and numerator < (least := counted.minimum * UNIT * part):
        numerator, bound = least, "minimum"
    if counted.cap is not None and numerator > (most := counted.cap * UNIT * part):
        numerator, bound = most, "cap"
    denominator = _scale(counted.digits) * whole
    return Rated(round_ratio(numerator, denominator), numerator, denominator, hits, bound)


def annual_value(price: Price, quantity: Decimal, interval: Interval, count: int) -> Fraction:
    """Give what a price would make in a year of 12 months or 365 days, to tell an upgrade from a downgrade.

    Source: CH-2.
    """
    rated = rate_part(price, scaled(quantity))
    return Fraction(rated.numerator, rated.denominator) * a_year(interval, count)


def a_year(interval: Interval, count: int) -> Fraction:
    """Tell how many periods of a rhythm make a year of 12 months or 365 days.

    Source: CH-2.
    """
    return Fraction(_A_YEAR[interval]) / count


_A_YEAR: dict[Interval, int | Fraction] = {
    Interval.DAY: 365,
    Interval.WEEK: Fraction(365, 7),
    Interval.MONTH: 12,
    Interval.QUARTER: 4,
    Interval.HALF_YEAR: 2,
    Interval.YEAR: 1,
}


@cache
def _scale(digits: int) -> int:
    return int(UNIT * UNIT // 10**digits)


def _flat(price: Price, counted: Counted, quantity: int, transactions: tuple[int, ...]) -> _Exact:  # noqa: ARG001
    return counted.amount * UNIT, ()


def _per_unit(price: Price, counted: Counted, quantity: int, transactions: tuple[int, ...]) -> _Exact:  # noqa: ARG001
    return counted.amount * max(quantity - counted.free, 0), ()


def _package(price: Price, counted: Counted, quantity: int, transactions: tuple[int, ...]) -> _Exact:  # noqa: ARG001
    units = max(quantity - counted.free, 0)
    packages = -(-units // counted.package)
    return counted.amount * packages * UNIT, ((0, packages * UNIT, counted.amount, 0),)


def _graduated(price: Price, counted: Counted, quantity: int, transactions: tuple[int, ...]) -> _Exact:  # noqa: ARG001
    units = max(quantity - counted.free, 0)
    below = total = 0
    hits: list[Hit] = []
    for index, (up_to, unit, fee) in enumerate(counted.tiers):
        inside = (units if up_to is None or units <= up_to else up_to) - below
        if inside <= 0 and not (index == 0 and price.fee_without_use):
            break
        hits.append((index, inside, unit, fee))
        total += inside * unit + fee * UNIT
        if up_to is None or units <= up_to:
            break
        below = up_to
    return total, tuple(hits)


def _reached(price: Price, counted: Counted, quantity: int) -> Hit | None:
    units = max(quantity - counted.free, 0)
    if units == 0 and not price.fee_without_use:
        return None
    for index, (up_to, unit, fee) in enumerate(counted.tiers):
        if up_to is None or units <= up_to:
            return index, units, unit, fee
    raise RuleBroken("price.bad_tiers", "Only the last tier is open, and it has to be.")


def _volume(price: Price, counted: Counted, quantity: int, transactions: tuple[int, ...]) -> _Exact:  # noqa: ARG001
    hit = _reached(price, counted, quantity)
    return (hit[1] * hit[2] + hit[3] * UNIT, (hit,)) if hit else (0, ())


def _stair_step(price: Price, counted: Counted, quantity: int, transactions: tuple[int, ...]) -> _Exact:  # noqa: ARG001
    hit = _reached(price, counted, quantity)
    return (hit[3] * UNIT, ((hit[0], hit[1], 0, hit[3]),)) if hit else (0, ())


def _percentage(price: Price, counted: Counted, quantity: int, transactions: tuple[int, ...]) -> _Exact:  # noqa: ARG001
    least = None if counted.least is None else counted.least * UNIT
    most = None if counted.most is None else counted.most * UNIT
    total = 0
    free = -(-counted.free // UNIT)
    for value in transactions[free:]:
        each = counted.amount * UNIT + value * counted.percent
        if least is not None and each < least:
            each = least
        if most is not None and each > most:
            each = most
        total += each
    return total, ()


_BY_KIND: dict[PriceKind, Callable[[Price, Counted, int, tuple[int, ...]], _Exact]] = {
    PriceKind.FLAT: _flat,
    PriceKind.PER_UNIT: _per_unit,
    PriceKind.GRADUATED: _graduated,
    PriceKind.VOLUME: _volume,
    PriceKind.PACKAGE: _package,
    PriceKind.STAIR_STEP: _stair_step,
    PriceKind.PERCENTAGE: _percentage,
}
