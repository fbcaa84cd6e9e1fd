"""What a price is. Amounts are in major units; what is counted with are whole numbers of 10⁻¹²."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from conto.domain.errors import RuleBroken
from conto.domain.money import EXACT, HUNDRED, ZERO, minor_digits

# Prices and quantities have up to twelve decimals, so that a product of two is a whole number of 10⁻²⁴.
LONGEST_SCALE = 12
UNIT = 10**LONGEST_SCALE


class PriceKind(StrEnum):
    """How an amount follows from a quantity."""

    FLAT = "flat"  # the same, whatever the quantity
    PER_UNIT = "per_unit"
    GRADUATED = "graduated"  # each unit at the price of the tier it falls into
    VOLUME = "volume"  # all units at the price of the tier that the quantity reaches
    PACKAGE = "package"  # whole packages
    STAIR_STEP = "stair_step"  # the fee of the tier that the quantity reaches
    PERCENTAGE = "percentage"  # of each transaction


TIERED = frozenset({PriceKind.GRADUATED, PriceKind.VOLUME, PriceKind.STAIR_STEP})


def scaled(value: Decimal) -> int:
    """Express a decimal in whole 10⁻¹².

    Raises: RuleBroken `price.too_fine`.
    Source: PR-1.
    """
    if not value.is_finite():
        raise RuleBroken("money.not_a_number", "“%(text)s” is not a number.", text=str(value))
    moved = value.scaleb(LONGEST_SCALE, EXACT)
    whole = int(moved)
    if whole != moved:
        raise RuleBroken(
            "price.too_fine", "%(number)s has more than %(places)s decimals.", number=f"{value:f}", places=LONGEST_SCALE
        )
    return whole


def unscaled(value: int) -> Decimal:
    """Turn whole 10⁻¹² back into a decimal without needless zeros."""
    plain = Decimal(value).scaleb(-LONGEST_SCALE, EXACT).normalize(EXACT)
    return plain if plain.as_tuple().exponent <= 0 else plain.quantize(Decimal(1), context=EXACT)  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class Tier:
    """Units up to and with `up_to` (none: all that are left), at a price each and a fee for the tier."""

    up_to: Decimal | None
    unit_price: Decimal = ZERO
    flat_fee: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Counted:
    """A price in whole numbers of 10⁻¹², made once and used a million times."""

    digits: int
    amount: int
    tiers: tuple[tuple[int | None, int, int], ...]
    package: int
    free: int
    percent: int  # of one, not of a hundred
    least: int | None
    most: int | None
    minimum: int
    cap: int | None


@dataclass(frozen=True, slots=True)
class Price:
    """One version of a price.

    `amount` is the price of the period (flat), of a unit, of a package, or the fixed part of each transaction.
    `free_units` come off the quantity first; of a percentage they are whole transactions. `minimum` and `cap` hold for
    a whole period and shrink with its part.
    """

    version: str
    kind: PriceKind
    currency: str
    amount: Decimal = ZERO
    tiers: tuple[Tier, ...] = ()
    package_size: Decimal = Decimal(1)
    free_units: Decimal = ZERO
    percent: Decimal = ZERO
    least_each: Decimal | None = None
    most_each: Decimal | None = None
    minimum: Decimal = ZERO
    cap: Decimal | None = None
    fee_without_use: bool = False  # whether the first tier's fee is due for a quantity of zero
    counted: Counted = field(init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        return hash((self.version, self.kind, self.amount))  # what differs, differs in one of these nearly always

    def __post_init__(self) -> None:
        check_price(self)
        object.__setattr__(self, "counted", _count(self))


def _count(price: Price) -> Counted:
    return Counted(
        minor_digits(price.currency),
        scaled(price.amount),
        tuple(
            (None if each.up_to is None else scaled(each.up_to), scaled(each.unit_price), scaled(each.flat_fee))
            for each in price.tiers
        ),
        scaled(price.package_size),
        scaled(price.free_units),
        scaled(price.percent.scaleb(-2, EXACT)),
        None if price.least_each is None else scaled(price.least_each),
        None if price.most_each is None else scaled(price.most_each),
        scaled(price.minimum),
        None if price.cap is None else scaled(price.cap),
    )


def check_price(price: Price) -> None:
    """Refuse a price that says nothing or contradicts itself.

    Raises: RuleBroken `price.below_zero`, `price.bad_tiers`, `price.bad_package`, `price.bad_percent`,
    `price.bad_bounds`, `price.too_fine`.
    Source: PR-2.
    """
    amounts = (price.amount, price.free_units, price.minimum, price.cap, price.least_each, price.most_each)
    fees = (part for tier in price.tiers for part in (tier.unit_price, tier.flat_fee))
    if any(each is not None and each < 0 for each in (*amounts, *fees)):
        raise RuleBroken("price.below_zero", "A price is never below zero.")
    _check_tiers(price)
    if price.kind is PriceKind.PACKAGE and price.package_size <= 0:
        raise RuleBroken("price.bad_package", "A package has a size above zero.")
    if not ZERO <= price.percent <= HUNDRED:
        raise RuleBroken("price.bad_percent", "A percentage is between 0 and 100.")
    if price.least_each is not None and price.most_each is not None and price.least_each > price.most_each:
        raise RuleBroken("price.bad_bounds", "The least amount is above the most.")
    if price.cap is not None and price.cap < price.minimum:
        raise RuleBroken("price.bad_bounds", "The least amount is above the most.")


def _check_tiers(price: Price) -> None:
    if price.kind not in TIERED:
        if price.tiers:
            raise RuleBroken("price.bad_tiers", "This kind of price has no tiers.")
        return
    if not price.tiers:
        raise RuleBroken("price.bad_tiers", "This kind of price needs tiers.")
    bounds = [tier.up_to for tier in price.tiers]
    closed = [bound for bound in bounds[:-1] if bound is not None]
    if len(closed) != len(bounds) - 1 or bounds[-1] is not None:
        raise RuleBroken("price.bad_tiers", "Only the last tier is open, and it has to be.")
    if any(low >= high for low, high in zip((ZERO, *closed), closed, strict=False)):
        raise RuleBroken("price.bad_tiers", "The bounds of tiers rise from above zero.")
