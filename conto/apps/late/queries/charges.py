"""Charges with what became of them, and what stands in the way of charging."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.invoicing.models import Document
from conto.apps.late.models import LateCharge, LateExclusion, LateExemption
from conto.domain.permissions import Permission

ChargeState = Literal["draft", "charged", "waived"]
PAGE_SIZE = 50
MOST_EXEMPTIONS = 200


@dataclass(frozen=True, slots=True)
class LateChargeRow:
    """A charge as it is told: for which invoice, on which paper, and whether it is waived."""

    id: UUID
    customer_id: UUID
    customer_name: str
    invoice_id: UUID
    invoice_number: str
    document_id: UUID
    document_number: str  # empty while it is a draft, and when it was waived as one
    kind: str
    currency: str
    amount_minor: int
    capped_minor: int
    first_on: date | None
    last_on: date | None
    yearly_percent: Decimal
    charged_on: date
    state: ChargeState
    waived_because: str
    waived_by: str
    waived_at: datetime | None
    credit_note_id: UUID | None
    credit_note_number: str


@dataclass(frozen=True, slots=True)
class ChargePage:
    """A page of charges; `next_cursor` is empty on the last one."""

    rows: tuple[LateChargeRow, ...]
    next_cursor: str


def charges(member: Member, *, state: str = "all") -> QuerySet[LateCharge]:
    """Return the charges that a member may see, the latest first: all, or those drafted, charged or waived."""
    if not member.may(Permission.INVOICE_VIEW):
        return LateCharge.objects.none()
    paper = Document.objects.filter(id=OuterRef("document_id")).values("number")
    issued = Exists(Document.objects.filter(id=OuterRef("document_id")))
    chosen: dict[str, Q | Exists] = {
        "draft": ~issued & Q(waiver=None),
        "charged": issued & Q(waiver=None),
        "waived": Q(waiver__isnull=False),
    }
    return (
        LateCharge.objects.filter(crm.sight_of(member), chosen.get(state, Q()))
        .select_related("customer", "invoice", "waiver", "waiver__credit_note")
        .annotate(document_number=Subquery(paper))
        .order_by("-at", "-id")
    )


def charge_for(member: Member, charge_id: UUID) -> LateChargeRow | None:
    """Return a charge, if the member may see it."""
    row = charges(member).filter(id=charge_id).first()
    return shape_of(row) if row else None


def charges_of_invoice(member: Member, invoice_id: UUID) -> list[LateChargeRow]:
    """Return what an invoice was charged, the latest first."""
    return [shape_of(row) for row in charges(member).filter(invoice_id=invoice_id)]


def charge_page(member: Member, *, state: str = "all", after: str = "") -> ChargePage:
    """Return a page of charges: all, or those that are on a draft, charged or waived."""
    rows = charges(member, state=state)
    last = charges(member).filter(id=after).first() if _is_id(after) else None
    if last is not None:
        rows = rows.filter(at__lte=last.at).exclude(at=last.at, id__gte=last.id)
    found = list(rows[: PAGE_SIZE + 1])
    shown = tuple(shape_of(row) for row in found[:PAGE_SIZE])
    return ChargePage(shown, str(shown[-1].id) if len(found) > PAGE_SIZE else "")


def shape_of(row: LateCharge) -> LateChargeRow:
    """Tell a charge with what became of it."""
    waiver = getattr(row, "waiver", None)
    number = getattr(row, "document_number", None) or ""
    note = waiver.credit_note if waiver else None
    return LateChargeRow(
        row.id,
        row.customer_id,
        row.customer.name,
        row.invoice_id,
        row.invoice.number,
        row.document_id,
        number,
        row.kind,
        row.currency,
        row.amount_minor,
        row.capped_minor,
        row.days.lower if row.days else None,
        row.days.upper - timedelta(days=1) if row.days else None,
        row.yearly_percent,
        row.charged_on,
        "waived" if waiver else "charged" if number else "draft",
        waiver.reason if waiver else "",
        waiver.actor_name if waiver else "",
        waiver.at if waiver else None,
        note.id if note else None,
        note.number if note else "",
    )


def line_of(charge_id: UUID) -> int:
    """Return at which line of its paper a charge stands; lines that were dropped before issue are not counted."""
    row = LateCharge.objects.get(id=charge_id)
    dropped = {"waiver__isnull": False, "waiver__credit_note": None}
    before = LateCharge.objects.filter(document_id=row.document_id, position__lt=row.position)
    return before.exclude(**dropped).count() + 1


def exclusion_of(invoice_id: UUID) -> LateExclusion | None:
    """Return why an invoice is charged nothing, if somebody has excluded it."""
    return LateExclusion.objects.filter(document_id=invoice_id).first()


def exemption_of(customer_id: UUID) -> LateExemption | None:
    """Return why a customer is charged nothing, if they are exempt."""
    return LateExemption.objects.filter(customer_id=customer_id).first()


def exemptions(member: Member | None) -> list[LateExemption]:
    """Return the customers who are charged nothing, of those that a member sees, by name."""
    if member is None:
        return []
    seen = LateExemption.objects.filter(crm.sight_of(member)).select_related("customer")
    return list(seen.order_by("customer__name", "customer_id")[:MOST_EXEMPTIONS])


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
