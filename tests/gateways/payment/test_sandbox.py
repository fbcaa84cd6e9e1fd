"""The sandbox gateway over real HTTP: pages, cards, events, refunds."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from conto.gateways.payment import signing
from conto.gateways.payment.protocol import (
    BadSignature,
    GatewayRefused,
    GatewaySilent,
    Notice,
    RefundWish,
    SessionState,
    SessionWish,
)
from conto.gateways.payment.sandbox.client import SandboxGateway
from conto.gateways.payment.sandbox.server import SandboxServer
from tests.waiting import PATIENCE_SECONDS, wait_until

KEY = b"k" * 32


@dataclass
class Shop:
    """Who receives events; takes each only at the second try when told to."""

    port: int = 0
    received: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    refuses_first: bool = False

    def kinds(self, wanted: int) -> list[str]:
        """Wait for a number of events and give their kinds in the order of arrival."""
        wait_until(lambda: len(self.received) >= wanted)
        return [json.loads(body)["type"] for body, _ in self.received]


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_first = shop.refuses_first and not shop.received
            shop.received.append((body, {name.lower(): value for name, value in self.headers.items()}))
            self.send_response(500 if is_first else 204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    shop.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield shop
    server.shutdown()


@contextmanager
def serving(state: Path, *, delay_seconds: float) -> Iterator[SandboxGateway]:
    server = SandboxServer(0, state, KEY, delay_seconds=delay_seconds)
    threading.Thread(target=server.serve, daemon=True).start()
    yield SandboxGateway(server.url, KEY, timeout_seconds=PATIENCE_SECONDS)
    server.stop()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[SandboxGateway]:
    with serving(tmp_path / "state.sqlite", delay_seconds=0.6) as opened:
        yield opened


def wish(shop: Shop, reference: str = "c-1", **more: Any) -> SessionWish:
    values = {
        "reference": reference,
        "amount_minor": 11900,
        "currency": "EUR",
        "description": "INV-1 <b>",
        "payee": "Kestrel",
        "language": "de",
        "return_url": "http://localhost/done",
        "cancel_url": "http://localhost/",
        "webhook_url": f"http://localhost:{shop.port}/hook",
        **more,
    }
    return SessionWish(**values)


def post(url: str, **form: str) -> tuple[int, str, str]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE_SECONDS)
    body, headers = urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST" if form else "GET", address.path, body if form else None, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), answer.getheader("Location", "")


def state(gateway: SandboxGateway, reference: str = "c-1") -> SessionState:
    found = gateway.session_state(reference)
    assert found
    return found


def test_the_same_reference_opens_the_same_page_and_another_amount_is_refused(
    gateway: SandboxGateway, shop: Shop
) -> None:
    first = gateway.open_session(wish(shop))
    assert gateway.open_session(wish(shop)) == first
    with pytest.raises(GatewayRefused, match="key_reused"):
        gateway.open_session(wish(shop, amount_minor=1))
    assert gateway.session_state("never heard of") is None


def test_the_page_shows_what_is_paid_to_whom_and_lets_no_markup_in(gateway: SandboxGateway, shop: Shop) -> None:
    status, page, _ = post(gateway.open_session(wish(shop)).page_url)
    assert status == 200
    assert "119,00\N{NO-BREAK SPACE}€" in page
    assert "INV-1 &lt;b&gt;" in page


def test_a_good_card_pays_and_a_signed_event_tells_of_it(gateway: SandboxGateway, shop: Shop) -> None:
    opened = gateway.open_session(wish(shop))
    assert post(opened.page_url, number="4242 4242 4242 4242")[::2] == (303, "http://localhost/done")
    assert shop.kinds(1) == ["session.succeeded"]
    body, headers = shop.received[0]
    notice = gateway.read_event(body, headers, datetime.now(UTC))
    assert notice.session == state(gateway)
    assert notice.session
    assert notice.session.payment_ref


@pytest.mark.parametrize(("number", "code"), [("4000000000000002", "card_declined"), ("4000000000009995", "insuff")])
def test_a_bad_card_fails_and_another_card_may_follow(
    gateway: SandboxGateway, shop: Shop, number: str, code: str
) -> None:
    opened = gateway.open_session(wish(shop))
    assert post(opened.page_url, number=number)[0] == 402
    assert state(gateway).failure_code.startswith(code)
    post(opened.page_url, number="4242424242424242")
    assert shop.kinds(2) == ["session.failed", "session.succeeded"]


@pytest.mark.parametrize(("answer", "end"), [("yes", "succeeded"), ("no", "failed")])
def test_the_bank_may_ask_for_a_confirmation(gateway: SandboxGateway, shop: Shop, answer: str, end: str) -> None:
    opened = gateway.open_session(wish(shop))
    status, page, _ = post(opened.page_url, number="4000000000003220")
    assert status == 200
    assert "Ihre Bank fragt" in page
    assert state(gateway).state == "requires_action"
    post(f"{opened.page_url}/verify", answer=answer)
    assert state(gateway).state == end


def test_a_delayed_card_is_pending_first(gateway: SandboxGateway, shop: Shop) -> None:
    post(gateway.open_session(wish(shop)).page_url, number="4000000000000077")
    assert shop.kinds(2) == ["session.pending", "session.succeeded"]
    assert [json.loads(body)["data"]["state"] for body, _ in shop.received] == ["pending", "succeeded"]
    assert state(gateway).state == "succeeded"


def test_a_delayed_card_is_pending_until_its_time_has_come(tmp_path: Path, shop: Shop) -> None:
    with serving(tmp_path / "slow.sqlite", delay_seconds=3600) as slow:
        post(slow.open_session(wish(shop)).page_url, number="4000000000000077")
        assert shop.kinds(1) == ["session.pending"]
        assert state(slow).state == "pending"


def test_a_silent_card_tells_nobody_but_who_asks_is_told(gateway: SandboxGateway, shop: Shop) -> None:
    opened = gateway.open_session(wish(shop))
    assert post(opened.page_url, number="4000000000000119")[0] == 504
    assert state(gateway).state == "succeeded"
    # Events go out in turn: one of later arrives, and none came before it.
    post(gateway.open_session(wish(shop, "c-2")).page_url, number="4242424242424242")
    assert shop.kinds(1) == ["session.succeeded"]
    assert json.loads(shop.received[0][0])["data"]["reference"] == "c-2"


def test_jumbled_events_come_twice_and_late(gateway: SandboxGateway, shop: Shop) -> None:
    opened = gateway.open_session(wish(shop))
    post(opened.page_url, number="4000000000000101")
    kinds = shop.kinds(4)
    assert sorted(kinds) == ["session.pending"] * 2 + ["session.succeeded"] * 2
    assert kinds[0] == "session.succeeded"


def test_an_event_that_is_not_taken_comes_again_with_the_same_id(gateway: SandboxGateway, shop: Shop) -> None:
    shop.refuses_first = True
    post(gateway.open_session(wish(shop)).page_url, number="4242424242424242")
    shop.kinds(2)
    assert len({headers["webhook-id"] for _, headers in shop.received}) == 1
    assert len(shop.received) == 2


def test_a_refund_is_paid_once_per_reference_and_never_above_what_was_paid(gateway: SandboxGateway, shop: Shop) -> None:
    post(gateway.open_session(wish(shop)).page_url, number="4242424242424242")
    ref = state(gateway).payment_ref or ""
    asked = RefundWish(reference="r-1", payment_ref=ref, amount_minor=11000, currency="EUR")
    assert gateway.refund(asked) == gateway.refund(asked) == gateway.refund_state("r-1")
    with pytest.raises(GatewayRefused, match="more_than_paid"):
        gateway.refund(RefundWish(reference="r-2", payment_ref=ref, amount_minor=901, currency="EUR"))


def test_a_wrong_key_is_refused_and_no_answer_is_silence(gateway: SandboxGateway, shop: Shop) -> None:
    url = f"http://localhost:{urlsplit(gateway.open_session(wish(shop)).page_url).port}"
    with pytest.raises(GatewayRefused):
        SandboxGateway(url, b"x" * 32).session_state("c-1")
    with pytest.raises(GatewaySilent):
        SandboxGateway("http://localhost:9", KEY).session_state("c-1")


def read(event: bytes, headers: dict[str, str], now: datetime) -> Notice:
    return SandboxGateway("http://localhost:9", KEY).read_event(event, headers, now)


def test_only_a_fresh_signature_over_the_very_bytes_is_believed() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    body = json.dumps({"type": "other", "data": {}}).encode()
    stamp = int(now.timestamp())
    headers = {
        "webhook-id": "e",
        "webhook-timestamp": str(stamp),
        "webhook-signature": signing.sign(KEY, "e", stamp, body),
    }
    assert read(body, headers, now).event_id == "e"
    rotated = {**headers, "webhook-signature": f"v1,AAAA {headers['webhook-signature']}"}
    assert read(body, rotated, now).event_id == "e"
    for wrong_body, wrong_headers, late in [
        (body + b" ", headers, timedelta(0)),
        (body, {**headers, "webhook-id": "f"}, timedelta(0)),
        (body, {**headers, "webhook-signature": ""}, timedelta(0)),
        (body, {**headers, "webhook-timestamp": "x"}, timedelta(0)),
        (body, {}, timedelta(0)),
        (body, headers, timedelta(seconds=301)),
        (body, headers, timedelta(seconds=-301)),
    ]:
        with pytest.raises(BadSignature):
            read(wrong_body, wrong_headers, now + late)
