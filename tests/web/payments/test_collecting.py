"""Charged invoices on pages: what failed is said and tried again or stopped by who may, cards are removed."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from conto.apps.accounts.models import Business
from conto.apps.audit.models import Fact
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document
from conto.apps.payments.models import Collection, SavedMethod
from conto.apps.subscriptions.models import Subscription
from conto.domain.facts import SYSTEM
from conto.flows import billing_run
from conto.gateways import payment as gateways
from conto.gateways.payment.sandbox.near import NearGateway
from conto.gateways.payment.sandbox.state import Memory
from tests.agreements import subscribed
from tests.collecting import saved, tried
from tests.scene import NOW, Scene, set_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    ahead = (NOW - datetime.now(UTC)) // timedelta(seconds=1)
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW,
        is_sandbox=True, clock_ahead_seconds=ahead,
    )  # fmt: skip
    return set_scene()


def link(document: Document) -> str:
    return f"/i/{invoicing.create_link(document=document, actor=SYSTEM, at=NOW).token}"


@pytest.fixture
def client(scene: Scene) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(scene.owner)
    return client


def test_cl5_cl6_what_was_not_charged_is_said_everywhere_and_tried_again_or_stopped(
    scene: Scene, client: Client
) -> None:
    document = scene.issued()
    page = client.get(f"/invoices/{document.id}").content.decode()
    assert "Saved card" not in page
    refused = client.post(f"/invoices/{document.id}/collect", {"act": "charge"}, follow=True)
    assert "saved no card" in refused.content.decode()
    method_id = saved(scene.customer, at=NOW)
    tried(document, at=NOW, failure_code="insufficient_funds")
    page = client.get(f"/invoices/{document.id}").content.decode()
    for words in ("There is not enough money on the card", "•••• 4242", "Charge the card now", "Do not charge"):
        assert words in page, words
    assert "It is tried again." in client.get("/").content.decode()
    subscribed(scene.customer, collection="charge")
    card = client.get(f"/subscriptions/of/{scene.customer.id}").content.decode()
    assert document.number in card
    assert "•••• 4242" in card
    client.post(f"/invoices/{document.id}/collect", {"act": "charge"})
    assert Collection.objects.get().next_at is not None
    client.post(f"/invoices/{document.id}/collect", {"act": "stop"})
    assert Collection.objects.get().state == "dropped"
    client.post(f"/customers/{scene.customer.id}/cards/{method_id}/remove")
    assert SavedMethod.objects.get().state == "removed"
    assert "•••• 4242" not in client.get(f"/subscriptions/of/{scene.customer.id}").content.decode()


def test_cl3_how_its_money_comes_is_set_where_a_card_can_be_saved(scene: Scene, client: Client) -> None:
    row = subscribed(scene.customer)
    address = f"/subscriptions/{row.id}/edit"
    typed = {"title": row.title, "owner": "", "version": row.version}
    client.post(address, {**typed, "collection": "charge"})
    assert Subscription.objects.get().collection == "charge"
    assert "no card is saved" in client.get(f"/subscriptions/{row.id}").content.decode()
    saved(scene.customer, at=NOW)
    assert "•••• 4242" in client.get(f"/subscriptions/{row.id}").content.decode()
    client.post(address, {**typed, "version": row.version + 1, "collection": "send"})
    Business.objects.update(is_sandbox=False, clock_ahead_seconds=0)
    assert "charged to the saved card" not in client.get(address).content.decode()


def test_cl1_cl2_the_customer_saves_a_card_sees_four_digits_and_removes_it(
    scene: Scene, client: Client, tmp_path: Path, settings: Any
) -> None:
    address = link(scene.issued())
    assert "Automatisch bezahlen" not in client.get(address).content.decode()  # nothing of theirs is charged
    subscribed(scene.customer, collection="charge")
    billing_run.run(actor=SYSTEM, at=NOW)
    document = Document.objects.get(id=Collection.objects.get().document_id)
    address = link(document)
    client.logout()
    page = client.get(address).content.decode()
    assert "Rechnungen von Nordlicht Studio automatisch" in page
    gateway = NearGateway(Memory(tmp_path / "g.sqlite"), "http://localhost:9", settings.SANDBOX_GATEWAY_KEY)
    with gateways.reached_near(gateway):
        way = client.post(f"{address}/card", {"act": "save"})
        leaving = client.get(way["Location"]).content.decode()
        session = re.search(r"/pay/([\w-]+)", leaving)
        assert session
        assert "Keine Karte ist gespeichert" in client.get(way["Location"].replace("to=", "saving=")).content.decode()
        gateway.sandbox.take_card(session[1], "4242424242424242")
        assert "Ihre Karte ist gespeichert" in client.get(way["Location"].replace("to=", "saving=")).content.decode()
        page = client.get(address).content.decode()
        assert "Visa •••• 4242" in page
        other = link(scene.issued(customer=scene.person))
        assert client.get(way["Location"].replace(address, other)).status_code == 404
        client.post(f"{address}/card", {"act": "remove"})
        client.post(f"{other}/card", {"act": "remove"})
    assert not SavedMethod.objects.filter(state="saved").exists()
    assert Fact.objects.get(kind="payment_method_removed").actor_kind == "customer"
