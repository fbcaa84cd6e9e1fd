"""What was billed by which document."""

from collections.abc import Collection
from uuid import UUID

from conto.apps.projects.models import BilledWork, ProjectBill, RetainerPeriod


def live_bills(document_ids: Collection[UUID]) -> list[UUID]:
    """Return which of some drafts or documents bill work that counts as billed, or brought what a retainer covers."""
    bills = ProjectBill.objects.filter(id__in=document_ids, is_live=True).values_list("id", flat=True)
    brought = RetainerPeriod.objects.filter(document_id__in=document_ids, is_revoked=False)
    return list(bills.union(brought.values_list("document_id", flat=True)))


def works_on(document_id: UUID) -> list[BilledWork]:
    """Return the work that a draft or document bills or billed, line by line."""
    rows = BilledWork.objects.filter(bill_id=document_id).select_related("entry__member")
    return list(rows.order_by("position", "entry__day", "entry_id"))
