"""Backups as the command line starts them: each reads the clocks, asks for the plan and tells one story."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from conto.apps.accounts import queries as accounts
from conto.apps.upkeep import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.flows import make_backup as story
from conto.flows.make_backup import Outcome, Written
from conto.gateways.storage.places import Place
from conto.gateways.storage.sealed import Source
from conto.jobs.clock import book_now

Say = Callable[[str], None]


class BookClocks:
    """The clocks, read when asked."""

    def real(self) -> datetime:
        """Return the real time."""
        return timezone.now()

    def book(self) -> datetime:
        """Return the time of the book."""
        return book_now()


@dataclass(frozen=True, slots=True)
class Known:
    """A backup that lies somewhere, for lists."""

    name: str
    made_at: datetime
    size_bytes: int
    places: tuple[str, ...]
    rehearsed: str


def make(
    *,
    book: str,
    folder: Path,
    write: Callable[[Path], Written],
    reason: str,
    asked_by: str,
    only_to: tuple[str, Place] | None,
    say: Say,
) -> Outcome:
    """Make a backup of the book and bring it to its places."""
    return story.make_backup(
        book=book,
        folder=folder,
        write=write,
        plan=the_plan(),
        reason=reason,
        actor=_actor(asked_by),
        clocks=BookClocks(),
        say=say,
        only_to=only_to,
    )


def the_plan() -> queries.Plan:
    """Return when backups are made and how long they are kept."""
    business = accounts.business()
    return queries.plan(is_sandbox=business is None or business.is_sandbox)


def named_place(name: str) -> Place | None:
    """Return the place of this name."""
    row = queries.places().filter(name=name).first()
    return story.place_of(row) if row else None


def known() -> list[Known]:
    """Return the backups that lie somewhere, the latest first."""
    found = []
    for backup in queries.kept_backups():
        places = tuple(
            copy.place.name if copy.place else story.HERE for copy in backup.copies.all() if copy.state == "kept"
        )
        tried = next(iter(backup.rehearsals.all()), None)
        said = "" if tried is None else ("restored well" if tried.is_clean else "could not be restored")
        found.append(Known(backup.name, backup.started_at, backup.size_bytes or 0, places, said))
    return found


@contextmanager
def newest(folder: Path) -> Iterator[tuple[str, Source]]:
    """Open the newest good backup, wherever it lies.

    Raises: RuleBroken, when there is none.
    """
    for backup in queries.kept_backups():
        place = story.kept_at(backup, folder)
        if place is not None:
            with place.opened(backup.name) as source:
                yield backup.name, source
            return
    raise RuleBroken("backup.none", "There is no backup of this book yet.")


def note_rehearsal(*, name: str, is_clean: bool, seconds: int, report: str) -> None:
    """Write down what a rehearsal found."""
    clocks = BookClocks()
    actions.note_rehearsal(
        name=name,
        is_clean=is_clean,
        seconds=seconds,
        report=report,
        actor=SYSTEM,
        now=clocks.real(),
        at=clocks.book(),
    )


def note_restored(*, name: str) -> None:
    """Write down in a restored book where it comes from."""
    clocks = BookClocks()
    actions.note_restored(name=name, actor=SYSTEM, now=clocks.real(), at=clocks.book())


def note_upgraded(*, kept_aside: str) -> None:
    """Write down that the book was brought to a new version."""
    actions.note_upgraded(kept_aside=kept_aside, actor=SYSTEM, at=BookClocks().book())


def facts_of(outcome: Outcome) -> dict[str, Any]:
    """Return what came of a backup, for programs."""
    return {
        "name": outcome.name,
        "size_bytes": outcome.size_bytes,
        "places": outcome.places,
        "failures": outcome.failures,
        "removed": outcome.removed,
    }


def _actor(asked_by: str) -> Actor:
    return Actor(None, "system", asked_by) if asked_by else SYSTEM
