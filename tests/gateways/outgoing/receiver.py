"""A real receiver on a loopback socket that behaves as its path says, with and without TLS."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.waiting import PATIENCE_SECONDS

GIGABYTE = 1024**3
SECONDS_FOR_A_HEAD = 4.0  # a limit into which a body that drips must run, and its head and first bytes must not
LONGEST_SECONDS = 2 * PATIENCE_SECONDS  # of hanging and dripping, when nobody says that it ends


@dataclass
class Taken:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came in, where, and what to answer on /say; `ends` ends all hanging and dripping, `ended` says what has."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    status: int = 200
    answer_headers: dict[str, str] = field(default_factory=dict)
    sent_bytes: int = 0
    ends: threading.Event = field(default_factory=threading.Event)
    ended: list[str] = field(default_factory=list)

    def url(self, path: str = "/say") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def on(self, path: str) -> list[Taken]:
        return [each for each in self.taken if each.path == path]


class _Behavior(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.taken.append(Taken(self.path, headers, body))
        acts: dict[str, Any] = {
            "/hang": self._hang,
            "/drip-head": self._drip_head,
            "/drip-body": self._drip_body,
            "/gigabyte": self._gigabyte,
            "/endless-head": self._endless_head,
            "/nonsense": self._nonsense,
            "/break": self._break,
        }
        with suppress(OSError):
            if self.path in acts:
                self.close_connection = True
                acts[self.path]()
            elif self.path == "/redirect":
                self._say(302, {"Location": f"http://127.0.0.1:{self.receiver.port}/secret"}, b"")
            elif self.path.strip("/").isdigit():
                self._say(int(self.path.strip("/")), {}, b"as the path says")
            else:
                self._say(self.receiver.status, self.receiver.answer_headers, b"taken")

    do_GET = do_POST  # noqa: N815 -- as above

    def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hang(self) -> None:
        self.receiver.ends.wait(LONGEST_SECONDS)
        self.receiver.ended.append(self.path)

    def _drip(self) -> None:
        for _ in range(LONGEST_SECONDS * 10):
            if self.receiver.ends.wait(0.1):
                break
            self.wfile.write(b"x")
            self.wfile.flush()
        self.receiver.ended.append(self.path)

    def _drip_head(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self._drip()

    def _drip_body(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(GIGABYTE))
        self.end_headers()
        self._drip()

    def _gigabyte(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(GIGABYTE))
        self.end_headers()
        piece = b"x" * 65536
        for _ in range(GIGABYTE // len(piece)):
            self.wfile.write(piece)
            self.receiver.sent_bytes += len(piece)

    def _endless_head(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            self.wfile.write(f"X-{number}: {'y' * 1000}\r\n".encode())

    def _nonsense(self) -> None:
        self.wfile.write(b"220 mail.example ESMTP\r\n")

    def _break(self) -> None:
        self.connection.close()

    def log_message(self, *_given: Any) -> None:
        pass


@contextmanager
def open_receiver(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listen on a free port until the block ends."""
    receiver = Receiver()
    behavior = type("Behavior", (_Behavior,), {"receiver": receiver})
    server = ThreadingHTTPServer(("127.0.0.1", 0), behavior)
    server.daemon_threads = True
    server.handle_error = lambda *_given: None  # type: ignore[method-assign]
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.ends.set()
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Certified:
    """A certificate for one name: what the receiver shows, and what trusts it."""

    shows: ssl.SSLContext
    trusts: ssl.SSLContext


def certified(name: str, folder: Path, *, days: int = 1) -> Certified:
    """Make a certificate for a name; with negative days it has run out."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    shows = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shows.load_cert_chain(pem, secret)
    return Certified(shows, ssl.create_default_context(cafile=str(pem)))
