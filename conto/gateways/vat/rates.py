"""VAT rates of European countries, from two packages that keep them: dated standard rates and today's reduced ones.

The dated standard rates (duty27-eu-vat, data CC BY 4.0) begin in 2016. The reduced rates (eu-vat-rates-data) are those
of today and stand for all dates: a document of an older date with a reduced rate is to be checked by a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import duty27_eu_vat
import eu_vat_rates_data

from conto.domain.tax import Rate, RateClass

ATTRIBUTION: str = duty27_eu_vat.ATTRIBUTION
FIRST_DAY: date = duty27_eu_vat.DATA_FIRST_DATE
AS_OF: date = duty27_eu_vat.DATA_AS_OF
_REDUCED_CLASSES = (RateClass.REDUCED, RateClass.REDUCED2)
# Rates in the list that hold only in a part of the country: Jungholz, Corsica and overseas, Greek islands, Madeira.
_REGIONAL = {"AT": {"19"}, "FR": {"0.9", "1.05", "8.5", "13"}, "GR": {"17"}, "PT": {"16", "22"}}
_SWISS = ("CH", "LI")
# Source: Swiss VAT act, art. 25, as in force from each day (standard, reduced, lodging).
_SWISS_STEPS = (
    (date(2016, 1, 1), date(2018, 1, 1), ("8", "2.5", "3.8")),
    (date(2018, 1, 1), date(2024, 1, 1), ("7.7", "2.5", "3.7")),
    (date(2024, 1, 1), None, ("8.1", "2.6", "3.8")),
)
# Source: Ley 20/1991, IGIC: general and reduced rate of the Canary Islands.
_CANARY_ISLANDS = (
    Rate("ES", "CN", RateClass.STANDARD, Decimal(7), date(2020, 1, 1)),
    Rate("ES", "CN", RateClass.REDUCED, Decimal(3), date(2020, 1, 1)),
)
# The packages write Greece as GR and EL; Northern Ireland is a region of GB here.
_OWN_CODE = {"EL": "GR"}
_NO_COUNTRIES = frozenset({"XI"})


@cache
def european_rates() -> tuple[Rate, ...]:
    """Give all rates: standard ones with their dates, reduced ones as they are today.

    Source: T-5.
    """
    return (
        *_dated_standard_rates(),
        *_standard_rates_elsewhere(),
        *_reduced_rates(),
        *_swiss_rates(),
        *_CANARY_ISLANDS,
    )


@cache
def rates_of(country: str) -> tuple[Rate, ...]:
    """Give the rates of one country, the small table that a decision needs."""
    return tuple(rate for rate in european_rates() if rate.country == country)


def known_countries() -> tuple[str, ...]:
    """List the countries with rates, in order."""
    return tuple(sorted({rate.country for rate in european_rates()}))


def _dated_standard_rates() -> Iterator[Rate]:
    for country in duty27_eu_vat.list_countries():
        code = _OWN_CODE.get(country.code, country.code)
        windows = duty27_eu_vat.get_rate_history(country.code)
        ends = [window.effective_from for window in windows[1:]]
        for window, until in zip(windows, [*ends, None], strict=True):
            yield Rate(code, "", RateClass.STANDARD, window.rate, window.effective_from, until)


def _standard_rates_elsewhere() -> Iterator[Rate]:
    """Give today's standard rates of European countries outside the Union."""
    for code, entry in _today():
        if not entry["eu_member"] and code not in _SWISS:
            yield Rate(code, "", RateClass.STANDARD, _percent(entry["standard"]), FIRST_DAY)


def _reduced_rates() -> Iterator[Rate]:
    """Give the reduced rates in rising order: reduced, reduced2; super reduced lies below both."""
    for code, entry in _today():
        if code in _SWISS:
            continue
        reduced = sorted(_percent(rate) for rate in entry["reduced"] if f"{rate:g}" not in _REGIONAL.get(code, ()))
        for rate_class, percent in zip(_REDUCED_CLASSES, reduced, strict=False):
            yield Rate(code, "", rate_class, percent, FIRST_DAY)
        lowest = entry["super_reduced"]
        if lowest and (not reduced or _percent(lowest) < reduced[0]):
            yield Rate(code, "", RateClass.SUPER_REDUCED, _percent(lowest), FIRST_DAY)


def _swiss_rates() -> Iterator[Rate]:
    classes = (RateClass.STANDARD, RateClass.REDUCED, RateClass.REDUCED2)
    for code in _SWISS:
        for start, until, percents in _SWISS_STEPS:
            for rate_class, percent in zip(classes, percents, strict=True):
                yield Rate(code, "", rate_class, Decimal(percent), start, until)


def _today() -> Iterator[tuple[str, dict[str, Any]]]:
    for code, entry in eu_vat_rates_data.get_all_rates().items():
        if code not in _NO_COUNTRIES:
            yield _OWN_CODE.get(code, code), dict(entry)


def _percent(rate: Any) -> Decimal:
    """Read a rate that the package keeps as a binary fraction, by the digits that it prints."""
    return Decimal(f"{rate:g}")
