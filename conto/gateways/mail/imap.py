"""Read a mailbox by IMAP: which folders it has, what lies in them, and one message after the other.

Nothing is changed there: folders are opened for reading, no message becomes “seen”.
"""

import contextlib
import imaplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

TIMEOUT_SECONDS = 30
LARGEST = 40 * 1024 * 1024  # of a larger one only the headers are read
_FETCHED_BYTES = 16 * 1024 * 1024  # in one answer, so that a stretch of large ones does not fill the memory
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where and how a mailbox is read."""

    host: str
    port: int
    security: str  # starttls | tls | none
    username: str
    password: str = field(repr=False)
    authorities: str = ""  # a file with certificates of those who are trusted besides the known ones
    timeout_seconds: float = TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder at one moment. With another `uidvalidity` all its messages have new numbers."""

    name: str
    uidvalidity: int
    uidnext: int
    count: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it lies there; `is_whole` is off when it was too large and only its headers were read."""

    uid: int
    raw: bytes
    received_at: datetime
    is_whole: bool = True


class NoMailbox(Exception):  # noqa: N818 -- named for what happened
    """The mailbox could not be read this time; the words say why. `is_refusal`: it will not help to try again."""

    def __init__(self, words: str, *, is_refusal: bool = False) -> None:
        super().__init__(words)
        self.is_refusal = is_refusal


class NoFolder(NoMailbox):
    """A folder is not there, or may not be read."""


class OpenMailbox:
    """A mailbox after the log-in, as long as the connection holds."""

    def __init__(self, client: Any, server: ImapServer) -> None:
        self._client = client
        self._server = server

    def folders(self) -> list[str]:
        """Return the names of the folders that can be read."""
        with _told(self._server):
            listed = self._client.list_folders()
        return sorted(str(name) for flags, _, name in listed if b"\\Noselect" not in flags)

    def open(self, name: str) -> Folder:
        """Open a folder for reading.

        Raises: NoFolder, NoMailbox.
        """
        with _told(self._server):
            try:
                said = self._client.select_folder(name, readonly=True)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise NoFolder(f"The folder “{name}” cannot be opened: {_words(error)}") from error
        return Folder(name, int(said[b"UIDVALIDITY"]), int(said.get(b"UIDNEXT", 0)), int(said.get(b"EXISTS", 0)))

    def numbers(self, first: int = 1, *, since: date | None = None) -> list[int]:
        """Return the numbers of the messages in the open folder, from one on, or those that came since a day."""
        asked: list[Any] = ["UID", f"{max(first, 1)}:*"]
        if since:
            asked += ["SINCE", since]
        with _told(self._server):
            found = self._client.search(asked)
        return sorted(int(uid) for uid in found if uid >= first)

    def messages(self, uids: Sequence[int]) -> Iterator[Message]:
        """Give messages of the open folder in the order of their numbers; one that is gone meanwhile is left out."""
        for start in range(0, len(uids), _AT_ONCE):
            with _told(self._server):
                sizes = self._client.fetch(list(uids[start : start + _AT_ONCE]), ["RFC822.SIZE", "INTERNALDATE"])
            for stretch in _stretches(sizes):
                with _told(self._server):
                    got = self._client.fetch(stretch, ["BODY.PEEK[]"])
                for uid in sorted(got):
                    if (raw := got[uid].get(b"BODY[]")) is not None:
                        yield Message(uid, raw, _aware(sizes[uid][b"INTERNALDATE"]))
            for uid in sorted(uid for uid in sizes if sizes[uid][b"RFC822.SIZE"] > LARGEST):
                with _told(self._server):
                    got = self._client.fetch([uid], ["BODY.PEEK[HEADER]"])
                if uid in got:
                    yield Message(uid, got[uid][b"BODY[HEADER]"], _aware(sizes[uid][b"INTERNALDATE"]), is_whole=False)


def _stretches(sizes: dict[int, dict[bytes, Any]]) -> Iterator[list[int]]:
    stretch: list[int] = []
    room = _FETCHED_BYTES
    for uid in sorted(sizes):
        size = int(sizes[uid][b"RFC822.SIZE"])
        if size > LARGEST:
            continue
        if stretch and size > room:
            yield stretch
            stretch, room = [], _FETCHED_BYTES
        stretch.append(uid)
        room -= size
    if stretch:
        yield stretch


def _aware(moment: datetime) -> datetime:
    """Return an instant: the library gives those of the server as local time without a zone."""
    return (moment.astimezone() if moment.tzinfo is None else moment).astimezone(UTC)


@contextmanager
def open_mailbox(server: ImapServer) -> Iterator[OpenMailbox]:
    """Log in, and log out when the block ends.

    Raises: NoMailbox.
    """
    with _told(server):
        client = _connected(server)
    try:
        yield OpenMailbox(client, server)
    finally:
        with contextlib.suppress(Exception):
            client.logout()
        with contextlib.suppress(Exception):
            client.shutdown()


def _connected(server: ImapServer) -> Any:
    # The library takes 60 ms to load: only the worker and the page that tries a mailbox need it.
    from imapclient import IMAPClient  # noqa: PLC0415

    context = _trusting(server.authorities)
    client = IMAPClient(
        server.host, server.port, ssl=server.security == "tls",
        ssl_context=context if server.security == "tls" else None, timeout=server.timeout_seconds,
    )  # fmt: skip
    try:
        if server.security == "starttls":
            client.starttls(context)
        try:
            client.login(server.username, server.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise NoMailbox(f"The mail server refuses the log-in: {_words(error)}", is_refusal=True) from error
    except BaseException:
        with contextlib.suppress(Exception):
            client.shutdown()
        raise
    return client


def _trusting(authorities: str) -> ssl.SSLContext:
    """Return what a certificate is checked by: known authorities and those of a file, and the name of the server."""
    context = ssl.create_default_context()
    if authorities:
        try:
            context.load_verify_locations(authorities)
        except (OSError, ssl.SSLError) as error:
            words = f"The file of trusted authorities {authorities} cannot be read: {error.strerror or error}"
            raise NoMailbox(words, is_refusal=True) from error
    return context


@contextmanager
def _told(server: ImapServer) -> Iterator[None]:
    """Say in plain words what went wrong on the way."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        words = f"The certificate of {server.host} is not to be trusted: {error.verify_message}"
        raise NoMailbox(f"{words}. The password was not sent.", is_refusal=True) from error
    except ssl.SSLError as error:
        raise NoMailbox(f"No safe connection to {server.host}: {error.reason or error}") from error
    except TimeoutError as error:
        raise NoMailbox(f"{server.host} did not answer in time.") from error
    except socket.gaierror as error:
        raise NoMailbox(f"There is no server called {server.host}.") from error
    except OSError as error:
        raise NoMailbox(f"The connection to {server.host} broke off: {error.strerror or error}") from error
    except (imaplib.IMAP4.error, UnicodeError, ValueError, KeyError, AssertionError) as error:
        raise NoMailbox(f"{server.host} broke off: {_words(error)}") from error


def _words(error: BaseException) -> str:
    said = str(error)
    if said.startswith(("b'", 'b"')):
        said = said[2:-1]
    return " ".join(said.split())[:300]
