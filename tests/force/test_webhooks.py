"""Senders of webhooks that are killed in the middle, and several at once: everything is told, nothing is lost."""

import signal
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from conto.apps.audit import actions as audit
from conto.apps.integrations import actions
from conto.apps.integrations.models import WebhookAttempt, WebhookDelivery
from conto.domain import facts
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.flows import send_webhooks
from conto.gateways.outgoing import Outgoing
from tests.gateways.outgoing.receiver import open_receiver
from tests.house import FreshBook
from tests.waiting import PATIENCE_SECONDS, wait_until

# So patient that it is killed while the endpoint still hangs.
SENDER = f"""
import django; django.setup()
from datetime import UTC, datetime
from conto.flows import send_webhooks
from conto.gateways.outgoing import Outgoing
clock = lambda: datetime.now(UTC)
client = Outgoing(allow_private=True, seconds={PATIENCE_SECONDS})
send_webhooks.send_due(book_clock=clock, world_clock=clock, client=client)
"""


def happen(count: int) -> None:
    for number in range(count):
        fact = facts.NoteAdded(subject_id=new_id(), text=str(number))
        audit.record(fact, actor=SYSTEM, at=datetime.now(UTC))


@pytest.mark.force
def test_killed_and_racing_senders_tell_every_fact(fresh_book: FreshBook, settings: object) -> None:
    settings.ALLOW_PRIVATE_TARGETS = True  # type: ignore[attr-defined]
    fresh_book.env["CONTO_ALLOW_PRIVATE_TARGETS"] = "1"
    with open_receiver() as receiver:
        now = datetime.now(UTC)
        hanging, fine = (
            actions.add_endpoint(url=receiver.url(path), description="", types=["note.added"], actor=SYSTEM, at=now)
            for path in ("/hang", "/fine")
        )
        happen(30)
        senders = [fresh_book.start("-c", SENDER) for _ in range(2)]
        try:
            wait_until(lambda: len(receiver.on("/hang")) >= 4 and len(receiver.on("/fine")) >= 30)
        finally:
            for sender in senders:
                sender.send_signal(signal.SIGKILL)
                sender.wait()
        assert WebhookDelivery.objects.filter(endpoint=fine.endpoint).exclude(state="delivered").count() <= 8
        cut_off = WebhookDelivery.objects.filter(endpoint=hanging.endpoint, state="sending").count()
        assert cut_off > 0, "killed in the middle"
        actions.change_endpoint(
            endpoint_id=hanging.endpoint.id,
            url=receiver.url("/back"),
            description="",
            types=["note.added"],
            actor=SYSTEM,
            at=now,
        )
        later = datetime.now(UTC) + timedelta(minutes=20)
        client = Outgoing(allow_private=True, seconds=PATIENCE_SECONDS)
        send_webhooks.send_due(book_clock=lambda: later, world_clock=lambda: datetime.now(UTC), client=client)
        told = Counter(taken.headers["webhook-id"] for taken in receiver.on("/back"))
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}
    assert (len(told), set(told.values())) == (30, {1})
    assert len({taken.headers["webhook-id"] for taken in receiver.on("/fine")}) == 30
    assert WebhookAttempt.objects.filter(outcome="cut_off").count() >= cut_off
