"""The head of answers as the real web server gives them, with the settings of an installation behind TLS."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from conto.config.settings import SESSION_COOKIE_NAME
from conto.web.built import BUILD
from tests.e2e.serving import session_of, set_up_business
from tests.house import FreshBook, connect
from tests.web.heads import kind_of, wrong_in

pytestmark = pytest.mark.force
HOST = "conto.example.com"
START_SECONDS = 60


class Heard:
    """An answer of the server, with the names the expectation reads."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status_code, self.headers, self.content = answer.status, answer.headers, answer.read()


class Proxy:
    """Asks as a proxy with TLS does."""

    def __init__(self, port: int, session: dict[str, str]) -> None:
        self.port = port
        self.cookie = "; ".join(
            f"__Host-{name}={value}" for name, value in session.items() if name == SESSION_COOKIE_NAME
        )

    def ask(self, address: str, method: str = "GET", **headers: str) -> Heard:
        """Send one request."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        named = {"Host": HOST, "X-Forwarded-Proto": "https", "Cookie": self.cookie, **headers}
        link.request(method, address, headers={name.replace("_", "-"): value for name, value in named.items()})
        try:
            return Heard(link.getresponse())
        finally:
            link.close()


@pytest.fixture
def proxy(fresh_book: FreshBook) -> Iterator[Proxy]:
    session = session_of(set_up_business())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    fresh_book.env |= {"CONTO_URL": f"https://{HOST}", "CONTO_PORT": str(port), "CONTO_DEBUG": "0"}
    server = fresh_book.start("-m", "conto.config.cli", "web", "--port", str(port))
    proxy = Proxy(port, session)
    try:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert server.poll() is None, "the server stopped before its first page"
            try:
                proxy.ask("/offline")
            except OSError:
                time.sleep(0.05)
            else:
                break
        yield proxy
    finally:
        server.terminate()
        server.wait(20)


def test_each_kind_of_answer_has_its_head(proxy: Proxy, fresh_book: FreshBook) -> None:
    script = next(path.name for path in BUILD.iterdir() if path.suffix == ".js" and "-" in path.name)
    asked: list[tuple[int, str, dict[str, Any]]] = [
        (200, "/", {}),
        (200, "/sign-in", {"Cookie": ""}),
        (200, f"/static/{script}", {"Accept_Encoding": "br"}),
        (200, f"/static/{script}", {}),
        (404, "/static/nothing.js", {}),
        (404, "/nothing", {}),
        (405, "/sign-out", {}),
        (403, "/customers/new", {"method": "POST"}),
        (400, "/", {"Host": "elsewhere.example"}),
        (401, "/api/v1/customers", {}),
        (200, "/books/receivables.csv", {}),
        (301, "/customers/", {"X_Forwarded_Proto": "http"}),
        (200, "/health", {"X_Forwarded_Proto": "http"}),
    ]
    wrong = []
    for status, address, more in asked:
        answer = proxy.ask(address, **more)
        found = wrong_in(answer, kind_of(address, answer))
        is_secure = more.get("X_Forwarded_Proto") != "http" and status != 400
        if is_secure and "max-age=31536000" not in answer.headers.get("Strict-Transport-Security", ""):
            found.append("no HSTS")
        if answer.status_code != status or found:
            wrong.append(f"{address} {more}: {answer.status_code}, not {status}: {found}")
    assert wrong == [], "\n".join(wrong)
    with connect(fresh_book.admin_dsn) as admin:
        admin.execute("REVOKE SELECT ON crm_customer FROM conto_app")
    broken = proxy.ask("/customers/")
    assert (broken.status_code, wrong_in(broken, "page")) == (500, [])
    assert b"crm_customer" not in broken.content
    assert b"Traceback" not in broken.content


def test_cookies_of_an_installation_behind_tls_never_leave_it(proxy: Proxy) -> None:
    cookies = proxy.ask("/sign-in", Cookie="").headers.get_all("Set-Cookie") or []
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-"), cookie
        assert "Secure" in cookie, cookie
        assert "SameSite=Lax" in cookie, cookie
    assert json.loads(proxy.ask("/health").content)["database"] == "up"
