"""A real SMTP server on a loopback socket, for tests that send."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller

from tests.waiting import PATIENCE_SECONDS


class Postbox:
    """Takes mail, and refuses recipients whose name says so."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.port = 0

    async def handle_RCPT(self, *given: Any) -> str:  # noqa: N802 -- the name is aiosmtpd's
        _server, _session, envelope, address, _options = given
        if address.startswith("gone"):
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- as above
        self.taken.append(message_from_bytes(envelope.content))
        return "250 Taken"


@contextmanager
def open_postbox() -> Iterator[Postbox]:
    """Listen on a free port until the block ends."""
    postbox = Postbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        postbox.port = probe.getsockname()[1]
    controller = Controller(postbox, hostname="127.0.0.1", port=postbox.port, ready_timeout=PATIENCE_SECONDS)
    controller.start()
    try:
        yield postbox
    finally:
        controller.stop()
