"""A subscription in the browser: begun with its first invoices in sight, changed as shown, without a script too."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.apps.plans import actions as plans
from conto.apps.plans.actions import ItemEntry, NewPlan
from conto.apps.subscriptions.models import Subscription
from conto.domain.facts import SYSTEM
from tests.e2e.conftest import DESK
from tests.e2e.hand import Hand

pytestmark = pytest.mark.e2e
NOW = datetime.now(UTC)


def fill() -> None:
    crm.add_customer(new=NewCustomer(name="Harbour & Finch", currency="EUR"), actor=SYSTEM, at=NOW)
    for code, name, amount in (("SOLO", "Solo", "9"), ("TEAM", "Team", "10")):
        items = [
            ItemEntry(name=f"{name} fee", price={"kind": "flat", "amount": "29"}),
            ItemEntry(name="Seats", price={"kind": "per_unit", "amount": amount}, quantity=Decimal(3)),
        ]
        plans.add_plan(new=NewPlan(code=code, name=name, currency="EUR"), items=items, actor=SYSTEM, at=NOW)


def test_a_subscription_is_begun_and_changed_with_what_it_bills_in_sight(page: Page, audit: Callable[..., Any]) -> None:
    fill()
    hand = Hand(page, "subscriptions")
    page.goto("/subscriptions/new")
    page.get_by_role("link", name=re.compile("Choose")).first.click()
    preview = page.locator("#subscription-preview")
    expect(preview).to_contain_text("56.00")
    page.get_by_label("Plan", exact=True).select_option(label="Team (TEAM)")
    expect(page.locator("#plan-items")).to_contain_text("Team fee")
    expect(preview).to_contain_text("59.00")
    page.locator("[name='items-1-quantity']").fill("5")
    expect(preview).to_contain_text("79.00")
    audit(page)
    hand.both("new")
    page.get_by_role("button", name="Begin the subscription").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Team")
    row = Subscription.objects.get()
    assert row.items.get(key="seats").quantity == 5
    hand.both("one")
    page.get_by_role("link", name="Change a quantity").click()
    page.get_by_label("Item", exact=True).select_option(label="Seats")
    page.get_by_label("Quantity", exact=True).fill("7")
    shown = page.locator("#change-preview")
    expect(shown).to_contain_text("Seats: 7")
    expect(shown).to_contain_text("99.00")
    audit(page)
    hand.both("change")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".toast")).to_contain_text("is changed")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Team")
    row.refresh_from_db()
    assert row.settled_count >= 1


def test_a_change_is_shown_and_confirmed_without_a_script(visit: Callable[..., Page], owner: Any) -> None:
    fill()
    page = visit(owner, DESK, javascript=False)
    page.goto("/subscriptions/new")
    page.get_by_role("link", name=re.compile("Choose")).first.click()
    page.get_by_role("button", name="Show the first invoices").click()
    expect(page.locator("#subscription-preview")).to_contain_text("56.00")
    page.get_by_role("button", name="Begin the subscription").click()
    page.goto(f"{page.url}/change?kind=quantity")
    page.get_by_label("Item", exact=True).select_option(label="Seats")
    page.get_by_label("Quantity", exact=True).fill("4")
    page.get_by_role("button", name="Show what it bills").click()
    expect(page.locator("#change-preview")).to_contain_text("Seats: 4")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Solo")
    assert Subscription.objects.get().settled_count >= 1
