"""What is told to programs elsewhere, how it is signed, and when it is tried again.

Signatures follow the Standard Webhooks specification.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

from conto.domain.errors import RuleBroken
from conto.domain.facts import FACTS, WebhookTested

# After the first try: eight more in just under three days.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 300, 1800, 2 * 3600, 8 * 3600, 24 * 3600, 36 * 3600))
JITTER_PERCENT = 10
FAILING_FOR = timedelta(days=5)  # nothing but failures for this long disables an endpoint
ROTATION = timedelta(hours=24)  # an old secret signs too for this long
LONGEST_WAIT = timedelta(hours=24)  # however long a receiver asks to be left alone
SECRET_PREFIX = "whsec_"  # noqa: S105 -- the prefix of all secrets is none
SECRET_BYTES = 32
TEST_KIND = WebhookTested.kind

GONE, BUSY = 410, frozenset({429, 503})

_PARTICLES = frozenset({"in", "off", "out"})
# Whatever a fact says under such a name stays in the house.
_HIDDEN = re.compile(
    r"(^|[._])(iban|bic|account_number|routing_number|bank_account|bank|password|secret|token|recovery_code)s?($|[._])"
)
HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as it is told: ids, and what it says."""

    id: UUID
    kind: str
    at: datetime
    recorded_at: datetime
    subject_kind: str
    subject_id: UUID
    customer_id: UUID | None
    entry_id: UUID | None
    actor_kind: str
    actor_id: UUID | None
    body: Mapping[str, Any] | None  # nothing: what it said was erased


def event_type(kind: str) -> str:
    """Return the type under which a kind of fact is told: noun, dot, what happened."""
    words = kind.split("_")
    verb = 2 if words[-1] in _PARTICLES else 1
    noun = "_".join(words[:-verb])
    return f"{noun}.{'_'.join(words[-verb:])}" if noun else f"{FACTS[kind].subject_kind}.{kind}"


def event_types() -> dict[str, str]:
    """Return every type that can be wanted, in order, with the kind of fact it tells of."""
    return dict(sorted((event_type(kind), kind) for kind in FACTS if kind not in {TEST_KIND, "fact"}))


def kinds_of(types: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of fact that types name, each once, in order; none for all.

    Raises: RuleBroken `webhook.unknown_type`.
    """
    known = event_types()
    asked = sorted(set(types))
    for name in asked:
        if name not in known:
            raise RuleBroken("webhook.unknown_type", "There is no event %(type)s.", type=name)
    return tuple(known[name] for name in asked)


def content_of(fact: Told) -> bytes:
    """Return the body of a delivery: the same bytes each time the same fact is told."""
    content = {
        "type": event_type(fact.kind),
        "timestamp": _instant(fact.at),
        "data": {
            "id": str(fact.id),
            "recorded_at": _instant(fact.recorded_at),
            "subject": {"kind": fact.subject_kind, "id": str(fact.subject_id)},
            "customer_id": _text(fact.customer_id),
            "journal_entry_id": _text(fact.entry_id),
            "actor": {"kind": fact.actor_kind, "id": _text(fact.actor_id)},
            "details": None if fact.body is None else open_part(fact.body),
        },
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def open_part(value: Any) -> Any:
    """Return what may leave the house: bank details and secrets are hidden wherever they stand."""
    if isinstance(value, Mapping):
        return {name: HIDDEN if _HIDDEN.search(name) else open_part(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [open_part(item) for item in value]
    return value


def secret_text(key: bytes) -> str:
    """Return a key as the text that the receiver keeps."""
    return f"{SECRET_PREFIX}{base64.b64encode(key).decode()}"


def sign(secrets: Iterable[str], *, message_id: UUID, timestamp: int, body: bytes) -> str:
    """Return the signatures of a message, one for each secret, the current one first.

    Raises: RuleBroken for a text that is no secret.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(
        f"v1,{base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()}" for secret in secrets
    )


def headers_of(secrets: Iterable[str], *, message_id: UUID, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of a delivery."""
    return {
        "Content-Type": "application/json",
        "webhook-id": str(message_id),
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secrets, message_id=message_id, timestamp=timestamp, body=body),
    }


def pause_after(attempts: int, delivery_id: UUID) -> timedelta | None:
    """Return how long to wait after so many failed tries; nothing when no more are made.

    Each delivery waits a little longer than the next, by its id, so that a receiver that comes back is not run over.
    """
    if attempts > len(PAUSES):
        return None
    seed = hashlib.sha256(f"{delivery_id}/{attempts}".encode()).digest()
    share = int.from_bytes(seed[:4]) % (2 * JITTER_PERCENT * 100 + 1) - JITTER_PERCENT * 100
    pause = PAUSES[attempts - 1]
    return pause + pause * share // 10_000


def quiet_after(failures: int) -> timedelta | None:
    """Return how long an endpoint that failed so many times in a row is left alone.

    Else each delivery of its backlog would use up a try.
    """
    if failures < 3:
        return None
    return min(timedelta(seconds=15 << min(failures - 3, 10)), timedelta(minutes=10))


def asked_to_wait(text: str, now: datetime) -> timedelta | None:
    """Return how long a Retry-After header asks to wait, within a day; nothing for what is none."""
    plain = text.strip()
    if plain.isascii() and plain.isdigit():
        seconds = int(plain[:9])
    else:
        try:
            until = parsedate_to_datetime(plain)
        except ValueError:
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        seconds = int((until - now).total_seconds())
    return min(timedelta(seconds=seconds), LONGEST_WAIT) if seconds > 0 else None


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise RuleBroken("webhook.no_secret", "This is no secret of a webhook.") from wrong


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
