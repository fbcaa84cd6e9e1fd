"""Documents in the words of EN 16931, from their rows; drafts as they would be."""

from datetime import date

from conto.apps.invoicing.models import Document, Draft
from conto.domain.document import IssuedDocument


def issued_document(document: Document, pay_link: str = "") -> IssuedDocument:
    """Give the issued document complete, from its rows and party snapshots."""
    raise NotImplementedError


def preview(draft: Draft, on: date) -> IssuedDocument:
    """Show a draft as it would be issued on a day, with the word draft across it.

    Raises: RuleBroken when it cannot be computed.
    """
    raise NotImplementedError
