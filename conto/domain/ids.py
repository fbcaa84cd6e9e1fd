"""Keys of rows: UUID version 7, made in Python, so that a row has its key before it is written."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh key; keys made later sort later."""
    return uuid7()


def made_at_ms(key: UUID) -> int:
    """Return when a key was made, in milliseconds since 1970 on the real clock."""
    return key.int >> 80


def first_id_at(moment_ms: int) -> UUID:
    """Return the least key that can be made at an instant, to find the keys made since."""
    return UUID(int=(min(moment_ms, 2**48 - 1) << 80))
