"""The adapter to the sandbox gateway."""

import http.client
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from conto.gateways.payment import signing
from conto.gateways.payment.protocol import (
    BadSignature,
    ChargeWish,
    GatewayRefused,
    GatewaySilent,
    Notice,
    RefundState,
    RefundWish,
    Saved,
    SavingState,
    SavingWish,
    SessionState,
    SessionWish,
)

TIMEOUT_SECONDS = 6.0
MOST_BYTES = 64 * 1024


class SandboxGateway:
    """The sandbox gateway at an address, with the key that both sides know."""

    name = "sandbox"

    def __init__(self, url: str, key: bytes, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._address = urlsplit(url)
        self._key = key
        self._timeout_seconds = timeout_seconds

    def open_session(self, wish: SessionWish) -> SessionState:
        """Ask for a payment page; the same reference gives the same page."""
        fields = {name: getattr(wish, name) for name in SessionWish.__slots__}
        return _session(self._ask("POST", "/v1/sessions", fields, key=wish.reference))

    def session_state(self, reference: str) -> SessionState | None:
        """Ask where the payment of a reference stands; nothing when the gateway never heard of it."""
        body = self._find(f"/v1/sessions/{quote(reference, safe='')}")
        return _session(body) if body else None

    def open_saving(self, wish: SavingWish) -> SavingState:
        """Ask for a page on which something is saved; the same reference gives the same page."""
        fields = {name: getattr(wish, name) for name in SavingWish.__slots__}
        return _saving(self._ask("POST", "/v1/savings", fields, key=wish.reference))

    def saving_state(self, reference: str) -> SavingState | None:
        """Ask where such a page stands; nothing when the gateway never heard of it."""
        body = self._find(f"/v1/savings/{quote(reference, safe='')}")
        return _saving(body) if body else None

    def charge(self, wish: ChargeWish) -> SessionState:
        """Ask to charge what was saved; the same reference is charged once, whatever came of it."""
        fields = {name: getattr(wish, name) for name in ChargeWish.__slots__}
        return _session(self._ask("POST", "/v1/charges", fields, key=wish.reference))

    def forget(self, token: str) -> None:
        """Ask to forget what was saved; a token that is forgotten already is no refusal."""
        self._ask("POST", "/v1/forget", {"token": token})

    def refund(self, wish: RefundWish) -> RefundState:
        """Ask to pay back; the same reference pays back once."""
        fields = {name: getattr(wish, name) for name in RefundWish.__slots__}
        return _refund(self._ask("POST", "/v1/refunds", fields, key=wish.reference))

    def refund_state(self, reference: str) -> RefundState | None:
        """Ask where a refund stands; nothing when the gateway never heard of it."""
        body = self._find(f"/v1/refunds/{quote(reference, safe='')}")
        return _refund(body) if body else None

    def read_event(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Notice:
        """Verify and read a webhook event from its raw bytes.

        Raises: BadSignature.
        """
        event_id = signing.verify(self._key, body, headers, now)
        try:
            event = json.loads(body)
            kind, content = str(event["type"]), event["data"]
            session = _session(content) if kind.startswith("session.") else None
            refund = _refund(content) if kind.startswith("refund.") else None
            saving = _saving(content) if kind.startswith("saving.") else None
            if content.get("saved"):
                content["saved"].pop("token", None)  # what is kept of an event never charges anybody
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadSignature("The event is signed but not readable.") from error
        return Notice(event_id=event_id, kind=kind, body=event, session=session, refund=refund, saving=saving)

    def _find(self, path: str) -> dict[str, Any] | None:
        try:
            return self._ask("GET", path)
        except GatewayRefused as refusal:
            if refusal.code == "not_found":
                return None
            raise

    def _ask(self, method: str, path: str, fields: dict[str, Any] | None = None, key: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._key.hex()}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        plain = http.client.HTTPConnection if self._address.scheme == "http" else http.client.HTTPSConnection
        connection = plain(self._address.hostname or "", self._address.port, timeout=self._timeout_seconds)
        try:
            connection.request(method, path, json.dumps(fields) if fields is not None else None, headers)
            answer = connection.getresponse()
            status, body = answer.status, json.loads(answer.read(MOST_BYTES))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise GatewaySilent(str(error)) from error
        finally:
            connection.close()
        if status >= 500 or not isinstance(body, dict):
            raise GatewaySilent(f"status {status}")
        if status >= 400:
            raise GatewayRefused(str(body.get("code", "")), str(body.get("message", "")))
        return body


def _session(body: dict[str, Any]) -> SessionState:
    known = {name: body[name] for name in SessionState.__slots__ if name in body}
    return SessionState(**known | {"saved": _saved(body)})


def _saving(body: dict[str, Any]) -> SavingState:
    known = {name: body[name] for name in SavingState.__slots__ if name in body}
    return SavingState(**known | {"saved": _saved(body)})


def _saved(body: dict[str, Any]) -> Saved | None:
    saved = body.get("saved")
    if not saved:
        return None
    expires_on = date.fromisoformat(saved["expires_on"]) if saved.get("expires_on") else None
    return Saved(
        token=str(saved["token"]), brand=str(saved["brand"]), last_four=str(saved["last_four"]), expires_on=expires_on
    )


def _refund(body: dict[str, Any]) -> RefundState:
    return RefundState(**{name: body[name] for name in RefundState.__slots__ if name in body})
