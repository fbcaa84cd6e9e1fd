"""Webhooks in the browser: added, tried, looked at, sent again, and the receiver of the handbook."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from standardwebhooks import Webhook

from conto.apps.audit.models import Fact
from conto.apps.crm import actions as crm
from conto.apps.integrations import actions, queries
from conto.apps.integrations.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from conto.domain import webhooks
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.flows import send_webhooks
from conto.gateways.outgoing import Outgoing
from tests.environment import ROOT
from tests.gateways.outgoing.receiver import Receiver, open_receiver
from tests.waiting import PATIENCE_SECONDS, wait_until
from tests.web.living import NOW, Living

CLIENT = Outgoing(allow_private=True, seconds=PATIENCE_SECONDS)


@pytest.fixture(autouse=True)
def private_targets(settings: object) -> None:
    settings.ALLOW_PRIVATE_TARGETS = True  # type: ignore[attr-defined]
    send_webhooks.our_client.cache_clear()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as opened:
        yield opened


@pytest.fixture
def book(living_book: Living) -> Living:
    actions.remove_endpoint(endpoint_id=living_book.ids["endpoint_id"], actor=SYSTEM, at=NOW)
    return living_book


@pytest.fixture
def ada(book: Living) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[Role.OWNER])
    return client


def add(client: Client, url: str, **more: object) -> str:
    given = {"url": url, "description": "Shop", "wants": "some", "types": ["note.added"], **more}
    answer = client.post("/settings/webhooks/new", given)
    assert answer.status_code == 200, answer.content.decode()[:300]
    match = re.search(r"whsec_[A-Za-z0-9+/=]+", answer.content.decode())
    assert match, answer.content.decode()
    return match[0]


def send() -> int:
    return send_webhooks.send_due(
        book_clock=lambda: datetime.now(UTC), world_clock=lambda: datetime.now(UTC), client=CLIENT
    )


def note(book: Living, text: str = "Told") -> None:
    crm.write_note(customer=book.customer, body=text, actor=SYSTEM, at=NOW)


def test_the_secret_is_shown_once_and_opens_what_is_sent(ada: Client, book: Living, receiver: Receiver) -> None:
    secret = add(ada, receiver.url())
    note(book)
    send()
    assert Webhook(secret).verify(receiver.taken[0].body, receiver.taken[0].headers)["type"] == "note.added"
    row = WebhookEndpoint.objects.get()
    for page in ("/settings/webhooks", f"/settings/webhooks/{row.id}", f"/settings/webhooks/{row.id}/change"):
        assert "whsec_" not in ada.get(page).content.decode()
    assert Fact.objects.get(kind="webhook_endpoint_added", subject_id=row.id).actor_name == "Owner Berg"


def test_whoever_has_not_shown_lately_who_they_are_is_asked_before_a_secret(ada: Client, book: Living) -> None:
    row = actions.add_endpoint(url="https://example.com/", description="", types=[], actor=SYSTEM, at=NOW).endpoint
    session = ada.session
    session["proved_at"] = 0
    session.save()
    for answer in (ada.get("/settings/webhooks/new"), ada.post(f"/settings/webhooks/{row.id}/rotate")):
        assert answer.status_code in {302, 303}
        assert answer.headers["Location"].startswith("/prove")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "ftp://example.com/"}, "must begin with https"),
        ({"url": "https://ada:x@example.com/"}, "user name or password"),
        ({"url": "https://169.254.169.254/"}, "not a place on the public internet"),
        ({"url": "https://2130706433/"}, "plainly"),
        ({"url": "https://example.com/", "types": []}, "Choose at least one event."),
    ],
)
def test_what_cannot_be_is_said_at_its_field(ada: Client, given: dict[str, object], words: str) -> None:
    answer = ada.post("/settings/webhooks/new", {"wants": "some", "types": ["note.added"], **given})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert WebhookEndpoint.objects.count() == 0


def test_a_test_event_shows_what_the_endpoint_answers(ada: Client, receiver: Receiver) -> None:
    add(ada, receiver.url())
    row = WebhookEndpoint.objects.get()
    said = ada.post(f"/settings/webhooks/{row.id}/test").content.decode()
    assert "Taken (200)" in said
    receiver.status = 500
    assert "Turned away (500)" in ada.post(f"/settings/webhooks/{row.id}/test").content.decode()
    assert [webhooks.event_type(kind) for kind in WebhookDelivery.objects.values_list("kind", flat=True)] == [
        "webhook.tested"
    ] * 2


def test_a_failed_delivery_is_looked_at_and_sent_again(ada: Client, book: Living, receiver: Receiver) -> None:
    receiver.status = 500
    add(ada, receiver.url())
    row = WebhookEndpoint.objects.get()
    note(book)
    send()
    delivery = WebhookDelivery.objects.get()
    page = ada.get(f"/settings/webhooks/{row.id}").content.decode()
    assert "Failing" in page
    assert "Turned away (500)" in page
    shown = ada.get(f"/settings/webhooks/deliveries/{delivery.id}").content.decode()
    assert str(delivery.fact_id) in shown
    assert "note.added" in shown
    receiver.status = 204
    assert ada.post(f"/settings/webhooks/deliveries/{delivery.id}/replay").status_code == 303
    send()
    assert WebhookDelivery.objects.get().state == "delivered"
    assert len({taken.headers["webhook-id"] for taken in receiver.taken}) == 1


def test_all_that_failed_since_a_day_are_sent_again(ada: Client, book: Living, receiver: Receiver) -> None:
    add(ada, receiver.url())
    row = WebhookEndpoint.objects.get()
    for text in "ab":
        note(book, text)
    actions.relay_facts(at=NOW)
    WebhookDelivery.objects.update(state="failed", next_attempt_at=None, finished_at=NOW)
    assert "Send failed ones again" in ada.get(f"/settings/webhooks/{row.id}").content.decode()
    assert ada.post(f"/settings/webhooks/{row.id}/replay", {"since": "2026-11-21"}).status_code == 303
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"failed"}
    ada.post(f"/settings/webhooks/{row.id}/replay", {"since": "2026-11-19"})
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"waiting"}
    ada.post(f"/settings/webhooks/{row.id}/replay", {"since": "never"})


def test_an_endpoint_is_changed_disabled_enabled_rotated_and_removed(ada: Client, book: Living) -> None:
    old = add(ada, "https://example.com/a")
    row = WebhookEndpoint.objects.get()
    here = f"/settings/webhooks/{row.id}"
    assert ada.post(f"{here}/change", {"url": "https://example.com/b", "wants": "all"}).status_code == 303
    row.refresh_from_db()
    assert (row.url, row.kinds) == ("https://example.com/b", [])
    ada.post(f"{here}/enabled")
    assert "Disabled by hand" in ada.get(here).content.decode()
    ada.post(f"{here}/enabled")
    answer = ada.post(f"{here}/rotate").content.decode()
    assert "whsec_" in answer
    assert old not in answer
    assert "Old secret signs until" in ada.get(here).content.decode()
    ada.post(f"{here}/remove")
    assert ada.get(here).status_code == 404
    kinds = set(Fact.objects.filter(subject_id=row.id).values_list("kind", flat=True))
    assert kinds == {
        "webhook_endpoint_added",
        "webhook_endpoint_changed",
        "webhook_secret_rotated",
        "webhook_endpoint_removed",
    }


def test_what_an_endpoint_answers_is_shown_as_text(ada: Client, book: Living) -> None:
    add(ada, "https://example.com/a")
    note(book, "<script>alert(1)</script>")
    actions.relay_facts(at=NOW)
    for claim in actions.claim_due(at=NOW, busy={}, places=16):
        outcome = actions.Outcome("turned_away", status=500, excerpt="<script>alert(2)</script>\0")
        actions.note_outcome(claim=claim, outcome=outcome, at=NOW)
    delivery = WebhookDelivery.objects.get()
    page = ada.get(f"/settings/webhooks/deliveries/{delivery.id}").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(2)" in page


def test_the_empty_pages_say_what_they_are_for(ada: Client) -> None:
    assert "Nobody is told yet" in ada.get("/settings/webhooks").content.decode()
    events = ada.get("/settings/webhooks/events").content.decode()
    assert all(name in events for name in webhooks.event_types())
    assert WebhookAttempt.objects.count() == 0
    assert queries.healths() == {}


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_event_of_the_handbook_can_be_told(language: str) -> None:
    text = (ROOT / "docs" / "handbook" / language / "webhooks.md").read_text()
    named = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", text, re.MULTILINE))
    assert len(named) > 10
    assert named <= set(webhooks.event_types())


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_receiver_of_the_handbook_takes_what_is_sent(
    ada: Client, book: Living, tmp_path: Path, language: str
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    secret = add(ada, f"http://127.0.0.1:{port}/")
    text = (ROOT / "docs" / "handbook" / language / "webhooks.md").read_text()
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert code
    program = tmp_path / "receiver.py"
    program.write_text(code[1].replace("whsec_…", secret).replace("8139", str(port)))
    receiver = subprocess.Popen(
        [sys.executable, "-u", str(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    try:
        wait_until(lambda: _listens(port))
        note(book, "Grüße")
        send()
        delivery = WebhookDelivery.objects.get()
        assert (delivery.state, WebhookAttempt.objects.get().status) == ("delivered", 204)
        actions.rotate_secret(endpoint_id=delivery.endpoint_id, actor=SYSTEM, at=NOW)
        actions.replay_delivery(delivery_id=delivery.id, actor=SYSTEM, at=NOW)
        WebhookEndpoint.objects.update(previous_until=NOW)  # the old secret's day is over
        send()
        assert WebhookAttempt.objects.order_by("-id")[0].status == 401, "a signature by another secret is refused"
    finally:
        receiver.terminate()
        out, _ = receiver.communicate(timeout=PATIENCE_SECONDS)
    assert out.decode().strip() == "note.added {'text': 'Grüße'}"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
