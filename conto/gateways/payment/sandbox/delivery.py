"""Delivers events over HTTP, signed, again and again until the receiver takes them."""

import http.client
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from conto.gateways.payment import signing
from conto.gateways.payment.sandbox.business import Sandbox

PAUSES_SECONDS = (1, 2, 5, 10, 30, 60, 120, 300)
LOOK_EVERY_SECONDS = 0.2


class Courier(threading.Thread):
    """A thread that delivers what is due."""

    def __init__(self, sandbox: Sandbox, key: bytes) -> None:
        super().__init__(name="sandbox courier", daemon=True)
        self._sandbox = sandbox
        self._key = key
        self._stopped = threading.Event()

    def run(self) -> None:
        """Deliver until stopped."""
        while not self._stopped.wait(LOOK_EVERY_SECONDS):
            self._sandbox.settle_due()
            for delivery in self._sandbox.memory.due_deliveries():
                self._deliver(delivery)

    def stop(self) -> None:
        """Deliver no more."""
        self._stopped.set()

    def _deliver(self, delivery: dict[str, Any]) -> None:
        is_taken = self._post(delivery["url"], delivery["event_id"], delivery["body"].encode())
        with self._sandbox.memory.writing() as connection:
            attempts = delivery["attempts"]
            if is_taken or attempts >= len(PAUSES_SECONDS):
                connection.execute("DELETE FROM delivery WHERE id = ?", [delivery["id"]])
            else:
                connection.execute(
                    "UPDATE delivery SET attempts = attempts + 1, due_at = ? WHERE id = ?",
                    [time.time() + PAUSES_SECONDS[attempts], delivery["id"]],
                )

    def _post(self, url: str, event_id: str, body: bytes) -> bool:
        address = urlsplit(url)
        if address.scheme != "http" or address.hostname not in {"localhost", "127.0.0.1", "::1"}:
            return True  # the sandbox talks to this machine only; such an event is dropped
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signing.sign(self._key, event_id, timestamp, body),
        }
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=5)
        try:
            connection.request("POST", address.path or "/", body, headers)
            return 200 <= connection.getresponse().status < 300
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
