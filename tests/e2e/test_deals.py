"""Deals in the browser: dragged by the mouse, moved by keyboard and thumb, refused in words, won."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conto.apps.accounts.models import Member
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewActivity, NewDeal
from conto.apps.deals.models import Deal, Stage
from conto.domain.facts import SYSTEM
from tests.e2e.hand import Hand

pytestmark = pytest.mark.e2e
NOW = datetime.now(UTC)


def fill() -> list[Stage]:
    owner = Member.objects.get(role="owner")
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    stages = list(Stage.objects.order_by("position"))
    Stage.objects.filter(id=stages[2].id).update(required_fields=["value"])
    customer = crm.add_customer(new=NewCustomer(name="Harbour & Finch", currency="EUR"), actor=SYSTEM, at=NOW)
    for n, (name, value) in enumerate((("Website", 0), ("Logo", 240_000), ("Shop", 1_250_000), ("Film", 80_000))):
        currency = "USD" if name == "Film" else "EUR"
        new = NewDeal(
            name=name, value_minor=value, owner_id=owner.id, stage_id=stages[n % 2].id, currency=currency
        )  # fmt: skip
        deal = deals.add_deal(customer=customer, new=new, actor=SYSTEM, at=NOW)
        if n % 2:
            call = NewActivity(title=f"Call about the {name}", kind="call", due_at=NOW)
            deals.add_activity(customer=customer, new=call, deal=deal, actor=SYSTEM, at=NOW)
    return stages


def test_deals_go_through_their_stages_by_mouse_keyboard_and_thumb(page: Page, audit: Callable[..., Any]) -> None:
    stages, hand = fill(), Hand(page, "deals")
    page.goto("/deals/")
    expect(page.locator("[data-card]")).to_have_count(4)
    audit(page)
    hand.both("board")
    card, meeting = page.locator("[data-card]", has_text="Shop"), page.locator(f"[data-stage='{stages[1].id}']")
    with page.expect_response("**/drop"):
        card.drag_to(meeting.locator("[data-cards]"))
    expect(meeting.locator("[data-card]")).to_have_count(3)
    expect(meeting.locator(".count")).to_have_text("3")  # the board came anew with its sums
    expect(meeting.locator("header")).to_contain_text("€")
    assert Deal.objects.get(name="Shop").stage_id == stages[1].id
    page.locator("[data-card]", has_text="Website").drag_to(page.locator(f"[data-stage='{stages[2].id}'] ul"))
    expect(page.locator(".toast")).to_contain_text("The deal has no value yet.")
    assert Deal.objects.get(name="Website").stage_id == stages[0].id
    page.get_by_role("link", name="Move Shop").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("To the stage").select_option("Proposal")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator(f"[data-stage='{stages[2].id}'] [data-card]")).to_have_count(1)
    page.get_by_role("link", name="Shop", exact=True).click()
    expect(page.locator(".stage-bar [aria-current]")).to_contain_text("Proposal")
    audit(page)
    hand.both("deal")
    page.get_by_label("What is to be done?").fill("Send the offer")
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.get_by_text("Send the offer").first).to_be_visible()
    page.get_by_label(re.compile("Tell the others")).fill("They want it before Christmas.")
    page.get_by_role("button", name="Say it").click()
    page.get_by_role("button", name="Won").click()
    expect(page.locator(".page-head .chip").first).to_contain_text("Won")
    assert Deal.objects.get(name="Shop").state == "won"
    page.goto("/deals/list")
    audit(page)
    hand.both("list")
    page.goto(f"/settings/pipelines/{stages[0].pipeline_id}")
    audit(page)
    hand.both("pipeline")
