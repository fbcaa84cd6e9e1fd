"""Locks between commands: who is using the embedded server, and who is starting or stopping it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Lease:
    """A share in the running server; the kernel takes it back from a process that dies."""

    def __init__(self, folder: Path) -> None:
        """Name the two lock files; nothing is locked yet."""
        self._leases = folder / "leases.lock"
        self._door = folder / "door.lock"
        self._held: int | None = None

    @contextmanager
    def door(self) -> Iterator[None]:
        """Let one command at a time start or stop the server."""
        descriptor = _open(self._door)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def take(self) -> None:
        """Take a share in the server. Call it inside `door`."""
        if self._held is None:
            self._held = _open(self._leases)
            fcntl.flock(self._held, fcntl.LOCK_SH)

    def give_back(self) -> bool:
        """Give the share back and return whether nobody else has one. Call it inside `door`."""
        if self._held is None:
            return False
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(self._held)
            self._held = None


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
