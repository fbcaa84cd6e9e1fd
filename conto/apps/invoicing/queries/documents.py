"""Lists and states of drafts and documents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID

from django.db.models import QuerySet

from conto.apps.accounts.models import Member
from conto.apps.invoicing.models import Document, Draft

StateFilter = Literal["all", "open", "overdue", "paid", "credited", "draft"]


class DocumentState(StrEnum):
    """Where a document stands today."""

    DRAFT = "draft"
    OPEN = "open"
    PART_PAID = "part_paid"
    OVERDUE = "overdue"
    PAID = "paid"
    CREDITED = "credited"
    WRITTEN_OFF = "written_off"


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One row of the list of documents."""

    id: UUID
    kind: str
    number: str  # empty for a draft
    customer_id: UUID
    customer_name: str
    issued_on: date | None
    due_on: date | None
    currency: str
    payable_minor: int
    open_minor: int
    state: DocumentState
    days_late: int


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A page of the list; `next_cursor` is empty on the last one."""

    rows: tuple[DocumentRow, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """Sums over documents in one currency."""

    currency: str
    count: int
    payable_minor: int
    open_minor: int
    overdue_minor: int


@dataclass(frozen=True, slots=True)
class CustomerDebt:
    """What a customer owes in one currency, and what of it is late."""

    owed_minor: int
    late_minor: int
    oldest_due_on: date | None
    credit_minor: int


def drafts(member: Member) -> QuerySet[Draft]:
    """Give the drafts that a member may see, the latest changed first."""
    raise NotImplementedError


def documents(member: Member) -> QuerySet[Document]:
    """Give the documents that a member may see, the latest first."""
    raise NotImplementedError


def draft_for(member: Member, draft_id: UUID) -> Draft | None:
    """Give a draft with its customer and seller, or nothing when it is not visible."""
    raise NotImplementedError


def document_for(member: Member, document_id: UUID) -> Document | None:
    """Give a document with its customer and seller, or nothing when it is not visible."""
    raise NotImplementedError


def document_page(  # noqa: PLR0913 -- the filters of the list
    member: Member,
    *,
    today: date,
    state: StateFilter = "all",
    customer_id: UUID | None = None,
    currency: str = "",
    search: str = "",
    since: date | None = None,
    until: date | None = None,
    cursor: str = "",
    limit: int = 50,
) -> DocumentPage:
    """Give a page of documents, the latest first, in at most three queries."""
    raise NotImplementedError


def state_of(document: Document, open_minor: int, today: date) -> DocumentState:
    """Tell where a document stands."""
    raise NotImplementedError


def totals(
    member: Member, *, today: date, customer_id: UUID | None = None, since: date | None = None
) -> list[CurrencyTotals]:
    """Sum documents per currency."""
    raise NotImplementedError


def late_by_customer(customer_ids: Iterable[UUID], today: date) -> dict[UUID, dict[str, CustomerDebt]]:
    """Give per customer and currency what is owed, late and credited."""
    raise NotImplementedError
