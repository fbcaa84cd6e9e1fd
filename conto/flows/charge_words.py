"""The words with which an invoice says that it is charged by itself."""

from typing import TYPE_CHECKING, Literal

from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.payments import queries
from conto.domain.collection import CollectionState

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Document

_BEFORE_IT = {CollectionState.WAITING, CollectionState.TRYING}


def charge_note(language: str) -> str:
    """Return the note on the paper of an invoice that is charged.

    Source: CL-6.
    """
    with translation.override(language):
        return _("We charge this invoice to the card that you have saved. If that does not work, we write to you.")


def is_charged(document: "Document") -> bool:
    """Tell whether the paper of an invoice says that it is charged.

    Source: CL-6.
    """
    notes = document.details.get("notes", "")
    return bool(notes) and charge_note(document.language) in notes


def told_of(document: "Document") -> Literal["", "will", "was"]:
    """Tell whether the mail of an invoice says that it will be or was charged; only what says so on paper is asked for.

    Source: CL-6.
    """
    if not is_charged(document):
        return ""
    row = queries.collection_of(document.id)
    if row is None or row.reason:
        return ""
    return "will" if row.state in _BEFORE_IT else "was" if row.state == CollectionState.COLLECTED else ""
