"""Recurring revenue on pages: now, by month and kind, down to the customers, of those whom one sees."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.html import escape

from conto.apps.accounts import actions as accounts
from conto.apps.audit.models import Fact
from conto.apps.crm import actions as crm
from conto.apps.plans.models import Plan
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.domain.sight import Area, Reach
from conto.web.formats import money_text
from tests.scene import NOW, Scene
from tests.web.subscriptions.test_pages import PART, begun, change, client, plan, scene

pytestmark = pytest.mark.django_db
__all__ = ["client", "plan", "scene"]
MOVED = "/subscriptions/recurring/movements"


def test_without_subscriptions_the_page_says_what_will_stand_there(client: Client) -> None:
    page = client.get("/subscriptions/recurring").content.decode()
    assert "Nothing recurs yet" in page
    assert "Nothing here" in client.get(MOVED).content.decode()


def test_what_recurs_is_shown_by_month_and_opens_its_customers(client: Client, scene: Scene, plan: Plan) -> None:
    row = begun(client, scene, plan)
    change(client, row, "cancel", when="period_end")
    page = client.get("/subscriptions/recurring").content.decode()
    assert page.count(money_text(5900, "EUR")) >= 2
    assert f"{MOVED}?month={NOW:%Y-%m}&amp;kind=new&amp;currency=EUR" in page
    assert "Churn, to come" in page
    opened = client.get(f"{MOVED}?month={NOW:%Y-%m}&kind=new&currency=EUR").content.decode()
    assert escape(scene.customer.name) in opened
    assert money_text(5900, "EUR", bare=True) in opened
    coming = client.get(f"{MOVED}?month=coming", **PART).content.decode()
    assert money_text(-5900, "EUR", bare=True) in coming
    assert escape(scene.customer.name) not in client.get(f"{MOVED}?month={NOW:%Y-%m}&kind=churn").content.decode()
    assert client.get(f"{MOVED}?month=never&kind=odd&currency=x&after=odd").status_code == 200


def test_the_file_holds_every_movement_and_adds_up_to_the_page(client: Client, scene: Scene, plan: Plan) -> None:
    row = begun(client, scene, plan)
    change(client, row, "cancel", when="period_end")
    made = b"".join(client.get(f"{MOVED}.csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    lines = [line.split(",") for line in made.splitlines()]
    assert lines[0] == ["Day", "Customer", "Kind", "Currency", "A month (MRR)"]
    assert [line[-3:] for line in lines[1:]] == [["New", "EUR", "59.00"], ["Churn", "EUR", "-59.00"]]
    assert Fact.objects.filter(kind="records_exported", payload__body__what="recurring").count() == 1


def test_who_sees_some_customers_sees_what_recurs_of_those(client: Client, scene: Scene, plan: Plan) -> None:
    begun(client, scene, plan)
    seller = accounts.add_member(
        email="rita@example.com", name="Rita", role=Role.SALES, password="quiet-river-stone", actor=SYSTEM, at=NOW
    )
    accounts.set_reaches(wanted={(Role.SALES, Area.CUSTOMERS): Reach.OWN}, actor=SYSTEM, at=NOW)
    crm.change_customer(
        customer=scene.customer, changes={"owner_id": scene.owner.id}, actor=SYSTEM, at=NOW + timedelta(seconds=1)
    )
    theirs = Client(SERVER_NAME="localhost")
    theirs.force_login(seller)
    assert "Nothing recurs yet" in theirs.get("/subscriptions/recurring").content.decode()
    assert escape(scene.customer.name) not in theirs.get(MOVED).content.decode()
    assert theirs.get("/subscriptions/").status_code == 200
