"""What is handed to the actions of late charges."""

from dataclasses import dataclass
from uuid import UUID

from conto.domain.late import LateInvoice, Wanted


@dataclass(frozen=True, slots=True)
class LoadedInvoice:
    """An invoice that may be late, with all that its charge depends on."""

    id: UUID
    number: str
    customer_id: UUID
    customer_name: str
    legal_entity_id: UUID
    currency: str
    late: LateInvoice


@dataclass(frozen=True, slots=True)
class InvoiceCharge:
    """What one invoice is charged."""

    invoice: LoadedInvoice
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class PlacedCharge:
    """A fee or the interest of an invoice on a line of a draft."""

    charge: InvoiceCharge
    kind: str  # fee | interest
    document_id: UUID
    position: int
