"""Which user of the operating system the server runs as. PostgreSQL refuses root, and rightly."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "conto"


@dataclass(frozen=True, slots=True)
class Account:
    """The user whose processes the server's are; `None` ids mean the user who runs us."""

    uid: int | None = None
    gid: int | None = None

    def spawn_options(self) -> dict[str, Any]:
        """Return the arguments that make `subprocess` start a program as this user."""
        if self.uid is None:
            return {"umask": 0o077}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "umask": 0o077}

    def own(self, path: Path) -> None:
        """Give a file or folder of ours to this user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def server_account(data: Path) -> Account:
    """Return the server's user; whoever owns existing data stays its owner."""
    if os.geteuid() != 0:
        return Account()
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    found = _entry(NAME)
    if found is None and shutil.which("useradd"):
        nologin = shutil.which("nologin", path="/usr/sbin:/sbin") or "/bin/false"
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", nologin, NAME],
            check=False,
            capture_output=True,
        )
        found = _entry(NAME)
    found = found or _entry("nobody")
    return Account(found.pw_uid, found.pw_gid) if found else Account(65534, 65534)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
