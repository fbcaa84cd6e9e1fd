"""Derivations as they are kept beside a billed line: plain values, and back, so that it always explains itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conto.domain.price.explain import Derivation
from conto.domain.price.rate import Rated
from conto.domain.price.written import Written, price_from, price_shared


def derivation_written(why: Derivation) -> Written:
    """Write down all that an amount follows from; whole numbers that may be large are texts.

    Source: PR-14, SB-6.
    """
    rated = why.rated
    written: Written = {
        "price": price_shared(why.price),
        "currency": why.price.currency,
        "version": why.price.version,
        "quantity": str(why.quantity),
        "amount_minor": rated.amount_minor,
        "exact": [str(rated.numerator), str(rated.denominator)],
        "hits": [[hit[0], *map(str, hit[1:])] for hit in rated.hits],
    }
    if rated.bound:
        written["bound"] = rated.bound
    if (why.part, why.whole) != (1, 1):
        written |= {"part": why.part, "whole": why.whole, "is_by_second": why.is_by_second}
    if why.events:
        written["events"] = why.events
    if why.before_minor:
        written["before_minor"] = why.before_minor
    if why.is_usage:
        written["is_usage"] = True
    return written


def derivation_from(written: Mapping[str, Any]) -> Derivation:
    """Read a derivation as it was written down.

    Raises: RuleBroken as `price_from`.
    Source: SB-6.
    """
    price = replace(price_from(written["price"], written["currency"]), version=written["version"])
    numerator, denominator = map(int, written["exact"])
    hits = tuple((int(hit[0]), int(hit[1]), int(hit[2]), int(hit[3])) for hit in written["hits"])
    rated = Rated(written["amount_minor"], numerator, denominator, hits, written.get("bound", ""))
    return Derivation(
        price, int(written["quantity"]), rated, written.get("part", 1), written.get("whole", 1),
        written.get("is_by_second", False), written.get("events", 0), written.get("before_minor", 0),
        written.get("is_usage", False),
    )  # fmt: skip
