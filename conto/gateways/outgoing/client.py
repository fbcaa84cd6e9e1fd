"""Ask one address once, and keep within time and room."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from conto.domain.errors import RuleBroken
from conto.domain.targets import Target, check_number, read_target
from conto.gateways.outgoing.wire import TimedSocket, TooMuch

SECONDS = 5.0
MOST_BYTES = 64 * 1024
HEAD_BYTES = 32 * 1024
MOST_NUMBERS = 4  # of a name that stands for many
NAMES_AT_ONCE = 32  # a resolver that hangs shall not collect threads without end
AGENT = "Conto/1 (+webhooks)"

Cut = Literal["", "size", "time"]
Reason = Literal["address", "name", "refused", "late", "unsafe", "broken"]
Resolve = Callable[[str, int], list[str]]
Dial = Callable[[str, int, float], socket.socket]

_names = threading.BoundedSemaphore(NAMES_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `cut` says that the body was longer, or slower, than is read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: Cut = ""


class NoAnswer(Exception):  # noqa: N818 - named for what happened
    """No answer came: `reason` for programs, the words for people."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.reason: Reason = reason


def resolve(name: str, port: int) -> list[str]:
    """Return the numbers that a name stands for, each once.

    Raises: OSError.
    """
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def dial(number: str, port: int, seconds: float) -> socket.socket:
    """Connect to a number; nothing is resolved here.

    Raises: OSError.
    """
    family = socket.AF_INET6 if ":" in number else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect((number, port))
    except OSError:
        connection.close()
        raise
    return connection


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A client with its limits; it keeps nothing between requests and reads no proxy from the environment."""

    allow_private: bool = False
    seconds: float = SECONDS
    most_bytes: int = MOST_BYTES
    resolve: Resolve = resolve
    dial: Dial = dial
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Ask an address and return what it answered, a redirect as any other answer.

        Raises: NoAnswer.
        """
        deadline = time.monotonic() + self.seconds
        try:
            target = read_target(url, allow_private=self.allow_private)
            connection = self._connected(target, deadline)
        except RuleBroken as refusal:
            raise NoAnswer("address", refusal.message % refusal.params) from refusal
        try:
            sock = self._secured(connection, target, deadline) if target.scheme == "https" else connection
        except BaseException:
            connection.close()
            raise
        with sock:
            return self._exchange(
                TimedSocket(sock, deadline, HEAD_BYTES + self.most_bytes), target, method, headers, body
            )

    def _connected(self, target: Target, deadline: float) -> socket.socket:
        """Resolve once, refuse the name if any of its numbers is refused, and connect to one of those numbers."""
        numbers = [target.host] if target.is_number else self._resolved(target, deadline)
        for number in numbers:
            check_number(number, allow_private=self.allow_private)
        tried = numbers[:MOST_NUMBERS]
        failure: OSError | None = None
        for index, number in enumerate(tried):
            left = deadline - time.monotonic()
            if left <= 0:
                raise _late(target)
            try:
                return self.dial(number, target.port, left / (len(tried) - index))
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise _late(target) from failure
        words = failure.strerror if failure is not None and failure.strerror else str(failure)
        raise NoAnswer("refused", f"No connection to {target.host}: {words}") from failure

    def _resolved(self, target: Target, deadline: float) -> list[str]:
        """Return the numbers of a name; the system's resolver cannot be told how long it may take, so it is left."""
        found: list[str] = []
        failures: list[OSError] = []
        if not _names.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise _late(target)

        def look_up() -> None:
            try:
                found.extend(self.resolve(target.host, target.port))
            except (OSError, UnicodeError) as error:
                failures.append(OSError(str(error)))
            finally:
                _names.release()

        thread = threading.Thread(target=look_up, name="resolver", daemon=True)
        thread.start()
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            raise _late(target)
        if failures or not found:
            raise NoAnswer("name", f"The name {target.host} is not known.")
        return list(found)

    def _secured(self, connection: socket.socket, target: Target, deadline: float) -> ssl.SSLSocket:
        """Speak TLS with the name that the member gave: it is sent, and the certificate must be for it."""
        try:
            connection.settimeout(max(0.001, deadline - time.monotonic()))
            return self.context.wrap_socket(connection, server_hostname=target.host)
        except ssl.SSLCertVerificationError as error:
            words = f"The certificate of {target.host} is not valid: {error.verify_message}"
            raise NoAnswer("unsafe", words) from error
        except TimeoutError as error:
            raise _late(target) from error
        except OSError as error:
            raise NoAnswer("unsafe", f"No safe connection to {target.host}: {error.strerror or error}") from error

    def _exchange(
        self, wire: TimedSocket, target: Target, method: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        speaking = http.client.HTTPConnection(target.host, target.port)
        speaking.sock = wire  # it has what the connection uses of a socket
        try:
            speaking.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
            own = {"Host": target.authority, "User-Agent": AGENT, "Accept-Encoding": "identity", "Connection": "close"}
            for name, value in {**own, **headers, "Content-Length": str(len(body))}.items():
                speaking.putheader(name, value)
            speaking.endheaders(body)
        except TimeoutError as error:
            raise _late(target) from error
        except OSError:
            # Some receivers answer before they have read all; what they said counts.
            pass
        try:
            answer = speaking.getresponse()
        except TimeoutError as error:
            raise _late(target) from error
        except (OSError, http.client.HTTPException, TooMuch) as error:
            raise NoAnswer("broken", f"{target.host} broke off or does not speak HTTP.") from error
        content, cut = self._read(answer)
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content, cut)

    def _read(self, answer: http.client.HTTPResponse) -> tuple[bytes, Cut]:
        """Read the body as far as time and room go; the head has said already what matters."""
        parts: list[bytes] = []
        room = self.most_bytes
        cut: Cut = ""
        try:
            while part := answer.read1(min(room + 1, 16 * 1024)):
                parts.append(part[:room])
                if len(part) > room:
                    cut = "size"
                    break
                room -= len(part)
        except TimeoutError:
            cut = "time"
        except TooMuch:
            cut = "size"
        except (OSError, http.client.HTTPException):
            with suppress(OSError):
                answer.close()
        return b"".join(parts), cut


def _late(target: Target) -> NoAnswer:
    return NoAnswer("late", f"{target.host} did not answer in time.")
