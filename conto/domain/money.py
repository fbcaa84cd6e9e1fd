"""Money: integer minor units, one rounding function and one way of sharing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP as HALF_AWAY_FROM_ZERO
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from typing import Any

from iso4217 import Currency

from conto.domain.errors import RuleBroken

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)

# Wide enough that quantity x price x rate of any plausible document stays exact before it is rounded.
EXACT = Context(prec=60)


@cache
def minor_digits(currency: str) -> int:
    """Tell how many decimals a currency has (EUR 2, JPY 0, KWD 3).

    Raises: RuleBroken `money.unknown_currency`.
    Source: ISO 4217.
    """
    try:
        digits = Currency(currency).exponent
    except ValueError:
        digits = None
    if digits is None:
        raise RuleBroken("money.unknown_currency", "%(currency)s is not a currency.", currency=currency)
    return int(digits)


def round_half_away(amount: Decimal) -> int:
    """Round to a whole number, halves away from zero: the only rounding in the house.

    Source: M-1.
    """
    return int(amount.to_integral_value(HALF_AWAY_FROM_ZERO))


def round_fraction(amount: Fraction) -> int:
    """Round an exact fraction like `round_half_away` does.

    Source: M-1.
    """
    return round_ratio(amount.numerator, amount.denominator)


def round_ratio(numerator: int, denominator: int) -> int:
    """Round a ratio of whole numbers like `round_half_away` does; the denominator lies above zero.

    Source: M-1.
    """
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def to_minor(amount: Decimal, currency: str) -> int:
    """Turn an amount in major units into minor units, rounded once.

    Rounds: half away from zero (M-1).
    """
    return round_half_away(amount.scaleb(minor_digits(currency), EXACT))


def to_major(amount_minor: int, currency: str) -> Decimal:
    """Turn minor units into a decimal in major units with the currency's decimals."""
    return Decimal(amount_minor).scaleb(-minor_digits(currency), EXACT)


def percent_of(amount_minor: int, percent: Decimal) -> int:
    """Take a percentage of an amount, rounded once.

    Rounds: half away from zero (M-1).
    """
    return int(EXACT.multiply(Decimal(amount_minor), percent).scaleb(-2, EXACT).to_integral_value(HALF_AWAY_FROM_ZERO))


def share(
    total_minor: int, weights: Sequence[int | Decimal | Fraction], keys: Sequence[Any] | None = None
) -> list[int]:
    """Share an amount over weights so that the parts sum to the whole (largest remainder).

    Ties go to the smallest key; without keys to the earlier position. Negative totals mirror positive ones.

    Raises: RuleBroken `money.cannot_share` when there is something to share and no weight.
    Source: M-2.
    """
    if total_minor < 0:
        return [-part for part in share(-total_minor, weights, keys)]
    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact)
    if any(weight < 0 for weight in exact):
        raise RuleBroken("money.cannot_share", "An amount cannot be shared by negative weights.")
    if whole == 0:
        if total_minor == 0:
            return [0] * len(exact)
        raise RuleBroken("money.cannot_share", "There is nothing to share the amount over.")
    return settle([total_minor * weight / whole for weight in exact], total_minor, keys)


def settle(exact: Sequence[Fraction], total_minor: int, keys: Sequence[Any] | None = None) -> list[int]:
    """Round exact parts so that they sum to a given whole, the largest remainders first.

    The whole may differ from the sum of the exact parts (by the cents that rounding moved); parts may be negative.

    Source: M-2.
    """
    parts = [part.numerator // part.denominator for part in exact]
    tie = keys if keys is not None else range(len(parts))
    return _raised(parts, total_minor, lambda i: (parts[i] - exact[i], tie[i]))


def settle_ratios(numerators: Sequence[int], denominator: int, total_minor: int) -> list[int]:
    """Round parts of one denominator above 0 so that they sum to a given whole, as `settle` does, without fractions.

    Source: M-2.
    """
    parts = [numerator // denominator for numerator in numerators]
    return _raised(parts, total_minor, lambda i: (-(numerators[i] % denominator), i))


def _raised(parts: list[int], total_minor: int, rank: Callable[[int], Any]) -> list[int]:
    """Raise parts that were rounded down until they sum to the whole, the first by rank first."""
    left = total_minor - sum(parts)
    if left == 0 or not parts:
        return parts
    rounds, rest = divmod(left, len(parts))
    for place, i in enumerate(sorted(range(len(parts)), key=rank)):
        parts[i] += rounds + (1 if place < rest else 0)
    return parts


def convert(amount_minor: int, currency: str, rate: Decimal, to_currency: str) -> int:
    """Express an amount in another currency at a frozen rate (1 unit of `currency` = `rate`).

    Rounds: half away from zero, once (M-1).
    """
    return to_minor(EXACT.multiply(to_major(amount_minor, currency), rate), to_currency)


def parse_decimal(text: str) -> Decimal:
    """Read a plain decimal with a point, refusing anything else (no exponent, no infinity).

    Raises: RuleBroken `money.not_a_number`.
    """
    stripped = text.strip()
    try:
        number = Decimal(stripped)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or "e" in stripped.lower() or "_" in stripped:
        raise RuleBroken("money.not_a_number", "“%(text)s” is not a number.", text=text)
    return number


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount that knows its currency; two currencies never add up."""

    amount_minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __bool__(self) -> bool:
        return self.amount_minor != 0

    @property
    def major(self) -> Decimal:
        """The amount in major units, with the currency's decimals."""
        return to_major(self.amount_minor, self.currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise RuleBroken(
                "money.mixed_currencies",
                "%(one)s and %(other)s cannot be added up.",
                one=self.currency,
                other=other.currency,
            )
