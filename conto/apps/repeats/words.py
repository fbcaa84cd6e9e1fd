"""What the words in braces stand for, in the language of the document."""

from dataclasses import replace
from datetime import date
from typing import Any

from babel.dates import format_date, format_interval
from django.utils import translation

from conto.apps.invoicing.entries import LineEntry
from conto.domain.period import Period
from conto.domain.repeat import filled

FILLED_OF_HEAD = ("order_reference", "intro", "notes")
_LONGEST_NAME = 300
_LONGEST_REFERENCE = 100
_MONTHS_OF_QUARTER = 3


def values_of(day: date, covered: Period, ordinal: int, language: str) -> dict[str, str]:
    """Return what each word in braces stands for on the invoice of a day.

    Source: RI-5.
    """
    locale = translation.to_locale(language or "en")
    first, last = covered.start, covered.last_day
    return {
        "month": format_date(first, "LLLL", locale=locale),
        "year": str(first.year),
        "quarter": str((first.month - 1) // _MONTHS_OF_QUARTER + 1),
        "period": format_interval(first, last, "yMMMd", locale=locale),
        "from": format_date(first, "long", locale=locale),
        "to": format_date(last, "long", locale=locale),
        "day": format_date(day, "long", locale=locale),
        "number": str(ordinal),
    }


def filled_line(line: LineEntry, values: dict[str, str]) -> LineEntry:
    """Return a line as it stands on the invoice of a day."""
    return replace(line, name=filled(line.name, values)[:_LONGEST_NAME], description=filled(line.description, values))


def filled_head(head: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """Return what an invoice says beside its lines, as it stands on that of a day."""
    known = {**head, **{name: filled(head[name], values) for name in FILLED_OF_HEAD}}
    known["order_reference"] = known["order_reference"][:_LONGEST_REFERENCE]
    return known
