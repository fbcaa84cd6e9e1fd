"""Read a mail as it came, whoever sent it: nothing in it is believed, nothing in it stops the reading of the others."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser

from conto.domain.letters import LONGEST_ID, Person, ReadFile, ReadLetter, is_unsafe, message_ids

MOST_TEXT = 200_000
MOST_FILE = 10 * 1024 * 1024
MOST_FILES_BYTES = 25 * 1024 * 1024
MOST_FILES = 50
MOST_PARTS = 300
MOST_DEPTH = 20
MOST_PEOPLE = 100
_ENVELOPE = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "Bcc", "Resent-To")
_RECEIVED_FOR = re.compile(r"\bfor\s+<([^<>\s]+@[^<>\s]+)>")
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]{1,189}")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")


@dataclass
class _Found:
    """What has been read of one mail so far."""

    texts: list[str] = field(default_factory=list)
    files: list[ReadFile] = field(default_factory=list)
    forwarded: list[Message] = field(default_factory=list)
    parts: int = 0
    bytes_kept: int = 0
    is_cut: bool = False


def parse(raw: bytes, *, received_at: datetime) -> ReadLetter:
    """Return what a mail says; one that is broken in any way is read as far as that goes."""
    try:
        message = message_from_bytes(raw)
        found = _Found()
        text = _read(message, found, 0)
    except (RecursionError, ValueError, TypeError, LookupError, AttributeError, IndexError):
        return _as_it_stands(raw, received_at)
    return _letter(message, found, text, received_at)


def _as_it_stands(raw: bytes, received_at: datetime) -> ReadLetter:
    """Return a mail that cannot be taken apart: its first headers, and its bytes as text."""
    head, _, body = raw[: MOST_TEXT * 2].replace(b"\r\n", b"\n").partition(b"\n\n")
    message = message_from_bytes(head + b"\n\n")
    return _letter(message, _Found(is_cut=True), body.decode("utf-8", "replace"), received_at)


def _letter(message: Message, found: _Found, text: str, received_at: datetime) -> ReadLetter:
    own = message_ids(_raw_header(message, "Message-ID"))
    answered = message_ids(_raw_header(message, "In-Reply-To"))[:3]
    named = (*message_ids(_raw_header(message, "References")), *answered)
    references = tuple(reversed(dict.fromkeys(reversed(named))))  # what is answered stands last
    senders = people(message, "From") or people(message, "Sender") or people(message, "Return-Path")
    words = clean(text)
    return ReadLetter(
        message_id=own[0] if own else clean(_raw_header(message, "Message-ID")).strip()[:LONGEST_ID],
        references=tuple(each for each in references if each not in own),
        sender=senders[0] if senders else Person(""),
        to=people(message, "To"),
        cc=people(message, "Cc"),
        delivered_to=tuple(_envelope(message)),
        subject=" ".join(clean(_header(message, "Subject")).split())[:300],
        text=words[:MOST_TEXT].strip(),
        sent_at=_sent_at(message, received_at),
        received_at=received_at,
        files=tuple(found.files),
        forwarded=tuple(parse(each.as_bytes(), received_at=received_at) for each in found.forwarded[:3]),
        is_cut=found.is_cut or len(words) > MOST_TEXT,
        is_automatic=_raw_header(message, "Auto-Submitted").strip().lower() not in {"", "no"},
    )


def clean(text: str) -> str:
    """Return a text that a database can keep: no NUL, no half characters, plain line ends."""
    whole = text.encode("utf-8", "replace").decode("utf-8", "replace").replace("\x00", "")
    return whole.replace("\r\n", "\n").replace("\r", "\n")


def _raw_header(message: Message, name: str) -> str:
    value = message.get(name)
    return " ".join(str(value).split())[:20_000] if value is not None else ""


def _header(message: Message, name: str) -> str:
    return _decoded(_raw_header(message, name))


def _decoded(text: str) -> str:
    try:
        pieces = decode_header(text)
    except (ValueError, LookupError):
        return text
    return "".join(
        piece if isinstance(piece, str) else _text_of(piece, charset or "ascii") for piece, charset in pieces
    )


def people(message: Message, name: str) -> tuple[Person, ...]:
    """Return whom a header names. Addresses are read before names are decoded: no name can pose as an address."""
    raw = [" ".join(str(each).split())[:20_000] for each in message.get_all(name, [])]
    found: dict[str, Person] = {}
    for shown, address in getaddresses(raw)[:MOST_PEOPLE]:
        plain = clean(address).strip().lower()
        if _ADDRESS.fullmatch(plain):
            found.setdefault(plain, Person(plain, " ".join(clean(_decoded(shown)).split())[:200]))
    return tuple(found.values())


def _envelope(message: Message) -> Iterator[str]:
    for name in _ENVELOPE:
        yield from (person.address for person in people(message, name))
    for line in message.get_all("Received", [])[:5]:
        for address in _RECEIVED_FOR.findall(str(line)):
            yield address.lower()[:254]


def _sent_at(message: Message, received_at: datetime) -> datetime:
    """Return when it says that it was sent, unless that cannot be."""
    try:
        sent = parsedate_to_datetime(_raw_header(message, "Date"))
        sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
        is_likely = datetime(1990, 1, 1, tzinfo=UTC) <= sent <= received_at + timedelta(days=1)
    except (ValueError, TypeError, OverflowError, IndexError):
        return received_at
    return min(sent, received_at) if is_likely else received_at


def _read(part: Message, found: _Found, depth: int) -> str:
    """Return the words of a part and note its files."""
    found.parts += 1
    if found.parts > MOST_PARTS or depth > MOST_DEPTH:
        found.is_cut = True
        return ""
    kind, name = part.get_content_type(), _file_name(part)
    inner = part.get_payload()
    if kind == "message/rfc822" and isinstance(inner, list) and inner:
        first = inner[0]
        if isinstance(first, Message):
            found.forwarded.append(first)
            _keep_file(found, name or "message.eml", kind, first.as_bytes())
        return ""
    if part.is_multipart() and isinstance(inner, list):
        texts = [_read(each, found, depth + 1) for each in inner if isinstance(each, Message)]
        said = [each for each in texts if each.strip()]
        if kind == "multipart/alternative":
            return said[0] if said else ""
        return "\n\n".join(said)
    content = part.get_payload(decode=True)
    content = content if isinstance(content, bytes) else b""
    is_file = bool(name) or part.get_content_disposition() == "attachment"
    if is_file or part.get_content_maintype() != "text":
        if content or name:
            _keep_file(found, name or f"part-{found.parts}", kind, content)
        return ""
    text = _text_of(content[: MOST_TEXT * 4], part.get_content_charset() or "utf-8")
    found.is_cut = found.is_cut or len(content) > MOST_TEXT * 4
    return text_of_html(text) if kind == "text/html" else text


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (ValueError, TypeError, LookupError):
        name = "file"
    bare = clean(_decoded(str(name))).replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in bare if c.isprintable()).strip(" .")[:200]


def _keep_file(found: _Found, name: str, mime: str, content: bytes) -> None:
    kind = mime[:100]
    if len(found.files) >= MOST_FILES:
        found.is_cut = True
    elif is_unsafe(name):
        found.files.append(ReadFile(name, kind, len(content), None, "unsafe"))
    elif len(content) > MOST_FILE or found.bytes_kept + len(content) > MOST_FILES_BYTES:
        found.files.append(ReadFile(name, kind, len(content), None, "too_large"))
    else:
        found.bytes_kept += len(content)
        found.files.append(ReadFile(name, kind, len(content), content))


def _text_of(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset, "replace")
    except (LookupError, ValueError, UnicodeError):
        return content.decode("utf-8", "replace")


class _Words(HTMLParser):
    """The words of a page: no scripts, no pictures that tell who reads, links with where they lead."""

    _BLOCKS = frozenset(
        {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table", "hr"}
    )
    _SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "object"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.silent = 0
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._SILENT:
            self.silent += 1
        elif tag in self._BLOCKS:
            self.words.append("\n")
        if tag == "li":
            self.words.append("- ")
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag == "a" and self.links:
            href = self.links.pop().strip()
            if href.startswith(("https://", "http://")) and not "".join(self.words[-1:]).strip().startswith("http"):
                self.words.append(f" ({href[:500]})")
        elif tag in self._BLOCKS:
            self.words.append("\n")
        elif tag in {"td", "th"}:
            self.words.append("\t")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(re.sub(r"[ \t\r\n\xa0]+", " ", data))


def text_of_html(html: str) -> str:
    """Return the words of an HTML mail: letters are shown as text, so nothing in them can act or call home."""
    reader = _Words()
    try:
        reader.feed(html)
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        pass
    lines = "\n".join(line.strip() for line in "".join(reader.words).splitlines())
    return _BLANK_LINES.sub("\n\n", lines).strip()
