"""Subscriptions on pages: begun after a look, changed as it was shown, refused in words, seen by whom they concern."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business
from conto.apps.crm import actions as crm
from conto.apps.plans import actions as plans
from conto.apps.plans.actions import ItemEntry, NewPlan
from conto.apps.plans.models import Plan
from conto.apps.subscriptions.models import Subscription
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.domain.sight import Area, Reach
from conto.flows import billing_run
from tests.scene import NOW, Scene, set_scene

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
PART = {"HTTP_HX_REQUEST": "true"}
TAKEN = {
    "items-0-key": "base-fee", "items-0-name": "Base fee", "items-0-kind": "flat", "items-0-amount": "29",
    "items-0-quantity": "1", "items-1-key": "seats", "items-1-name": "Seats", "items-1-kind": "per_unit",
    "items-1-amount": "10", "items-1-quantity": "3",
}  # fmt: skip


@pytest.fixture
def scene() -> Scene:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW,
        is_sandbox=True, clock_ahead_seconds=seconds_to(NOW),
    )  # fmt: skip
    return set_scene()


def seconds_to(at: datetime) -> int:
    """Return by how much a clock is set that is to show an instant."""
    return (at - datetime.now(UTC)) // timedelta(seconds=1)


@pytest.fixture
def client(scene: Scene) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(scene.owner)
    return client


@pytest.fixture
def plan(scene: Scene) -> Plan:
    items = [
        ItemEntry(name="Base fee", price={"kind": "flat", "amount": "29.00"}),
        ItemEntry(name="Seats", price={"kind": "per_unit", "amount": "10"}, quantity=Decimal(3)),
    ]
    return plans.add_plan(new=NewPlan(code="PRO", name="Pro", currency="EUR"), items=items, actor=SYSTEM, at=NOW)


def typed(scene: Scene, plan: Plan, **more: str) -> dict[str, str]:
    return {
        "customer": str(scene.customer.id), "plan": str(plan.id), "starts_on": TODAY.isoformat(), "owner": "", **TAKEN,
        **more,
    }  # fmt: skip


def begun(client: Client, scene: Scene, plan: Plan, **more: str) -> Subscription:
    answer = client.post("/subscriptions/new", typed(scene, plan, **more))
    assert answer.status_code in {302, 303}, answer.content.decode()
    return Subscription.objects.latest("made_at")


def billed(client: Client, scene: Scene, plan: Plan, **more: str) -> Subscription:
    row = begun(client, scene, plan, **more)
    billing_run.run(actor=SYSTEM, at=NOW)
    row.refresh_from_db()
    return row


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def change(client: Client, row: Subscription, kind: str, **more: str) -> Any:
    """Look at a change, then confirm what was shown."""
    address, given = f"/subscriptions/{row.id}/change", {"kind": kind, **more}
    shown = client.post(address, {**given, "act": "preview"}, **PART)
    assert shown.status_code == 200, shown.content.decode()
    page = shown.content.decode()
    marks = {"token": hidden(page, "token"), "shown": hidden(page, "shown")}
    done = client.post(address, {**given, **marks, "act": "confirm", "reason": "They asked"})
    assert done.status_code in {302, 303}, done.content.decode()
    return page


def test_an_empty_list_says_what_a_subscription_is_and_how_to_begin(client: Client) -> None:
    page = client.get("/subscriptions/").content.decode()
    assert "No subscriptions yet" in page
    assert "/subscriptions/new" in page
    assert "There is no plan yet" in client.get(f"/subscriptions/new?customer={crm_customer(client)}").content.decode()


def crm_customer(client: Client) -> str:
    found = re.search(
        r"/subscriptions/new\?customer=([0-9a-f-]{36})", client.get("/subscriptions/new").content.decode()
    )
    assert found
    return found[1]


def test_what_it_would_bill_is_shown_while_it_is_typed(client: Client, scene: Scene, plan: Plan) -> None:
    page = client.get(f"/subscriptions/new?customer={scene.customer.id}&plan={plan.id}").content.decode()
    assert 'name="items-1-quantity"' in page
    shown = client.post("/subscriptions/new", typed(scene, plan, act="preview", **{"items-1-quantity": "5"}), **PART)
    text = shown.content.decode()
    assert "79.00" in text
    assert "94.01" in text, "with tax"
    assert "Seats" in text
    assert not Subscription.objects.exists()
    refused = client.post("/subscriptions/new", typed(scene, plan, act="preview", coupons="NOPE"), **PART)
    assert "The coupon NOPE is not given out." in refused.content.decode()


def test_a_subscription_is_begun_with_its_own_quantity_price_and_handling(
    client: Client, scene: Scene, plan: Plan
) -> None:
    own = {"items-1-amount": "8", "items-1-quantity": "4", "is_reviewed": "on", "bills_alone": "on", "title": "Team"}
    row = begun(client, scene, plan, trial_days="14", **own)
    assert (row.title, row.is_reviewed, row.bills_alone, row.trial_days) == ("Team", True, True, 14)
    seats = row.items.get(key="seats")
    assert (seats.quantity, seats.price["amount"]) == (4, "8")
    assert row.items.get(key="base-fee").price["amount"] in {"29", "29.00"}
    page = client.get(f"/subscriptions/{row.id}").content.decode()
    assert row.number in page
    assert "Trial" in page
    listed = client.get("/subscriptions/?state=running").content.decode()
    assert row.number in listed
    assert "61.00" in listed
    assert f"/subscriptions/{row.id}" not in client.get("/subscriptions/?state=ended").content.decode()
    assert row.number in client.get(f"/subscriptions/?q={row.number}").content.decode()
    assert row.number in client.get(f"/subscriptions/?plan={plan.id}&customer={scene.customer.id}").content.decode()


def test_an_item_can_be_left_out_and_a_last_day_is_the_last(client: Client, scene: Scene, plan: Plan) -> None:
    last = (TODAY + timedelta(days=9)).isoformat()
    row = begun(client, scene, plan, ends_on=last, **{"items-0-is_left_out": "on"})
    assert [each.key for each in row.items.all()] == ["seats"]
    assert row.final_on == TODAY + timedelta(days=10)
    nothing = {"items-0-is_left_out": "on", "items-1-is_left_out": "on"}
    answer = client.post("/subscriptions/new", typed(scene, plan, **nothing))
    assert answer.status_code == 422
    assert "A plan has at least one item." in answer.content.decode()


def test_another_plan_draws_its_items_anew_and_nothing_is_begun_by_it(client: Client, scene: Scene, plan: Plan) -> None:
    other = plans.add_plan(
        new=NewPlan(code="SOLO", name="Solo", currency="EUR"),
        items=[ItemEntry(name="Solo fee", price={"kind": "flat", "amount": "5"})], actor=SYSTEM, at=NOW,
    )  # fmt: skip
    drawn = client.post("/subscriptions/new", typed(scene, other, act="plan"), **PART).content.decode()
    assert "Solo fee" in drawn
    assert "Seats" not in drawn
    stale = client.post("/subscriptions/new", typed(scene, other, act="preview"), **PART).content.decode()
    assert "once the form is complete" in stale
    answer = client.post("/subscriptions/new", typed(scene, other))
    assert answer.status_code == 200
    assert "Solo fee" in answer.content.decode()
    assert not Subscription.objects.exists()


def test_sb7_a_change_is_shown_first_and_billed_so(client: Client, scene: Scene, plan: Plan) -> None:
    row = billed(client, scene, plan)
    page = client.get(f"/subscriptions/{row.id}/change?kind=quantity").content.decode()
    assert "Show what it bills" in page
    shown = change(client, row, "quantity", item="seats", quantity="5")
    assert "Billed at once" in shown
    assert "50.00" in shown
    assert "23.80" in shown, "with tax: 20.00 and 19 %"
    row.refresh_from_db()
    assert row.settled_count == 2
    page = client.get(f"/subscriptions/{row.id}").content.decode()
    assert "Seats: 5" in page
    assert "They asked" in page
    assert page.count('href="/invoices/') >= 2


def test_sb7_a_stale_preview_is_told_in_plain_words_and_shown_anew(client: Client, scene: Scene, plan: Plan) -> None:
    row = billed(client, scene, plan)
    address, given = f"/subscriptions/{row.id}/change", {"kind": "quantity", "item": "seats", "quantity": "5"}
    page = client.post(address, {**given, "act": "preview"}, **PART).content.decode()
    marks = {"token": hidden(page, "token"), "shown": hidden(page, "shown"), "act": "confirm"}
    other = client.post(address, {**given, **marks, "quantity": "6"})
    assert other.status_code == 409
    assert "You have typed something else since" in other.content.decode()
    change(client, row, "quantity", item="seats", quantity="4")
    late = client.post(address, {**given, **marks})
    assert late.status_code == 409
    text = late.content.decode()
    assert "Something has happened since this was shown" in text
    assert hidden(text, "token") != marks["token"]
    forged = client.post(address, {**given, **marks, "token": "x"})
    assert forged.status_code == 409
    row.refresh_from_db()
    assert row.settled_count == 2


def test_every_kind_of_change_has_its_page_and_does_what_it_says(client: Client, scene: Scene, plan: Plan) -> None:
    row = billed(client, scene, plan)
    price = {"items-0-key": "seats", "items-0-name": "Seats", "items-0-kind": "per_unit", "items-0-amount": "12"}
    extra = {"items-0-name": "Support", "items-0-kind": "flat", "items-0-amount": "7", "items-0-quantity": "1"}
    tax = {
        "items-0-timing": "advance", "items-0-unit_code": "C62", "items-0-supply": "services",
        "items-0-rate_class": "standard",
    }  # fmt: skip
    for kind, given, said in (
        ("price", {"item": "seats", **price}, "New price"),
        ("add", {**extra, **tax}, "Support"),
        ("remove", {"item": "support", "when": "period_end"}, "Taken away: Support"),
        ("pause", {"when": "now"}, "Paused"),
        ("resume", {}, "Resumed"),
        ("cancel", {"when": "period_end"}, "Cancelled"),
        ("renew", {}, "Renewed"),
    ):
        assert client.get(f"/subscriptions/{row.id}/change?kind={kind}").status_code == 200
        change(client, row, kind, **given)
        assert said in client.get(f"/subscriptions/{row.id}").content.decode(), kind
    yearly = client.get(f"/subscriptions/{row.id}/change?kind=interval").content.decode()
    assert 'name="items-2-amount"' in yearly
    assert client.get(f"/subscriptions/{row.id}/change?kind=zone").status_code == 404


def test_a_last_day_of_its_own_ends_it_then(client: Client, scene: Scene, plan: Plan) -> None:
    row = billed(client, scene, plan)
    last = TODAY + timedelta(days=40)
    missing = client.post(f"/subscriptions/{row.id}/change", {"kind": "cancel", "when": "on_day"})
    assert missing.status_code == 422
    assert "Say the last day." in missing.content.decode()
    change(client, row, "cancel", when="on_day", last_day=last.isoformat())
    row.refresh_from_db()
    assert row.final_on == last + timedelta(days=1)


def test_a_change_that_cannot_be_is_refused_in_words(client: Client, scene: Scene, plan: Plan) -> None:
    row = billed(client, scene, plan)
    refused = client.post(f"/subscriptions/{row.id}/change", {"kind": "resume"})
    assert refused.status_code == 422
    assert "This subscription is not paused." in refused.content.decode()
    early = client.post(f"/subscriptions/{row.id}/change", {"kind": "pause", "when": "now", "on": "2026-01-01"})
    assert "A change comes after the start of the subscription." in early.content.decode()


def test_handling_is_changed_and_a_second_writer_is_told(client: Client, scene: Scene, plan: Plan) -> None:
    row = begun(client, scene, plan)
    address = f"/subscriptions/{row.id}/edit"
    version = hidden(client.get(address).content.decode(), "version")
    given = {"version": version, "title": "Studio", "owner": str(scene.owner.id), "is_reviewed": "on"}
    assert client.post(address, given).status_code in {302, 303}
    row.refresh_from_db()
    assert (row.title, row.owner_id, row.is_reviewed) == ("Studio", scene.owner.id, True)
    again = client.post(address, {**given, "title": "Late"})
    assert again.status_code == 409
    assert "Somebody else changed this subscription meanwhile" in again.content.decode()


def test_v3_who_sees_only_own_customers_gets_no_page_of_others(client: Client, scene: Scene, plan: Plan) -> None:
    row = begun(client, scene, plan)
    crm.set_owner(customer=scene.customer, owner_id=scene.owner.id, actor=SYSTEM, at=NOW)
    seller = accounts.add_member(
        email="sel@nordlicht.example", name="Sel", role=Role.SALES, password="correct horse 9", actor=SYSTEM, at=NOW,
        language="en",
    )  # fmt: skip
    accounts.set_reaches(wanted={(Role.SALES, Area.CUSTOMERS): Reach.OWN}, actor=SYSTEM, at=NOW)
    other = Client(SERVER_NAME="localhost")
    other.force_login(seller)
    for tail in ("", "/edit", "/change?kind=pause"):
        assert other.get(f"/subscriptions/{row.id}{tail}").status_code == 404
    assert other.post(f"/subscriptions/{row.id}/change", {"kind": "pause"}).status_code == 404
    assert row.number not in other.get("/subscriptions/").content.decode()


def test_a_subscription_is_found_by_number_title_and_customer_and_stands_on_the_customers_page(
    client: Client, scene: Scene, plan: Plan
) -> None:
    row = begun(client, scene, plan, title="Harbour desk")
    client.cookies.clear()
    client.force_login(scene.owner)
    for typed_text in (row.number, "harbour", scene.customer.name[:6], str(int(row.number[-5:]))):
        for part in ({}, PART):
            found = client.get("/search", {"q": typed_text}, **part).content.decode()
            assert f'href="/subscriptions/{row.id}"' in found, typed_text
    card = client.get(f"/subscriptions/of/{scene.customer.id}").content.decode()
    assert row.number in card
    assert f"/subscriptions/of/{scene.customer.id}" in client.get(f"/customers/{scene.customer.id}/").content.decode()
    assert "None runs." in client.get(f"/subscriptions/of/{scene.person.id}").content.decode()


def test_what_is_measured_has_no_quantity_and_a_tier_more_keeps_what_was_typed(
    client: Client, scene: Scene, plan: Plan
) -> None:
    calls = ItemEntry(name="Calls", price={"kind": "per_unit", "amount": "0.01"}, measure={"metric": "calls"})
    seats = ItemEntry(name="Seats", price={"kind": "per_unit", "amount": "10"}, quantity=Decimal(3))
    used = plans.add_plan(
        new=NewPlan(code="USE", name="Use", currency="EUR"), items=[calls, seats], actor=SYSTEM, at=NOW
    )
    page = client.get(f"/subscriptions/new?customer={scene.customer.id}&plan={used.id}").content.decode()
    assert re.search(r'<input type="hidden" name="items-0-quantity"', page)
    assert re.search(r'<input type="text" name="items-1-quantity"', page)
    assert plan.code == "PRO"
    tiers = {
        "items-0-key": "calls", "items-0-name": "Calls", "items-0-kind": "graduated", "items-0-is_left_out": "on",
        "items-0-tiers-0-up_to": "10", "items-0-tiers-0-unit_price": "1",
        "items-1-key": "seats", "items-1-name": "Seats", "items-1-kind": "per_unit", "items-1-amount": "8",
        "items-1-quantity": "4",
    }  # fmt: skip
    given = {"customer": str(scene.customer.id), "plan": str(used.id), "act": "add_tier:0", **tiers}
    drawn = client.post("/subscriptions/new", given, **PART).content.decode()
    assert 'name="items-0-tiers-1-unit_price"' in drawn
    assert re.search(r'name="items-0-is_left_out"[^>]*checked', drawn)
    assert re.search(r'name="items-1-quantity" value="4"', drawn)


def test_sb4_a_flat_price_offers_no_quantity(client: Client, scene: Scene, plan: Plan) -> None:
    row = begun(client, scene, plan)
    page = client.get(f"/subscriptions/{row.id}/change?kind=quantity").content.decode()
    assert '<option value="seats"' in page
    assert '<option value="base-fee"' not in page
    typed_anyway = {"kind": "quantity", "item": "base-fee", "quantity": "2", "act": "preview"}
    assert "base-fee" in client.post(f"/subscriptions/{row.id}/change", typed_anyway).content.decode()
    flat = plans.add_plan(
        new=NewPlan(code="FLAT", name="Flat", currency="EUR"),
        items=[ItemEntry(name="Fee", price={"kind": "flat", "amount": "9"})], actor=SYSTEM, at=NOW,
    )  # fmt: skip
    only = subscribed_to(client, scene, flat)
    assert "kind=quantity" not in client.get(f"/subscriptions/{only.id}").content.decode()
    empty = client.get(f"/subscriptions/{only.id}/change?kind=quantity").content.decode()
    assert "Nothing here is billed by a quantity" in empty
    assert f"/subscriptions/{only.id}/change?kind=price" in empty


def subscribed_to(client: Client, scene: Scene, plan: Plan) -> Subscription:
    fee = {"items-0-key": "fee", "items-0-name": "Fee", "items-0-kind": "flat", "items-0-amount": "9"}
    client.post(
        "/subscriptions/new",
        {"customer": str(scene.customer.id), "plan": str(plan.id), "starts_on": TODAY.isoformat(), "owner": "",
         "items-0-quantity": "1", **fee},
    )  # fmt: skip
    return Subscription.objects.get(plan_version__plan=plan)
