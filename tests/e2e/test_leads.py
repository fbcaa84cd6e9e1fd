"""A stranger fills in a form on a phone, and a seller makes a customer of them, in the browser."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conto.apps.accounts.models import Member
from conto.apps.deals import actions as deals
from conto.apps.deals.models import Deal
from conto.apps.leads import actions as leads
from conto.apps.leads.entry import FormEntry, NewLead
from conto.apps.leads.models import Lead, LeadForm
from conto.domain.facts import SYSTEM
from tests.e2e.hand import Hand

pytestmark = pytest.mark.e2e
NOW = datetime.now(UTC)


def fill() -> LeadForm:
    owner = Member.objects.get(role="owner")
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    for n in range(4):
        new = NewLead(name=f"Jo Brandt {n}", company=f"Brandt {n} GmbH", source="fair", owner_id=owner.id)
        leads.add_lead(new=new, actor=SYSTEM, at=NOW)
    entry = FormEntry(
        name="Contact", languages=["en", "de"], asks_consent=True, owner_id=owner.id,
        fields={"company": "optional", "phone": "optional", "country": "optional", "message": "needed"},
        texts={"en": {"title": "Talk to us", "intro": "We answer within a day."}},
    )  # fmt: skip
    return leads.add_form(new=entry, actor=SYSTEM, at=NOW)


def test_a_stranger_becomes_a_lead_and_a_customer_and_nothing_is_typed_twice(
    page: Page, audit: Callable[..., Any]
) -> None:
    form, hand = fill(), Hand(page, "leads")
    page.goto(f"/f/{form.token}?lang=en")
    audit(page)
    hand.both("form")
    page.get_by_label("Your name").fill("Mara Lindt")
    page.get_by_label("Your mail address").fill("mara@lindt.example")
    page.get_by_label("Company").fill("Lindt Möbel")
    page.get_by_label("Your message").fill("24 chairs before Christmas, please.")
    page.get_by_label("You may write to me").check()
    page.wait_for_timeout(3100)  # nobody fills in a form faster, and the form knows it
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="It is sent")).to_be_visible()
    hand.both("thanks")
    page.goto("/leads/")
    audit(page)
    hand.both("list")
    page.get_by_role("link", name="Mara Lindt").click()
    expect(page.get_by_text("24 chairs before Christmas")).to_be_visible()
    audit(page)
    hand.both("lead")
    page.get_by_role("link", name="Make a customer").click()
    hand.both("convert")
    audit(page)
    page.get_by_role("button", name="Make a customer").click()
    expect(page.locator(".page-head h1")).to_contain_text("Lindt Möbel")
    lead, deal = Lead.objects.get(name="Mara Lindt"), Deal.objects.get()
    assert (lead.state, lead.deal_id, deal.customer.email) == ("converted", deal.id, "mara@lindt.example")
    page.goto(f"/customers/{deal.customer_id}/")
    expect(page.get_by_text("Came as a lead")).to_be_visible()
    for name, address in (("settings", f"/settings/lead-forms/{form.id}"), ("routing", "/settings/lead-routing")):
        page.goto(address)
        audit(page)
        hand.both(name)
