"""Billing runs on pages: started by the worker, tried dry, followed, and what was set aside billed again."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.html import escape

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as invoices
from conto.apps.invoicing.models import Document, Draft
from conto.apps.subscriptions import actions, queries
from conto.apps.subscriptions.entries import ChangeEntry
from conto.apps.subscriptions.models import BillingRun, DryRun, SetAside, Settlement, SubscriptionItem
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.domain.permissions import Role
from conto.flows import billing_run, dry_run
from tests.agreements import subscribed
from tests.scene import NOW, Scene
from tests.web.subscriptions.test_pages import client, scene, seconds_to

pytestmark = pytest.mark.django_db
__all__ = ["client", "scene"]


def test_a_run_is_asked_of_the_worker_once(client: Client) -> None:
    assert "No billing run yet" in client.get("/subscriptions/runs").content.decode()
    first = client.post("/subscriptions/runs/start", follow=True).content.decode()
    assert "The worker bills what is due now." in first
    again = client.post("/subscriptions/runs/start", follow=True).content.decode()
    assert "A billing run is waiting for the worker already." in again


def test_sb8_a_dry_run_is_followed_on_its_page_and_keeps_nothing(client: Client, scene: Scene) -> None:
    row = subscribed(scene.customer)
    odd = subscribed(scene.person, 8)
    odd_price = {"position": 9, "key": "odd", "name": "Odd", "price": {"kind": "guess"}}
    SubscriptionItem.objects.create(id=new_id(), subscription=odd, **odd_price)
    address = client.post("/subscriptions/runs/dry").headers["Location"]
    dry_id = DryRun.objects.get().id
    assert "It waits for the worker" in client.get(address).content.decode()
    again = client.post("/subscriptions/runs/dry", follow=True)
    assert (again.redirect_chain[0][0], DryRun.objects.count()) == (address, 1)
    assert "A dry run is under way already." in again.content.decode()
    actions.start_dry_run(run_id=dry_id, at=NOW)
    going = client.get(address).content.decode()
    assert "<progress" in going
    assert "0 of 2" in going
    dry_run.work(run_id=dry_id, clock=lambda: NOW)
    page = client.get(address).content.decode()
    assert "<progress" not in page
    assert "every 2s" not in page
    for shown in (
        "This is what a run would do",
        escape(scene.customer.name),
        "€70.21",
        "€59.00",
        odd.number,
        "Base fee",
    ):
        assert shown in page, shown
    runs = client.get("/subscriptions/runs").content.decode()
    assert address in runs
    assert 'data-word="Would be billed"' in runs, "on a phone a figure says what it counts"
    assert 'data-word="Would be set aside"' in runs
    assert not Settlement.objects.exists()
    assert not Document.objects.exists()
    row.refresh_from_db()
    assert row.settled_count == 0


def test_sb8_a_dry_run_whose_worker_is_gone_says_so(client: Client) -> None:
    dry, _is_new = dry_run.begin(actor=SYSTEM, at=NOW)
    actions.start_dry_run(run_id=dry.id, at=NOW)
    actions.forget_dry_runs(at=NOW + timedelta(minutes=31))
    assert "It was cut off" in client.get(f"/subscriptions/runs/dry/{dry.id}").content.decode()
    assert "cut off" in client.get("/subscriptions/runs").content.decode()


def test_a_run_is_shown_while_it_goes_on_and_when_it_is_through(client: Client, scene: Scene) -> None:
    subscribed(scene.customer)
    run = billing_run.run(actor=SYSTEM, at=NOW)
    page = client.get(f"/subscriptions/runs/{run.id}").content.decode()
    assert "Nothing waits." in page
    assert f"/subscriptions/runs/{run.id}" in client.get("/subscriptions/runs").content.decode()
    BillingRun.objects.filter(id=run.id).update(ended_at=None)
    going = client.get(f"/subscriptions/runs/{run.id}").content.decode()
    assert "<progress" in going
    assert "1 of 1" in going


def set_aside(scene: Scene) -> SetAside:
    """Let a credit fall due whose invoice still waits as a draft."""
    row = subscribed(scene.customer, is_reviewed=True)
    billing_run.run(actor=SYSTEM, at=NOW)
    row.refresh_from_db()
    leave = ChangeEntry(kind="cancel", when="now", on=NOW.date() + timedelta(days=1))
    change, _added = actions.planned_change(loaded=queries.load(row), entry=leave, at=NOW)
    actions.change_subscription(row=row, change=change, actor=SYSTEM, at=NOW)
    billing_run.run(actor=SYSTEM, at=NOW + timedelta(days=1))
    return SetAside.objects.select_related("subscription", "run").get()


def test_sb8_what_was_set_aside_says_why_and_is_tried_again(client: Client, scene: Scene) -> None:
    aside = set_aside(scene)
    row, why = aside.subscription, "What this would credit is not issued yet"
    for address in (f"/subscriptions/runs/{aside.run_id}", f"/subscriptions/{row.id}", "/subscriptions/"):
        page = client.get(address).content.decode()
        assert why in page, address
        assert row.number in page
    assert row.number in client.get("/subscriptions/?state=set_aside").content.decode()
    draft = Draft.objects.get()
    Business.objects.update(clock_ahead_seconds=seconds_to(NOW + timedelta(days=1)))
    still = client.post(f"/subscriptions/{row.id}/try-again", {"next": f"/subscriptions/runs/{aside.run_id}"})
    assert still["Location"] == f"/subscriptions/runs/{aside.run_id}"
    aside.refresh_from_db()
    assert aside.solved_at is None
    invoicing.issue_draft(draft=draft, actor=SYSTEM, at=NOW)
    client.post(f"/subscriptions/{row.id}/try-again")
    aside.refresh_from_db()
    assert aside.solved_at is not None
    assert not SetAside.objects.filter(solved_at__isnull=True).exists()


def test_who_may_not_bill_sees_no_runs(scene: Scene) -> None:
    seller = accounts.add_member(
        email="sel@nordlicht.example", name="Sel", role=Role.SALES, password="correct horse 9", actor=SYSTEM, at=NOW,
        language="en",
    )  # fmt: skip
    other = Client(SERVER_NAME="localhost")
    other.force_login(seller)
    row = subscribed(scene.customer)
    assert other.get("/subscriptions/runs").status_code == 403
    for address in ("/subscriptions/runs/start", "/subscriptions/runs/dry", f"/subscriptions/{row.id}/try-again"):
        assert other.post(address).status_code == 403


def test_gu4_the_page_of_a_run_leads_to_what_is_held(client: Client, scene: Scene) -> None:
    subscribed(scene.customer, is_reviewed=True)
    run = billing_run.run(actor=SYSTEM, at=NOW)
    draft = Draft.objects.get()
    page = client.get(f"/subscriptions/runs/{run.id}").content.decode()
    assert f"/invoices/{draft.id}" in page
    assert "To be looked at first, as agreed" in page
    Draft.objects.filter(id=draft.id).update(held_for="check.amount_unusual check.no_lines")
    assert "Unusual amount, Something is missing" in client.get(f"/subscriptions/runs/{run.id}").content.decode()
    listed = client.get("/invoices/?state=held").content.decode()
    assert "Unusual amount" in listed
    assert f"/invoices/{draft.id}" in listed
    invoicing.issue_draft(draft=draft, actor=SYSTEM, at=NOW)
    assert f"/invoices/{draft.id}" not in client.get(f"/subscriptions/runs/{run.id}").content.decode()
    assert "Nothing is held" in client.get("/invoices/?state=held").content.decode()


def test_sb12_a_minimum_is_set_on_its_page_and_what_is_carried_is_seen_where_it_matters(
    client: Client, scene: Scene
) -> None:
    assert "minimum" in client.get("/settings/minimums").content.decode().lower()
    assert client.post("/settings/minimums/save", {"EUR": "-1"}).status_code == 422
    client.post("/settings/minimums/save", {"EUR": "9000"})
    assert invoices.minimum_amounts() == {"EUR": 900_000}
    row = subscribed(scene.customer)
    run = billing_run.run(actor=SYSTEM, at=NOW)
    draft = Draft.objects.get()
    for page in (
        f"/subscriptions/runs/{run.id}", f"/subscriptions/{row.id}", f"/subscriptions/of/{scene.customer.id}",
        f"/invoices/{draft.id}",
    ):  # fmt: skip
        assert "Carried to the next invoice" in client.get(page).content.decode(), page
    assert f"/invoices/{draft.id}" in client.get("/invoices/?state=carried").content.decode()
    client.post("/settings/minimums/save", {"EUR": ""})
    assert invoices.minimum_amounts() == {}
    scene.owner.role = "admin"
    scene.owner.save()
    told = client.get("/settings/minimums").content.decode()
    assert "every invoice is issued" in told
    assert client.post("/settings/minimums/save", {"EUR": "1"}).status_code == 403
