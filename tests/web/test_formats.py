"""Money, days and spans as people read them."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone, translation

from conto.web import formats


@pytest.mark.parametrize(
    ("language", "minor", "currency", "text"),
    [
        ("en", 125000, "GBP", "£1,250.00"),
        ("en", -45000, "EUR", "−€450.00"),
        ("de", -45000, "EUR", "−450,00\u00a0€"),
        ("fr", 125000, "EUR", "1\u202f250,00\u00a0€"),
        ("en", 123456, "JPY", "JP¥123,456"),
        ("en", 1234567, "KWD", "KWD\u00a01,234.567"),
        ("en", -12000, "CHF", "−CHF\u00a0120.00"),
        ("en", 100, "USD", "US$1.00"),
    ],
)
def test_money_reads_the_way_of_the_language_with_the_currencys_decimals(
    language: str, minor: int, currency: str, text: str
) -> None:
    with translation.override(language):
        assert formats.money_text(minor, currency) == text


def test_money_can_leave_the_currency_to_the_head_of_its_column() -> None:
    with translation.override("en"):
        assert formats.money_text(-125050, "EUR", bare=True) == "−1,250.50"


def test_a_day_reads_in_full_or_tight() -> None:
    friday = date(2026, 11, 20)
    with translation.override("en"):
        assert formats.day_text(friday) == "20 Nov 2026"
        assert formats.day_text(friday, "tight") == "Fri 20"
        assert formats.day_text(friday, "month") == "November 2026"
    with translation.override("de"):
        assert formats.day_text(friday) == "20.11.2026"


def test_an_instant_late_in_the_evening_belongs_to_the_readers_day() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    with timezone.override("Europe/Berlin"):
        assert formats.local_day(late) == date(2026, 11, 21)


def test_a_span_counts_days_for_days_and_hours_for_instants() -> None:
    now = datetime(2026, 11, 21, 9, tzinfo=UTC)
    with translation.override("en"):
        assert formats.span_text(date(2026, 11, 18), now) == "3 days ago"
        assert formats.span_text(date(2026, 11, 21), now) == "today"
        assert formats.span_text(datetime(2026, 11, 21, 7, tzinfo=UTC), now) == "2 hours ago"
        assert formats.span_text(date(2026, 11, 23), now) == "in 2 days"
