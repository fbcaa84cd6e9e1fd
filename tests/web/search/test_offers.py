"""Deals and quotes are found by name and number, and stand on the page of their customer."""

import pytest
from django.test import Client

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewDeal
from conto.apps.deals.models import Deal
from conto.apps.quotes import actions as quotes
from conto.apps.quotes.models import Quote
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from tests.offers import drafted, sent
from tests.scene import NOW, Scene, set_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    return set_scene()


@pytest.fixture
def offered(scene: Scene) -> tuple[Deal, Quote]:
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    new = NewDeal(name="Große Werkstatt", value_minor=123_400, owner_id=scene.owner.id)
    deal = deals.add_deal(customer=scene.customer, new=new, actor=SYSTEM, at=NOW)
    lost = deals.add_deal(
        customer=scene.customer, new=NewDeal(name="Kleine", owner_id=scene.owner.id), actor=SYSTEM, at=NOW
    )
    deals.win_deal(deal=lost, actor=SYSTEM, at=NOW)
    return deal, sent(scene, title="Regale", deal_id=deal.id)


def found(client: Client, text: str) -> str:
    page = client.get("/search", {"q": text}, headers={"HX-Request": "true"})
    assert page.status_code == 200
    return page.content.decode()


def test_a_deal_is_found_by_a_part_of_its_name_and_a_quote_by_number_or_title(
    client: Client, scene: Scene, offered: tuple[Deal, Quote]
) -> None:
    deal, quote = offered
    client.force_login(scene.owner)
    for text in ("werkst", "GROSSE", "große"):
        assert f"/deals/{deal.id}/" in found(client, text), text
    for text in (quote.number, quote.number.lower(), "1", "regal"):
        assert f"/quotes/{quote.id}" in found(client, text), text
    assert "/quotes/" not in found(client, "Q-2019")
    whole = client.get("/search", {"q": "werkst"}).content.decode()
    assert "Deals, quotes, contracts and what recurs" in whole
    assert "Qualified" in whole


def test_who_may_not_see_deals_finds_none(client: Client, scene: Scene, offered: tuple[Deal, Quote]) -> None:
    somebody = accounts.add_member(
        email="m@example.com", name="Mark", role=Role.MARKETING, password="correct horse 9", actor=SYSTEM, at=NOW
    )
    client.force_login(somebody)
    assert f"/quotes/{offered[1].id}" not in found(client, offered[1].number)


def test_the_customers_card_has_what_is_open_and_leads_to_the_rest(
    client: Client, scene: Scene, offered: tuple[Deal, Quote]
) -> None:
    deal, quote = offered
    draft = drafted(scene, title="Tische")
    gone = quotes.decline_quote(quote=sent(scene, title="Stühle"), actor=SYSTEM, at=NOW)
    client.force_login(scene.owner)
    page = client.get(f"/customers/{scene.customer.id}/").content.decode()
    assert f"/customers/{scene.customer.id}/offers" in page
    card = client.get(f"/customers/{scene.customer.id}/offers").content.decode()
    for address in (f"/deals/{deal.id}/", f"/quotes/{quote.id}", f"/quotes/{draft.id}"):
        assert address in card
    assert str(gone.id) not in card
    assert "Kleine" not in card
    assert f"/deals/list?customer={scene.customer.id}" in card
