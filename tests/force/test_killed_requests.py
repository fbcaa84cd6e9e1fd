"""A program's request whose process is killed at each recovery point: sent again, it has one effect and one answer."""

import http.client
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from conto.apps.audit.models import Fact
from conto.apps.integrations import actions as integrations
from conto.apps.integrations.models import RememberedRequest
from conto.apps.invoicing.models import Document, Draft
from conto.apps.ledger.models import Entry
from conto.apps.payments.models import Checkout, Payment, Refund
from conto.domain.permissions import Role
from conto.flows import checkout as paying
from conto.flows import verify_book
from conto.gateways.payment.sandbox.server import SandboxServer
from tests.api.programs import Program, key_for
from tests.house import FreshBook
from tests.waiting import PATIENCE_SECONDS
from tests.web.living import NOW, Living, begin, bill, live

pytestmark = pytest.mark.force

PAID_UNTOLD = "4000000000000119"  # a card that is charged, of which nobody is told
LATER = timedelta(minutes=16)  # when the worker lets go of requests that were cut off
_BEGIN, _DONE = "INSERT INTO integrations_rememberedrequest", "UPDATE integrations_rememberedrequest"
IN_ONE_TRANSACTION = {
    "before it is taken up": ("before", _BEGIN),
    "taken up, nothing done": ("after", _BEGIN),
    "the draft is held": ("after", 'FOR UPDATE OF "invoicing_draft"'),
    "the draft is gone": ("after", "DELETE FROM invoicing_draft "),
    "the number is taken": ("after", "UPDATE invoicing_numbercounter"),
    "done, the answer is not kept": ("before", _DONE),
    "the answer is kept, nothing is committed": ("after", _DONE),
    "committed, the answer is not sent": ("answered", ""),
}
OUTSIDE = {
    "before it is taken up": ("before", _BEGIN),
    "taken up, nothing done": ("before", "payments_refund"),
    "written in our books, the gateway is not asked": ("before", '"payments_gatewayrefund"."refund_id" = ', 1),
    "the gateway has paid, we have not heard it": ("before", '"payments_gatewayrefund"."refund_id" = ', 2),
    "the gateway's word is being written": ("before", 'UPDATE "payments_gatewayrefund"'),
    "done, the answer is not kept": ("before", _DONE),
    "the answer is kept, not sent": ("after", _DONE),
    "answered, the answer is not sent": ("answered", ""),
}


@pytest.fixture
def book(fresh_book: FreshBook) -> Iterator[Living]:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield live()
    connection.close()


@pytest.fixture
def gateway(tmp_path: Path, settings: Any) -> Iterator[SandboxServer]:
    server = SandboxServer(0, tmp_path / "gateway.sqlite", settings.SANDBOX_GATEWAY_KEY, delay_seconds=0.8)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    settings.SANDBOX_GATEWAY_URL = server.url
    yield server
    server.stop()
    thread.join()


def killed(fresh_book: FreshBook, wanted: list[dict[str, Any]], port: int = 9) -> list[int]:
    """Send requests that are killed on the way, and return how their processes ended."""
    run = fresh_book.start(
        "-m", "tests.force.killed_requests", str(port), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    said, _ = run.communicate(json.dumps(wanted).encode(), timeout=PATIENCE_SECONDS)
    return [int(each) for each in json.loads(said)]


def sent_again(program: Program, wanted: dict[str, Any]) -> Any:
    """Send a request until it is not told to wait any more, as a program does."""
    for _ in range(50):
        answer = program.post(wanted["path"], wanted["body"], Idempotency_Key=wanted["key"])
        if answer.status_code != 409:
            return answer
        assert answer.json()["code"] == "idempotency.in_flight"
        assert answer.headers["Retry-After"] == "1"
        # The server notices at once that a killed process is gone; a request outside of transactions is let go later.
        integrations.release_stalled(now=datetime.now(UTC) + LATER)
        time.sleep(0.1)
    raise AssertionError("the request is never let go")


def wishes(token: str, points: dict[str, tuple[Any, ...]], asked: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Return what is to be sent, with where to die."""
    return [
        {"token": token, "path": path, "body": body, "key": f"key-{n}",
         "when": how[0], "words": how[1], "nth": how[2] if len(how) > 2 else 1}
        for n, (how, (path, body)) in enumerate(zip(points.values(), asked, strict=True))
    ]  # fmt: skip


def test_an_issue_killed_at_each_recovery_point_is_done_once_and_answered_the_same(
    fresh_book: FreshBook, book: Living
) -> None:
    drafts = [begin(book.customer, NOW) for _ in IN_ONE_TRANSACTION]
    before = Document.objects.count()
    token = key_for(book.members[Role.OWNER]).token
    wanted = wishes(token, IN_ONE_TRANSACTION, [(f"/drafts/{draft.id}/issue", {}) for draft in drafts])
    assert killed(fresh_book, wanted) == [-9] * len(wanted)
    assert Document.objects.count() == before + 1  # only what was committed
    program = Program(token)
    for point, each, draft in zip(IN_ONE_TRANSACTION, wanted, drafts, strict=True):
        answer = sent_again(program, each)
        assert answer.status_code == 200, (point, answer.content)
        assert ("Idempotent-Replayed" in answer.headers) == (point == "committed, the answer is not sent"), point
        third = sent_again(program, each)
        assert (third.content, third.headers["Idempotent-Replayed"]) == (answer.content, "true"), point
        assert Document.objects.get(id=draft.id).number == answer.json()["number"]
        assert Entry.objects.filter(subject_id=draft.id).count() == 1
        assert Fact.objects.filter(subject_id=draft.id, kind="invoice_issued").count() == 1
        assert not Draft.objects.filter(id=draft.id).exists()
    assert Document.objects.count() == before + len(drafts)
    ordinals = list(Document.objects.filter(kind="invoice").order_by("ordinal").values_list("ordinal", flat=True))
    assert ordinals == list(range(1, len(ordinals) + 1))
    assert [verdict for verdict in verify_book.verify() if verdict.violated] == []


def test_a_refund_killed_at_each_recovery_point_is_paid_once_and_answered_the_same(
    fresh_book: FreshBook, book: Living, gateway: SandboxServer
) -> None:
    paid = [paid_online(bill(book.customer, NOW)) for _ in OUTSIDE]
    token = key_for(book.members[Role.OWNER]).token
    body = {"amount_minor": 1000, "method": paid[0].method, "reason": "Returned"}
    wanted = wishes(token, OUTSIDE, [(f"/payments/{payment.id}/refunds", body) for payment in paid])
    assert killed(fresh_book, wanted, gateway.port) == [-9] * len(wanted)
    program = Program(token)
    for point, each, payment in zip(OUTSIDE, wanted, paid, strict=True):
        answer = sent_again(program, each)
        assert answer.status_code == 201, (point, answer.content)
        third = sent_again(program, each)
        assert (third.content, third.headers["Idempotent-Replayed"]) == (answer.content, "true"), point
        made = Refund.objects.get(payment=payment)
        assert (str(made.id), made.amount_minor) == (answer.json()["id"], 1000), point
        with gateway.sandbox.memory.writing() as memory:
            rows = memory.execute("SELECT amount_minor FROM refund WHERE payment_ref = ?", [payment.gateway_ref])
            assert [row["amount_minor"] for row in rows.fetchall()] == [1000], point
    assert not RememberedRequest.objects.filter(done_at=None).exists()
    assert [verdict for verdict in verify_book.verify() if verdict.violated] == []


def paid_online(document: Document) -> Payment:
    """Pay a document by card at the sandbox gateway."""
    way = paying.begin(
        document, gateway="sandbox", return_url="http://localhost:9/", cancel_url="http://localhost:9/",
        at=timezone.now(),
    )  # fmt: skip
    checkout = Checkout.objects.get(id=way.checkout_id)
    address = urlsplit(checkout.page_url)
    line = http.client.HTTPConnection("localhost", address.port, timeout=PATIENCE_SECONDS)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    line.request("POST", address.path, urlencode({"number": PAID_UNTOLD}), headers)
    assert line.getresponse().status == 504  # and yet it is paid
    paying.reconcile(at=timezone.now() + timedelta(minutes=2))
    return Payment.objects.get(checkout_id=checkout.id)
