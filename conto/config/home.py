"""Where one installation of Conto keeps what is its own: database, documents and secrets."""

import base64
import fcntl
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import platformdirs

SOCKET_PATH_BYTES = 100  # the kernel's limit is 107 with the closing zero; PostgreSQL refuses more
SOCKET_NAME = ".s.PGSQL.5432"
SYSTEM_FOLDER = Path("/var/lib/conto")
BACKUP_LOGIN = "conto_backup"


class HomeError(Exception):
    """The folder for Conto's data can't be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The keys and passwords of one installation, made once, readable by its owner only."""

    django_key: str
    field_keys: dict[str, bytes]
    active_field_key: str
    database_passwords: dict[str, str]
    backup_key: bytes


@dataclass(frozen=True, slots=True)
class Home:
    """The data folder: `CONTO_HOME`, else the platform's folder for application data."""

    root: Path

    @classmethod
    def current(cls) -> "Home":
        """Return the home that the environment names."""
        named = os.environ.get("CONTO_HOME", "").strip()
        return cls(Path(named).expanduser().absolute() if named else platformdirs.user_data_path("conto"))

    @property
    def documents(self) -> Path:
        """Return the folder of rendered documents that are not kept in the database."""
        return self.root / "documents"

    @property
    def backups(self) -> Path:
        """Return the folder that backups are written to."""
        return self.root / "backups"

    @property
    def logs(self) -> Path:
        """Return the folder of log files."""
        return self.root / "logs"

    @property
    def secrets_file(self) -> Path:
        """Return the file of keys and passwords."""
        return self.root / "secrets.json"

    @property
    def postgres(self) -> Path:
        """Return the folder of the embedded server: data, socket, log, leases.

        Started as root, the server runs as another user, who must be able to reach it; a folder under /root (0700) is
        not reachable, so then it stands under /var/lib. Once made, it stays where it is.
        """
        near = self.root / "postgres"
        far = SYSTEM_FOLDER / self._mark
        if os.geteuid() != 0 or near.exists():
            return near
        if far.exists() or not is_reachable(self.root.parent) or not _socket_fits(near):
            return far
        return near

    @property
    def socket(self) -> Path:
        """Return the folder of the embedded server's socket, short enough for the kernel."""
        near = self.postgres / "socket"
        if _socket_fits(self.postgres):
            return near
        return Path(f"/tmp/conto-{os.geteuid()}-{self._mark}")  # noqa: S108 - owner and mode are checked at start

    @property
    def _mark(self) -> str:
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:12]

    def prepare(self) -> None:
        """Create the folders that are missing, for the owner only.

        Raises: HomeError.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            if os.geteuid() == 0:
                # The server's own user walks through to its folder; it can't list what is here.
                self.root.chmod(0o711)
            for folder in (self.documents, self.backups, self.logs):
                folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise HomeError(_why(self.root, error)) from error

    def secrets(self) -> Secrets:
        """Return the keys and passwords, made on first use.

        Raises: HomeError.
        """
        return _secrets(self)

    def adopt_field_keys(self, keys: dict[str, bytes]) -> None:
        """Keep the keys that a restored book was sealed with beside our own; ours stays the active one.

        A foreign key under a name of ours is kept as `name@mark`, where what asks for `name` finds it too.
        """
        with changing_secrets(self) as found:
            known = found["field_keys"]
            for name, key in keys.items():
                text = base64.b64encode(key).decode()
                if text not in known.values():
                    mark = hashlib.sha256(key).hexdigest()[:8]
                    known[name if name not in known else f"{name.partition('@')[0]}@{mark}"] = text
        forget_read_secrets()


def is_reachable(folder: Path) -> bool:
    """Return whether every existing step to `folder` can be walked by any user."""
    for step in (folder, *folder.parents):
        try:
            mode = step.stat().st_mode
        except OSError:
            continue
        if not mode & stat.S_IXOTH:
            return False
    return True


def _socket_fits(postgres: Path) -> bool:
    return len(os.fsencode(postgres / "socket" / SOCKET_NAME)) < SOCKET_PATH_BYTES


def _why(folder: Path, error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"Conto can't use the folder {folder}: {reason}. Set CONTO_HOME to a folder that you may write to."


def forget_read_secrets() -> None:
    """Let the next one who asks for the secrets read the file again."""
    _secrets.cache_clear()


@cache
def _secrets(home: Home) -> Secrets:
    home.prepare()
    try:
        if not home.secrets_file.exists():
            _write_once(home.secrets_file, _new_secrets())
        found = json.loads(home.secrets_file.read_text())
        if "backup_key" not in found or BACKUP_LOGIN not in found["database_passwords"]:
            with changing_secrets(home) as found:
                for name, value in _secrets_since_backups().items():
                    if isinstance(value, dict):
                        found[name] = {**value, **found[name]}
                    else:
                        found.setdefault(name, value)
    except OSError as error:
        raise HomeError(_why(home.root, error)) from error
    return Secrets(
        django_key=found["django_key"],
        field_keys={name: base64.b64decode(key) for name, key in found["field_keys"].items()},
        active_field_key=found["active_field_key"],
        database_passwords=found["database_passwords"],
        backup_key=base64.b64decode(found["backup_key"]),
    )


def _new_secrets() -> str:
    return json.dumps(
        {
            "django_key": secrets.token_urlsafe(50),
            "field_keys": {"1": base64.b64encode(secrets.token_bytes(32)).decode()},
            "active_field_key": "1",
            "database_passwords": {
                role: secrets.token_urlsafe(24) for role in ("conto_admin", "conto_owner", "conto_app", BACKUP_LOGIN)
            },
            "backup_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        },
        indent=2,
    )


def _secrets_since_backups() -> dict[str, Any]:
    """Return what homes made before there were backups lack."""
    return {
        "database_passwords": {BACKUP_LOGIN: secrets.token_urlsafe(24)},
        "backup_key": base64.b64encode(secrets.token_bytes(32)).decode(),
    }


@contextmanager
def changing_secrets(home: Home) -> Iterator[dict[str, Any]]:
    """Change the secrets, one change at a time; the file is the old one or the new one, never half of it."""
    with (home.root / "secrets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in home.root.glob(f"{home.secrets_file.name}.*.new*"):  # of a change that was killed
            left.unlink()
        found: dict[str, Any] = json.loads(home.secrets_file.read_text())
        before = json.dumps(found, indent=2)
        yield found
        text = json.dumps(found, indent=2)
        if text != before:
            draft = home.secrets_file.with_name(f"{home.secrets_file.name}.{os.getpid()}.new")
            _write_once(draft, text)
            draft.replace(home.secrets_file)
            _sync(home.root)  # a key must outlive the power cut that what it seals outlives


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_once(path: Path, text: str) -> None:
    """Write a file that is either whole or absent; of two writers at once the first one wins."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()
