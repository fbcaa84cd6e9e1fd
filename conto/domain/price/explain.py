"""Why an amount is what it is: the derivation of a line, and one sentence of it in the customer's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from conto.domain.money import EXACT, ZERO, round_ratio, to_major
from conto.domain.price.model import UNIT, Price, PriceKind, unscaled
from conto.domain.price.rate import Hit, Rated

_WORDS: dict[PriceKind, tuple[str, str]] = {
    PriceKind.FLAT: ("price.flat", "%(price)s for the whole period"),
    PriceKind.PER_UNIT: ("price.per_unit", "%(units)s × %(price)s"),
    PriceKind.GRADUATED: ("price.graduated", "%(units)s in tiers: %(parts)s"),
    PriceKind.VOLUME: ("price.volume", "all %(units)s at the price of their tier: %(parts)s"),
    PriceKind.PACKAGE: ("price.package", "%(packages)s packages × %(price)s"),
    PriceKind.STAIR_STEP: ("price.stair_step", "%(units)s at the fee of their tier: %(parts)s"),
    PriceKind.PERCENTAGE: ("price.percentage", "%(percent)s %% of %(units)s in %(events)s transactions"),
}
_NOTHING = ("price.nothing", "nothing was used")
_FREE = ("price.free", "%(free)s of them free")
_FIXED = ("price.fixed", "%(price)s for each transaction")
_DAYS = ("price.days", "for %(part)s of %(whole)s days")
_SECONDS = ("price.seconds", "for %(part)s of %(whole)s seconds")
_BOUNDS = {
    "minimum": ("price.minimum", "raised to the agreed minimum of %(price)s"),
    "cap": ("price.cap", "limited to the agreed most of %(price)s"),
}
_ROUNDED = ("price.rounded", "%(exact)s rounded to %(amount)s")
_BEFORE = ("price.before", "less %(amount)s billed before")
_DISCOUNT = ("price.discount", "less a discount of %(amount)s")


@dataclass(frozen=True, slots=True)
class Derivation:
    """All that an amount follows from. `before_minor` was billed earlier for the same thing.

    Source: PR-14.
    """

    price: Price
    quantity: int  # in 10⁻¹²
    rated: Rated
    part: int = 1  # days, or seconds
    whole: int = 1
    is_by_second: bool = False
    events: int = 0
    before_minor: int = 0
    is_usage: bool = False

    @property
    def amount_minor(self) -> int:
        """What is left to bill, or below zero to credit."""
        return self.rated.amount_minor - self.before_minor


@dataclass(frozen=True, slots=True)
class Speech:
    """How texts, numbers, unit prices and amounts read in somebody's language."""

    translate: Callable[[str], str]
    number: Callable[[Decimal], str]
    price: Callable[[Decimal, str], str]


def plain_english() -> Speech:
    """Give the speech of a terminal: English, numbers with a point."""
    return Speech(str, lambda value: f"{value:f}", lambda value, currency: f"{currency} {value:f}")


def explain(why: Derivation, speech: Speech, *, discount_minor: int = 0) -> str:
    """Say in one sentence what an amount follows from, and how much a discount took of it.

    Source: PR-14.
    """
    parts = [*_parts(why, speech)]
    if discount_minor:
        amount = speech.price(to_major(abs(discount_minor), why.price.currency), why.price.currency)
        parts.append(speech.translate(_DISCOUNT[1]) % {"amount": amount})
    return ", ".join(parts)


def _parts(why: Derivation, speech: Speech) -> Iterator[str]:
    price, rated = why.price, why.rated

    def say(message: tuple[str, str], **params: str) -> str:
        text = speech.translate(message[1])
        return text % params

    def cost(value: Decimal) -> str:
        return speech.price(value, price.currency)

    yield _core(why, speech)
    if price.free_units and price.kind is not PriceKind.FLAT and why.quantity:
        yield say(_FREE, free=speech.number(min(price.free_units, _counted(why))))
    if price.kind is PriceKind.PERCENTAGE and price.amount and why.events:
        yield say(_FIXED, price=cost(price.amount))
    if rated.bound:
        yield say(_BOUNDS[rated.bound], price=cost((price.minimum if rated.bound == "minimum" else price.cap) or ZERO))
    if why.part != why.whole and (not why.is_usage or rated.bound):
        message = _SECONDS if why.is_by_second else _DAYS
        yield say(message, part=speech.number(Decimal(why.part)), whole=speech.number(Decimal(why.whole)))
    if rated.numerator != rated.amount_minor * rated.denominator:
        yield say(_ROUNDED, exact=cost(_exact(why)), amount=cost(to_major(rated.amount_minor, price.currency)))
    if why.before_minor:
        yield say(_BEFORE, amount=cost(to_major(why.before_minor, price.currency)))


def _counted(why: Derivation) -> Decimal:
    return Decimal(why.events) if why.price.kind is PriceKind.PERCENTAGE else unscaled(why.quantity)


def _exact(why: Derivation) -> Decimal:
    """Show what was rounded, to twelve decimals: enough to see which way it went."""
    rated = why.rated
    shown = round_ratio(rated.numerator * UNIT, rated.denominator)
    return unscaled(shown).scaleb(-why.price.counted.digits, EXACT)


def _core(why: Derivation, speech: Speech) -> str:
    price = why.price
    if not why.quantity and not why.rated.hits and price.kind is not PriceKind.FLAT:
        return speech.translate(_NOTHING[1])
    hits = why.rated.hits
    return speech.translate(_WORDS[price.kind][1]) % {
        "units": speech.number(unscaled(why.quantity)),
        "price": speech.price(price.amount, price.currency),
        "percent": speech.number(price.percent),
        "events": speech.number(Decimal(why.events)),
        "packages": speech.number(unscaled(hits[0][1])) if hits else "",
        "parts": " + ".join(_hit(hit, price, speech) for hit in hits) or speech.number(Decimal(0)),
    }


def _hit(hit: Hit, price: Price, speech: Speech) -> str:
    _index, units, unit, fee = hit
    each = f"{speech.number(unscaled(units))} × {speech.price(unscaled(unit), price.currency)}"
    if not fee:
        return each
    shown = speech.price(unscaled(fee), price.currency)
    return f"{each} + {shown}" if unit else shown
