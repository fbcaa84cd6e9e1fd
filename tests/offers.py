"""Quotes for tests, made by the real actions."""

from decimal import Decimal
from typing import Any

from conto.apps.crm.models import Customer
from conto.apps.plans import actions as plans
from conto.apps.plans import queries as plan_queries
from conto.apps.plans.actions import ItemEntry, NewPlan
from conto.apps.plans.models import PlanVersion
from conto.apps.quotes import actions as quotes
from conto.apps.quotes.actions import LineEntry, RecurringEntry, Signature
from conto.apps.quotes.models import Quote
from conto.domain.contract import Renewal
from conto.domain.facts import SYSTEM, Actor, Origin
from conto.domain.ids import new_id
from conto.domain.plan import PlanTerms
from conto.domain.quote import ContractOffer
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


def plan(code: str = "CARE", *items: ItemEntry, **terms: Any) -> PlanVersion:
    """Add a plan: a base fee of 29.00 and three mailboxes of 10.00 each month, and traffic by use."""
    items = items or (
        ItemEntry(name="Care", price={"kind": "flat", "amount": "29"}),
        ItemEntry(name="Mailboxes", price={"kind": "per_unit", "amount": "10"}, quantity=Decimal(3)),
        ItemEntry(name="Traffic", price={"kind": "per_unit", "amount": "0.10"}, measure={"metric": "traffic"}),
    )
    made = plans.add_plan(
        new=NewPlan(code=code, name=f"Plan {code}", currency="EUR", terms=PlanTerms(**terms)), items=items,
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    version = plan_queries.version_for(made)
    assert version is not None
    return version


def recurring(version: PlanVersion | None = None, **more: Any) -> RecurringEntry:
    """Offer a plan in a quote, as it is or as it is said."""
    return RecurringEntry(plan_version_id=(version or plan()).id, **more)


def quoted(customer: Customer) -> Quote:
    """Draft a quote of chairs, with a contract and a plan."""
    care = ContractOffer(None, 12, Renewal.AUTO, 0, 30)
    return quotes.create_quote(
        customer=customer, lines=[offer("Chair", "49.90", "24")], contract_terms=care,
        recurring=[recurring(plan(f"Q{new_id().hex[-8:]}"))], actor=SYSTEM, at=NOW,
    )  # fmt: skip
