r"""The sealed file that a backup is: a readable header, then encrypted chunks up to an end mark.

    CONTO-BACKUP\n   u32 length   header (JSON, readable without the key)
    u32 length   AES-256-GCM(nonce = number of the chunk and whether it is the last, kind byte + content)
    …

Each file has a key of its own, derived from the backup key and a fresh salt, so that counting nonces are safe. The
header's hash is bound to every chunk. What is changed, swapped, repeated, cut off or added is refused.
"""

import hashlib
import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from conto.domain.errors import RuleBroken
from conto.gateways.storage.keys import Opener

MAGIC = b"CONTO-BACKUP\n"
FORMAT = 1
CHUNK_BYTES = 1024 * 1024
_TAG_BYTES = 16
_MOST_HEADER_BYTES = 1024 * 1024
_LENGTH = struct.Struct(">I")
KEYS, DUMP, MANIFEST, END = b"K", b"D", b"M", b"E"


class Source(Protocol):
    """Something that bytes are read from."""

    def read(self, size: int = ..., /) -> bytes:
        """Return up to `size` bytes, none at the end."""
        ...


class Sink(Protocol):
    """Something that bytes are written to."""

    def write(self, content: bytes, /) -> Any:
        """Take the bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Header:
    """What can be read of a backup without its key; nothing in it can be changed unnoticed."""

    fields: dict[str, Any]
    raw: bytes

    @property
    def sealing(self) -> dict[str, Any]:
        """Return what is said about the key."""
        found = self.fields.get("key")
        return found if isinstance(found, dict) else {}

    def framed(self) -> bytes:
        """Return the bytes that it was read from."""
        return MAGIC + _LENGTH.pack(len(self.raw)) + self.raw


class SealedWriter:
    """Writes one sealed file. Without `finish` it has no end mark and opens nowhere."""

    def __init__(self, sink: Sink, opener: Opener, about: dict[str, Any]) -> None:
        """Write the header."""
        self._sink = sink
        self._count = 0
        self._waiting = bytearray()
        sealing = {**opener.describe(), "file_salt": os.urandom(32).hex()}
        root = opener.root(sealing)
        sealing["check"] = _derived(root, sealing, b"check", 16).hex()
        raw = json.dumps({**about, "format": FORMAT, "key": sealing}, sort_keys=True).encode()
        self.header = Header(json.loads(raw), raw)
        self._cipher, self._bound = _cipher(root, self.header)
        sink.write(self.header.framed())

    def add(self, kind: bytes, content: bytes) -> None:
        """Seal a part that fits into memory."""
        self._flush_dump()
        for at in range(0, max(len(content), 1), CHUNK_BYTES):
            self._chunk(kind, content[at : at + CHUNK_BYTES])

    def add_dump(self, content: bytes) -> None:
        """Seal the next piece of the dump."""
        self._waiting += content
        while len(self._waiting) >= CHUNK_BYTES:
            self._chunk(DUMP, bytes(self._waiting[:CHUNK_BYTES]))
            del self._waiting[:CHUNK_BYTES]

    def finish(self) -> None:
        """Set the end mark."""
        self._flush_dump()
        self._chunk(END, b"", is_last=True)

    def _flush_dump(self) -> None:
        if self._waiting:
            self._chunk(DUMP, bytes(self._waiting))
            self._waiting.clear()

    def _chunk(self, kind: bytes, content: bytes, *, is_last: bool = False) -> None:
        sealed = self._cipher.encrypt(_nonce(self._count, is_last=is_last), kind + content, self._bound)
        self._sink.write(_LENGTH.pack(len(sealed)))
        self._sink.write(sealed)
        self._count += 1


def read_header(source: Source) -> Header:
    """Read the header, without a key.

    Raises: RuleBroken for what is no backup, or one of a newer Conto.
    """
    if _exactly(source, len(MAGIC), "it is no backup of Conto") != MAGIC:
        raise RuleBroken("backup.not_one", "This file is no backup of Conto.")
    (length,) = _LENGTH.unpack(_exactly(source, _LENGTH.size, "its header is cut off"))
    if length > _MOST_HEADER_BYTES:
        raise _damaged("its header")
    raw = _exactly(source, length, "its header is cut off")
    try:
        fields = json.loads(raw)
    except ValueError as error:
        raise _damaged("its header") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("format"), int):
        raise _damaged("its header")
    if fields["format"] > FORMAT:
        raise RuleBroken(
            "backup.newer", "This backup was made by a newer version of Conto: install that version first."
        )
    return Header(fields, raw)


def read_parts(source: Source, header: Header, opener: Opener) -> Iterator[tuple[bytes, bytes]]:
    """Yield each chunk's kind and content, in order, each proven to be unchanged; the end mark last.

    Raises: RuleBroken with the wrong key, or where the file is changed or cut off. What was yielded until then was
    right, but is not the whole: nothing may be kept of it.
    """
    cipher, bound = _opened(header, opener)
    count = 0
    while True:
        (length,) = _LENGTH.unpack(_exactly(source, _LENGTH.size, _CUT_OFF))
        if not _TAG_BYTES < length <= CHUNK_BYTES + 1 + _TAG_BYTES:
            raise _damaged(f"chunk {count + 1}")
        sealed = _exactly(source, length, _CUT_OFF)
        plain, is_last = _unsealed(cipher, count, sealed, bound)
        yield plain[:1], plain[1:]
        count += 1
        if is_last:
            break
    if source.read(1):
        raise _damaged("something was added at its end")


def check_whole(source: Source, opener: Opener) -> Header:
    """Read a backup to its end mark and return its header.

    Raises: RuleBroken when it is not whole, not ours or changed.
    """
    header = read_header(source)
    for _part in read_parts(source, header, opener):
        pass
    return header


_CUT_OFF = "it is cut off before its end mark"


def _opened(header: Header, opener: Opener) -> tuple[AESGCM, bytes]:
    try:
        root = opener.root(header.sealing)
        check = _derived(root, header.sealing, b"check", 16).hex()
        cipher = _cipher(root, header)
    except (ValueError, TypeError) as error:
        raise _damaged("its header") from error
    if check != header.sealing.get("check"):
        if header.sealing.get("kind") == "passphrase":
            raise RuleBroken("backup.wrong_passphrase", "This is not the passphrase of this backup.")
        raise _damaged("its header")
    return cipher


def _unsealed(cipher: AESGCM, count: int, sealed: bytes, bound: bytes) -> tuple[bytes, bool]:
    # Whether a chunk is the last is a part of its nonce: a chunk that is not cannot be passed off as one.
    for is_last in (False, True):
        try:
            return cipher.decrypt(_nonce(count, is_last=is_last), sealed, bound), is_last
        except InvalidTag:
            continue
    raise _damaged(f"chunk {count + 1} is not the one that was written")


def _derived(root: bytes, sealing: dict[str, Any], purpose: bytes, length: int) -> bytes:
    salt = bytes.fromhex(str(sealing.get("file_salt", "")))
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=b"conto backup 1 " + purpose).derive(root)


def _cipher(root: bytes, header: Header) -> tuple[AESGCM, bytes]:
    return AESGCM(_derived(root, header.sealing, b"chunks", 32)), hashlib.sha256(MAGIC + header.raw).digest()


def _nonce(count: int, *, is_last: bool) -> bytes:
    return struct.pack(">QxxxB", count, is_last)


def _exactly(source: Source, size: int, otherwise: str) -> bytes:
    pieces = []
    while size > 0:
        piece = source.read(size)
        if not piece:
            raise _damaged(otherwise)
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _damaged(what: str) -> RuleBroken:
    return RuleBroken("backup.damaged", "This backup is damaged: %(what)s.", what=what)
