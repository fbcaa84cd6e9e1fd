"""Prices as they are kept: plain values with every number as a text, and back, refused in words that name the place."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from conto.domain.errors import RuleBroken
from conto.domain.money import ZERO
from conto.domain.price.model import Price, PriceKind, Tier

Written = dict[str, Any]
_NUMBER = re.compile(r"-?[0-9]{1,11}(\.[0-9]{1,12})?")
_PLAIN: dict[str, Decimal] = {
    "amount": ZERO,
    "package_size": Decimal(1),
    "free_units": ZERO,
    "percent": ZERO,
    "minimum": ZERO,
}
_OPTIONAL = ("least_each", "most_each", "cap")
_KNOWN = frozenset({"kind", "tiers", "fee_without_use", *_PLAIN, *_OPTIONAL})
_OF_TIER = ("up_to", "unit_price", "flat_fee")
MOST_TIERS = 100
_SHOWN = 12  # signs of a fingerprint


def price_from(written: Any, currency: str) -> Price:
    """Read a price; its version is the fingerprint of what it says.

    So two prices that say the same have the same version, and no two that differ.

    Raises: RuleBroken `price.unreadable` that names the place; as `check_price`.
    Source: PL-1.
    """
    try:
        text = json.dumps(written)
    except (TypeError, ValueError):
        return _read(written, currency)
    return price_from_text(text, currency)


@lru_cache(4096)  # thousands of subscriptions have the prices of a few plans
def price_from_text(text: str, currency: str) -> Price:
    """Read a price from its JSON, each once.

    Raises: as `price_from`.
    Source: PL-1.
    """
    return _read(json.loads(text), currency)


def _read(written: Any, currency: str) -> Price:
    given = as_mapping(written, "price", _KNOWN)
    kind = given.get("kind")
    if kind not in set(PriceKind):
        raise RuleBroken("price.unknown_kind", "There is no kind of price “%(kind)s”.", kind=str(kind)[:40])
    tiers = given.get("tiers", [])
    if not isinstance(tiers, list) or len(tiers) > MOST_TIERS:
        raise unreadable("tiers")
    fee = given.get("fee_without_use", False)
    if not isinstance(fee, bool):
        raise unreadable("fee_without_use")
    values: dict[str, Any] = {name: number_in(given, name, default) for name, default in _PLAIN.items()}
    values |= {name: None if given.get(name) is None else number_in(given, name, ZERO) for name in _OPTIONAL}
    price = Price(
        "", PriceKind(kind), currency, tiers=tuple(_tier(each) for each in tiers), fee_without_use=fee, **values
    )
    object.__setattr__(price, "version", fingerprint(price_written(price) | {"currency": currency}))
    return price


def price_written(price: Price) -> Written:
    """Write a price down: what is as it always is, is left out.

    Source: PL-1.
    """
    written: Written = {"kind": price.kind.value}
    written |= {
        name: number_written(value) for name, usual in _PLAIN.items() if (value := getattr(price, name)) != usual
    }
    written |= {name: number_written(value) for name in _OPTIONAL if (value := getattr(price, name)) is not None}
    if price.tiers:
        written["tiers"] = [
            {
                "up_to": None if each.up_to is None else number_written(each.up_to),
                "unit_price": number_written(each.unit_price),
                "flat_fee": number_written(each.flat_fee),
            }
            for each in price.tiers
        ]
    if price.fee_without_use:
        written["fee_without_use"] = True
    return written


@lru_cache(4096)
def price_shared(price: Price) -> Written:
    """Write a price down as `price_written` does, once: whoever reads it must not change it."""
    return price_written(price)


def fingerprint(written: Written) -> str:
    """Give a short name for what is written that nothing else has."""
    text = json.dumps(written, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_SHOWN]


def _tier(written: Any) -> Tier:
    given = as_mapping(written, "tiers", frozenset(_OF_TIER))
    up_to = None if given.get("up_to") is None else number_in(given, "up_to", ZERO)
    return Tier(up_to, number_in(given, "unit_price", ZERO), number_in(given, "flat_fee", ZERO))


def unreadable(place: str) -> RuleBroken:
    """Give the refusal of something that cannot be read."""
    return RuleBroken("price.unreadable", "“%(place)s” cannot be read here.", place=place)


def as_mapping(written: Any, place: str, known: frozenset[str]) -> Mapping[str, Any]:
    """Give what is written as names with values, none of them unknown.

    Raises: RuleBroken `price.unreadable`.
    """
    if not isinstance(written, Mapping):
        raise unreadable(place)
    for name in written:
        if name not in known:
            raise unreadable(str(name)[:40])
    return written


def number_in(given: Mapping[str, Any], name: str, default: Decimal) -> Decimal:
    """Read a number that is written as a text.

    Raises: RuleBroken `price.unreadable`.
    """
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise unreadable(name)
    return Decimal(value)


def number_written(value: Decimal) -> str:
    """Write a number without needless zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
