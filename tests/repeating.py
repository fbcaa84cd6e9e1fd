"""Repeating invoices for tests, made by the real actions."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from conto.apps.crm.models import Customer
from conto.apps.invoicing.actions import LineEntry
from conto.apps.repeats import actions
from conto.apps.repeats.actions import Agreed
from conto.apps.repeats.models import Repeat
from conto.domain.facts import SYSTEM
from conto.domain.repeat import Does
from conto.flows import make_repeats

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
FIRST = date(2026, 11, 22)

ASKED_OF_REPEATS = {
    "repeats": ["?state=held", "?state=active", "?customer={customer_id}", "?q=zzzz"],
    "repeat_new": ["?customer={customer_id}", "?from={document_id}", "?from={draft_id}", "?q=kupfer"],
}


def agreed(**more: Any) -> Agreed:
    """Agree on 100.00 a month of support."""
    lines = more.pop("lines", None) or [
        LineEntry("Support {month} {year}", Decimal(1), Decimal(more.pop("price", 100)))
    ]
    return Agreed(**{"title": "Support", "lines": lines, "next_on": FIRST, **more})


def repeating(customer: Customer, *, at: datetime = NOW, **more: Any) -> Repeat:
    """Let an invoice repeat."""
    return actions.create_repeat(customer=customer, agreed=agreed(**more), actor=SYSTEM, at=at)


def repeated(customer: Customer) -> dict[str, UUID]:
    """Let an invoice repeat that is issued on its day, for addresses."""
    return {"repeat_id": repeating(customer, does=Does.ISSUE).id}


def made(at: datetime = NOW, **more: Any) -> int:
    """Make what is due."""
    return make_repeats.make_due(actor=SYSTEM, at=at, **more)


def on(day: date) -> datetime:
    """Give ten o'clock of a day."""
    return NOW + timedelta(days=(day - FIRST).days)
