"""A connection that ends at a set moment, however slowly the other side sends."""

import io
import socket
import time
from typing import Any


class TooMuch(Exception):  # noqa: N818 - named for what happened
    """The other side sent more than is read."""


class TimedSocket:
    """What an HTTP connection uses of a socket, with one end of time for all of it and a limit of bytes to read.

    A socket's own time-out begins anew with each piece that arrives: a sender that drips a byte a second never runs
    into it.
    """

    def __init__(self, sock: socket.socket, deadline: float, most_bytes: int) -> None:
        self._sock = sock
        self._deadline = deadline
        self._incoming = _Incoming(sock, deadline, most_bytes)

    def sendall(self, content: bytes) -> None:
        """Send all of it before the end of time.

        Raises: TimeoutError, OSError.
        """
        rest = memoryview(content)
        while rest:
            self._sock.settimeout(time_left(self._deadline))
            rest = rest[self._sock.send(rest) :]

    def makefile(self, *_args: Any, **_options: Any) -> io.BufferedReader:
        """Return the reading side."""
        return io.BufferedReader(self._incoming)

    def close(self) -> None:
        """Leave the socket to whoever opened it."""


class _Incoming(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float, most_bytes: int) -> None:
        super().__init__()
        self._sock = sock
        self._deadline = deadline
        self._room = most_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._room <= 0:
            raise TooMuch
        self._sock.settimeout(time_left(self._deadline))
        count = self._sock.recv_into(memoryview(buffer)[: self._room])
        self._room -= count
        return count


def time_left(deadline: float) -> float:
    """Return the seconds until the deadline.

    Raises: TimeoutError when it has passed.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
