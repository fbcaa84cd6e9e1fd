"""What the demo company offers can be billed, and is offered once."""

from types import SimpleNamespace
from typing import Any

from conto.apps.plans import queries
from conto.domain.facts import SYSTEM
from conto.domain.plan import agreed, next_invoices
from conto.jobs.demo.plans import add_plans, raise_prices
from tests.scene import NOW, TODAY, Scene


def test_the_demo_company_offers_plans_once_that_can_be_billed(scene: Scene) -> None:
    company: Any = SimpleNamespace(owner=scene.owner, founder=SYSTEM)
    for _twice in range(2):
        add_plans(company, NOW)
        raise_prices(company, NOW)
    rows = queries.plan_page(scene.owner).rows
    first = {}
    for row in rows:
        items = queries.engine_items(row.items, "EUR")
        terms = queries.terms_of(row.version)
        definition = agreed(terms, items, currency="EUR", zone="Europe/Berlin", starts_on=TODAY)
        first[row.plan.code] = next_invoices(definition, most=1)[0].net_minor
    assert first == {"HOSTING": 15720, "PFLEGE": 13100, "SHOP": 149000}
