"""Issue drafts: a credit note settles the invoice that it corrects in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from conto.apps.bulk.retrying import retried
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.actions import IssueResult
from conto.apps.payments import actions as payments
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Document, Draft
    from conto.apps.invoicing.queries.guardian import Apart


def issue(
    *,
    draft: "Draft",
    actor: Actor,
    at: datetime,
    overrides: Mapping[str, str] | None = None,
    issued_on: date | None = None,
) -> "Document":
    """Issue one draft of any kind.

    Raises: Conflict `draft.already_issued`; RuleBroken `draft.has_findings` with params `findings`.
    """

    def once() -> "Document":
        return invoicing.issue_draft(draft=draft, actor=actor, at=at, overrides=overrides, issued_on=issued_on)

    def once_and_settle() -> "Document":
        with transaction.atomic():
            document = once()
            payments.allocate_credit(credit_note=document, actor=actor, at=at)
            return document

    return retried(once_and_settle) if draft.kind == "credit_note" else once()


def issue_many(
    *,
    draft_ids: Sequence[UUID],
    actor: Actor,
    at: datetime,
    issued_on: date | None = None,
    apart: "Apart | None" = None,
) -> list[IssueResult]:
    """Issue drafts: invoices set at a time, credit notes one after the other as named; what cannot be issued is held.

    `apart` tells which documents of the same amount are no doubles of these.
    """
    credit_notes = queries.credit_notes_among(draft_ids)
    others = [draft_id for draft_id in draft_ids if draft_id not in credit_notes]
    results = {
        result.draft_id: result
        for result in invoicing.issue_drafts(draft_ids=others, actor=actor, at=at, issued_on=issued_on, apart=apart)
    }
    for draft_id in dict.fromkeys(each for each in draft_ids if each in credit_notes):
        try:
            document = issue(draft=credit_notes[draft_id], actor=actor, at=at, issued_on=issued_on)
        except RuleBroken as refusal:
            results[draft_id] = IssueResult.refused(draft_id, refusal)
            invoicing.hold_refused(refused=[results[draft_id]], actor=actor, at=at)
        else:
            results[draft_id] = IssueResult(draft_id, document.id, document.number)
    return [results[draft_id] for draft_id in dict.fromkeys(draft_ids)]
