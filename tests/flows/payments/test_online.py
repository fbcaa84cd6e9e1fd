"""Paying online, end to end over real HTTP: whoever tells of the money, in whatever order, it is recorded once."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection, transaction
from django.utils import timezone

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document
from conto.apps.ledger import queries as ledger
from conto.apps.messaging.models import Mail
from conto.apps.payments import actions
from conto.apps.payments.models import Checkout, GatewayEvent, GatewayRefund, Payment
from conto.domain.ids import new_id
from conto.flows import checkout as flow
from conto.flows import refund_payment
from conto.gateways import payment as gateways
from conto.gateways.payment import signing
from conto.gateways.payment.protocol import GatewaySilent
from conto.gateways.payment.sandbox.server import SandboxServer
from tests.apps.payments.cast import ADA, NOW, TODAY, Cast, make_member
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.force]


def begin(document: Document) -> Checkout:
    way = flow.begin(
        document,
        gateway="sandbox",
        return_url="http://localhost:9/paid",
        cancel_url="http://localhost:9/",
        at=timezone.now(),
    )
    return Checkout.objects.get(id=way.checkout_id)


def card(checkout: Checkout, number: str) -> int:
    address = urlsplit(checkout.page_url)
    connection = http.client.HTTPConnection("localhost", address.port, timeout=PATIENCE_SECONDS)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", address.path, urlencode({"number": number}), headers)
    return connection.getresponse().status


def wait_for(state: str, checkout: Checkout) -> Checkout:
    def has_come() -> bool:
        checkout.refresh_from_db()
        return checkout.state == state

    wait_until(has_come, f"it never {state}")
    return checkout


def wait_for_all_events(gateway: SandboxServer) -> None:
    """Wait until the gateway has nothing left to tell, doubled and late events included."""

    def nothing_is_left() -> bool:
        with gateway.sandbox.memory.writing() as memory:
            return memory.execute("SELECT count(*) FROM delivery").fetchone()[0] == 0  # type: ignore[no-any-return]

    wait_until(nothing_is_left)


def assert_paid_once(document: Document) -> Payment:
    payment = Payment.objects.get()
    assert payment.amount_minor == document.payable_minor
    assert ledger.open_minor(document.id) == 0
    assert ledger.open_minor(payment.id) == 0
    assert Mail.objects.filter(purpose="receipt").count() == 1
    return payment


@pytest.mark.parametrize("number", ["4242424242424242", "4000000000000077", "4000000000000101"])
def test_a_paid_page_settles_the_invoice_by_its_event(cast: Cast, gateway: SandboxServer, number: str) -> None:
    make_member()
    document = cast.invoice()
    checkout = begin(document)
    assert card(checkout, number) == 303
    wait_for("succeeded", checkout)
    wait_for_all_events(gateway)
    assert_paid_once(document)
    assert Mail.objects.filter(purpose="payment_note").count() == 1


def test_a_declined_card_is_told_and_another_one_pays(cast: Cast, gateway: SandboxServer) -> None:
    document = cast.invoice()
    checkout = begin(document)
    card(checkout, "4000000000000002")
    assert wait_for("failed", checkout).failure_code == "card_declined"
    card(checkout, "4242424242424242")
    wait_for("succeeded", checkout)
    assert_paid_once(document)


def test_money_of_which_nobody_tells_is_found_by_asking(cast: Cast, gateway: SandboxServer) -> None:
    document = cast.invoice()
    checkout = begin(document)
    card(checkout, "4000000000000119")
    assert flow.reconcile(at=timezone.now() + timedelta(minutes=2)) == 1
    wait_for("succeeded", checkout)
    assert_paid_once(document)
    assert flow.reconcile(at=timezone.now() + timedelta(minutes=4)) == 0


def test_cut_off_between_the_gateways_success_and_our_commit_one_payment_is_found(
    cast: Cast, gateway: SandboxServer
) -> None:
    document = cast.invoice()
    checkout = begin(document)
    card(checkout, "4000000000000119")
    state = gateways.open_gateway("sandbox").session_state(str(checkout.id))
    assert state
    assert state.state == "succeeded"
    with transaction.atomic():
        flow.ask_again(checkout, at=timezone.now())
        transaction.set_rollback(True)  # the process dies before the commit
    assert not Payment.objects.exists()
    flow.reconcile(at=timezone.now() + timedelta(minutes=2))
    assert_paid_once(document)


def test_cut_off_before_the_gateway_answers_asking_again_gives_the_same_page(
    cast: Cast, gateway: SandboxServer, settings: object
) -> None:
    document = cast.invoice()
    settings.SANDBOX_GATEWAY_URL = "http://localhost:9"  # type: ignore[attr-defined]
    assert begin(document).state == "unknown"
    settings.SANDBOX_GATEWAY_URL = gateway.url  # type: ignore[attr-defined]
    checkout = begin(document)
    assert Checkout.objects.count() == 1
    assert checkout.page_url
    card(checkout, "4242424242424242")
    wait_for("succeeded", checkout)
    assert_paid_once(document)


def test_the_same_event_twenty_times_from_four_threads_is_one_payment(
    cast: Cast, gateway: SandboxServer, live_server: object, settings: object
) -> None:
    document = cast.invoice()
    checkout = begin(document)
    body = json.dumps(
        {
            "type": "session.succeeded",
            "data": {
                "reference": str(checkout.id),
                "session": checkout.gateway_session,
                "state": "succeeded",
                "amount_minor": checkout.amount_minor,
                "currency": "EUR",
                "payment_ref": "pay_1",
            },
        }
    ).encode()
    stamp = int(time.time())

    def deliver(nth: int) -> int:
        event_id = f"evt_{nth % 2}"  # two events of the same payment, ten times each
        headers = {
            "webhook-id": event_id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": signing.sign(settings.SANDBOX_GATEWAY_KEY, event_id, stamp, body),  # type: ignore[attr-defined]
        }
        address = urlsplit(live_server.url)  # type: ignore[attr-defined]
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE_SECONDS)
        connection.request("POST", "/webhooks/payment/sandbox", body, headers)
        return connection.getresponse().status

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(deliver, range(20))) == {204}
    assert GatewayEvent.objects.count() == 2
    assert_paid_once(document)


def test_two_payments_race_for_one_invoice_and_the_losers_rest_stays_credit(cast: Cast) -> None:
    document = cast.invoice(10000)

    def pay(amount_minor: int) -> None:
        try:
            actions.receive_payment(
                customer=cast.customer,
                legal_entity=cast.seller,
                method="cash",
                amount_minor=amount_minor,
                currency="EUR",
                received_on=TODAY,
                allocate_to=[(document.id, amount_minor)],
                actor=ADA,
                at=NOW,
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(pay, [3000] * 8))
    assert ledger.open_minor(document.id) == 0
    assert sum(ledger.open_minor(payment.id) for payment in Payment.objects.all()) == 8 * 3000 - 10000


def test_a_refund_goes_back_through_the_gateway_once(cast: Cast, gateway: SandboxServer) -> None:
    document = cast.invoice(10000)
    checkout = begin(document)
    card(checkout, "4242424242424242")
    wait_for("succeeded", checkout)
    payment = assert_paid_once(document)
    key = new_id()
    for _ in range(2):
        refund_payment.refund(
            payment,
            refund_id=key,
            amount_minor=4000,
            method="card",
            refunded_on=TODAY,
            reason="",
            actor=ADA,
            at=timezone.now(),
        )
    asked = GatewayRefund.objects.get()
    assert asked.state == "succeeded"
    assert ledger.open_minor(document.id) == 4000
    wait_for_all_events(gateway)
    assert (ledger.open_minor(payment.id), GatewayRefund.objects.count()) == (0, 1)


def test_a_refund_without_an_answer_is_asked_again_and_paid_once(
    cast: Cast, gateway: SandboxServer, settings: object
) -> None:
    document = cast.invoice(10000)
    checkout = begin(document)
    card(checkout, "4242424242424242")
    wait_for("succeeded", checkout)
    settings.SANDBOX_GATEWAY_URL = "http://localhost:9"  # type: ignore[attr-defined]
    key = new_id()
    refund_payment.refund(
        Payment.objects.get(),
        refund_id=key,
        amount_minor=10000,
        method="card",
        refunded_on=TODAY,
        reason="",
        actor=ADA,
        at=timezone.now(),
    )
    assert GatewayRefund.objects.get().state == "unknown"
    settings.SANDBOX_GATEWAY_URL = gateway.url  # type: ignore[attr-defined]
    for minutes in (2, 4):
        refund_payment.reconcile(at=timezone.now() + timedelta(minutes=minutes))
    assert GatewayRefund.objects.get().state == "succeeded"
    with pytest.raises(GatewaySilent):
        gateways.SandboxGateway("http://localhost:9", b"k").refund_state("x")


def test_a_refund_that_the_gateway_refuses_is_credit_again(cast: Cast, gateway: SandboxServer) -> None:
    payment = actions.receive_payment(
        customer=cast.customer,
        legal_entity=cast.seller,
        method="card",
        amount_minor=5000,
        currency="EUR",
        received_on=TODAY,
        gateway="sandbox",
        gateway_ref="pay_of_another_world",
        actor=ADA,
        at=NOW,
    )
    refund_payment.refund(
        payment,
        refund_id=new_id(),
        amount_minor=5000,
        method="card",
        refunded_on=TODAY,
        reason="",
        actor=ADA,
        at=timezone.now(),
    )
    assert GatewayRefund.objects.get().state == "failed"
    assert ledger.open_minor(payment.id) == 5000


def test_the_customer_who_comes_back_before_the_event_sees_the_payment(
    cast: Cast, gateway: SandboxServer, client: object
) -> None:
    document = cast.invoice()
    token = invoicing.create_link(document=document, actor=ADA, at=timezone.now()).token
    begun = client.post(f"/i/{token}/pay")  # type: ignore[attr-defined]
    page = client.get(begun["Location"]).content.decode()  # type: ignore[attr-defined]
    checkout = Checkout.objects.get()
    assert f'content="0; url={checkout.page_url}"' in page
    card(checkout, "4000000000000119")
    done = client.get(f"/i/{token}/paid", {"checkout": str(checkout.id)}).content.decode()  # type: ignore[attr-defined]
    assert "It is paid in full" in done
    assert_paid_once(document)
