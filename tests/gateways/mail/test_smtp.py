"""SMTP over a real socket: taken, refused, silent, broken off."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from conto.gateways.mail.smtp import File, Letter, NotReached, Refused, SmtpServer, send
from tests.waiting import PATIENCE_SECONDS

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


class Postbox:
    """Takes mail, and refuses what its name says."""

    def __init__(self) -> None:
        self.taken: list[Message] = []

    async def handle_RCPT(self, *given: Any) -> str:  # noqa: N802
        _server, _session, envelope, address, _options = given
        if address.startswith("gone"):
            return "550 5.1.1 No such user here"
        if address.startswith("busy"):
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content)
        if "spam" in str(message["Subject"]):
            return "554 5.7.1 We do not want this"
        self.taken.append(message)
        return "250 Taken"


@contextmanager
def listening(**options: Any) -> Iterator[tuple[Postbox, SmtpServer]]:
    postbox = Postbox()
    controller = Controller(postbox, hostname="127.0.0.1", port=0, ready_timeout=PATIENCE_SECONDS, **options)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        controller.port = probe.getsockname()[1]
    controller.start()
    try:
        yield postbox, at_port(controller.port)
    finally:
        controller.stop()


def at_port(port: int, **more: Any) -> SmtpServer:
    given = {"security": "none", "username": "", "password": "", "from_address": "billing@kestrel.example", **more}
    given.setdefault("timeout_seconds", PATIENCE_SECONDS)
    return SmtpServer(host="127.0.0.1", port=port, from_name="Kestrel & Finch", **given)


def letter(to_address: str = "ada@example.com", **more: Any) -> Letter:
    given = {"subject": "Rechnung für März", "text": "Grüße", **more}
    return Letter(message_id="<1@kestrel.example>", to_address=to_address, written_at=AT, **given)


def test_a_mail_arrives_with_its_texts_files_and_fixed_message_id() -> None:
    with listening() as (postbox, server):
        send(
            letter(html="<p>Grüße</p>", files=[File("INV 1.pdf", "application/pdf", b"%PDF-1.7")], language="de"),
            server,
        )
    (message,) = postbox.taken
    assert message["Message-ID"] == "<1@kestrel.example>"
    assert message["Date"] == "Fri, 20 Nov 2026 09:30:00 +0000"
    assert message["From"] == "Kestrel & Finch <billing@kestrel.example>"
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "application/pdf"]
    assert [part.get_filename() for part in message.walk()][-1] == "INV 1.pdf"


def test_a_refused_recipient_is_a_bounce_in_the_servers_words() -> None:
    with listening() as (_, server), pytest.raises(Refused) as refusal:
        send(letter("gone@example.com"), server)
    assert str(refusal.value) == "550 5.1.1 No such user here"


def test_a_refused_message_is_a_bounce_too() -> None:
    with listening() as (_, server), pytest.raises(Refused) as refusal:
        send(letter(subject="spam"), server)
    assert "554 5.7.1" in str(refusal.value)


def test_a_busy_mailbox_is_worth_another_try() -> None:
    with listening() as (_, server), pytest.raises(NotReached) as failure:
        send(letter("busy@example.com"), server)
    assert "451" in str(failure.value)


def test_a_wrong_password_is_told_as_such() -> None:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, auth_data: Any) -> AuthResult:
        assert isinstance(auth_data, LoginPassword)
        return AuthResult(success=auth_data.password == b"right", handled=False)

    with listening(authenticator=check, auth_required=True, auth_require_tls=False) as (postbox, server):
        send(letter(), at_port(server.port, username="conto", password="right"))
        assert len(postbox.taken) == 1
        with pytest.raises(NotReached, match="user name or password"):
            send(letter(), at_port(server.port, username="conto", password="wrong"))


def test_a_server_without_encryption_is_not_trusted_when_encryption_is_asked_for() -> None:
    with listening() as (postbox, server), pytest.raises(NotReached):
        send(letter(), at_port(server.port, security="starttls"))
    assert postbox.taken == []


@contextmanager
def odd_server(says: bytes) -> Iterator[int]:
    """A server that says something, or nothing, and hangs up when the test is over."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            line, _ = door.accept()
            with line:
                if says:
                    line.sendall(says)
                    line.recv(100)
                else:
                    over.wait()

        over = threading.Event()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            over.set()
            thread.join()


def test_a_silent_server_is_given_up_after_the_time_out() -> None:
    with odd_server(b"") as port, pytest.raises(NotReached, match="in time"):
        send(letter(), at_port(port, timeout_seconds=1))


def test_a_server_that_hangs_up_is_worth_another_try() -> None:
    with odd_server(b"220 hello\r\n") as port, pytest.raises(NotReached):
        send(letter(), at_port(port))


def test_a_server_that_is_not_there_is_told_as_such() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(NotReached, match="cannot be reached"):
        send(letter(), at_port(port))
