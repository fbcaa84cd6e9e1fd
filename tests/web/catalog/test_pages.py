"""The item pages."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.accounts.queries import SellerDetails
from conto.apps.catalog import actions as catalog
from conto.apps.catalog.entry import NewItem
from conto.apps.catalog.models import Item, Price
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
WHO: dict[str, Any] = {"actor": SYSTEM, "at": NOW}

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client: Client) -> Member:
    member = accounts.add_first_owner(email="ada@example.com", name="Ada", password="a long pass phrase 42", at=NOW)
    seller = SellerDetails(name="Kestrel", country="DE", currency="EUR", zone="Europe/Berlin")
    accounts.set_up_business(seller=seller, bank_account=None, actor=SYSTEM, at=NOW)
    client.force_login(member)
    client.get("/profile")  # the first page of a session also notes from where it is
    return member


def add(name: str) -> Item:
    item = catalog.add_item(new=NewItem(name=name, cost=Decimal(40)), **WHO)
    catalog.set_price(item=item, currency="EUR", amount=Decimal("95.125"), valid_from=NOW.date(), **WHO)
    return item


def asked(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_the_questions_asked_stay_the_same_with_one_row_and_three(client: Client, owner: Member) -> None:
    item = add("One")
    lists, pages = asked(client, "/catalog/"), asked(client, f"/catalog/{item.id}/")
    add("Two")
    add("Three")
    assert (asked(client, "/catalog/"), asked(client, f"/catalog/{item.id}/")) == (lists, pages)
    assert lists == 5
    assert pages == 6


def test_one_form_adds_an_item_with_its_first_price(client: Client, owner: Member) -> None:
    given = {"name": "Hour", "kind": "service", "unit_code": "HUR", "supply": "services", "rate_class": "standard",
             "amount": "95,50", "currency": "EUR", "price_mode": "net", "code": "H"}  # fmt: skip
    assert client.post("/catalog/new", given).status_code == 303
    assert Price.objects.get(item__name="Hour").amount == Decimal("95.5")
    again = client.post("/catalog/new", given)
    assert again.status_code == 422
    assert again.context["form"].errors["code"] == ["Hour has this code."]
    assert Item.objects.count() == 1


def test_a_price_shows_all_its_decimals_and_its_history(client: Client, owner: Member) -> None:
    item = add("Thing")
    page = client.get(f"/catalog/{item.id}/").content.decode()
    assert "€95.125" in page
    next_month = (timezone.now() + timedelta(days=30)).date().isoformat()
    given = {"amount": "99", "currency": "EUR", "price_mode": "net", "valid_from": next_month}
    assert client.post(f"/catalog/{item.id}/price", given).status_code == 303
    page = client.get(f"/catalog/{item.id}/").content.decode()
    assert "to come" in page
    assert client.post(f"/catalog/{item.id}/price", given | {"amount": "-1"}).status_code == 422


def test_an_item_is_changed_archived_and_brought_back(client: Client, owner: Member) -> None:
    item = add("Thing")
    form = client.get(f"/catalog/{item.id}/edit").context["form"]
    given = {name: form.initial.get(name) or "" for name in form.fields} | {"name": "Better"}
    assert client.post(f"/catalog/{item.id}/edit", given).status_code == 303
    client.post(f"/catalog/{item.id}/archive")
    client.cookies.pop("conto_toast")
    assert "Better" not in client.get("/catalog/").content.decode()
    client.post(f"/catalog/{item.id}/restore")
    assert "Better" in client.get("/catalog/?q=bet").content.decode()


def test_sales_see_no_cost_and_change_nothing(client: Client, owner: Member) -> None:
    item = add("Thing")
    member = accounts.add_member(
        email="sam@example.com", name="Sam", role=Role.SALES, password="a long pass phrase 42", **WHO
    )
    client.force_login(member)
    assert "€40.00" not in client.get(f"/catalog/{item.id}/").content.decode()
    assert client.get(f"/catalog/{item.id}/edit").status_code == 403
    assert client.get(f"/catalog/{uuid4()}/").status_code == 404
