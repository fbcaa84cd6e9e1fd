"""What customers have saved, and which invoices are charged by themselves and how far that is."""

from collections.abc import Collection as SomeOf
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, JSONObject

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.invoicing import queries as invoicing
from conto.apps.ledger import queries as ledger
from conto.apps.payments.models import Charge, Collection, SavedMethod
from conto.domain.collection import CollectionState
from conto.domain.permissions import Permission

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Collecting:
    """An invoice that is charged by itself and needs somebody: it waits after a failure, or is up to its customer."""

    document_id: UUID
    number: str
    customer_id: UUID
    customer_name: str
    currency: str
    open_minor: int
    state: str
    reason: str
    attempts: int
    next_at: datetime | None


def saved_method(customer_id: UUID, gateway: str) -> SavedMethod | None:
    """Return what a customer has saved with a gateway and can be charged."""
    if not gateway:
        return None
    return SavedMethod.objects.filter(customer_id=customer_id, gateway=gateway, state="saved").first()


def method_by_id(method_id: UUID) -> SavedMethod | None:
    """Return what a customer saved or was about to."""
    return SavedMethod.objects.select_related("customer").filter(id=method_id).first()


def methods_for(member: Member, customer_id: UUID) -> QuerySet[SavedMethod]:
    """Return what a customer has or had saved, the latest first, where a member may see it."""
    if not member.may(Permission.PAYMENT_VIEW):
        return SavedMethod.objects.none()
    seen = SavedMethod.objects.filter(crm.sight_of(member), customer_id=customer_id)
    return seen.filter(state__in=["saved", "removed"]).select_related("customer").order_by("-agreed_at", "-id")


def unheard_savings(before: datetime) -> QuerySet[SavedMethod]:
    """Return pages for saving only that nothing was heard of since `before`, the oldest first."""
    return SavedMethod.objects.filter(state="wanted", checkout__isnull=True, changed_at__lt=before).order_by(
        "changed_at"
    )


def collection_of(document_id: UUID) -> Collection | None:
    """Return how far the charging of a draft or invoice is, or nothing where it is not charged by itself."""
    return Collection.objects.filter(document_id=document_id).first()


def charges_of(document_id: UUID) -> QuerySet[Charge]:
    """Return the attempts to charge an invoice, the latest first."""
    return Charge.objects.filter(document_id=document_id).select_related("checkout", "method").order_by("-attempt")


def wanted_among(ids: SomeOf[UUID]) -> set[UUID]:
    """Return which drafts or invoices are charged by themselves, with one query."""
    return set(Collection.objects.filter(document_id__in=ids).values_list("document_id", flat=True)) if ids else set()


def untold_collections() -> list[UUID]:
    """Return the invoices that are up to their customers now, who were not told yet, the oldest first."""
    rows = Collection.objects.filter(state=CollectionState.CUSTOMER, told_at__isnull=True)
    return list(rows.order_by("changed_at").values_list("document_id", flat=True)[:MOST_SHOWN])


def in_trouble(member: Member, customer_id: UUID | None = None) -> list[Collecting]:
    """Return the open invoices whose charge did not go through, of what a member may see, the next tried first.

    Source: CL-6.
    """
    failed = [CollectionState.WAITING, CollectionState.CUSTOMER]
    rows = Collection.objects.filter(crm.sight_of(member), state__in=failed).exclude(reason="")
    rows = rows.filter(Exists(ledger.open_items().filter(item_id=OuterRef("document_id"))))
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    kept = {row.document_id: row for row in rows.order_by("next_at", "document_id")[:MOST_SHOWN]}
    if not kept:
        return []
    open_minor = ledger.open_by_document(kept)
    seen = {each.id: each for each in invoicing.documents(member).filter(id__in=kept)}
    return [
        Collecting(
            key, seen[key].number, row.customer_id, seen[key].customer.name, seen[key].currency, open_minor[key],
            row.state, row.reason, row.attempts, row.next_at,
        )
        for key, row in kept.items()
        if key in seen
    ]  # fmt: skip


def waiting(member: Member, *, most: int = 8) -> list[QuerySet[Any, Any]]:
    """Return questions whose rows say kind, subject, customer, words, amount, currency and day, for one union.

    Source: CL-6.
    """
    if not (member.may(Permission.PAYMENT_VIEW) and member.may(Permission.INVOICE_VIEW)):
        return []
    failed = Collection.objects.filter(state__in=[CollectionState.WAITING, CollectionState.CUSTOMER])
    failed = failed.exclude(reason="")
    why = failed.filter(document_id=OuterRef("id")).values(
        told=JSONObject(reason="reason", state="state", number=OuterRef("number"))
    )
    left = ledger.open_items("receivable").filter(item_id=OuterRef("id")).values("open_minor")[:1]
    rows = invoicing.documents(member).filter(id__in=failed.values("document_id"))
    rows = rows.annotate(kind_=Value("charge_failed", CharField()), told=Cast(Subquery(why[:1]), TextField()))
    rows = rows.annotate(left=Subquery(left)).filter(left__gt=0).order_by("due_on", "id")
    named = rows.values_list("kind_", "id", "customer__name", "told", "left", "currency", "due_on")
    return [named[:most]]
