"""How money, days and spans of time read in the language of the page."""

from __future__ import annotations

import copy
import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, dates
from babel.numbers import NumberPattern
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conto.domain.money import minor_digits, to_major

TRUE_MINUS = "−"
_CODE_AND_DIGIT = re.compile(r"([A-Za-z])([0-9])")
# English without a region reads as it does in Europe: day before month, US$ told from other dollars.
_REGIONS = {"en": "en_GB", "de": "de_DE", "fr": "fr_FR"}
_SKELETONS = {"weekday": "MMMEd", "tight": "Ed", "month": "yMMMM", "no-year": "MMMd"}


@lru_cache(maxsize=32)
def locale_of(language: str) -> Locale:
    """Find the locale that formats numbers and dates for a language code such as `de` or `en-us`."""
    known = _REGIONS.get(language.lower(), language.replace("-", "_"))
    return Locale.parse(known)


def current_locale() -> Locale:
    """Find the locale of the language that is active now."""
    return locale_of(get_language() or "en")


@lru_cache(maxsize=128)
def _pattern(locale_name: str, digits: int, *, bare: bool) -> NumberPattern:
    locale = Locale.parse(locale_name)
    found = locale.decimal_formats[None] if bare else locale.currency_formats["standard"]
    pattern: NumberPattern = copy.copy(found)
    pattern.frac_prec = (digits, digits)
    return pattern


def money_text(amount_minor: int, currency: str, *, bare: bool = False, locale: Locale | None = None) -> str:
    """Write an amount of money, with a true minus; `bare` leaves the currency out."""
    return _money(amount_minor, currency, str(locale or current_locale()), bare=bare)


@lru_cache(maxsize=16384)
def _money(amount_minor: int, currency: str, locale_name: str, *, bare: bool) -> str:
    where = Locale.parse(locale_name)
    pattern = _pattern(locale_name, minor_digits(currency), bare=bare)
    text: str = pattern.apply(
        to_major(amount_minor, currency), where, currency=None if bare else currency, currency_digits=False
    )
    text = _apart(text)
    return text.replace("-", TRUE_MINUS, 1) if amount_minor < 0 else text


def _apart(text: str) -> str:
    """Keep a currency that is written in letters apart from its amount: CHF 120.00, but €120.00 and US$120.00."""
    return _CODE_AND_DIGIT.sub("\\1\u00a0\\2", text)


def price_text(amount: Decimal, currency: str, *, locale: Locale | None = None) -> str:
    """Write a unit price with its currency, with at least the decimals of that, and more where it has more."""
    where = locale or current_locale()
    exponent = amount.normalize().as_tuple().exponent
    places = max(minor_digits(currency), -exponent if isinstance(exponent, int) else 0)
    pattern = copy.copy(where.currency_formats["standard"])
    pattern.frac_prec = (places, places)
    text = _apart(pattern.apply(amount, where, currency=currency, currency_digits=False))
    return text.replace("-", TRUE_MINUS, 1)


def number_text(value: Decimal | int, *, locale: Locale | None = None) -> str:
    """Write a number with as many decimals as it has, at most six."""
    where = locale or current_locale()
    pattern = copy.copy(where.decimal_formats[None])
    pattern.frac_prec = (0, 6)
    text: str = pattern.apply(value, where)
    return text.replace("-", TRUE_MINUS, 1)


@lru_cache(maxsize=8192)
def _day(day: date, style: str, locale_name: str) -> str:
    locale = Locale.parse(locale_name)
    skeleton = _SKELETONS.get(style)
    if skeleton:
        return dates.format_skeleton(skeleton, datetime(day.year, day.month, day.day), locale=locale)  # noqa: DTZ001
    return dates.format_date(day, format=style, locale=locale)


def day_text(day: date, style: str = "medium", *, locale: Locale | None = None) -> str:
    """Write a day: medium, long, full, short, weekday, tight (Fri 20), month or no-year."""
    return _day(local_day(day), style, str(locale or current_locale()))


def local_day(moment: date) -> date:
    """Give the day of an instant in the reader's zone; a day stays itself."""
    if isinstance(moment, datetime):
        return timezone.localtime(moment).date() if timezone.is_aware(moment) else moment.date()
    return moment


def time_text(moment: datetime, *, locale: Locale | None = None) -> str:
    """Write an instant as day and time in the reader's zone."""
    where = locale or current_locale()
    return f"{day_text(moment, locale=where)}, {dates.format_time(timezone.localtime(moment), 'short', locale=where)}"


def span_text(moment: date, now: datetime, *, locale: Locale | None = None) -> str:
    """Write how far a moment lies from now: “3 days ago”, “in 2 hours”; a day counts in days."""
    where = locale or current_locale()
    if isinstance(moment, datetime):
        return dates.format_timedelta(moment - now, add_direction=True, locale=where)
    gap = moment - local_day(now)
    if not gap:
        return _("today")
    return dates.format_timedelta(gap, granularity="day", threshold=14, add_direction=True, locale=where)
