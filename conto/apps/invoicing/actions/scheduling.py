"""Drafts that are issued by themselves when their time has come: put there, stopped, taken up by the worker."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.invoicing.actions.drafts import locked_draft
from conto.apps.invoicing.actions.holding import held_codes, hold_drafts
from conto.apps.invoicing.actions.issue import IssueResult
from conto.apps.invoicing.models import Draft
from conto.domain import facts
from conto.domain.errors import Conflict
from conto.domain.facts import Actor


def scheduled(draft: Draft) -> facts.DocumentScheduled:
    """Give the fact that a draft is issued by itself when its time has come."""
    if draft.issues_at is None:
        raise TypeError("this draft does not wait for its time")
    return facts.DocumentScheduled(subject_id=draft.id, customer_id=draft.customer_id, issues_at=draft.issues_at)


def schedule_drafts(
    *, draft_ids: Collection[UUID], issues_at: datetime, run_id: UUID | None, actor: Actor, at: datetime
) -> None:
    """Let drafts of a billing run wait for their time, in the transaction that made them.

    Source: GU-7.
    """
    drafts = list(Draft.objects.filter(id__in=draft_ids))
    for draft in drafts:
        draft.issues_at, draft.run_id = issues_at, run_id
    Draft.objects.bulk_update(drafts, ["issues_at", "run_id"])
    audit.record_many([(scheduled(draft), at) for draft in drafts], actor=actor)


@transaction.atomic
def stop_scheduled(*, draft: Draft, actor: Actor, at: datetime) -> Draft:
    """Stop a draft from being issued by itself; it stays until somebody issues it.

    Raises: Conflict `draft.already_issued`, `draft.not_scheduled`.
    Source: GU-7.
    """
    row = locked_draft(draft.id, None)
    if row.issues_at is None:
        raise Conflict("draft.not_scheduled", "This draft is not issued by itself.")
    stopped = facts.DocumentStopped(subject_id=row.id, customer_id=row.customer_id, issues_at=row.issues_at)
    row.issues_at = None
    row.save(update_fields=["issues_at"])
    audit.record(stopped, actor=actor, at=at)
    return row


def claim_scheduled(*, at: datetime, most: int) -> list[UUID]:
    """Lock drafts whose time has come, the earliest first; those that another worker has locked are left to it.

    Source: GU-7.
    """
    due = Draft.objects.filter(issues_at__lte=at).order_by("issues_at", "id")
    return list(due.select_for_update(skip_locked=True, of=("self",)).values_list("id", flat=True)[:most])


def hold_refused(*, refused: Sequence[IssueResult], actor: Actor, at: datetime) -> None:
    """Hold drafts that could not be issued, where undoing the attempt has undone that too.

    So nobody overlooks them, and what was due is not tried for ever.

    Source: GU-4, GU-7.
    """
    codes = {each.draft_id: held_codes(each.findings) for each in refused}
    left = Draft.objects.filter(id__in=codes)
    hold_drafts([(draft, codes[draft.id]) for draft in left], actor=actor, at=at)
