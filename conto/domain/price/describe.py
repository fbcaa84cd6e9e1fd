"""A price in words, whatever the quantity; and what it comes to for quantities that show how it works."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from conto.domain.money import ZERO
from conto.domain.price.explain import Derivation, Speech
from conto.domain.price.model import TIERED, Price, PriceKind, Tier, scaled
from conto.domain.price.rate import rate_part

_WORDS: dict[PriceKind, tuple[str, str]] = {
    PriceKind.FLAT: ("price.is_flat", "%(price)s for each period"),
    PriceKind.PER_UNIT: ("price.is_per_unit", "%(price)s each"),
    PriceKind.GRADUATED: ("price.is_graduated", "each unit at the price of its tier: %(tiers)s"),
    PriceKind.VOLUME: ("price.is_volume", "all units at the price of the tier that is reached: %(tiers)s"),
    PriceKind.PACKAGE: ("price.is_package", "%(price)s for each package of %(size)s"),
    PriceKind.STAIR_STEP: ("price.is_stair_step", "the fee of the tier that is reached: %(tiers)s"),
    PriceKind.PERCENTAGE: ("price.is_percentage", "%(percent)s %% of each transaction"),
}
_UP_TO = ("price.tier_up_to", "up to %(up_to)s: %(costs)s")
_ABOVE = ("price.tier_above", "above: %(costs)s")
_ALL = ("price.tier_all", "%(costs)s")
_BOTH = ("price.tier_both", "%(price)s each + %(fee)s")
_EACH = ("price.tier_each", "%(price)s each")
_FREE = ("price.is_free", "the first %(free)s free")
_FIXED = ("price.is_fixed", "plus %(price)s for each")
_BOUNDS = (
    ("least_each", ("price.is_least_each", "at least %(price)s for each")),
    ("most_each", ("price.is_most_each", "at most %(price)s for each")),
    ("minimum", ("price.is_minimum", "at least %(price)s a period")),
    ("cap", ("price.is_cap", "at most %(price)s a period")),
)
_USUAL = tuple(map(Decimal, (1, 5, 10, 50, 100)))
_MOST_SHOWN = 8


def describe(price: Price, speech: Speech) -> str:
    """Say a price in one sentence.

    Source: PL-2.
    """
    return ", ".join(_parts(price, speech))


def _parts(price: Price, speech: Speech) -> Iterator[str]:
    def cost(value: Decimal) -> str:
        return speech.price(value, price.currency)

    yield speech.translate(_WORDS[price.kind][1]) % {
        "price": cost(price.amount),
        "size": speech.number(price.package_size),
        "percent": speech.number(price.percent),
        "tiers": "; ".join(_tier(each, price, speech) for each in price.tiers),
    }
    if price.kind is PriceKind.PERCENTAGE and price.amount:
        yield speech.translate(_FIXED[1]) % {"price": cost(price.amount)}
    if price.free_units and price.kind is not PriceKind.FLAT:
        yield speech.translate(_FREE[1]) % {"free": speech.number(price.free_units)}
    for name, message in _BOUNDS:
        value = getattr(price, name)
        if value:
            yield speech.translate(message[1]) % {"price": cost(value)}


def _tier(tier: Tier, price: Price, speech: Speech) -> str:
    each, fee = speech.price(tier.unit_price, price.currency), speech.price(tier.flat_fee, price.currency)
    if price.kind is PriceKind.STAIR_STEP:
        costs = fee
    elif tier.flat_fee:
        costs = speech.translate(_BOTH[1]) % {"price": each, "fee": fee}
    else:
        costs = speech.translate(_EACH[1]) % {"price": each}
    if tier.up_to is None:
        return speech.translate((_ABOVE if len(price.tiers) > 1 else _ALL)[1]) % {"costs": costs}
    return speech.translate(_UP_TO[1]) % {"up_to": speech.number(tier.up_to), "costs": costs}


def telling_quantities(price: Price) -> tuple[Decimal, ...]:
    """Choose quantities that show how a price works: around the bounds of tiers, packages and what is free.

    Source: PL-2.
    """
    if price.kind is PriceKind.FLAT:
        return (Decimal(1),)
    if price.kind is PriceKind.PERCENTAGE:
        return tuple(map(Decimal, (10, 100, 1000)))
    found = {Decimal(1)}
    if price.kind in TIERED:
        bounds = [each.up_to + price.free_units for each in price.tiers if each.up_to is not None]
        found |= {*bounds, *(bound + 1 for bound in bounds)}
        found |= {2 * bounds[-1]} if bounds else set(_USUAL)
    elif price.kind is PriceKind.PACKAGE:
        size = price.package_size
        found |= {price.free_units + size, price.free_units + size + 1, price.free_units + 3 * size}
    else:
        found |= {price.free_units + each for each in _USUAL}
    return tuple(sorted(each for each in found if each > ZERO)[:_MOST_SHOWN])


def worked(price: Price) -> tuple[Derivation, ...]:
    """Rate a price for quantities that show how it works.

    Source: PL-2.
    """
    made = []
    for quantity in telling_quantities(price):
        units = scaled(quantity)
        rated = rate_part(price, units, (units,))
        made.append(Derivation(price, units, rated, events=int(price.kind is PriceKind.PERCENTAGE)))
    return tuple(made)
