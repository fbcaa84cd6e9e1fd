"""Signatures of webhook events, as the Standard Webhooks specification has them."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from conto.gateways.payment.protocol import BadSignature

TOLERANCE_SECONDS = 300


def sign(key: bytes, event_id: str, timestamp: int, body: bytes) -> str:
    """Give the signature of an event: v1 and the HMAC over id, time and raw body."""
    digest = hmac.new(key, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def verify(key: bytes, body: bytes, headers: Mapping[str, str], now: datetime) -> str:
    """Give the id of an event that bears a valid signature of the last five minutes.

    Several signatures may stand in the header, separated by spaces, while a key is being changed.

    Raises: BadSignature.
    """
    event_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not event_id or len(event_id) > 200 or not (timestamp.isascii() and timestamp.isdigit()):
        raise BadSignature("The headers of the event are missing.")
    if len(timestamp) > 12 or abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise BadSignature("The event was signed too long ago.")
    wanted = sign(key, event_id, int(timestamp), body).encode()
    given = headers.get("webhook-signature", "").encode("utf-8", "replace").split()
    if not any([hmac.compare_digest(wanted, one) for one in given]):  # noqa: C419 -- as long for a match as for none
        raise BadSignature("The signature of the event is not the gateway's.")
    return event_id
