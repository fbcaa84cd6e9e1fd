"""The sandbox gateway's own server: `python -m conto.gateways.payment.sandbox` or `conto sandbox-gateway`."""

import hmac
import json
import socketserver
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from conto.gateways.payment.sandbox import hosted
from conto.gateways.payment.sandbox.business import Refusal, Sandbox
from conto.gateways.payment.sandbox.cards import FAILURES
from conto.gateways.payment.sandbox.delivery import Courier
from conto.gateways.payment.sandbox.state import Memory

Environ = dict[str, Any]
Answer = tuple[str, str, list[tuple[str, str]]]  # status, body, headers
StartResponse = Callable[..., Any]

MOST_BYTES = 64 * 1024
_HTML = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    # No form-action: a paid form is answered by a redirect to the shop, which the browser would count as one.
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]


class Application:
    """The gateway's addresses."""

    def __init__(self, sandbox: Sandbox, key: bytes) -> None:
        self._sandbox = sandbox
        self._key = key

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            status, body, headers = self._answer(environ)
        except Refusal as refusal:
            status = f"{refusal.status} Refused"
            body, headers = json.dumps({"code": refusal.code, "message": refusal.message}), _JSON
        except (ValueError, KeyError, TypeError):
            status, body, headers = "400 Bad Request", json.dumps({"code": "unreadable", "message": ""}), _JSON
        content = body.encode()
        start_response(status, [*headers, ("Content-Length", str(len(content)))])
        return [content]

    def _answer(self, environ: Environ) -> Answer:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        match method, path.strip("/").split("/"):
            case "GET", ["page.css"]:
                return "200 OK", hosted.STYLE, [("Content-Type", "text/css"), ("Cache-Control", "max-age=3600")]
            case "GET", ["health"]:
                return "200 OK", json.dumps({"ok": True}), _JSON
            case _, ["v1", *rest]:
                self._check_key(environ)
                return "200 OK", json.dumps(self._api(method, rest, environ)), _JSON
            case "GET", ["pay", session]:
                return self._page(session)
            case "POST", ["pay", session]:
                return self._after(session, self._sandbox.take_card(session, _form(environ).get("number", "")))
            case "POST", ["pay", session, "verify"]:
                is_confirmed = _form(environ).get("answer") == "yes"
                return self._after(session, self._sandbox.verify(session, is_confirmed=is_confirmed))
        raise Refusal(404, "not_found", "Nothing is here.")

    def _api(self, method: str, path: list[str], environ: Environ) -> dict[str, Any]:
        asked = _json(environ) if method == "POST" else {}
        return self._sandbox.answer(method, path, asked, environ.get("HTTP_IDEMPOTENCY_KEY", ""))

    def _check_key(self, environ: Environ) -> None:
        given = environ.get("HTTP_AUTHORIZATION", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, f"Bearer {self._key.hex()}".encode()):
            raise Refusal(401, "key_wrong", "The key is wrong.")

    def _page(self, session: str) -> Answer:
        body = self._sandbox.session_body("session", session)
        found = self._found(session)
        if body["state"] in {"succeeded", "pending"}:
            return _redirect(found["asked"]["return_url"])
        return "200 OK", hosted.over_page(found) if body["state"] == "expired" else hosted.form_page(found), _HTML

    def _after(self, session: str, step: str) -> Answer:
        found = self._found(session)
        match step:
            case "done":
                return _redirect(found["asked"]["return_url"])
            case "verify":
                return "200 OK", hosted.verify_page(found), _HTML
            case "silent":
                return "504 Gateway Timeout", hosted.silent_page(found), _HTML
        failure = found["failure"] or FAILURES["card_declined"]
        return "402 Payment Required", hosted.form_page(found, failure), _HTML

    def _found(self, session: str) -> dict[str, Any]:
        found = self._sandbox.memory.session("session", session)
        if found is None:
            raise Refusal(404, "not_found", "No such session.")
        return found


_JSON = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]


def _redirect(address: str) -> Answer:
    return "303 See Other", "", [*_HTML, ("Location", address)]


def _read(environ: Environ) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > MOST_BYTES:
        raise Refusal(413, "too_long", "The request is too long.")
    content: bytes = environ["wsgi.input"].read(length)
    return content


def _json(environ: Environ) -> dict[str, Any]:
    body = json.loads(_read(environ))
    if not isinstance(body, dict):
        raise TypeError
    return body


def _form(environ: Environ) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(_read(environ).decode()).items()}


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name is the base class's
        """Say nothing: card numbers of any kind stay out of logs."""


class SandboxServer:
    """The gateway on a port of this machine, with its courier."""

    def __init__(self, port: int, state: Path | str, key: bytes, delay_seconds: float = 8.0) -> None:
        self._server = _Server(("127.0.0.1", port), _Quiet)
        self.port = self._server.server_port
        self.url = f"http://localhost:{self.port}"
        self.sandbox = Sandbox(Memory(state), self.url, delay_seconds)
        self._server.set_app(Application(self.sandbox, key))
        self._courier = Courier(self.sandbox, key)

    def serve(self) -> None:
        """Answer until stopped."""
        self._courier.start()
        try:
            self._server.serve_forever(poll_interval=0.2)
        finally:
            self._courier.stop()
            self._server.server_close()

    def stop(self) -> None:
        """Answer no more; called from another thread."""
        self._server.shutdown()
