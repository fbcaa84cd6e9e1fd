"""The keys of backups: one of the installation that can be printed and kept, or a passphrase that one remembers."""

import base64
import hashlib
import os
from dataclasses import dataclass
from typing import Any, Protocol

from argon2.low_level import Type, hash_secret_raw

from conto.domain.errors import RuleBroken

KEY_BYTES = 32
PRINTED_PREFIX = "CONTO"
_GROUP = 7
_CHECK_BYTES = 3
# RFC 9106, second recommended option: 64 MiB, which a small machine still has.
ARGON2 = {"time_cost": 3, "memory_kib": 65536, "lanes": 4}
_MOST_MEMORY_KIB = 1024 * 1024
_MOST_TIME = 20
_MOST_LANES = 16


class Opener(Protocol):
    """Something that the key of a sealed file is derived from."""

    def describe(self) -> dict[str, Any]:
        """Return what a file's header says about its key, nothing of it secret."""
        ...

    def root(self, described: dict[str, Any]) -> bytes:
        """Return the 32 bytes from which the file's own key is derived.

        Raises: RuleBroken when the header describes a key of another kind.
        """
        ...


@dataclass(frozen=True, slots=True)
class BackupKey:
    """The installation's key."""

    secret: bytes

    def describe(self) -> dict[str, Any]:
        """Name the key by a fingerprint."""
        return {"kind": "key", "id": self.id}

    def root(self, described: dict[str, Any]) -> bytes:
        """Return the key itself.

        Raises: RuleBroken for a file that was sealed by a passphrase or another key.
        """
        if described.get("kind") != "key":
            raise RuleBroken(
                "backup.needs_passphrase", "This backup was sealed with a passphrase: give the passphrase."
            )
        if described.get("id") != self.id:
            raise RuleBroken(
                "backup.wrong_key",
                "This backup was sealed with another key: it asks for the key %(wanted)s, given was %(given)s.",
                wanted=str(described.get("id", "?"))[:16],
                given=self.id,
            )
        return self.secret

    @property
    def id(self) -> str:
        """Return the fingerprint by which the key is told from others."""
        return hashlib.sha256(b"conto backup key id" + self.secret).hexdigest()[:8]

    def printed(self) -> str:
        """Return the key for paper: letters and digits in groups, with a check at the end."""
        check = hashlib.sha256(b"conto backup key check" + self.secret).digest()[:_CHECK_BYTES]
        text = base64.b32encode(self.secret + check).decode().rstrip("=")
        return "-".join([PRINTED_PREFIX, *(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))])

    @classmethod
    def read(cls, printed: str) -> "BackupKey":
        """Return the key that was printed.

        Raises: RuleBroken when it was copied wrongly.
        """
        text = "".join(printed.split()).upper().replace("-", "")
        text = text.replace("0", "O").replace("1", "I").replace("8", "B").removeprefix(PRINTED_PREFIX)
        try:
            raw = base64.b32decode(text + "=" * (-len(text) % 8))
        except ValueError:
            raw = b""
        key = cls(raw[:KEY_BYTES])
        if len(raw) != KEY_BYTES + _CHECK_BYTES or key.printed().replace("-", "") != PRINTED_PREFIX + text:
            raise RuleBroken(
                "backup.key_misread",
                "This is no backup key: it begins with CONTO and has eight groups of seven. Check each letter.",
            )
        return key


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A passphrase, stretched by Argon2id with a salt of the file."""

    words: str

    def describe(self) -> dict[str, Any]:
        """Name the stretching, with a fresh salt."""
        return {"kind": "passphrase", "salt": os.urandom(16).hex(), **ARGON2}

    def root(self, described: dict[str, Any]) -> bytes:
        """Stretch the passphrase as the header says.

        Raises: RuleBroken for a file that was sealed by a key, or a header that asks for absurd work.
        """
        if described.get("kind") != "passphrase":
            raise RuleBroken("backup.needs_key", "This backup was sealed with a backup key, not with a passphrase.")
        time_cost, memory, lanes = (int(described.get(name, 0)) for name in ARGON2)
        if not (0 < time_cost <= _MOST_TIME and 8 * lanes <= memory <= _MOST_MEMORY_KIB and 0 < lanes <= _MOST_LANES):
            raise RuleBroken("backup.damaged", "This backup is damaged: %(what)s.", what="its header")
        return hash_secret_raw(
            self.words.encode(),
            bytes.fromhex(str(described.get("salt", ""))),
            time_cost=time_cost,
            memory_cost=memory,
            parallelism=lanes,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )
