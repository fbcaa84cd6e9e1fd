"""Batches of drafts that are issued and sent together, and what became of each."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from conto.apps.accounts.models import Member
from conto.apps.invoicing.models import Document, Draft, IssueBatch
from conto.apps.invoicing.queries.documents import documents, drafts
from conto.domain.permissions import Permission


def batches(member: Member) -> QuerySet[IssueBatch]:
    """Return the batches that a member may follow, the latest first: who issues follows them all, own rows apart."""
    if not member.may(Permission.INVOICE_ISSUE):
        return IssueBatch.objects.none()
    return IssueBatch.objects.select_related("started_by").order_by("-started_at", "-id")


def batch_for(member: Member, batch_id: UUID) -> IssueBatch | None:
    """Return one batch, or nothing when there is none that the member may follow."""
    return batches(member).filter(id=batch_id).first()


def batch_by_id(batch_id: UUID) -> IssueBatch | None:
    """Return a batch for who works on it."""
    return IssueBatch.objects.select_related("started_by").filter(id=batch_id).first()


def drafts_left(ids: Collection[UUID]) -> list[UUID]:
    """Return which of some drafts are drafts still, in their order."""
    left = set(Draft.objects.filter(id__in=ids).values_list("id", flat=True))
    return [each for each in ids if each in left]


def issued_among(ids: Collection[UUID]) -> QuerySet[Document]:
    """Return the documents that some drafts became, with what sending asks for."""
    return Document.objects.filter(id__in=ids).select_related("customer", "legal_entity").order_by("ordinal")


def drafts_of_batch(member: Member, batch: IssueBatch) -> QuerySet[Draft]:
    """Return what of a batch is a draft still, of what the member sees."""
    return drafts(member).filter(id__in=batch.draft_ids)


def documents_of_batch(member: Member, batch: IssueBatch) -> QuerySet[Document]:
    """Return what of a batch was issued, of what the member sees, by number."""
    return documents(member).filter(id__in=batch.draft_ids).order_by("issued_on", "ordinal")


def drafts_matching(
    member: Member, *, customer_id: UUID | None = None, search: str = "", is_held: bool = False, limit: int
) -> list[UUID]:
    """Return the ids of the drafts that a list shows, on all of its pages, the oldest first."""
    chosen = drafts(member)
    if customer_id:
        chosen = chosen.filter(customer_id=customer_id)
    if is_held:
        chosen = chosen.exclude(held_for="")
    for word in search.split():
        chosen = chosen.filter(customer__name__icontains=word)
    return list(chosen.order_by("created_at", "id").values_list("id", flat=True)[:limit])
