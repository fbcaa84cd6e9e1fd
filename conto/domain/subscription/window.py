"""When an event of use is taken, and what it may be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from conto.domain.errors import RuleBroken

AHEAD = timedelta(hours=1)  # clocks differ
OLDEST_DAYS = 3 * 366
LATE_DAYS = 90  # after the end of a subscription
LONGEST_KEY = 100
MOST_PROPERTIES = 20
LONGEST_PROPERTY = 200
HIGHEST_REVISION = 10**6
LARGEST = Decimal(10) ** 12
_FINEST = -12


def check_event(*, key: str, metric: str, value: Decimal | None, properties: Mapping[str, str], revision: int) -> None:
    """Refuse an event that cannot be kept as it was sent.

    Raises: RuleBroken `usage.no_key`, `usage.no_metric`, `usage.bad_value`, `usage.no_value`, `usage.bad_properties`,
    `usage.bad_revision`.
    Source: U-9.
    """
    if not key.strip() or len(key) > LONGEST_KEY or "\x00" in key:
        raise RuleBroken("usage.no_key", "An event has an id of 1 to %(most)s characters.", most=LONGEST_KEY)
    if not metric.strip() or len(metric) > LONGEST_KEY or "\x00" in metric:
        raise RuleBroken("usage.no_metric", "An event has a metric of 1 to %(most)s characters.", most=LONGEST_KEY)
    if not 0 <= revision <= HIGHEST_REVISION:
        raise RuleBroken(
            "usage.bad_revision", "A revision is a whole number from 0 to %(most)s.", most=HIGHEST_REVISION
        )
    if value is None and revision == 0:
        raise RuleBroken("usage.no_value", "A new event has a value. To take an event back, send a higher revision.")
    if value is not None:
        _check_value(value)
    if len(properties) > MOST_PROPERTIES:
        raise RuleBroken("usage.bad_properties", "An event has at most %(most)s properties.", most=MOST_PROPERTIES)
    for name, text in properties.items():
        if not name or max(len(name), len(text)) > LONGEST_PROPERTY or "\x00" in name + text:
            raise RuleBroken(
                "usage.bad_properties", "A property has a name and a text of at most %(most)s characters.",
                most=LONGEST_PROPERTY,
            )  # fmt: skip


def _check_value(value: Decimal) -> None:
    exponent = value.as_tuple().exponent
    if not value.is_finite() or abs(value) >= LARGEST or (isinstance(exponent, int) and exponent < _FINEST):
        raise RuleBroken("usage.bad_value", "A value is below 1,000,000,000,000 and has at most 12 decimals.")


def check_window(*, happened_at: datetime, at: datetime) -> None:
    """Refuse what is said to happen later, or was so long ago that nobody can look at it again.

    Raises: RuleBroken `usage.ahead`, `usage.too_old`.
    Source: U-11.
    """
    if happened_at > at + AHEAD:
        raise RuleBroken("usage.ahead", "An event cannot happen more than an hour from now.")
    if at - happened_at > timedelta(days=OLDEST_DAYS):
        raise RuleBroken("usage.too_old", "An event is at most %(days)s days old.", days=OLDEST_DAYS)


def check_still_taken(*, number: str, final_on: date | None, today: date) -> None:
    """Refuse usage of a subscription that has been over for long.

    Raises: RuleBroken `usage.over`.
    Source: U-11.
    """
    if final_on is not None and (today - final_on).days > LATE_DAYS:
        raise RuleBroken(
            "usage.over",
            "Subscription %(number)s has been over for more than %(days)s days; usage of it is taken no longer.",
            number=number, days=LATE_DAYS,
        )  # fmt: skip
