"""Quotes for tests, made by the real actions."""

from decimal import Decimal
from typing import Any

from conto.apps.quotes import actions as quotes
from conto.apps.quotes.actions import LineEntry, Signature
from conto.apps.quotes.models import Quote
from conto.domain.facts import SYSTEM, Actor, Origin
from tests.scene import NOW, Scene

ANNA = Signature("Anna Sommer", "typed", "Anna Sommer")
BUYER = Actor(None, "customer", "Anna Sommer", Origin("portal", "203.0.113.7", "Safari"))


def offer(name: str = "Workshop", price: str = "1000", quantity: str = "1", **more: Any) -> LineEntry:
    """Write a line of a quote."""
    return LineEntry(name, Decimal(quantity), Decimal(price), **more)


UNITS = (offer("Chair", "49.90", "24", unit_code="C62", supply="goods"),)
CHOICES = (
    offer(section="Work"),
    offer("Hosting small", "20", kind="choice", choice_group="Hosting", is_chosen=True, section="Running"),
    offer("Hosting large", "50", kind="choice", choice_group="Hosting", section="Running"),
    offer("Photos", "300", kind="optional", section="Running"),
)


def drafted(scene: Scene, *lines: LineEntry, **fields: Any) -> Quote:
    """Draft a quote."""
    return quotes.create_quote(customer=scene.customer, lines=lines or CHOICES, actor=SYSTEM, at=NOW, **fields)


def sent(scene: Scene, *lines: LineEntry, **fields: Any) -> Quote:
    """Send a quote."""
    return quotes.freeze_quote(quote=drafted(scene, *lines, **fields), actor=SYSTEM, at=NOW)
