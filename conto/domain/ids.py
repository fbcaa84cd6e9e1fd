"""Keys of rows: UUID version 7, made in Python, so that a row has its key before it is written."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh key; keys made later sort later."""
    return uuid7()
