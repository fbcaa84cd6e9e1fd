"""A folder on another machine, over SSH (SFTP). Its host key is known beforehand: a machine with another is refused."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar, cast

import asyncssh

from conto.domain.errors import RuleBroken
from conto.gateways.storage.places import PlaceFailed, Stored, failed
from conto.gateways.storage.sealed import Source

T = TypeVar("T")
PIECE_BYTES = 256 * 1024
CONNECT_SECONDS = 20
SECONDS_OF_SILENCE = 60
_FAILURES = (asyncssh.Error, OSError, TimeoutError, ValueError)


@dataclass(frozen=True, slots=True)
class HostKey:
    """What a machine is known by."""

    line: str
    fingerprint: str


def host_key_of(host: str, port: int) -> HostKey:
    """Ask a machine for its key, to be compared by a person with the one that it should have.

    Raises: PlaceFailed.
    """

    async def ask() -> HostKey:
        key = await asyncio.wait_for(asyncssh.get_server_host_key(host, port), CONNECT_SECONDS)
        if key is None:
            raise failed(host, "it shows no host key")
        return HostKey(key.export_public_key().decode().strip(), key.get_fingerprint())

    try:
        return asyncio.run(ask())
    except _FAILURES as error:
        raise failed(f"{host}:{port}", error) from error


def fingerprint_of(line: str) -> str:
    """Return the fingerprint of a host key.

    Raises: RuleBroken for a text that is none.
    """
    try:
        return asyncssh.import_public_key(line).get_fingerprint()
    except (asyncssh.KeyImportError, ValueError) as error:
        raise RuleBroken(
            "backup.no_host_key", "This is no host key: it begins with ssh-ed25519 or the like."
        ) from error


class Shell:
    """Files in a folder on another machine. Each act is one connection."""

    def __init__(self, *, host: str, port: int, username: str, folder: str, host_key: str, secret: str) -> None:
        """Describe the machine; nothing is asked of it yet. `secret` is a private key or a password.

        Raises: RuleBroken where something is missing.
        """
        if not (host and username and folder and secret):
            raise RuleBroken("backup.shell_incomplete", "SSH needs a server, a user, a folder, and a key or password.")
        fingerprint_of(host_key)
        self._where = f"ssh://{username}@{host}:{port}/{folder.lstrip('/')}"
        self._folder = folder.rstrip("/") or "/"
        self._options: dict[str, Any] = {
            "host": host,
            "port": port,
            "username": username,
            "known_hosts": ([asyncssh.import_public_key(host_key)], [], []),
            "config": None,
            "agent_path": None,
            "connect_timeout": CONNECT_SECONDS,
            "keepalive_interval": SECONDS_OF_SILENCE // 4,
            "keepalive_count_max": 4,
        }
        if "PRIVATE KEY" in secret:
            try:
                self._options["client_keys"] = [asyncssh.import_private_key(secret)]
            except (asyncssh.KeyImportError, ValueError) as error:
                raise RuleBroken(
                    "backup.bad_private_key", "This private key can't be read: it must have no passphrase."
                ) from error
        else:
            self._options |= {"password": secret, "client_keys": None}

    def put(self, name: str, content: BinaryIO) -> None:
        """Write aside, wait for the disk, then rename."""

        async def write() -> None:
            async with self._connect() as connection, connection.start_sftp_client() as sftp:
                draft, final = self._path(f".{name}.part"), self._path(name)
                try:
                    async with sftp.open(draft, "wb", block_size=PIECE_BYTES) as file:
                        while piece := content.read(PIECE_BYTES):
                            await file.write(piece)
                        with suppress(asyncssh.SFTPError):  # not every server can
                            await file.fsync()
                    await self._rename(sftp, draft, final)
                except BaseException:
                    with suppress(asyncssh.SFTPError):
                        await sftp.remove(draft)
                    raise

        self._done(write())

    def stored(self) -> list[Stored]:
        """List the files; one that is being written has another name."""

        async def look() -> list[Stored]:
            async with self._connect() as connection, connection.start_sftp_client() as sftp:
                found = await sftp.readdir(self._folder)
            return [
                Stored(str(entry.filename), int(entry.attrs.size or 0))
                for entry in found
                if not str(entry.filename).startswith(".") and entry.attrs.type == asyncssh.FILEXFER_TYPE_REGULAR
            ]

        return self._done(look())

    @contextmanager
    def opened(self, name: str) -> Iterator[Source]:
        """Open a file; it comes as it is read."""
        with asyncio.Runner() as runner:
            reader = _Reader(runner, self._where)
            try:
                reader.open(self._connect(), self._path(name))
                yield reader
            finally:
                reader.close()

    def remove(self, name: str) -> None:
        """Remove a file."""

        async def leave() -> None:
            async with self._connect() as connection, connection.start_sftp_client() as sftp:
                with suppress(asyncssh.SFTPNoSuchFile):
                    await sftp.remove(self._path(name))

        self._done(leave())

    def _connect(self) -> Any:
        return asyncssh.connect(**self._options)

    def _path(self, name: str) -> str:
        return f"{self._folder.rstrip('/')}/{name}"

    @staticmethod
    async def _rename(sftp: asyncssh.SFTPClient, draft: str, final: str) -> None:
        try:
            await sftp.posix_rename(draft, final)
        except asyncssh.SFTPOpUnsupported:
            await sftp.rename(draft, final)

    def _done(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return asyncio.run(work)
        except PlaceFailed:
            raise
        except asyncssh.HostKeyNotVerifiable as error:
            raise failed(self._where, "this is not the machine whose host key you have confirmed") from error
        except _FAILURES as error:
            raise failed(self._where, error) from error


class _Reader:
    """Reads a remote file step by step on a loop of its own."""

    def __init__(self, runner: asyncio.Runner, where: str) -> None:
        self._runner = runner
        self._where = where
        self._connection: asyncssh.SSHClientConnection | None = None
        self._file: asyncssh.SFTPClientFile | None = None

    def open(self, connecting: Any, path: str) -> None:
        """Connect and open the file."""

        async def begin() -> None:
            self._connection = connection = await connecting
            sftp = await connection.start_sftp_client()
            self._file = await sftp.open(path, "rb")

        self._run(begin())

    def read(self, size: int = PIECE_BYTES, /) -> bytes:
        """Read."""
        if self._file is None:
            return b""
        return cast("bytes", self._run(self._file.read(size)))

    def close(self) -> None:
        """Let go of the machine."""
        if self._connection is not None:
            self._connection.close()
            with suppress(*_FAILURES):
                self._runner.run(self._connection.wait_closed())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._runner.run(work)
        except asyncssh.HostKeyNotVerifiable as error:
            raise failed(self._where, "this is not the machine whose host key you have confirmed") from error
        except _FAILURES as error:
            raise failed(self._where, error) from error
