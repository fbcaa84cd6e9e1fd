"""Letters: what a mail says of itself, and the conversation that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from conto.domain import places
from conto.domain.contact import fold
from conto.domain.errors import RuleBroken

Direction = Literal["in", "out"]
FileState = Literal["kept", "too_large", "too_many", "unsafe"]
How = Literal["reference", "token", "subject", "new"]

MOST_REFERENCES = 100
LONGEST_ID = 250
# A conversation that rested for longer is not taken up by its subject alone.
SUBJECT_LASTS = timedelta(days=60)
# Programs and what starts them: nobody needs one in a letter, and one opened by mistake costs a business.
UNSAFE_ENDINGS = frozenset({
    "ade", "adp", "apk", "app", "appx", "bat", "chm", "cmd", "com", "cpl", "dll", "dmg", "exe", "hta", "img", "inf",
    "ins", "iso", "jar", "js", "jse", "lnk", "mde", "msc", "msi", "msp", "mst", "pif", "ps1", "reg", "scf", "scr",
    "sct", "shb", "sys", "url", "vb", "vbe", "vbs", "vhd", "wsc", "wsf", "wsh",
})  # fmt: skip

_MEGA = 1024 * 1024
MOST_FILES, LARGEST_FILE, LARGEST_FILES = 10, 10 * _MEGA, 20 * _MEGA  # of a letter that leaves
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
# By the ending of a name: what it is, and how its content begins.
_TYPES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF87a", b"GIF89a")),
    "zip": ("application/zip", _ZIP),
    "docx": (f"{_OFFICE}wordprocessingml.document", _ZIP),
    "xlsx": (f"{_OFFICE}spreadsheetml.sheet", _ZIP),
    "pptx": (f"{_OFFICE}presentationml.presentation", _ZIP),
    "odt": (f"{_OPEN}text", _ZIP),
    "ods": (f"{_OPEN}spreadsheet", _ZIP),
    "csv": ("text/csv", ()),
    "txt": ("text/plain", ()),
    "ics": ("text/calendar", ()),
    "xml": ("application/xml", ()),
}

_ID = re.compile(r"<([^<>\s]{1,250})>")  # up to LONGEST_ID
_REPLY = re.compile(
    r"^(?:re|aw|antw|sv|vs|ref|rif|rép|rep|odp|fwd?|fw|wg|tr|rv|enc|i|doorst|vl)(?:\s*\[\d+\]|\s*\(\d+\))?\s*[:\uff1a]\s*",
    re.IGNORECASE,
)
_LIST = re.compile(r"^\[[^\]]{1,40}\]\s*")
_FORWARD = re.compile(
    r"^[ \t>*-]*(?:begin forwarded message|forwarded message|original message|weitergeleitete nachricht|"
    r"anfang der weitergeleiteten nachricht|ursprüngliche nachricht|message transféré|message d'origine)[ \t:*-]*$",
    re.IGNORECASE | re.MULTILINE,
)
_FROM_LINE = re.compile(r"^[> *]*(?:from|von|de)\s*:[ *]*(.+)$", re.IGNORECASE | re.MULTILINE)
_SUBJECT_LINE = re.compile(r"^[> *]*(?:subject|betreff|objet)\s*:[ *]*(.+)$", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,250}")
_QUOTE_HEAD = re.compile(
    r"^(?:on .{4,200} wrote:|am .{4,200} schrieb.{0,200}:|le .{4,200} a écrit\s?:|-{2,} ?(?:original message|"
    r"ursprüngliche nachricht|message d'origine) ?-{2,})\s*$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who wrote or was written to."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that came with a mail; without content when it was too large or not safe to keep."""

    name: str
    mime: str
    size: int
    content: bytes | None
    state: FileState = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLetter:
    """A mail as it was read: its words in plain text, its files, and what its headers say."""

    message_id: str
    references: tuple[str, ...]  # the oldest first; what it answers stands last
    sender: Person
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    delivered_to: tuple[str, ...]  # addresses that only the envelope knew, such as a blind copy's
    subject: str
    text: str
    sent_at: datetime
    received_at: datetime
    files: tuple[ReadFile, ...] = ()
    forwarded: tuple[ReadLetter, ...] = ()  # mails that came along whole
    is_cut: bool = False  # words or parts were left out, for they were too many
    is_automatic: bool = False

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses of the letter, the sender's first, each once."""
        people = (self.sender, *self.to, *self.cc)
        return tuple(
            dict.fromkeys(address for address in (*(p.address for p in people), *self.delivered_to) if address)
        )


@dataclass(frozen=True, slots=True)
class Alike:
    """A conversation with the same subject."""

    thread_id: UUID
    people: frozenset[str]
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a letter belongs: a conversation, or a new one; `joins` are others that turn out to be the same."""

    thread_id: UUID | None
    how: How
    joins: tuple[UUID, ...] = ()


def message_ids(header: str) -> tuple[str, ...]:
    """List the message ids that a header names, each once; of very many the first and the last ones.

    Source: E-1.
    """
    found = tuple(dict.fromkeys(_ID.findall(header)))
    return found if len(found) <= MOST_REFERENCES else (found[0], *found[1 - MOST_REFERENCES :])


def bare_subject(subject: str) -> tuple[str, bool]:
    """Give the subject without “Re:”, “AW:”, “Fwd:” and names of lists, folded, and whether it had such a mark.

    Source: E-3.
    """
    rest, is_answer = " ".join(subject.split()), False
    while True:
        shorter = _REPLY.sub("", rest, count=1)
        is_answer = is_answer or shorter != rest
        shorter = _LIST.sub("", shorter, count=1) if is_answer or _LIST.match(shorter) else shorter
        if shorter == rest:
            return fold(rest)[:200], is_answer
        rest = shorter


def place(
    *,
    referred: Sequence[UUID],
    by_token: UUID | None,
    alike: Iterable[Alike],
    people: frozenset[str],
    is_answer: bool,
    subject_key: str,
    at: datetime,
) -> Place:
    """Decide where a letter belongs: by references, else by the address it was sent to, else by subject and people.

    `referred` are the conversations of letters that it names, that name it, or that name the same; the nearest first.
    Source: E-2, C-3.
    """
    if referred:
        first, *others = dict.fromkeys(referred)
        return Place(first, "reference", tuple(others))
    if by_token:
        return Place(by_token, "token")
    if is_answer and len(subject_key) >= 3:
        near = [
            each
            for each in alike
            if each.people & people and each.last_at - SUBJECT_LASTS <= at <= each.last_at + SUBJECT_LASTS
        ]
        if near:
            return Place(max(near, key=lambda each: each.last_at).thread_id, "subject")
    return Place(None, "new")


def forwarded_sender(text: str) -> tuple[Person, str] | None:
    """Find who wrote a mail that was forwarded as text, and its subject.

    Source: E-5.
    """
    mark = _FORWARD.search(text)
    line = _FROM_LINE.search(text, mark.end() if mark else 0)
    if line is None or (mark is None and line.start() > 400):
        return None
    address = _ADDRESS.search(line[1])
    if address is None:
        return None
    name = line[1][: address.start()].strip(" <\"'[(*").removesuffix("mailto:").strip(" <\"'[(")
    subject = _SUBJECT_LINE.search(text, line.end())
    return Person(address[0].lower(), name[:200]), " ".join(subject[1].split())[:300] if subject else ""


def split_quote(text: str) -> tuple[str, str]:
    """Split a letter into what is new and what it repeats of earlier ones."""
    head = _QUOTE_HEAD.search(text)
    cut = head.start() if head and text[: head.start()].strip() else len(text)
    lines = text[:cut].splitlines(keepends=True)
    last = len(lines)
    while last and (not lines[last - 1].strip() or lines[last - 1].startswith(">")):
        last -= 1
    kept = "".join(lines[:last]) if last else text[:cut]
    return kept.rstrip(), text[len(kept) :].strip()


def is_unsafe(name: str) -> bool:
    """Tell whether a file's name is that of a program."""
    return name.rpartition(".")[2].strip().lower() in UNSAFE_ENDINGS


def type_of_file(name: str, content: bytes) -> str:
    """Return what a file is by its name, when its content is that.

    Raises: RuleBroken `letter.file_unsafe` for a program, `letter.file_empty`, `letter.file_is_another` when the
        content of a PDF, picture or archive does not begin as such a file does.
    Source: E-9.
    """
    if is_unsafe(name) or content.startswith(_PROGRAMS):
        raise RuleBroken("letter.file_unsafe", "“%(name)s” is a program. Those are not sent.", name=name)
    if not content:
        raise RuleBroken("letter.file_empty", "“%(name)s” is empty.", name=name)
    ending = name.rpartition(".")[2].strip().lower()
    mime, begins = _TYPES.get(ending, ("application/octet-stream", ()))
    if begins and not content.startswith(begins):
        raise RuleBroken("letter.file_is_another", "“%(name)s” is not what its name says.", name=name)
    return mime


def check_sizes(sizes: Sequence[int]) -> None:
    """Refuse more files, or larger ones, than a letter carries.

    Raises: RuleBroken.
    Source: E-9.
    """
    if len(sizes) > MOST_FILES:
        raise RuleBroken("letter.too_many_files", "A letter carries %(most)s files at most.", most=MOST_FILES)
    if any(size > LARGEST_FILE for size in sizes) or sum(sizes) > LARGEST_FILES:
        raise RuleBroken(
            "letter.files_too_large",
            "A file may have %(one)s MB, all of a letter together %(all)s MB.",
            one=LARGEST_FILE // _MEGA, all=LARGEST_FILES // _MEGA,
        )  # fmt: skip


def with_token(address: str, token: str) -> str:
    """Write an address so that answers to it name a conversation, such as post+token@example.com."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{token}@{domain}"


def tokens_of(addresses: Iterable[str], mailbox: str) -> tuple[str, ...]:
    """List the words between + and @ of addresses that lead to a mailbox.

    Source: E-2.
    """
    local, _, domain = mailbox.lower().rpartition("@")
    found = []
    for address in addresses:
        name, _, of = address.lower().rpartition("@")
        base, plus, token = name.partition("+")
        if plus and token and base == local.partition("+")[0] and of == domain:
            found.append(token)
    return tuple(dict.fromkeys(found))


def outside(addresses: Iterable[str], own: frozenset[str]) -> frozenset[str]:
    """Keep the addresses that are not of this business; what follows a plus sign does not count."""
    return frozenset(each for each in addresses if _bare(each) not in own and each not in own)


def _bare(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


PLACES = ("customer", "contact", "first_name", "deal", "seller", "member")


def unknown_places(text: str) -> tuple[str, ...]:
    """List what stands in braces in a template but is no place that a letter can fill.

    Source: E-7.
    """
    return places.unknown_places(text, PLACES)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Write a template for one customer; a value that holds braces is not read again.

    Source: E-7.
    """
    return places.filled(text, values, PLACES)


def gaps_in(present: Iterable[int], *, first: int, before: int) -> tuple[tuple[int, int], ...]:
    """List the stretches of numbers from `first` up to, not with, `before` that are not there.

    Source: E-6.
    """
    gaps: list[tuple[int, int]] = []
    expected = first
    for number in sorted({each for each in present if first <= each < before}):
        if number > expected:
            gaps.append((expected, number - 1))
        expected = number + 1
    if expected < before:
        gaps.append((expected, before - 1))
    return tuple(gaps)
