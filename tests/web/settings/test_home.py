"""What the first page shows is chosen, and a preset is applied later, once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business, Member
from conto.apps.catalog.models import Item
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewActivity, NewDeal
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role
from conto.flows.set_up_book import Numbers, set_up_book
from tests.web.today.test_today import ACCOUNT, PASSWORD, SELLER, bill

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(client: Client) -> Member:
    long_ago = datetime.now(UTC) - timedelta(days=100)
    member = accounts.add_first_owner(email="olga@example.com", name="Olga", password=PASSWORD, at=long_ago)
    set_up_book(seller=SELLER, bank_account=ACCOUNT, numbers=Numbers(), actor=SYSTEM, at=long_ago)
    client.force_login(member)
    return member


def test_ps3_the_first_page_shows_what_was_chosen_in_that_order(client: Client, olga: Member) -> None:
    bill("Late", 60, 100)
    customer = crm.add_customer(new=NewCustomer(name="Kupfer"), actor=SYSTEM, at=datetime.now(UTC))
    now, own = datetime.now(UTC), Actor(olga.id, "member", olga.name)
    deal = deals.add_deal(customer=customer, new=NewDeal(name="Roof", value_minor=70000), actor=own, at=now)
    visit = NewActivity(kind="meeting", title="Look at the roof", due_at=now + timedelta(days=2))
    deals.add_activity(customer=customer, new=visit, deal=deal, actor=own, at=now)
    places = {"week": "1", "deals": "2", "invoices": "3", "money": "9", "months": "5", "quotes": "4", "leads": "6"}
    assert client.post("/settings/home", places).status_code == 303
    assert Business.objects.get().home == ["week", "deals", "invoices", "quotes", "months", "leads", "money"]
    page = client.get("/").content.decode()
    told = [
        "Look at the roof",
        "Qualified",
        "INV-",
        "No quote waits",
        "No payment came in",
        "No lead is open",
        "Owed to me",
    ]
    found = [page.index(words) for words in told]
    assert found == sorted(found)
    assert "To do, by what is at stake" not in page
    refused = client.post("/settings/home", {"week": ""})
    assert refused.status_code == 422
    assert "at least one part" in refused.content.decode()


def test_ps3_a_part_that_a_member_may_not_see_is_not_on_their_page(client: Client, olga: Member) -> None:
    bill("Late", 60, 100)
    accounts.set_home(home=["money", "months", "deals", "invoices"], actor=SYSTEM, at=datetime.now(UTC))
    marketer = accounts.add_member(
        email="m@example.com", name="Mo", role=Role.MARKETING, password=PASSWORD, actor=SYSTEM, at=datetime.now(UTC)
    )
    client.force_login(marketer)
    page = client.get("/").content.decode()
    assert "Open deals" in page
    assert "Owed to me" not in page
    assert "Collected by month" not in page
    assert "Last invoices" not in page
    assert client.get("/settings/home").status_code == 403


def test_ps2_a_preset_is_applied_in_the_settings_and_a_new_book_is_led_by_it(client: Client, olga: Member) -> None:
    assert "Freelancer" in client.get("/settings/home").content.decode()
    assert client.post("/settings/home/preset", {"preset": "shop"}).status_code == 303
    assert Business.objects.get().preset == "shop"
    assert not Item.objects.exists(), "only where it was wished"
    assert "began with the preset" in client.get("/settings/home").content.decode()
    assert client.post("/settings/home/preset", {"preset": "saas"}).status_code == 422
    page = client.get("/").content.decode()
    assert "The orders of your shop" in page
    assert "A form for your site" not in page
