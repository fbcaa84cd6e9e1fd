"""The sandbox gateway without a network between: asked directly, its events handed over in any order one likes."""

import json
import sqlite3
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from conto.gateways.payment import signing
from conto.gateways.payment.protocol import GatewayRefused, GatewaySilent
from conto.gateways.payment.sandbox.business import Refusal, Sandbox
from conto.gateways.payment.sandbox.client import SandboxGateway
from conto.gateways.payment.sandbox.state import Memory


@dataclass(frozen=True, slots=True)
class NearEvent:
    """An event that waits to be delivered, as it would travel."""

    event_id: str
    body: bytes

    def headers(self, key: bytes) -> dict[str, str]:
        """Return the headers of a delivery that leaves now."""
        timestamp = int(time.time())
        return {
            "webhook-id": self.event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signing.sign(key, self.event_id, timestamp, self.body),
        }


class NearSandbox(Sandbox):
    """The business of the sandbox, whose events wait here instead of with a courier."""

    def __init__(self, memory: Memory, own_url: str) -> None:
        super().__init__(memory, own_url, delay_seconds=0)
        self.waiting: list[NearEvent] = []

    def _queue(
        self, connection: sqlite3.Connection, event_id: str, url: str, kind: str, body: dict[str, Any], wait: float
    ) -> None:
        del connection, url, wait
        text = json.dumps({"id": event_id, "type": kind, "data": body}, sort_keys=True)
        self.waiting.append(NearEvent(event_id, text.encode()))


class NearGateway(SandboxGateway):
    """The adapter, which reaches its gateway by a call."""

    def __init__(self, memory: Memory, own_url: str, key: bytes) -> None:
        super().__init__(own_url, key)
        self.sandbox = NearSandbox(memory, own_url)
        self.key = key

    def take_events(self) -> list[NearEvent]:
        """Return the events that wait, the oldest first, and forget them."""
        taken = list(self.sandbox.waiting)
        self.sandbox.waiting.clear()
        return taken

    def _ask(self, method: str, path: str, fields: dict[str, Any] | None = None, key: str = "") -> dict[str, Any]:
        try:
            return self.sandbox.answer(method, [unquote(part) for part in path.split("/")[2:]], fields or {}, key)
        except Refusal as refusal:
            if refusal.status >= 500:
                raise GatewaySilent(refusal.message) from refusal
            raise GatewayRefused(refusal.code, refusal.message) from refusal
