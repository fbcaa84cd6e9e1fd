"""Make a backup: write it here, bring it to every place, remove what need not be kept, and write down how it went."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from conto.apps.upkeep import actions, queries
from conto.apps.upkeep.queries import Plan
from conto.domain.backups import BackupName, Retention, read_name, to_remove
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.gateways.storage.folder import Folder
from conto.gateways.storage.places import Place, PlaceFailed, Stored, place_for

if TYPE_CHECKING:
    from conto.apps.upkeep.models import Backup, BackupPlace

Say = Callable[[str], None]
HERE = "this computer"


@dataclass(frozen=True, slots=True)
class Written:
    """What the writer of the file tells of it."""

    size_bytes: int
    key_id: str
    contents: dict[str, Any]


class Clocks(Protocol):
    """The clocks, which only an entrance reads."""

    def real(self) -> datetime:
        """Return the real time, by which backups go."""
        ...

    def book(self) -> datetime:
        """Return the time of the book, for facts."""
        ...


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    name: str
    size_bytes: int = 0
    places: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def make_backup(  # noqa: PLR0913 -- a backup has these parts
    *,
    book: str,
    folder: Path,
    write: Callable[[Path], Written],
    plan: Plan,
    reason: str,
    actor: Actor,
    clocks: Clocks,
    say: Say,
    only_to: tuple[str, Place] | None = None,
) -> Outcome:
    """Make a backup of the book and bring it to its places, or to one place alone.

    Raises: whatever the writer raises, when there is no backup; RuleBroken, when it could be brought nowhere.
    """
    name = BackupName(book, clocks.real(), secrets.token_hex(3))
    outcome = Outcome(str(name))
    backup = actions.begin_backup(name=outcome.name, reason=reason, actor=actor, now=clocks.real())
    file = folder / outcome.name
    try:
        written = write(file)
    except BaseException as error:
        actions.fail_backup(
            backup_id=backup.id, reason=_reason(error), actor=actor, now=clocks.real(), at=clocks.book()
        )
        raise
    outcome.size_bytes = written.size_bytes
    try:
        _bring(backup, file, plan, only_to, outcome, clocks, say)
    finally:
        if only_to is not None or not plan.keeps_here:
            file.unlink(missing_ok=True)
    if not outcome.places:
        said = "; ".join(outcome.failures) or "there is no place to bring it to"
        actions.fail_backup(backup_id=backup.id, reason=said, actor=actor, now=clocks.real(), at=clocks.book())
        raise RuleBroken("backup.brought_nowhere", "The backup could be brought nowhere: %(reason)s", reason=said)
    actions.finish_backup(
        backup_id=backup.id,
        size_bytes=written.size_bytes,
        contents=written.contents,
        key_id=written.key_id,
        actor=actor,
        now=clocks.real(),
        at=clocks.book(),
    )
    for said in outcome.failures:
        actions.note_failure(subject_id=backup.id, name=outcome.name, reason=said, actor=actor, at=clocks.book())
    if only_to is None:
        outcome.removed = remove_old(book=book, folder=folder, plan=plan, now=clocks.real())
    return outcome


def remove_old(*, book: str, folder: Path, plan: Plan, now: datetime) -> list[str]:
    """Remove the backups that need not be kept, from each place by what lies there; return their names."""
    removed: list[str] = []
    for place_id, _name, place in _places(folder, keeps_here=plan.keeps_here):
        try:
            names = [stored.name for stored in place.stored()]
            for name in _superfluous(names, book, plan.retention):
                place.remove(name)
                actions.note_removed(name=name, place_id=place_id, now=now)
                removed.append(name)
        except PlaceFailed:
            continue  # it is said when something is brought there
    return removed


def place_of(row: "BackupPlace") -> Place:
    """Return a place that can be used.

    Raises: RuleBroken, when its description lacks something.
    """
    details = queries.place_details(row)
    return place_for(details.kind, details.options, details.secret)


def kept_at(backup: "Backup", folder: Path) -> Place | None:
    """Return a place where a backup lies: this computer first, since it is nearest."""
    copies = [copy for copy in backup.copies.all() if copy.state == "kept"]
    for copy in sorted(copies, key=lambda one: one.place_id is not None):
        if copy.place is None and (folder / backup.name).is_file():
            return Folder(folder)
        if copy.place is not None and copy.place.removed_at is None:
            return place_of(copy.place)
    return None


def try_place(row: "BackupPlace", *, now: datetime) -> str:
    """Look into a place and return why it can't be reached, "" when it can."""
    said = ""
    try:
        place_of(row).stored()
    except RuleBroken as failure:
        said = failure.message % failure.params if failure.params else failure.message
    actions.note_reached(place_id=row.id, error=said, now=now)
    return said


def stored_at(place: Place, book: str) -> list[Stored]:
    """Return the backups of a book in a place, the newest first."""
    found = [(name, stored) for stored in place.stored() if (name := read_name(stored.name))]
    own = [(name.at, stored) for name, stored in found if not book or name.book == book]
    return [stored for _at, stored in sorted(own, key=lambda pair: pair[0], reverse=True)]


def _superfluous(names: list[str], book: str, retention: Retention) -> list[str]:
    bad = queries.unclean_names()
    return to_remove(names, book=book, retention=retention, is_good=lambda name: name not in bad)


def _places(folder: Path, *, keeps_here: bool) -> list[tuple[UUID | None, str, Place]]:
    found: list[tuple[UUID | None, str, Place]] = [(None, HERE, Folder(folder))] if keeps_here else []
    found += [(row.id, row.name, place_of(row)) for row in queries.places().filter(is_on=True)]
    return found


def _bring(
    backup: "Backup",
    file: Path,
    plan: Plan,
    only_to: tuple[str, Place] | None,
    outcome: Outcome,
    clocks: Clocks,
    say: Say,
) -> None:
    if only_to is not None:
        _put(file, only_to[0], only_to[1], outcome, say)
        return
    if plan.keeps_here:
        actions.note_copy(backup_id=backup.id, place_id=None, error="", now=clocks.real())
        outcome.places.append(HERE)
    for row in queries.places().filter(is_on=True):
        try:
            error = _put(file, row.name, place_of(row), outcome, say)
        except RuleBroken as failure:
            error = _reason(failure)
            outcome.failures.append(f"{row.name}: {error}")
        actions.note_copy(backup_id=backup.id, place_id=row.id, error=error, now=clocks.real())
        actions.note_reached(place_id=row.id, error=error, now=clocks.real())


def _put(file: Path, where: str, place: Place, outcome: Outcome, say: Say) -> str:
    say(f"Bringing it to {where} …")
    try:
        with file.open("rb") as content:
            place.put(file.name, content)
    except (PlaceFailed, OSError) as failure:
        outcome.failures.append(f"{where}: {_reason(failure)}")
        return _reason(failure)
    outcome.places.append(where)
    return ""


def _reason(error: BaseException) -> str:
    if isinstance(error, RuleBroken):
        return error.message % error.params if error.params else error.message
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return "It was stopped."
    return str(error) or type(error).__name__
