"""A folder: of this machine, of a disk that is plugged in, of a network share."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from conto.domain.errors import RuleBroken
from conto.gateways.storage.places import Stored, failed
from conto.gateways.storage.sealed import Source

PIECE_BYTES = 1024 * 1024


class Folder:
    """Files in a folder that is there already."""

    def __init__(self, folder: str | Path) -> None:
        """Take a folder by its full path.

        Raises: RuleBroken for anything else.
        """
        self._folder = Path(folder)
        if not self._folder.is_absolute() or ".." in self._folder.parts:
            raise RuleBroken("backup.folder_not_absolute", "Give the full path of the folder, beginning with /.")

    def put(self, name: str, content: BinaryIO) -> None:
        """Write aside, wait for the disk, then rename."""
        # A disk that is not plugged in must not fill the disk below it: the folder is never made here.
        if not self._folder.is_dir():
            raise failed(str(self._folder), "there is no such folder (is the disk plugged in?)")
        draft = self._folder / f".{name}.part"
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                shutil.copyfileobj(content, file, PIECE_BYTES)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._folder / name)
            self._sync()
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            raise failed(str(self._folder), error.strerror or error) from error

    def stored(self) -> list[Stored]:
        """List the files; one that is being written has another name."""
        try:
            files = [(entry.name, entry.stat()) for entry in self._folder.iterdir() if entry.is_file()]
        except OSError as error:
            raise failed(str(self._folder), error.strerror or error) from error
        return [Stored(name, found.st_size) for name, found in files if not name.startswith(".")]

    @contextmanager
    def opened(self, name: str) -> Iterator[Source]:
        """Open a file."""
        try:
            file = (self._folder / name).open("rb")
        except OSError as error:
            raise failed(str(self._folder / name), error.strerror or error) from error
        with file:
            yield file

    def remove(self, name: str) -> None:
        """Remove a file."""
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise failed(str(self._folder / name), error.strerror or error) from error

    def _sync(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            with suppress(OSError):  # some network shares can't
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
