"""Lines of a draft that charge for paying late: dropped one by one when they are waived."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.fields import actions as fields
from conto.apps.invoicing.actions.drafts import locked_draft, redone
from conto.apps.invoicing.models import Attachment, DraftLine
from conto.domain import facts
from conto.domain.errors import Conflict
from conto.domain.facts import Actor


@transaction.atomic
def drop_late_line(*, draft_id: UUID, position: int, actor: Actor, at: datetime) -> bool:
    """Drop a line of a draft that charges for paying late, and the draft with its last one; tell whether it is left.

    Raises: Conflict `draft.already_issued`, `draft.gone`.
    Source: LF-9.
    """
    row = locked_draft(draft_id, None)
    lines = list(DraftLine.objects.filter(draft=row).order_by("position"))
    if not row.charges_late or not 1 <= position <= len(lines):
        raise Conflict("draft.changed_meanwhile", "Somebody else changed this draft meanwhile. Look at it again.")
    if len(lines) == 1:
        Attachment.objects.filter(document_id=row.id).delete()
        gone = facts.DocumentDiscarded(subject_id=row.id, customer_id=row.customer_id, document_kind=row.kind)
        row.delete()
        fields.forget_values([draft_id])
        audit.record(gone, actor=actor, at=at)
        return False
    lines.pop(position - 1).delete()
    for n, line in enumerate(lines, 1):
        line.position = n
    DraftLine.objects.bulk_update(lines, ["position"])
    before_minor = row.shown_total_minor
    redone(row, at)
    changes: facts.Changes = {
        "lines": [len(lines) + 1, len(lines)],
        "total_minor": [before_minor, row.shown_total_minor],
    }
    audit.record(
        facts.DocumentChanged(subject_id=row.id, customer_id=row.customer_id, changes=changes), actor=actor, at=at
    )
    return True
