"""What the database refuses, said in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db import IntegrityError

from conto.domain.errors import Conflict

_WORDS = {
    "open_item_within_charge": (
        "ledger.over_allocated",
        "More would be settled than is open. Somebody else may have settled it just now.",
    ),
    "ledger_entry_reverses_id_key": ("ledger.already_reversed", "This entry is already reversed."),
    "entry_once_per_subject": ("ledger.already_posted", "This is already posted."),
}


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """Turn the refusal of a constraint that two people can meet into a `Conflict`."""
    try:
        yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", None) == "entry_in_open_period":
            closed_until = date.fromisoformat(getattr(diagnosis, "message_detail", None) or "")
            raise period_closed(closed_until) from error
        words = _WORDS.get(getattr(diagnosis, "constraint_name", None) or "")
        if words is None:
            raise
        raise Conflict(*words) from error


def period_closed(closed_until: date) -> Conflict:
    """Return the refusal of what would be dated in a closed period."""
    return Conflict(
        "ledger.period_closed",
        "The books are closed up to %(closed)s. Choose a later date, or let an owner open the period again.",
        closed=closed_until,
    )
