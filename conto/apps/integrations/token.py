"""The token of a key: `conto_<public id>_<secret>`."""

import hashlib
import re
import secrets
from dataclasses import dataclass

_PUBLIC_BYTES, _SECRET_BYTES = 6, 32  # the secret has 256 random bits
_WRITTEN = re.compile(r"conto_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Token:
    """A token in its parts."""

    public_id: str
    secret: str

    def __str__(self) -> str:
        return f"conto_{self.public_id}_{self.secret}"

    @property
    def sha256(self) -> bytes:
        """What is kept of the secret."""
        return hashlib.sha256(self.secret.encode()).digest()


def new_token() -> Token:
    """Return a token that nobody has."""
    return Token(secrets.token_hex(_PUBLIC_BYTES), secrets.token_urlsafe(_SECRET_BYTES))


def read_token(text: str) -> Token | None:
    """Return the parts of a token, or nothing for a text that is none."""
    found = _WRITTEN.fullmatch(text)
    return Token(found[1], found[2]) if found else None
