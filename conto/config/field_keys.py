"""Field keys: which there are, which one seals, and how a new one takes the place of those before."""

import base64
import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from conto.config.home import Home, changing_secrets, forget_read_secrets

MORE = "CONTO_MORE_FIELD_KEYS"  # the keys of a restored book that is only looked at: a JSON object of id and base64
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyState:
    """The keys by id with the day they were made, which one seals, which one waits, and what is under way."""

    keys: dict[str, str]
    active: str
    prepared: str
    rotating_to: str

    @property
    def others(self) -> list[str]:
        """Return the keys that only open what was sealed before, without one that waits for its turn."""
        return sorted(self.keys.keys() - {self.active, self.prepared})


class KeyRing:
    """The field keys as the file of secrets has them now.

    A process opens what it has ever had the key for: a row that was read just before its key was let go is no loss.
    """

    def __init__(self, home: Home) -> None:
        """Read the keys of this home, and those that the environment adds."""
        self._home = home
        self._lock = Lock()
        self._seen: tuple[int, int] = (0, 0)
        self._active: tuple[str, bytes] = ("", b"")
        self._known: dict[tuple[str, bytes], None] = {}
        added = json.loads(os.environ.get(MORE, "") or "{}")
        self._known |= dict.fromkeys((str(name), base64.b64decode(key)) for name, key in added.items())
        self._refresh()

    def active(self) -> tuple[str, bytes]:
        """Return the key that seals, with its id."""
        self._refresh()
        return self._active

    def called(self, key_id: str) -> list[bytes]:
        """Return the keys of this id; there are two when a book came from another installation, as `id@mark`."""
        self._refresh()
        plain = key_id.partition("@")[0]
        return [key for name, key in self._known if name.partition("@")[0] == plain]

    def _refresh(self) -> None:
        try:
            found = self._home.secrets_file.stat()
        except FileNotFoundError:
            self._home.secrets()  # makes them
            found = self._home.secrets_file.stat()
        mark = (found.st_mtime_ns, found.st_ino)
        if mark == self._seen:
            return
        with self._lock:
            read = json.loads(self._home.secrets_file.read_text())
            keys = {name: base64.b64decode(key) for name, key in read["field_keys"].items()}
            # The ring may be read by other threads meanwhile: each of these three is one step.
            self._known = {**self._known, **dict.fromkeys(keys.items())}
            self._active = (read["active_field_key"], keys[read["active_field_key"]])
            self._seen = mark


def state(home: Home) -> KeyState:
    """Return which keys there are now."""
    home.secrets()
    found = json.loads(home.secrets_file.read_text())
    made = found.get("field_keys_made_at", {})
    return KeyState(
        keys={name: made.get(name, "") for name in found["field_keys"]},
        active=found["active_field_key"],
        prepared=found.get("prepared_field_key", ""),
        rotating_to=found.get("rotating_to_field_key", ""),
    )


def prepare_key(home: Home, *, at: datetime) -> str:
    """Make a key that seals nothing yet, so that every machine can have it first, and return its id."""
    home.secrets()
    with changing_secrets(home) as found:
        name = str(found.get("prepared_field_key") or _add_key(found, at))
        found["prepared_field_key"] = name
    forget_read_secrets()
    return name


def begin_rotation(home: Home, *, at: datetime) -> str:
    """Let a new key seal from now on, and return its id; a rotation that was cut off goes on with its key.

    The file is changed in one step: before it the old key seals, after it the new one, and both open.
    """
    home.secrets()
    with changing_secrets(home) as found:
        if not found.get("rotating_to_field_key"):
            name = str(found.pop("prepared_field_key", "") or _add_key(found, at))
            found["active_field_key"] = found["rotating_to_field_key"] = name
        name = str(found["rotating_to_field_key"])
    forget_read_secrets()
    return name


def let_others_go(home: Home) -> list[str]:
    """Forget every key but the one that seals and one that waits, and return which; nothing may be sealed with them."""
    home.secrets()
    with changing_secrets(home) as found:
        kept = {found["active_field_key"], found.get("prepared_field_key", "")}
        gone = sorted(found["field_keys"].keys() - kept)
        for name in gone:
            del found["field_keys"][name]
            found.get("field_keys_made_at", {}).pop(name, None)
        found.pop("rotating_to_field_key", None)
    forget_read_secrets()
    return gone


def current_keys(home: Home) -> dict[str, bytes]:
    """Return the keys that the file of secrets has now, by id."""
    home.secrets()
    found = json.loads(home.secrets_file.read_text())["field_keys"]
    return {name: base64.b64decode(key) for name, key in found.items()}


def as_text(keys: dict[str, bytes]) -> str:
    """Return keys as the environment carries them to a process that looks at a restored book."""
    return json.dumps({name: base64.b64encode(key).decode() for name, key in keys.items()})


def _add_key(found: dict[str, Any], at: datetime) -> str:
    # The mark keeps keys of two installations apart, the number says which came first.
    key = secrets.token_bytes(KEY_BYTES)
    highest = max(int(name.partition("-")[0].partition("@")[0]) for name in found["field_keys"])
    name = f"{highest + 1}-{hashlib.sha256(key).hexdigest()[:8]}"
    found["field_keys"][name] = base64.b64encode(key).decode()
    found.setdefault("field_keys_made_at", {})[name] = at.isoformat(timespec="seconds")
    return name
