"""Late charges on their pages: the rule with its preview, the list, waived, left out, and refused."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conto.apps.accounts.models import Business
from conto.apps.invoicing.models import Document, Draft
from conto.apps.late import queries
from conto.apps.late.models import LateCharge
from tests.scene import NOW, Scene, line, set_scene

DAYS = 41


@pytest.fixture
def scene(db: None) -> Scene:
    # Its clock stands weeks after the day on which the invoices are issued, so that they are late.
    now = NOW + timedelta(days=DAYS)
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW,
        is_sandbox=True, clock_ahead_seconds=int((now - timezone.now()).total_seconds()),
    )  # fmt: skip
    return set_scene()


@pytest.fixture
def invoice(scene: Scene) -> Document:
    return scene.issued(line("1000"), terms_days=10)


@pytest.fixture
def client(scene: Scene) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(scene.owner)
    return client


TYPED = {
    "is_on": "on", "counts_from": "2026-01-01", "grace_days": "14", "yearly_percent": "9", "cap_percent": "0",
    "companies_only": "on", "charge_day": "1", "terms_days": "14", "EUR_fee_minor": "40.00",
}  # fmt: skip


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_lf10_the_rule_is_set_with_a_look_at_what_it_would_charge(client: Client, invoice: Document) -> None:
    assert "Say from which due date" in page(client, "/settings/late/preview")
    assert 'value="40.00"' in page(client, "/settings/late?preset=de")
    assert 'value="5"' in page(client, "/settings/late?preset=ch")
    seen = client.get("/settings/late/preview", TYPED).content.decode()
    assert invoice.number in seen
    assert "48.80" in seen
    assert "no invoice is late" in client.get("/settings/late/preview", TYPED | {"grace_days": "100"}).content.decode()
    assert client.post("/settings/late/save", TYPED | {"grace_days": "181"}).status_code == 422
    nothing = client.post("/settings/late/save", TYPED | {"yearly_percent": "0", "EUR_fee_minor": ""})
    assert nothing.status_code == 422
    assert "Set a fee or a percentage" in nothing.content.decode()
    assert not queries.late_rule().is_on
    assert client.post("/settings/late/save", TYPED).status_code in {302, 303}
    assert queries.late_rule().of("EUR").fee_minor == 4000
    assert invoice.number in page(client, "/settings/late")


def test_lf9_charges_are_listed_waived_and_left_out(client: Client, scene: Scene, invoice: Document) -> None:
    address = f"/invoices/{invoice.id}"
    assert page(client, f"{address}/late").strip() == "", "without a rule there is nothing to see"
    assert "No late charges here" in page(client, "/late-charges/")
    client.post("/settings/late/save", TYPED)
    assert f'hx-get="{address}/late"' in page(client, address)
    assert "48.80" in page(client, f"{address}/late")
    client.post("/late-charges/run")
    fee, interest = LateCharge.objects.order_by("position")
    assert invoice.number in page(client, "/late-charges/?state=draft")
    assert client.post(f"/late-charges/{fee.id}/waive", {"reason": ""}).status_code == 422
    client.post(f"/late-charges/{fee.id}/waive", {"reason": "Their first time"})
    assert "Their first time" in page(client, "/late-charges/?state=waived")
    assert client.post(f"/late-charges/{fee.id}/waive", {"reason": "again"}).status_code == 422
    draft = Draft.objects.get()
    assert client.post(f"/invoices/{draft.id}/discard").status_code < 500
    assert Draft.objects.exists(), "it goes by waiving"
    client.post(f"{address}/late/exclude", {"reason": "Disputed"})
    assert "Disputed" in page(client, f"{address}/late")
    client.post(f"{address}/late/exclude", {"act": "include"})
    client.post(f"/customers/{scene.customer.id}/late", {"reason": "An association"})
    assert "An association" in page(client, f"{address}/late")
    assert "An association" in page(client, f"/customers/{scene.customer.id}/late")
    assert "An association" in page(client, "/settings/late"), "who is exempt stands on the page of the rule"
    ended = client.post(f"/customers/{scene.customer.id}/late", {"act": "end", "back": "rule"})
    assert ended.headers["Location"] == "/settings/late"
    assert "Charged nothing" not in page(client, "/settings/late")
    assert queries.exemption_of(scene.customer.id) is None
    assert queries.exclusion_of(invoice.id) is None
    assert queries.charge_for(scene.owner, interest.id) is not None
