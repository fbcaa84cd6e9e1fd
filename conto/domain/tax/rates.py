"""Finding rates by place and day, and the tax territory of an address (T-5 to T-7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from conto.domain.errors import RuleBroken
from conto.domain.tax.model import (
    CANARY_ISLANDS,
    CEUTA_AND_MELILLA,
    NORTHERN_IRELAND,
    ZERO,
    Rate,
    RateClass,
)


def rate_for(rates: Iterable[Rate], country: str, region: str, rate_class: RateClass, on: date) -> Decimal:
    """Find the rate of a place on a day; the rate of the nearest place wins.

    Raises: RuleBroken `tax.no_rate`.
    Source: T-5.
    """
    if rate_class is RateClass.ZERO:
        return ZERO
    found: Rate | None = None
    for rate in rates:
        if rate.rate_class is rate_class and rate.is_valid_on(on) and rate.is_in(country, region):
            if country == "ES" and region in {CANARY_ISLANDS, CEUTA_AND_MELILLA} and rate.region != region:
                continue  # the peninsula's rates do not reach the islands
            if found is None or (len(rate.region), rate.valid_from) > (len(found.region), found.valid_from):
                found = rate
    if found is None:
        raise RuleBroken(
            "tax.no_rate",
            "There is no %(rate_class)s tax rate for %(country)s on %(day)s.",
            rate_class=rate_class.value,
            country=f"{country} {region}".strip(),
            day=on.isoformat(),
        )
    return found.percent


def combined(rates: Iterable[Rate], country: str, region: str, rate_class: RateClass, on: date) -> Decimal:
    """Add up the rates of all levels of a place: state, county, city, district.

    Raises: RuleBroken `tax.no_rate` when not even the state is known.
    Source: T-6.
    """
    if rate_class is RateClass.ZERO:
        return ZERO
    found: dict[str, Rate] = {}
    for rate in rates:
        if rate.rate_class is rate_class and rate.is_valid_on(on) and rate.is_in(country, region):
            kept = found.get(rate.region)
            if kept is None or rate.valid_from > kept.valid_from:
                found[rate.region] = rate
    if not found:
        return rate_for((), country, region, rate_class, on)
    return sum((rate.percent for rate in found.values()), ZERO)


# Islands, enclaves and departments that lie outside the tax territory of their country, or follow another's.
_TERRITORIES: tuple[tuple[str, str, str, str], ...] = (
    ("ES", "35", "ES", CANARY_ISLANDS),
    ("ES", "38", "ES", CANARY_ISLANDS),
    ("ES", "51", "ES", CEUTA_AND_MELILLA),
    ("ES", "52", "ES", CEUTA_AND_MELILLA),
    ("GB", "BT", "GB", NORTHERN_IRELAND),
    ("GB", "IM", "IM", ""),
    ("GB", "JE", "JE", ""),
    ("GB", "GY", "GG", ""),
    ("FR", "980", "MC", ""),
    ("FR", "971", "GP", ""),
    ("FR", "972", "MQ", ""),
    ("FR", "973", "GF", ""),
    ("FR", "974", "RE", ""),
    ("FR", "976", "YT", ""),
    ("FI", "22", "AX", ""),
    ("DE", "78266", "CH", ""),  # Büsingen follows Swiss VAT
    ("DE", "27498", "DE-HELGOLAND", ""),
    ("IT", "23041", "IT-LIVIGNO", ""),
    ("GR", "63086", "GR-ATHOS", ""),
)


def territory(country: str, postcode: str) -> tuple[str, str]:
    """Tell the tax territory of an address: (country, region).

    Source: T-7; directive 2006/112/EC, articles 5 to 7.
    """
    compact = postcode.replace(" ", "").upper()
    for of, start, there, region in _TERRITORIES:
        if country == of and compact.startswith(start):
            return there, region
    return country, ""
