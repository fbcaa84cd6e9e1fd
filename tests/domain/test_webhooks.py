"""What is told, how it is signed, and when it is tried again."""

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from conto.domain import webhooks
from conto.domain.facts import FACTS
from tests.domain.refusals import refused

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ID, OTHER = UUID(int=7), UUID(int=8)
KEY = b"k" * 32


def told(**changes: object) -> webhooks.Told:
    given: dict[str, object] = {
        "id": ID,
        "kind": "invoice_issued",
        "at": NOW,
        "recorded_at": NOW + timedelta(seconds=1),
        "subject_kind": "document",
        "subject_id": OTHER,
        "customer_id": None,
        "entry_id": ID,
        "actor_kind": "member",
        "actor_id": OTHER,
        "body": {"number": "INV-1", "total_minor": 100},
    }
    return webhooks.Told(**{**given, **changes})  # type: ignore[arg-type]


def test_every_kind_of_fact_has_a_type_of_its_own_that_reads_as_noun_and_deed() -> None:
    types = [webhooks.event_type(kind) for kind in FACTS]
    assert len(types) == len(set(types))
    assert [name for name in types if name.count(".") != 1 or name.startswith(".") or name.endswith(".")] == []
    assert webhooks.event_type("invoice_issued") == "invoice.issued"
    assert webhooks.event_type("member_signed_in") == "member.signed_in"
    assert webhooks.event_type("invoice_written_off") == "invoice.written_off"
    assert webhooks.event_type("write_off_reversed") == "write_off.reversed"


def test_types_are_read_back_as_kinds() -> None:
    assert webhooks.kinds_of(["payment.received", "invoice.issued"]) == ("invoice_issued", "payment_received")
    assert webhooks.kinds_of([]) == ()
    with refused("webhook.unknown_type"):
        webhooks.kinds_of(["invoice.eaten"])
    assert webhooks.event_type(webhooks.TEST_KIND) not in webhooks.event_types()


def test_a_fact_is_told_with_ids_and_what_it_says() -> None:
    assert json.loads(webhooks.content_of(told())) == {
        "type": "invoice.issued",
        "timestamp": "2026-11-22T10:00:00.000000Z",
        "data": {
            "id": str(ID),
            "recorded_at": "2026-11-22T10:00:01.000000Z",
            "subject": {"kind": "document", "id": str(OTHER)},
            "customer_id": None,
            "journal_entry_id": str(ID),
            "actor": {"kind": "member", "id": str(OTHER)},
            "details": {"number": "INV-1", "total_minor": 100},
        },
    }
    assert json.loads(webhooks.content_of(told(body=None)))["data"]["details"] is None, "erased"


@pytest.mark.parametrize(
    "name",
    ["iban", "bank_account.iban", "bic", "bank_account.holder", "password", "secret", "tokens", "api.token", "bank"],
)
def test_bank_details_and_secrets_stay_in_the_house(name: str) -> None:
    body = {
        "changes": {name: ["DE89370400440532013000", "canary"], "city": ["Bonn", "Köln"]},
        "rows": [{name: "canary"}],
    }
    content = webhooks.content_of(told(body=body)).decode()
    assert "canary" not in content
    assert "DE89" not in content
    assert "Köln" in content


@given(st.binary(min_size=1, max_size=300), st.binary(min_size=24, max_size=64))
def test_a_signature_is_accepted_by_the_reference_and_by_nobody_elses_key(body: bytes, key: bytes) -> None:
    stamp = int(datetime.now(UTC).timestamp())
    secret = webhooks.secret_text(key)
    text = json.dumps(base64.b64encode(body).decode()).encode()
    headers = webhooks.headers_of([secret], message_id=ID, timestamp=stamp, body=text)
    assert Webhook(secret).verify(text, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(webhooks.secret_text(key[::-1] + b"x")).verify(text, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(text + b" ", headers)


def test_old_and_new_secret_both_open_a_message_while_it_is_rotated() -> None:
    stamp = int(datetime.now(UTC).timestamp())
    new, old = webhooks.secret_text(KEY), webhooks.secret_text(KEY[::-1] + b"o")
    headers = webhooks.headers_of([new, old], message_id=ID, timestamp=stamp, body=b"{}")
    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (new, old):
        Webhook(secret).verify(b"{}", headers)


def test_what_is_no_secret_signs_nothing() -> None:
    with refused("webhook.no_secret"):
        webhooks.sign(["whsec_!"], message_id=ID, timestamp=1, body=b"")


@given(st.uuids())
def test_eight_more_tries_follow_within_three_days_a_little_apart(delivery_id: UUID) -> None:
    pauses = [webhooks.pause_after(attempts, delivery_id) for attempts in range(1, 10)]
    assert pauses[8] is None
    waits = [pause for pause in pauses if pause is not None]
    assert len(waits) == 8
    for plain, pause in zip(webhooks.PAUSES, waits, strict=True):
        assert plain * 0.9 <= pause <= plain * 1.1
    assert timedelta(days=2.5) < sum(waits, timedelta()) < timedelta(days=3.3)
    assert webhooks.pause_after(3, delivery_id) == waits[2], "the same each time it is asked"


def test_an_endpoint_that_fails_again_and_again_is_left_alone_longer_up_to_ten_minutes() -> None:
    assert [webhooks.quiet_after(count) for count in (0, 1, 2)] == [None, None, None]
    waits = [webhooks.quiet_after(count) or timedelta() for count in range(3, 30)]
    assert waits[0] == timedelta(seconds=15)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("99999999999999999999", 86400),
        ("Sun, 22 Nov 2026 10:01:00 GMT", 60),
        ("Sun, 22 Nov 2026 09:00:00 GMT", None),
        ("Sun, 22 Nov 2099 09:00:00 GMT", 86400),
        ("١٢", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date_and_never_beyond_a_day(text: str, seconds: int | None) -> None:
    assert webhooks.asked_to_wait(text, NOW) == (None if seconds is None else timedelta(seconds=seconds))
