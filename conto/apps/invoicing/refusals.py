"""What the database refuses because another was faster, said in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError

from conto.domain.errors import Conflict

_BY_CONSTRAINT = {
    "invoicing_document_pkey": ("draft.already_issued", "This draft is already issued."),
    "entry_once_per_subject": ("draft.already_issued", "This draft is already issued."),
    "invoicing_prepayment_deposit_id_key": ("deposit.already_deducted", "A deposit is deducted only once."),
    "document_number_once": (
        "series.number_taken",
        "This number is already used by another series. Change the prefix or the start.",
    ),
    "document_imported_once": ("import.already_there", "This document is already imported."),
}


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """Turn the refusal of a constraint that two people can meet into a `Conflict`."""
    try:
        yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        words = _BY_CONSTRAINT.get(getattr(diagnosis, "constraint_name", None) or "")
        if words is None and "more would be credited" in (getattr(diagnosis, "message_primary", None) or ""):
            words = ("credit.more_than_left", "No more can be credited than the document charged.")
        if words is None:
            raise
        raise Conflict(*words) from error
