"""Places that backups are brought to. In each, a file is there whole or not at all."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from conto.domain.errors import RuleBroken
from conto.gateways.storage.sealed import Source


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in a place."""

    name: str
    size_bytes: int


class Place(Protocol):
    """Somewhere that files are kept."""

    def put(self, name: str, content: BinaryIO) -> None:
        """Keep a file under a name: whole, or not at all."""
        ...

    def stored(self) -> list[Stored]:
        """Return the files that are there whole."""
        ...

    def opened(self, name: str) -> AbstractContextManager[Source]:
        """Return a context in which a file can be read from its beginning."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no mistake."""
        ...


class PlaceFailed(RuleBroken):
    """A place can't be reached or refuses; the message says which and why."""


def failed(where: str, reason: object) -> PlaceFailed:
    """Return the failure of a place in words."""
    said = str(reason).strip().splitlines()
    return PlaceFailed(
        "backup.place_failed", "%(where)s: %(reason)s", where=where, reason=said[0] if said else type(reason).__name__
    )


def place_for(kind: str, options: dict[str, Any], secret: str) -> Place:
    """Return the place that is described.

    Raises: RuleBroken for a description that lacks something.
    """
    # Each library is loaded only where its kind is used: they are large.
    if kind == "folder":
        from conto.gateways.storage.folder import Folder  # noqa: PLC0415

        return Folder(options.get("folder", ""))
    if kind == "s3":
        from conto.gateways.storage.s3 import Bucket  # noqa: PLC0415

        return Bucket(
            bucket=options.get("bucket", ""),
            prefix=options.get("prefix", ""),
            endpoint=options.get("endpoint", ""),
            region=options.get("region", ""),
            access_key=options.get("access_key", ""),
            secret_key=secret,
        )
    if kind == "ssh":
        from conto.gateways.storage.ssh import Shell  # noqa: PLC0415

        return Shell(
            host=options.get("host", ""),
            port=int(options.get("port") or 22),
            username=options.get("username", ""),
            folder=options.get("folder", ""),
            host_key=options.get("host_key", ""),
            secret=secret,
        )
    raise RuleBroken("backup.unknown_place", "There is no such kind of place.")
