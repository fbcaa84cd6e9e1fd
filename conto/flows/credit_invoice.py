"""Credit an invoice in one step: the credit note is drafted, issued and settles its invoice, or nothing happens."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from conto.apps.bulk.retrying import retried
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.actions.corrections import CreditParts
from conto.domain.facts import Actor
from conto.flows import issue_document

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Document


def credit(
    *,
    document: "Document",
    reason: str,
    actor: Actor,
    at: datetime,
    parts: CreditParts = "whole",
    goods_stay: bool = False,
    overrides: Mapping[str, str] | None = None,
    issued_on: date | None = None,
) -> "Document":
    """Credit an invoice, whole or in parts, and return the credit note.

    What the invoice does not need stays as the customer's credit.

    Raises: Conflict `credit.nothing_left`; RuleBroken `credit.more_than_line`, `draft.has_findings`.
    """

    def once() -> "Document":
        with transaction.atomic():
            queries.queue_for_corrected([document.id])
            draft = invoicing.draft_credit_note(
                document=document, parts=parts, reason=reason, goods_stay=goods_stay, actor=actor, at=at
            )
            return issue_document.issue(draft=draft, actor=actor, at=at, overrides=overrides, issued_on=issued_on)

    return retried(once)
