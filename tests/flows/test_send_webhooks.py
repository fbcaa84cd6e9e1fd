"""Webhooks to a real receiver that takes them, fails, hangs, drips, leads astray, is gone, or never stops talking."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from conto.apps.audit import actions as audit
from conto.apps.audit.models import Fact
from conto.apps.integrations import actions, queries
from conto.apps.integrations.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from conto.apps.messaging.models import Mail
from conto.domain import facts
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.flows import send_webhooks
from conto.gateways.outgoing import Outgoing
from tests.domain.refusals import refused
from tests.gateways.outgoing.receiver import SECONDS_FOR_A_HEAD, Receiver, open_receiver
from tests.scene import NOW, Scene
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.django_db
CLIENT = Outgoing(allow_private=True, seconds=PATIENCE_SECONDS)
SHORT_SECONDS = 0.6  # for who must run into it


@pytest.fixture(autouse=True)
def private_targets(settings: object) -> None:
    settings.ALLOW_PRIVATE_TARGETS = True  # type: ignore[attr-defined]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as opened:
        yield opened


def endpoint(url: str, *types: str) -> actions.MadeEndpoint:
    return actions.add_endpoint(url=url, description="", types=types or ["note.added"], actor=SYSTEM, at=NOW)


def note(text: str = "Hello") -> UUID:
    return audit.record(facts.NoteAdded(subject_id=new_id(), text=text), actor=SYSTEM, at=NOW)


def send(at: datetime = NOW, *, client: Outgoing = CLIENT) -> int:
    return send_webhooks.send_due(book_clock=lambda: at, world_clock=lambda: datetime.now(UTC), client=client)


def only_delivery() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


def outcomes() -> list[str]:
    return list(WebhookAttempt.objects.order_by("id").values_list("outcome", flat=True))


class TestTelling:
    def test_a_fact_is_told_once_signed_and_with_its_own_id(self, receiver: Receiver) -> None:
        made = endpoint(receiver.url("/hooks"))
        fact_id = note()
        assert send() == 1
        assert send() == 0
        (taken,) = receiver.taken
        content = Webhook(made.secret).verify(taken.body, taken.headers)
        assert content["type"] == "note.added"
        assert content["data"]["details"] == {"text": "Hello"}
        assert taken.headers["webhook-id"] == str(fact_id)
        assert taken.headers["content-type"] == "application/json"
        assert (only_delivery().state, outcomes()) == ("delivered", ["taken"])
        assert WebhookEndpoint.objects.get().last_success_at == NOW

    def test_each_endpoint_is_told_what_it_wants(self, receiver: Receiver) -> None:
        endpoint(receiver.url("/all"), *[])
        WebhookEndpoint.objects.update(kinds=[])
        endpoint(receiver.url("/notes"), "note.added")
        endpoint(receiver.url("/payments"), "payment.received")
        note()
        send()
        kinds = {json.loads(taken.body)["type"] for taken in receiver.on("/all")}
        assert kinds >= {"note.added", "webhook_endpoint.added"}
        assert len(receiver.on("/notes")) == 1
        assert receiver.on("/payments") == []

    def test_what_happened_before_an_endpoint_was_there_is_no_news(self, receiver: Receiver) -> None:
        note("old")
        endpoint(receiver.url())
        note("new")
        send()
        assert [json.loads(taken.body)["data"]["details"]["text"] for taken in receiver.taken] == ["new"]

    def test_from_where_it_was_done_and_bank_details_are_not_told(self, receiver: Receiver, scene: Scene) -> None:
        endpoint(receiver.url(), "business.changed", "note.added")
        origin = facts.Origin("web", "198.51.100.7", "Canary browser")
        actor = facts.Actor(scene.owner.id, "member", "Ada Lovelace", origin)
        changes = {"bank_account.iban": ["", "DE02120300000000202051"], "city": ["A", "B"]}
        audit.record(facts.BusinessChanged(subject_id=scene.seller.id, changes=changes), actor=actor, at=NOW)
        send()
        (taken,) = receiver.taken
        for canary in (b"DE0212", b"198.51.100.7", b"Canary", b"Lovelace"):
            assert canary not in taken.body
        assert json.loads(taken.body)["data"]["details"]["changes"]["city"] == ["A", "B"]

    def test_a_disabled_endpoint_is_told_nothing_and_what_waited_is_kept(self, receiver: Receiver) -> None:
        made = endpoint(receiver.url("/500"))
        note("first")
        send()
        actions.disable_endpoint(endpoint_id=made.endpoint.id, actor=SYSTEM, at=NOW)
        note("meanwhile")
        assert send(NOW + timedelta(hours=1)) == 0
        actions.change_endpoint(
            endpoint_id=made.endpoint.id,
            url=receiver.url("/ok"),
            description="",
            types=["note.added"],
            actor=SYSTEM,
            at=NOW,
        )
        actions.enable_endpoint(endpoint_id=made.endpoint.id, actor=SYSTEM, at=NOW)
        send(NOW + timedelta(hours=1))
        assert [json.loads(taken.body)["data"]["details"]["text"] for taken in receiver.on("/ok")] == ["first"]

    def test_a_rotated_secret_signs_beside_the_old_one_for_a_day(self, receiver: Receiver) -> None:
        old = endpoint(receiver.url())
        new = actions.rotate_secret(endpoint_id=old.endpoint.id, actor=SYSTEM, at=NOW)
        assert old.secret != new.secret
        note()
        send()
        for made in (old, new):
            Webhook(made.secret).verify(receiver.taken[0].body, receiver.taken[0].headers)
        note()
        send(NOW + timedelta(days=2))
        Webhook(new.secret).verify(receiver.taken[1].body, receiver.taken[1].headers)
        assert receiver.taken[1].headers["webhook-signature"].count("v1,") == 1

    def test_the_secret_is_kept_sealed(self) -> None:
        made = endpoint("http://127.0.0.1:9/")
        row = WebhookEndpoint.objects.get()
        assert made.secret not in str(row.__dict__)
        assert made.secret.removeprefix("whsec_") not in str(row.__dict__)
        assert "whsec_" not in repr(made)
        told = str(list(Fact.objects.values_list("payload__body", flat=True)))
        assert "whsec_" not in told


class TestFailing:
    @pytest.mark.parametrize(
        ("path", "outcome", "status"),
        [
            ("/500", "turned_away", 500),
            ("/404", "turned_away", 404),
            ("/hang", "late", None),
            ("/drip-head", "late", None),
            ("/redirect", "redirected", 302),
            ("/nonsense", "broken", None),
            ("/break", "broken", None),
        ],
    )
    def test_a_failure_is_noted_in_words_and_tried_again(
        self, receiver: Receiver, path: str, outcome: str, status: int | None
    ) -> None:
        endpoint(receiver.url(path))
        note()
        seconds = SHORT_SECONDS if outcome == "late" else PATIENCE_SECONDS
        send(client=Outgoing(allow_private=True, seconds=seconds))
        assert receiver.ended == [], "it is given up while it still hangs"
        attempt = WebhookAttempt.objects.get()
        assert (attempt.outcome, attempt.status) == (outcome, status)
        assert attempt.status or attempt.words
        delivery = only_delivery()
        assert (delivery.state, delivery.attempts) == ("waiting", 1)
        assert delivery.next_attempt_at is not None
        assert timedelta(seconds=4) < delivery.next_attempt_at - NOW < timedelta(seconds=6)
        assert receiver.on("/secret") == [], "a redirect is never followed"

    @pytest.mark.parametrize(("path", "excerpt"), [("/gigabyte", "x" * 1000), ("/drip-body", "x")])
    def test_an_answer_without_end_is_cut_off_and_counts_as_its_head_says(
        self, receiver: Receiver, path: str, excerpt: str
    ) -> None:
        endpoint(receiver.url(path))
        note()
        send(client=Outgoing(allow_private=True, seconds=SECONDS_FOR_A_HEAD))
        attempt = WebhookAttempt.objects.get()
        assert receiver.ended == [], "it is cut off while it still talks"
        assert (attempt.outcome, attempt.status, only_delivery().state) == ("taken", 200, "delivered")
        assert attempt.excerpt.startswith(excerpt)
        assert len(attempt.excerpt) <= 1000

    def test_a_private_target_is_not_asked_where_it_is_not_allowed(self, receiver: Receiver) -> None:
        endpoint(receiver.url())
        note()
        strict = Outgoing(allow_private=False)
        send_webhooks.send_due(book_clock=lambda: NOW, world_clock=lambda: datetime.now(UTC), client=strict)
        assert (outcomes(), receiver.taken) == (["address"], [])

    def test_a_message_is_tried_nine_times_with_the_same_id_and_then_has_failed(self, receiver: Receiver) -> None:
        endpoint(receiver.url("/500"))
        fact_id = note()
        at = NOW
        for _ in range(9):
            assert send(at) == 1
            at = max(only_delivery().next_attempt_at or at, WebhookEndpoint.objects.get().quiet_until or at)
        assert send(at + timedelta(days=1)) == 0
        assert {taken.headers["webhook-id"] for taken in receiver.taken} == {str(fact_id)}
        assert len({taken.body for taken in receiver.taken}) == 1
        assert (only_delivery().state, len(receiver.taken)) == ("failed", 9)
        assert timedelta(days=2.5) < at - NOW < timedelta(days=3.5)

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_busy_receiver_is_left_alone_as_long_as_it_asks(self, receiver: Receiver, status: int) -> None:
        receiver.status, receiver.answer_headers = status, {"Retry-After": "600"}
        endpoint(receiver.url())
        note()
        note()
        send()
        assert set(outcomes()) == {"busy"}
        for delivery in WebhookDelivery.objects.all():
            assert delivery.next_attempt_at is not None
            assert delivery.next_attempt_at >= NOW + timedelta(seconds=600)
        note("another")
        receiver.status = 200
        assert send(NOW + timedelta(seconds=590)) == 0
        assert send(NOW + timedelta(seconds=700)) == 3

    def test_410_disables_the_endpoint_and_the_owner_hears_of_it(self, receiver: Receiver, scene: Scene) -> None:
        endpoint(receiver.url("/410"))
        note()
        note()
        send()
        row = WebhookEndpoint.objects.get()
        assert (row.disabled_reason, row.disabled_at) == ("gone", NOW)
        fact = Fact.objects.select_related("payload").get(kind="webhook_disabled")
        assert fact.payload.body["reason"] == "gone"
        mail = Mail.objects.get(purpose="alert")
        assert mail.to_address == scene.owner.email
        assert f"/settings/webhooks/{row.id}" in mail.text
        assert "410" in mail.text
        count = len(receiver.taken)
        note()
        assert send(NOW + timedelta(days=1)) == 0
        assert len(receiver.taken) == count

    def test_five_days_of_nothing_but_failures_disable_the_endpoint(self, receiver: Receiver, scene: Scene) -> None:
        endpoint(receiver.url("/500"))
        for day in range(5):
            note()
            send(NOW + timedelta(days=day))
        assert WebhookEndpoint.objects.get().is_enabled
        send(NOW + timedelta(days=5))
        row = WebhookEndpoint.objects.get()
        assert (row.disabled_reason, row.failing_since) == ("failing", NOW)
        assert Mail.objects.get(purpose="alert").to_address == scene.owner.email

    def test_one_success_ends_the_failing(self, receiver: Receiver) -> None:
        endpoint(receiver.url())
        receiver.status = 500
        note()
        send()
        assert WebhookEndpoint.objects.get().failing_since == NOW
        receiver.status = 204
        send(NOW + timedelta(minutes=1))
        row = WebhookEndpoint.objects.get()
        assert (row.failing_since, row.failures, row.quiet_until) == (None, 0, None)

    @pytest.mark.parametrize(("hanging", "hung_before"), [(3, False), (5, False), (6, True)])
    def test_endpoints_that_hang_do_not_hold_up_the_others(
        self, receiver: Receiver, hanging: int, *, hung_before: bool
    ) -> None:
        for number in range(hanging):
            endpoint(f"{receiver.url('/hang')}#{number}")
        if hung_before:
            note()
            send(client=Outgoing(allow_private=True, seconds=SHORT_SECONDS))
        ok = endpoint(receiver.url("/ok")).endpoint
        for _ in range(4):
            note()
        ended_before, known = list(receiver.ended), WebhookAttempt.objects.count()

        def let_go_after_the_others() -> None:
            try:
                wait_until(lambda: len(receiver.on("/ok")) == 4)
                ended_before.extend(receiver.ended)
            finally:
                receiver.ends.set()

        watching = threading.Thread(target=let_go_after_the_others)
        watching.start()
        send(NOW + timedelta(minutes=1))
        watching.join()
        assert len(receiver.on("/ok")) == 4
        assert set(WebhookDelivery.objects.filter(endpoint=ok).values_list("state", flat=True)) == {"delivered"}
        # They were served while each of the others hung: those were let go then, and nobody had given them up.
        assert ended_before == []
        hung = WebhookAttempt.objects.exclude(delivery__endpoint=ok).order_by("id")[known:]
        assert {attempt.outcome for attempt in hung} == {"broken"}
        assert len({attempt.delivery.endpoint_id for attempt in hung}) == hanging

    def test_a_failing_endpoint_gets_one_try_at_a_time(self, receiver: Receiver) -> None:
        made = endpoint(receiver.url("/500"))
        for _ in range(6):
            note()
        actions.relay_facts(at=NOW)
        WebhookEndpoint.objects.update(failing_since=NOW - timedelta(days=1), failures=2)
        assert len(actions.claim_due(at=NOW, busy={}, places=16)) == 1
        assert actions.claim_due(at=NOW, busy={made.endpoint.id: 1}, places=16) == []


class TestCutOff:
    def test_a_sender_that_was_killed_is_followed_by_another_after_a_minute(self, receiver: Receiver) -> None:
        endpoint(receiver.url())
        note()
        actions.relay_facts(at=NOW)
        (claim,) = actions.claim_due(at=NOW, busy={}, places=1)
        assert send(NOW + timedelta(seconds=59)) == 0, "it may still be at it"
        assert send(NOW + timedelta(seconds=61)) == 1
        assert receiver.taken[0].headers["webhook-id"] == str(claim.message_id)
        assert outcomes() == ["cut_off", "taken"]
        late = actions.Outcome("turned_away", status=500)
        actions.note_outcome(claim=claim, outcome=late, at=NOW + timedelta(seconds=62))
        assert only_delivery().state == "delivered", "the first sender comes too late to change it"

    def test_an_endpoint_removed_while_it_is_asked_leaves_nothing(self, receiver: Receiver) -> None:
        made = endpoint(receiver.url())
        note()
        actions.relay_facts(at=NOW)
        (claim,) = actions.claim_due(at=NOW, busy={}, places=1)
        actions.remove_endpoint(endpoint_id=made.endpoint.id, actor=SYSTEM, at=NOW)
        actions.note_outcome(claim=claim, outcome=actions.Outcome("taken", status=200), at=NOW)
        assert (WebhookDelivery.objects.count(), WebhookAttempt.objects.count()) == (0, 0)
        assert Fact.objects.filter(kind="webhook_endpoint_removed").count() == 1


class TestReplay:
    def test_one_delivery_is_sent_again_with_its_id(self, receiver: Receiver) -> None:
        endpoint(receiver.url())
        note()
        send()
        actions.replay_delivery(delivery_id=only_delivery().id, actor=SYSTEM, at=NOW)
        send()
        assert len(receiver.taken) == 2
        assert len({taken.headers["webhook-id"] for taken in receiver.taken}) == 1
        assert outcomes() == ["taken", "taken"]

    def test_all_that_failed_since_a_time_are_sent_again(self, receiver: Receiver) -> None:
        made = endpoint(receiver.url())
        for _ in range(3):
            note()
        actions.relay_facts(at=NOW)
        ids = list(WebhookDelivery.objects.order_by("id").values_list("id", flat=True))
        for index, delivery_id in enumerate(ids):
            WebhookDelivery.objects.filter(id=delivery_id).update(
                state="failed", next_attempt_at=None, finished_at=NOW + timedelta(hours=index)
            )
        again = actions.replay_failed(
            endpoint_id=made.endpoint.id, since=NOW + timedelta(hours=1), actor=SYSTEM, at=NOW + timedelta(hours=5)
        )
        assert again == 2
        assert send(NOW + timedelta(hours=5)) == 2
        assert Fact.objects.select_related("payload").get(kind="webhook_replayed").payload.body["deliveries"] == 2

    def test_what_is_being_sent_or_disabled_is_not_sent_again(self, receiver: Receiver) -> None:
        made = endpoint(receiver.url())
        note()
        actions.relay_facts(at=NOW)
        actions.claim_due(at=NOW, busy={}, places=1)
        with refused("webhook.being_sent"):
            actions.replay_delivery(delivery_id=only_delivery().id, actor=SYSTEM, at=NOW)
        actions.disable_endpoint(endpoint_id=made.endpoint.id, actor=SYSTEM, at=NOW)
        with refused("webhook.is_disabled"):
            actions.replay_delivery(delivery_id=only_delivery().id, actor=SYSTEM, at=NOW)


class TestTrying:
    def test_a_test_event_is_sent_at_once_and_tried_once(self, receiver: Receiver) -> None:
        made = endpoint(receiver.url())
        given = {"endpoint_id": made.endpoint.id, "actor": SYSTEM, "at": NOW, "client": CLIENT}
        outcome = send_webhooks.send_test(**given, world_clock=lambda: datetime.now(UTC))  # type: ignore[arg-type]
        assert (outcome.name, outcome.status) == ("taken", 200)
        content = Webhook(made.secret).verify(receiver.taken[0].body, receiver.taken[0].headers)
        assert content["type"] == "webhook.tested"
        receiver.status = 500
        outcome = send_webhooks.send_test(**given, world_clock=lambda: datetime.now(UTC))  # type: ignore[arg-type]
        assert outcome.name == "turned_away"
        assert send(NOW + timedelta(days=1)) == 0
        assert WebhookEndpoint.objects.get().failing_since is None, "a test is no failure of the endpoint"
        assert WebhookDelivery.objects.filter(state="failed").count() == 1

    def test_what_an_endpoint_may_not_be(self, settings: object) -> None:
        settings.ALLOW_PRIVATE_TARGETS = False  # type: ignore[attr-defined]
        with refused("target.private"):
            endpoint("https://127.0.0.1/")
        with refused("target.not_https"):
            endpoint("http://example.com/")
        with refused("webhook.unknown_type"):
            endpoint("https://example.com/", "invoice.eaten")

    def test_old_deliveries_are_forgotten(self, receiver: Receiver) -> None:
        endpoint(receiver.url())
        note()
        send()
        assert actions.forget_deliveries(at=NOW + timedelta(days=29)) == 0
        assert actions.forget_deliveries(at=NOW + timedelta(days=31)) == 1
        assert WebhookAttempt.objects.count() == 0


def test_health_counts_what_finished_lately(receiver: Receiver) -> None:
    made = endpoint(receiver.url())
    for _ in range(3):
        note()
    send()
    WebhookDelivery.objects.filter(id=WebhookDelivery.objects.values("id")[:1]).update(state="failed")
    note()
    actions.relay_facts(at=NOW)
    health = queries.health_of(made.endpoint.id)
    assert (health.delivered, health.failed, health.waiting, health.percent) == (2, 1, 1, 66)
