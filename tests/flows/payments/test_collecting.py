"""Invoices that are charged by themselves: each once, whatever dies, doubles, comes late or stays silent."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from conto.apps.accounts.models import Business
from conto.apps.audit import actions as audit
from conto.apps.audit.models import Alert, Fact, FactPayload
from conto.apps.bulk.invariants import ask
from conto.apps.invoicing.models import Document
from conto.apps.ledger import queries as ledger
from conto.apps.messaging.models import Mail
from conto.apps.payments import actions, queries
from conto.apps.payments.models import Charge, Checkout, Collection, GatewayEvent, Payment, SavedMethod
from conto.apps.payments.queries.invariants import INVARIANTS as OF_PAYMENTS
from conto.apps.subscriptions import actions as subscriptions
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.flows import billing_run, checkout, collect_invoices, refund_payment, save_method
from conto.gateways import payment as gateways
from conto.gateways.payment.protocol import GatewayRefused, GatewaySilent
from conto.gateways.payment.sandbox.near import NearGateway
from conto.gateways.payment.sandbox.state import Memory
from conto.jobs import reactions
from tests.apps.subscriptions.test_billing import begun
from tests.domain.refusals import refused
from tests.scene import NOW, Scene, set_scene

pytestmark = pytest.mark.django_db
GOOD, DECLINED, NO_FUNDS, ASKS = "4242424242424242", "4000000000000341", "4000000000009987", "4000002500003155"
SILENT, JUMBLED, LATER = "4000000000000119", "4000000000000101", "4000000000000077"
CONSENT = "Charge my card for invoices."


class Died(Exception):  # noqa: N818 -- named for what happened
    """The worker is killed."""


class Gateway(NearGateway):
    """The sandbox, at whose door one can die."""

    dies = ""
    forgets = "at once"
    asked: list[str]
    told: list[str]

    def _ask(self, method: str, path: str, fields: dict[str, Any] | None = None, key: str = "") -> dict[str, Any]:
        is_charge = path == "/v1/charges"
        if path == "/v1/forget":
            self.told.append((fields or {})["token"])
            if self.forgets == "silent":
                raise GatewaySilent("it does not hear")
            if self.forgets == "refused":
                raise GatewayRefused("no_key", "Who are you?")
            answer = super()._ask(method, path, fields, key)
            if self.forgets == "dies after":
                raise Died
            return answer
        if is_charge and self.dies == "before":
            raise Died
        if is_charge and self.dies == "unheard":
            raise GatewaySilent("before it heard us")
        answer = super()._ask(method, path, fields, key)
        if is_charge:
            self.asked.append(key)
            if self.dies == "after":
                raise Died
        return answer

    def tell(self, *, copies: int = 1, backwards: bool = False) -> None:
        """Deliver what it has to tell, as often and in the order that one likes."""
        events = self.take_events() * copies
        for event in reversed(events) if backwards else events:
            now = datetime.now(UTC)
            checkout.hear("sandbox", event.body, event.headers(self.key), now=now, at=NOW)


@dataclass
class Stage:
    """A scene with a gateway near by."""

    scene: Scene
    gateway: Gateway
    at: datetime = NOW
    paid: list[Payment] = field(default_factory=list)

    def save(self, number: str = GOOD, *, copies: int = 1) -> SavedMethod:
        """Let the customer save a card on a page of its own."""
        document = Document.objects.filter(customer=self.scene.customer).first() or self.scene.issued()
        way = save_method.begin(
            document, gateway="sandbox", consent=CONSENT, return_url="/", cancel_url="/", at=self.at
        )  # fmt: skip
        self.gateway.sandbox.take_card(way.page_url.rsplit("/", 1)[1], number)
        self.gateway.sandbox.settle_due()
        self.gateway.tell(copies=copies)
        method = SavedMethod.objects.get(id=way.method_id)
        return save_method.ask_again(method, at=self.at)

    def invoice(self) -> Document:
        """Issue an invoice that is to be charged."""
        document = self.scene.issued()
        actions.want_collection(wanted=[(document.id, document.customer_id)], at=self.at)
        return document

    def collect(self, days: int = 0, minutes: int = 0) -> int:
        """Let the worker charge what is due, some time later."""
        at = self.at + timedelta(days=days, minutes=minutes)
        return collect_invoices.collect_due(clock=lambda: at)

    def ask_again(self, minutes: int = 2) -> None:
        """Let the worker ask the gateway what it has not said."""
        checkout.reconcile(at=self.at + timedelta(minutes=minutes))


@pytest.fixture
def stage(db: None, tmp_path: Path, settings: Any) -> Iterator[Stage]:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW,
        is_sandbox=True,
    )  # fmt: skip
    gateway = Gateway(Memory(tmp_path / "gateway.sqlite"), "http://localhost:9", settings.SANDBOX_GATEWAY_KEY)
    gateway.asked, gateway.told = [], []
    with gateways.reached_near(gateway):
        yield Stage(set_scene(), gateway)


def facts_of(kind: str) -> list[FactPayload]:
    return list(FactPayload.objects.filter(fact__kind=kind).order_by("fact_id"))


def standing(document: Document) -> tuple[str, str, int]:
    return Collection.objects.values_list("state", "reason", "attempts").get(document_id=document.id)


def assert_paid_once(document: Document) -> None:
    assert [each.amount_minor for each in Payment.objects.all()] == [document.payable_minor]
    assert ledger.open_minor(document.id) == 0
    assert standing(document)[0] == "collected"
    assert not Charge.objects.filter(ended_at__isnull=True).exists()
    assert {rule.id: ask(rule).shown for rule in OF_PAYMENTS if ask(rule).violated} == {}


def mails(purpose: str = "document") -> list[str]:
    return list(Mail.objects.filter(purpose=purpose).order_by("id").values_list("subject", flat=True))


def test_cl1_what_is_saved_is_agreed_to_word_for_word_and_its_token_stays_secret(stage: Stage) -> None:
    document = stage.scene.issued()
    with refused("saving.not_agreed"):
        save_method.begin(document, gateway="sandbox", consent=" ", return_url="/", cancel_url="/", at=NOW)
    method = stage.save(copies=3)
    assert (method.brand, method.last_four, method.consent, method.consent_version) == (
        "Visa", "4242", CONSENT, "2026-11",
    )  # fmt: skip
    token = actions.token_of(method)
    assert token.startswith("met_")
    assert token not in method.token_sealed
    told = f"{list(GatewayEvent.objects.values_list('body', flat=True))}{list(FactPayload.objects.values('body'))}"
    assert "Visa" in told
    assert token not in told
    assert token not in repr(stage.gateway.saving_state(str(method.id)))
    assert Fact.objects.filter(kind="payment_method_saved").count() == 1
    with translation.override("de"):
        assert "Nordlicht" in save_method.consent_words("Nordlicht")


def test_cl1_a_card_that_pays_is_saved_where_the_customer_agreed_and_only_there(stage: Stage) -> None:
    for consent, saved in (("", 0), (CONSENT, 1)):
        document = stage.scene.issued()
        way = checkout.begin(
            document, gateway="sandbox", return_url="/", cancel_url="/", at=NOW, consent=consent
        )  # fmt: skip
        stage.gateway.sandbox.take_card(way.page_url.rsplit("/", 1)[1], GOOD)
        stage.gateway.tell(copies=2)
        assert ledger.open_minor(document.id) == 0
        assert SavedMethod.objects.filter(state="saved").count() == saved


@pytest.mark.parametrize("trouble", ["silent", "refused", "dies after"])
def test_cl2_a_gateway_that_does_not_hear_is_told_again_until_it_has_forgotten(stage: Stage, trouble: str) -> None:
    first = stage.save()
    token = actions.token_of(first)
    stage.gateway.forgets = trouble
    with suppress(Died):
        save_method.remove(first, actor=SYSTEM, at=NOW)
    first.refresh_from_db()
    assert (first.state, first.forget_attempts, first.forgotten_at) == ("removed", 1, None)
    assert actions.token_of(first) == token
    assert queries.saved_method(stage.scene.customer.id, "sandbox") is None  # it is charged no more, whatever happens
    stage.gateway.forgets = "at once"
    assert save_method.forget_removed(at=NOW + timedelta(minutes=1)) == 0
    assert save_method.forget_removed(at=NOW + timedelta(minutes=2)) == 1
    assert save_method.forget_removed(at=NOW + timedelta(days=9)) == 0
    first.refresh_from_db()
    assert (first.token_sealed, first.forgotten_at) == ("", NOW + timedelta(minutes=2))
    assert stage.gateway.sandbox.memory.method("token", token) is None
    assert stage.gateway.told == [token, token]
    assert [each.body["attempts"] for each in facts_of("payment_method_forgotten")] == [2]


def test_cl2_a_card_that_another_one_replaced_is_told_to_the_gateway_too(stage: Stage) -> None:
    first = stage.save()
    token = actions.token_of(first)
    stage.save(ASKS)
    assert save_method.forget_removed(at=NOW) == 1
    assert stage.gateway.sandbox.memory.method("token", token) is None
    first.refresh_from_db()
    assert (first.token_sealed, first.forgotten_at) == ("", NOW)
    second = queries.saved_method(stage.scene.customer.id, "sandbox")
    assert second is not None
    kept = stage.gateway.sandbox.memory.method("token", actions.token_of(second))
    assert kept is not None
    report = actions.NewlySaved(token=actions.token_of(second), brand="Visa", last_four="3155")
    again = actions.agree_to_save(customer=stage.scene.customer, gateway="sandbox", consent="So", actor=SYSTEM, at=NOW)
    saving = actions.SavingReport(state="succeeded", saved=report)
    actions.record_saving(method_id=again.id, report=saving, actor=SYSTEM, at=NOW)
    assert save_method.forget_removed(at=NOW) == 0  # the gateway keeps a card once: it is the new one


def test_cl2_a_gateway_that_never_hears_is_given_up_after_days_and_somebody_hears_of_it(stage: Stage) -> None:
    first, second = stage.save(), stage.save(ASKS)
    reactions.react(at=NOW)
    stage.gateway.forgets = "silent"
    save_method.remove(second, actor=SYSTEM, at=NOW)
    at, tries = NOW, 0
    while (told := SavedMethod.objects.filter(forget_at__isnull=False).order_by("forget_at").first()) is not None:
        at = max(at, told.forget_at or at)
        assert save_method.forget_removed(at=at) == 1  # silent for one, it is asked for no other
        tries += 1
    assert tries == 2 * 9 - 1
    assert timedelta(days=3) < at - NOW < timedelta(days=7)
    for each in (first, second):
        each.refresh_from_db()
        assert (each.state, each.token_sealed, each.forgotten_at, each.forget_attempts) == ("removed", "", None, 9)
    assert len(facts_of("payment_method_left")) == 2
    audit.put_in_order()
    reactions.react(at=at)
    assert Alert.objects.filter(event="card_left").count() == 2


def test_cl2_a_new_card_takes_the_place_of_the_one_before_and_what_is_removed_is_gone(stage: Stage) -> None:
    first, second = stage.save(), stage.save(ASKS)
    save_method.forget_removed(at=NOW)
    first.refresh_from_db()
    assert (first.state, first.token_sealed, second.state) == ("removed", "", "saved")
    token = actions.token_of(second)
    for _ in range(2):
        save_method.remove(second, actor=SYSTEM, at=NOW)
    second.refresh_from_db()
    assert (second.state, second.token_sealed) == ("removed", "")
    assert stage.gateway.sandbox.memory.method("token", token) is None
    assert Fact.objects.filter(kind="payment_method_removed").count() == 2


def test_cl3_what_a_run_bills_of_a_charged_subscription_is_charged_what_is_open(stage: Stage) -> None:
    stage.save()
    charged, sent = begun(stage.scene, collection="charge"), begun(stage.scene)
    billing_run.run(actor=SYSTEM, at=NOW)
    row = Collection.objects.get()
    document = Document.objects.get(id=row.document_id)
    actions.receive_payment(
        customer=document.customer, legal_entity=document.legal_entity, method="cash", amount_minor=1000,
        currency="EUR", received_on=NOW.date(), allocate_to=[(document.id, 1000)], actor=SYSTEM, at=NOW,
    )  # fmt: skip
    assert stage.collect() == 1
    assert Payment.objects.get(method="card").amount_minor == document.payable_minor - 1000
    assert stage.collect() == 0
    with refused("subscription.unknown_collection"):
        subscriptions.change_handling(row=charged, changes={"collection": "beg"}, actor=SYSTEM, at=NOW)
    for each, collection in ((charged, "send"), (sent, "charge")):
        subscriptions.change_handling(row=each, changes={"collection": collection}, actor=SYSTEM, at=NOW)
    assert Collection.objects.count() == 1  # what was billed stays as it was
    billing_run.run(actor=SYSTEM, at=NOW + timedelta(days=31))
    assert Collection.objects.count() == 2


def test_cl3_without_a_card_the_invoice_is_sent_and_says_so_once(stage: Stage) -> None:
    document = stage.invoice()
    for _ in range(2):
        assert stage.collect() == 0
    assert standing(document) == ("customer", "no_method", 0)
    (mail,) = Mail.objects.filter(purpose="document")
    assert re.search(r"/i/[\w-]+", mail.text)


def test_cl3_nothing_open_stopped_or_expired_is_not_charged(stage: Stage) -> None:
    method = stage.save()
    paid, stopped, expired = stage.invoice(), stage.invoice(), stage.invoice()
    actions.receive_payment(
        customer=paid.customer, legal_entity=paid.legal_entity, method="cash", amount_minor=paid.payable_minor,
        currency="EUR", received_on=NOW.date(), allocate_to=[(paid.id, paid.payable_minor)], actor=SYSTEM, at=NOW,
    )  # fmt: skip
    actions.stop_collecting(document=stopped, actor=SYSTEM, at=NOW)
    SavedMethod.objects.filter(id=method.id).update(expires_on=date(2026, 11, 21))
    assert stage.collect() == 0
    assert [standing(each) for each in (paid, stopped, expired)] == [
        ("dropped", "nothing_open", 0), ("dropped", "stopped", 0), ("customer", "unusable", 0),
    ]  # fmt: skip
    with refused("collection.not_waiting"):
        actions.stop_collecting(document=stopped, actor=SYSTEM, at=NOW)
    with refused("collection.nothing_open"):
        actions.ask_to_collect(document=paid, gateway="sandbox", actor=SYSTEM, at=NOW)


def test_cl3_nothing_is_charged_beside_a_payment_page_that_is_open(stage: Stage) -> None:
    stage.save()
    document = stage.invoice()
    checkout.begin(document, gateway="sandbox", return_url="/", cancel_url="/", at=stage.at)
    assert [stage.collect(), stage.collect(minutes=29)] == [0, 0]
    assert stage.collect(minutes=31) == 1
    assert_paid_once(document)


@pytest.mark.parametrize("number", [GOOD, SILENT, JUMBLED, LATER])
def test_cl4_whoever_tells_in_whatever_order_it_is_paid_once(stage: Stage, number: str) -> None:
    stage.save(number)
    document = stage.invoice()
    assert stage.collect() == 1
    stage.gateway.sandbox.settle_due()
    stage.gateway.tell(copies=2, backwards=True)
    stage.ask_again()
    stage.collect(minutes=3)
    assert_paid_once(document)
    assert len(stage.gateway.asked) <= 1
    assert len(mails("receipt")) == 1


@pytest.mark.parametrize("instant", ["before", "after", "unheard"])
def test_cl4_killed_at_any_instant_it_is_charged_once(stage: Stage, instant: str) -> None:
    stage.save()
    document = stage.invoice()
    stage.gateway.dies = instant
    with suppress(Died):
        stage.collect()
    assert stage.collect() == 0  # one attempt is under way: nobody begins another
    with refused("checkout.being_charged"):
        checkout.begin(document, gateway="sandbox", return_url="/", cancel_url="/", at=NOW)
    with refused("collection.under_way"):
        actions.ask_to_collect(document=document, gateway="sandbox", actor=SYSTEM, at=NOW)
    stage.gateway.dies = ""
    stage.ask_again()
    stage.gateway.tell(copies=2)
    stage.collect(minutes=3)
    assert_paid_once(document)
    assert Checkout.objects.filter(charge__isnull=False).count() == 1


def test_cl4_what_was_paid_meanwhile_is_not_charged_again(stage: Stage) -> None:
    stage.save()
    document = stage.invoice()
    stage.gateway.dies = "before"
    with suppress(Died):
        stage.collect()
    stage.gateway.dies = ""
    actions.receive_payment(
        customer=document.customer, legal_entity=document.legal_entity, method="cash",
        amount_minor=document.payable_minor, currency="EUR", received_on=NOW.date(), actor=SYSTEM, at=NOW,
        allocate_to=[(document.id, document.payable_minor)],
    )  # fmt: skip
    stage.ask_again()
    stage.collect(minutes=3)
    assert standing(document) == ("dropped", "nothing_open", 1)
    assert stage.gateway.asked == []


def test_cl4_a_decline_is_tried_after_1_3_and_7_days_and_then_given_over(stage: Stage) -> None:
    stage.save(DECLINED)
    document = stage.invoice()
    tried = [day for day in range(12) if stage.collect(days=day)]
    assert tried == [0, 1, 3, 7]
    assert standing(document) == ("customer", "declined", 4)
    assert len(mails()) == 1
    assert queries.in_trouble(stage.scene.owner)[0].number == document.number
    stage.save(GOOD)
    actions.ask_to_collect(document=document, gateway="sandbox", actor=SYSTEM, at=NOW)
    stage.collect()
    assert_paid_once(document)
    assert queries.in_trouble(stage.scene.owner) == []


def test_cl4_a_new_card_is_tried_at_once(stage: Stage) -> None:
    stage.save(NO_FUNDS)
    document = stage.invoice()
    stage.collect()
    assert standing(document) == ("waiting", "no_funds", 1)
    assert stage.collect(minutes=10) == 0
    stage.save(GOOD)
    assert stage.collect(minutes=10) == 1
    assert_paid_once(document)


def test_cl4_a_confirmation_goes_to_the_customer_with_the_link(stage: Stage) -> None:
    stage.save(ASKS)
    document = stage.invoice()
    assert stage.collect() == 1
    assert standing(document) == ("customer", "authentication", 1)
    (mail,) = Mail.objects.filter(purpose="document")
    assert re.search(r"/i/[\w-]+", mail.text)
    assert stage.collect(days=3) == 0


def test_cl5_a_charged_payment_is_refunded_as_any_other(stage: Stage) -> None:
    stage.save()
    document = stage.invoice()
    stage.collect()
    payment = Payment.objects.get()
    done = refund_payment.refund(
        payment, refund_id=new_id(), amount_minor=payment.amount_minor, method="card", refunded_on=NOW.date(),
        reason="", actor=SYSTEM, at=NOW,
    )  # fmt: skip
    done.at_gateway.refresh_from_db()
    assert done.at_gateway.state == "succeeded"
    assert ledger.open_minor(document.id) == document.payable_minor


def test_two_attempts_at_once_are_refused_by_the_book(stage: Stage) -> None:
    method = stage.save()
    document = stage.invoice()
    stage.gateway.dies = "before"
    with suppress(Died):
        stage.collect()
    begun_one = Charge.objects.get()
    twin = Checkout.objects.get(id=begun_one.checkout_id)
    twin.id = new_id()
    twin.save(force_insert=True)
    for attempt in (1, 2):
        with pytest.raises(DatabaseError), transaction.atomic():
            Charge.objects.create(checkout=twin, document=document, method=method, attempt=attempt, begun_at=NOW)


def test_a_book_that_charges_nothing_asks_one_query(stage: Stage, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):  # the business, what is due, whom to tell
        assert stage.collect() == 0


@pytest.mark.force
@pytest.mark.django_db(transaction=True)
def test_cl3_two_workers_at_once_charge_each_invoice_once(stage: Stage) -> None:
    stage.save()
    documents = [stage.invoice() for _ in range(3)]

    def work(_worker: int) -> int:
        try:
            return stage.collect()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(work, range(2))) == 3
    assert {standing(each)[0] for each in documents} == {"collected"}
    assert (Payment.objects.count(), len(set(stage.gateway.asked)), len(stage.gateway.asked)) == (3, 3, 3)


def test_a_chunk_of_a_run_asks_once_however_many_of_its_invoices_are_charged(stage: Stage) -> None:
    def written(count: int) -> int:
        for _ in range(count):
            begun(stage.scene, collection="charge", bills_alone=True)
        with CaptureQueriesContext(connection) as asked:
            billing_run.run(actor=SYSTEM, at=NOW)
        return sum("payments_collection" in (each["sql"] or "") for each in asked.captured_queries)

    assert (written(1), written(3)) == (1, 1)
    assert Collection.objects.count() == 4
