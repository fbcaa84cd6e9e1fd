"""What the sandbox gateway does: opens sessions, takes cards, pays back, and queues the events that tell of it."""

import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any

from conto.gateways.payment.sandbox.cards import BRANDS, CHARGED_FAILURES, COURSES, FAILURES, Course
from conto.gateways.payment.sandbox.state import Memory

LIVES_SECONDS = 24 * 3600
_EXPIRES_ON = "2039-12-31"
_ASKED_OF_SAVING = ("reference", "payee", "return_url", "cancel_url", "webhook_url")
_ASKED_OF_CHARGE = ("reference", "token", "amount_minor", "currency", "description", "webhook_url")
_ASKED = ("reference", "amount_minor", "currency", "description", "payee", "return_url", "cancel_url", "webhook_url")


class Refusal(Exception):  # noqa: N818 -- named for what happened
    """A request that the gateway refuses, with its status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message


class Sandbox:
    """The gateway without its network."""

    def __init__(self, memory: Memory, own_url: str, delay_seconds: float = 8.0) -> None:
        self.memory = memory
        self.own_url = own_url
        self.delay_seconds = delay_seconds

    def answer(self, method: str, path: Sequence[str], asked: dict[str, Any], key: str) -> dict[str, Any]:
        """Answer a request of a business, whichever way it came."""
        posts = {
            "sessions": self.open_session, "savings": self.open_saving, "charges": self.charge,
            "refunds": self.refund, "forget": self.forget,
        }  # fmt: skip
        match method, list(path):
            case "POST", [noun] if noun in posts:
                return posts[noun](asked, key)
            case "GET", ["sessions" | "savings", reference]:
                return self.session_body("reference", reference)
            case "GET", ["refunds", reference]:
                return self.refund_body(reference)
        raise Refusal(404, "not_found", "Nothing is here.")

    def open_session(self, asked: dict[str, Any], key: str) -> dict[str, Any]:
        """Open a hosted page; the same key and wish give the same one, another wish is refused."""
        if any(not asked.get(name) for name in _ASKED) or not isinstance(asked["amount_minor"], int):
            raise Refusal(422, "incomplete", "A session needs an amount, a currency, texts and addresses.")
        if key != asked["reference"]:
            raise Refusal(422, "key_missing", "The idempotency key is the reference.")
        with self.memory.writing() as connection:
            known = self.memory.session("reference", key)
            if known is None:
                session = f"ses_{secrets.token_urlsafe(12)}"
                connection.execute(
                    "INSERT INTO session (session, reference, asked, state, opened_at) VALUES (?, ?, ?, ?, ?)",
                    [session, key, json.dumps(asked), "requires_action", time.time()],
                )
            elif (known["asked"]["amount_minor"], known["asked"]["currency"]) != (
                asked["amount_minor"],
                asked["currency"],
            ):
                raise Refusal(409, "key_reused", "This key was used for another amount.")
        return self.session_body("reference", key)

    def open_saving(self, asked: dict[str, Any], key: str) -> dict[str, Any]:
        """Open a hosted page on which a card is saved; the same key gives the same one."""
        if any(not asked.get(name) for name in _ASKED_OF_SAVING):
            raise Refusal(422, "incomplete", "A page to save on needs texts and addresses.")
        if key != asked["reference"]:
            raise Refusal(422, "key_missing", "The idempotency key is the reference.")
        with self.memory.writing() as connection:
            if self.memory.session("reference", key) is None:
                wanted = {
                    **asked,
                    "kind": "saving",
                    "saves": True,
                    "description": "",
                    "amount_minor": 0,
                    "currency": "",
                }
                self._keep(connection, wanted, "requires_action")
        return self.session_body("reference", key)

    def charge(self, asked: dict[str, Any], key: str) -> dict[str, Any]:
        """Charge a saved card, once per key: what became of it is told again to whoever asks again."""
        if any(not asked.get(name) for name in _ASKED_OF_CHARGE) or not isinstance(asked["amount_minor"], int):
            raise Refusal(422, "incomplete", "A charge needs a saved card, an amount, a currency and an address.")
        if key != asked["reference"]:
            raise Refusal(422, "key_missing", "The idempotency key is the reference.")
        with self.memory.writing() as connection:
            known = self.memory.session("reference", key)
            course = None if known else self._charge(connection, asked)
        wished = (known or {"asked": asked})["asked"]
        if (wished["amount_minor"], wished["currency"]) != (asked["amount_minor"], asked["currency"]):
            raise Refusal(409, "key_reused", "This key was used for another amount.")
        if course == "silent":
            raise Refusal(504, "silent", "The bank does not answer.")
        return self.session_body("reference", key)

    def forget(self, asked: dict[str, Any], key: str) -> dict[str, Any]:
        """Forget a saved card; one that is forgotten already stays so."""
        del key
        with self.memory.writing() as connection:
            connection.execute("UPDATE method SET is_forgotten = 1, number = '' WHERE token = ?", [asked.get("token")])
        return {"ok": True}

    def session_body(self, column: str, value: str) -> dict[str, Any]:
        """Give what the gateway tells about a session."""
        found = self._session(column, value)
        asked = found["asked"]
        return {
            "reference": found["reference"],
            "session": found["session"],
            "state": found["state"],
            "amount_minor": asked["amount_minor"],
            "currency": asked["currency"],
            "page_url": "" if asked.get("kind") == "charge" else f"{self.own_url}/pay/{found['session']}",
            "payment_ref": found["payment_ref"],
            "method": "card",
            "failure_code": found["failure_code"],
            "failure": found["failure"],
            "saved": self._saved(found["session"]) if found["state"] == "succeeded" else None,
        }

    def take_card(self, session: str, number: str) -> str:
        """Let a card pay and give what happens next: done | verify | failed | silent."""
        found = self._session("session", session)
        if found["state"] in {"succeeded", "pending"}:
            return "done"
        if found["state"] == "expired":
            return "failed"
        number = "".join(number.split())
        course = COURSES.get(number)
        is_saving = found["asked"].get("kind") == "saving"
        if course and found["asked"].get("saves"):
            self._save(session, number)
        courses: dict[Course | None, Callable[[], str]] = {
            None: lambda: self._fail(session, "unknown_card", told=False),
            "succeeds": lambda: self._pay(session),
            "declined": lambda: self._fail(session, "card_declined"),
            "no_funds": lambda: self._pay(session) if is_saving else self._fail(session, "insufficient_funds"),
            "asks": lambda: "verify",
            "later": lambda: self._pend(session),
            "declined_later": lambda: self._pay(session),
            "no_funds_later": lambda: self._pay(session),
            "asks_later": lambda: self._pay(session),
            "silent": lambda: self._pay(session, copies=0) and "silent",
            "jumbled": lambda: self._pay(session, copies=2, jumbled=True),
        }
        return courses[course]()

    def verify(self, session: str, *, is_confirmed: bool) -> str:
        """Let the bank confirm a payment or not."""
        self._session("session", session)
        return self._pay(session) if is_confirmed else self._fail(session, "authentication_failed")

    def refund(self, asked: dict[str, Any], key: str) -> dict[str, Any]:
        """Pay back a part of a payment, once per key, never more than was paid."""
        if key != asked.get("reference") or not isinstance(asked.get("amount_minor"), int):
            raise Refusal(422, "incomplete", "A refund needs its reference as key and an amount.")
        with self.memory.writing() as connection:
            if self.memory.refund(key) is None:
                self._pay_back(connection, asked, key)
        return self.refund_body(key)

    def refund_body(self, reference: str) -> dict[str, Any]:
        """Give what the gateway tells about a refund."""
        found = self.memory.refund(reference)
        if found is None:
            raise Refusal(404, "not_found", "No such refund.")
        return {name: found[name] for name in ("reference", "refund", "state", "failure")}

    def settle_due(self) -> None:
        """Let the payments succeed whose delay is over."""
        with self.memory.writing() as connection:
            due = connection.execute(
                "SELECT session FROM session WHERE state = 'pending' AND succeeds_at <= ?", [time.time()]
            ).fetchall()
        for row in due:
            self._pay(row["session"])

    def _keep(self, connection: sqlite3.Connection, asked: dict[str, Any], state: str, failure_code: str = "") -> str:
        session = f"ses_{secrets.token_urlsafe(12)}"
        connection.execute(
            "INSERT INTO session (session, reference, asked, state, failure_code, failure, opened_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [session, asked["reference"], json.dumps(asked), state, failure_code, FAILURES.get(failure_code, ""),
             time.time()],
        )  # fmt: skip
        return session

    def _charge(self, connection: sqlite3.Connection, asked: dict[str, Any]) -> Course | None:
        method = self.memory.method("token", asked["token"])
        if method is None:
            raise Refusal(404, "no_such_method", FAILURES["no_such_method"])
        course = COURSES[method["number"]]
        wanted = {name: value for name, value in asked.items() if name != "token"} | {"kind": "charge"}
        if failure_code := CHARGED_FAILURES.get(course, ""):
            session = self._keep(connection, wanted, "failed", failure_code)
            self._tell_session(connection, session, "session.failed")
            return course
        session = self._keep(connection, wanted, "pending")
        if course == "later":
            connection.execute(
                "UPDATE session SET succeeds_at = ? WHERE session = ?", [time.time() + self.delay_seconds, session]
            )
            self._tell_session(connection, session, "session.pending")
            return course
        if course == "jumbled":
            self._tell_session(connection, session, "session.pending", copies=2, wait=self.delay_seconds / 4)
        self._succeed(connection, session, copies={"silent": 0, "jumbled": 2}.get(course, 1))
        return course

    def _save(self, session: str, number: str) -> None:
        with self.memory.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO method (token, session, number, brand, expires_on) VALUES (?, ?, ?, ?, ?)",
                [f"met_{secrets.token_urlsafe(24)}", session, number, BRANDS.get(number[:1], "Card"), _EXPIRES_ON],
            )
            connection.execute(
                "UPDATE method SET number = ?, brand = ? WHERE session = ?",
                [number, BRANDS.get(number[:1], "Card"), session],
            )

    def _saved(self, session: str) -> dict[str, Any] | None:
        found = self.memory.method("session", session)
        if found is None or found["is_forgotten"]:
            return None
        return {
            "token": found["token"],
            "brand": found["brand"],
            "last_four": found["number"][-4:],
            "expires_on": found["expires_on"],
        }

    def _pay_back(self, connection: sqlite3.Connection, asked: dict[str, Any], key: str) -> None:
        paid = connection.execute(
            "SELECT asked FROM session WHERE payment_ref = ?", [asked.get("payment_ref")]
        ).fetchone()
        if paid is None:
            raise Refusal(404, "no_such_payment", "There is no such payment.")
        session = json.loads(paid["asked"])
        done = connection.execute(
            "SELECT coalesce(sum(amount_minor), 0) AS n FROM refund WHERE payment_ref = ? AND state = 'succeeded'",
            [asked["payment_ref"]],
        ).fetchone()["n"]
        if not 0 < asked["amount_minor"] <= session["amount_minor"] - done:
            raise Refusal(422, "more_than_paid", "More would be paid back than was paid.")
        refund = f"ref_{secrets.token_urlsafe(12)}"
        connection.execute(
            "INSERT INTO refund (refund, reference, asked, payment_ref, amount_minor, state) VALUES (?, ?, ?, ?, ?, ?)",
            [refund, key, json.dumps(asked), asked["payment_ref"], asked["amount_minor"], "succeeded"],
        )
        body = {"reference": key, "refund": refund, "state": "succeeded", "failure": ""}
        self._tell(connection, session["webhook_url"], "refund.succeeded", body, 0)

    def _session(self, column: str, value: str) -> dict[str, Any]:
        found = self.memory.session(column, value)
        if found is None:
            raise Refusal(404, "not_found", "No such session.")
        if found["state"] == "requires_action" and time.time() - found["opened_at"] > LIVES_SECONDS:
            with self.memory.writing() as connection:
                connection.execute(
                    "UPDATE session SET state = 'expired' WHERE session = ? AND state = 'requires_action'",
                    [found["session"]],
                )
            found["state"] = "expired"
        return found

    def _fail(self, session: str, code: str, *, told: bool = True) -> str:
        with self.memory.writing() as connection:
            # The customer may try another card in the same session: failed is not the end of it.
            connection.execute(
                "UPDATE session SET state = 'failed', failure_code = ?, failure = ? WHERE session = ?"
                " AND state IN ('requires_action', 'failed')",
                [code, FAILURES[code], session],
            )
            if told:
                self._tell_session(connection, session, "session.failed")
        return "failed"

    def _pend(self, session: str) -> str:
        with self.memory.writing() as connection:
            connection.execute(
                "UPDATE session SET state = 'pending', succeeds_at = ?, failure_code = '', failure = ''"
                " WHERE session = ? AND state IN ('requires_action', 'failed')",
                [time.time() + self.delay_seconds, session],
            )
            self._tell_session(connection, session, "session.pending")
        return "done"

    def _pay(self, session: str, *, copies: int = 1, jumbled: bool = False) -> str:
        with self.memory.writing() as connection:
            if jumbled:
                connection.execute("UPDATE session SET state = 'pending' WHERE session = ?", [session])
                self._tell_session(connection, session, "session.pending", copies=2, wait=self.delay_seconds / 4)
            self._succeed(connection, session, copies=copies)
        return "done"

    def _succeed(self, connection: sqlite3.Connection, session: str, *, copies: int) -> None:
        changed = connection.execute(
            "UPDATE session SET state = 'succeeded', payment_ref = ?, failure_code = '', failure = ''"
            " WHERE session = ? AND state != 'succeeded'",
            [f"pay_{secrets.token_urlsafe(12)}", session],
        ).rowcount
        if changed:
            self._tell_session(connection, session, "session.succeeded", copies=copies)

    def _tell_session(
        self, connection: sqlite3.Connection, session: str, kind: str, *, copies: int = 1, wait: float = 0
    ) -> None:
        body = self.session_body("session", session)
        found = self.memory.session("session", session)
        assert found is not None  # noqa: S101 -- its body was just read
        if found["asked"].get("kind") == "saving":
            kind = kind.replace("session.", "saving.")
        event_id = f"evt_{secrets.token_urlsafe(12)}"
        for copy in range(copies):
            self._queue(connection, event_id, found["asked"]["webhook_url"], kind, body, wait + copy * 0.2)

    def _tell(self, connection: sqlite3.Connection, url: str, kind: str, body: dict[str, Any], wait: float) -> None:
        self._queue(connection, f"evt_{secrets.token_urlsafe(12)}", url, kind, body, wait)

    def _queue(
        self, connection: sqlite3.Connection, event_id: str, url: str, kind: str, body: dict[str, Any], wait: float
    ) -> None:
        text = json.dumps({"id": event_id, "type": kind, "data": body}, sort_keys=True)
        self.memory.put_delivery(connection, event_id, url, text, wait)
