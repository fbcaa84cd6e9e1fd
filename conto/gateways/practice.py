"""What a page asks of the supervisor that runs it: to make a practice book beside this one, or to wipe it.

The supervisor (`conto serve`) is a program of its own with rights that pages don't have. The two speak by files in a
folder that only the owner of this installation can read: a wish that is taken once, and where things stand.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

Wish = Literal["make", "wipe"]
State = Literal["absent", "making", "open", "wiping", "refused", "unwatched"]
SILENT_SECONDS = 15  # a supervisor that wrote nothing for so long is not there


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the practice book of a book stands. `reason`: why a wish was refused, in plain words."""

    state: State = "absent"
    address: str = ""
    reason: str = ""


def ask(folder: Path, book: str, wish: Wish) -> None:
    """Leave a wish for the supervisor of a book."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / f"{book}.wish", wish)


def take_wish(folder: Path, book: str) -> Wish | None:
    """Return the wish that waits, and forget it; for the supervisor."""
    path = folder / f"{book}.wish"
    try:
        wish = path.read_text()
        path.unlink()
    except OSError:
        return None
    return "make" if wish == "make" else "wipe" if wish == "wipe" else None


def tell(folder: Path, book: str, standing: Standing) -> None:
    """Say where the practice book stands; for the supervisor."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / f"{book}.standing", json.dumps(asdict(standing)))


def standing(folder: Path, book: str, now: datetime) -> Standing:
    """Return where the practice book stands, a waiting wish counted in."""
    path = folder / f"{book}.standing"
    try:
        told = Standing(**json.loads(path.read_text()))
        age = now.timestamp() - path.stat().st_mtime
    except (OSError, ValueError, TypeError):
        return Standing("unwatched")
    if age > SILENT_SECONDS:
        return Standing("unwatched")
    try:
        wish = (folder / f"{book}.wish").read_text()
    except OSError:
        return told
    return Standing("making" if wish == "make" else "wiping", told.address)


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        draft.write_text(text)
        draft.chmod(0o600)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)  # what did not find room
