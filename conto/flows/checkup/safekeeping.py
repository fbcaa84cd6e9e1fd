"""Backups, their rehearsals, and the nightly check of the book."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _g

from conto.apps.accounts import queries as accounts
from conto.apps.audit import queries as audit
from conto.apps.upkeep import queries as upkeep
from conto.domain.checkup import Remark
from conto.domain.facts import BookVerified

LATE_BACKUP = timedelta(days=2)
LATE_REHEARSAL = timedelta(days=45)


def safekeeping_remarks(now: datetime) -> Iterator[Remark]:
    """Look at when the book was backed up, whether a backup was tried, and what the last check of the book found."""
    business = accounts.business()
    if business is not None and not business.is_sandbox:
        yield from _backups(now)
    verified = audit.latest_facts().filter(kind=BookVerified.kind).first()
    if verified is not None and verified.body["violated"]:
        yield Remark(
            "book_not_in_order",
            "serious",
            _g("The last check found %(count)s broken rules in the book."),
            _g("Look at them on Settings › Health or with conto verify: each says what to do."),
            {"count": verified.body["violated"]},
        )


def _backups(now: datetime) -> Iterator[Remark]:
    made_at, rehearsal = upkeep.last_good_at(), upkeep.last_rehearsal()
    if made_at is None:
        yield Remark(
            "no_backup",
            "serious",
            _g("There is no backup of this book."),
            _g("Run conto backup, and let the worker run at night."),
        )
        return
    if made_at < now - LATE_BACKUP:
        yield Remark(
            "old_backup",
            "serious",
            _g("The last good backup is %(days)s days old."),
            _g("Look at Settings › Backups why none was made since."),
            {"days": (now - made_at).days},
        )
    if not upkeep.places().filter(is_on=True).exists():
        yield Remark(
            "backups_only_here",
            "warning",
            _g("Backups lie on this computer only: a fire or a thief takes both."),
            _g("Add a place elsewhere: Settings › Backups."),
        )
    if rehearsal is None or rehearsal.at < now - LATE_REHEARSAL:
        yield Remark(
            "no_rehearsal",
            "warning",
            _g("Whether a backup can be restored was not tried for 45 days."),
            _g("Run conto backup rehearse."),
        )
    elif not rehearsal.is_clean:
        yield Remark(
            "failed_rehearsal",
            "serious",
            _g("The last backup that was tried could not be restored."),
            _g("Make a new one now (conto backup), and try it (conto backup rehearse)."),
        )
