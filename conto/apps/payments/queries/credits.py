"""What a customer's credit is made of, what it settled, and what may be kept for paying early."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet, Sum

from conto.apps.invoicing.models import Document, DocumentTax
from conto.apps.ledger import queries as ledger
from conto.apps.payments.models import Allocation, EarlyDiscount, Payment
from conto.domain.invoice import EarlyStep, PaymentTerms, TaxPart, discount_available
from conto.domain.tax import TaxCategory


@dataclass(frozen=True, slots=True)
class OpenCredit:
    """A payment or credit note of which something is left."""

    id: UUID
    kind: str  # payment | credit_note
    received_on: date
    label: str  # the payment's reference, the credit note's number
    method: str
    currency: str
    legal_entity_id: UUID
    amount_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice that a payment could settle."""

    id: UUID
    number: str
    kind: str
    customer_id: UUID
    legal_entity_id: UUID
    currency: str
    issued_on: date
    due_on: date
    payable_minor: int
    terms_days: int
    early_discount_percent: Decimal | None
    early_discount_days: int | None
    open_minor: int


@dataclass(frozen=True, slots=True)
class EarlyDiscountOffer:
    """What a customer may keep when the rest arrives in time."""

    discount_minor: int
    enough_minor: int  # settles the document when it arrives until `until_on`
    until_on: date
    percent: Decimal


ZERO = Decimal(0)
_INVOICE_FIELDS = (
    "id",
    "number",
    "kind",
    "customer_id",
    "legal_entity_id",
    "currency",
    "issued_on",
    "due_on",
    "payable_minor",
    "terms_days",
    "early_discount_percent",
    "early_discount_days",
)
_NOTE_FIELDS = ("id", "issued_on", "number", "currency", "legal_entity_id", "payable_minor")


def open_invoices(
    customer_id: UUID, *, currency: str | None = None, legal_entity_id: UUID | None = None
) -> list[OpenInvoice]:
    """Give what a customer has still to pay, the earliest due first."""
    items = ledger.open_of_customer(customer_id, "receivable", currency)
    open_minor = dict(items.values_list("item_id", "open_minor"))
    documents = Document.objects.filter(id__in=open_minor)
    if legal_entity_id:
        documents = documents.filter(legal_entity_id=legal_entity_id)
    return [
        OpenInvoice(open_minor=open_minor[row["id"]], **row)
        for row in documents.order_by("due_on", "issued_on", "id").values(*_INVOICE_FIELDS)
    ]


def invoices_by_id(ids: Iterable[UUID]) -> dict[UUID, OpenInvoice]:
    """Give invoices with what is open of them, settled ones too."""
    wanted = list(ids)
    open_minor = ledger.open_by_document(wanted)
    return {
        row["id"]: OpenInvoice(open_minor=open_minor[row["id"]], **row)
        for row in Document.objects.filter(id__in=wanted).exclude(kind="credit_note").values(*_INVOICE_FIELDS)
    }


def open_credits(
    customer_id: UUID, *, currency: str | None = None, legal_entity_id: UUID | None = None
) -> list[OpenCredit]:
    """Give the payments and credit notes of a customer of which something is left, oldest first."""
    left = dict(ledger.open_of_customer(customer_id, "credit", currency).values_list("item_id", "open_minor"))
    if not left:
        return []
    payments = Payment.objects.filter(id__in=left)
    notes = Document.objects.filter(id__in=left).only(*_NOTE_FIELDS)
    if legal_entity_id:
        payments = payments.filter(legal_entity_id=legal_entity_id)
        notes = notes.filter(legal_entity_id=legal_entity_id)
    found = [_of_payment(payment, left[payment.id]) for payment in payments]
    found += [_of_note(note, left[note.id]) for note in notes]
    return sorted(found, key=lambda credit: (credit.received_on, credit.id))


def _of_payment(payment: Payment, open_minor: int) -> OpenCredit:
    return OpenCredit(
        payment.id,
        "payment",
        payment.received_on,
        payment.reference,
        payment.method,
        payment.currency,
        payment.legal_entity_id,
        payment.amount_minor,
        open_minor,
    )


def _of_note(note: Document, open_minor: int) -> OpenCredit:
    return OpenCredit(
        note.id,
        "credit_note",
        note.issued_on,
        note.number,
        "",
        note.currency,
        note.legal_entity_id,
        note.payable_minor,
        open_minor,
    )


def allocations_of_document(document_id: UUID) -> QuerySet[Allocation]:
    """Give what settled a document and was not undone, the oldest first."""
    return (
        Allocation.objects.filter(document_id=document_id, reversal__isnull=True)
        .select_related("payment", "credit_note")
        .order_by("at", "id")
    )


def allocations_of_payment(payment_id: UUID, *, with_reversed: bool = False) -> QuerySet[Allocation]:
    """Give what a payment settled, the oldest first; what was undone only when asked for."""
    found = Allocation.objects.filter(payment_id=payment_id).select_related("document", "reversal")
    return (found if with_reversed else found.filter(reversal__isnull=True)).order_by("at", "id")


def allocations_of_credit_note(document_id: UUID) -> QuerySet[Allocation]:
    """Give what a credit note settled and was not undone, the oldest first."""
    return (
        Allocation.objects.filter(credit_note_id=document_id, reversal__isnull=True)
        .select_related("document")
        .order_by("at", "id")
    )


def early_discounts_of(document_id: UUID) -> QuerySet[EarlyDiscount]:
    """Give the early-payment discount of a document that stands, if any."""
    return EarlyDiscount.objects.filter(document_id=document_id, entry__reversed_by__isnull=True)


def early_discount_offer(document: Document, on: date) -> EarlyDiscountOffer | None:
    """Tell what a customer may keep when the rest of a document is paid on a day, if anything.

    Source: I-4.
    """
    return early_discount_offers(invoices_by_id([document.id]).values(), on).get(document.id)


def early_discount_offers(invoices: Iterable[OpenInvoice], on: date) -> dict[UUID, EarlyDiscountOffer]:
    """Return what may be kept for paying invoices on a day, with two queries; invoices without an offer are left out.

    The discount is on what an invoice asks for less what was credited since.

    Source: I-4.
    """
    asked = [invoice for invoice in invoices if invoice.open_minor > 0 and _is_in_window(invoice, on)]
    if not asked:
        return {}
    ids = [invoice.id for invoice in asked]
    taken = set(
        EarlyDiscount.objects.filter(document_id__in=ids, entry__reversed_by__isnull=True).values_list(
            "document_id", flat=True
        )
    )
    credited = dict(
        Allocation.objects.filter(document_id__in=ids, reversal__isnull=True, payment__isnull=True)
        .values_list("document_id")
        .annotate(total=Sum("amount_minor"))
    )
    offers = {}
    for invoice in asked:
        discount = _discount(invoice, credited.get(invoice.id, 0), on)
        if discount > 0 and invoice.id not in taken:
            offers[invoice.id] = EarlyDiscountOffer(
                discount, invoice.open_minor - discount, _window_ends(invoice), invoice.early_discount_percent or ZERO
            )
    return offers


def _is_in_window(invoice: OpenInvoice, on: date) -> bool:
    return bool(invoice.early_discount_percent) and on <= _window_ends(invoice)


def _window_ends(invoice: OpenInvoice) -> date:
    return invoice.issued_on + timedelta(days=invoice.early_discount_days or 0)


def _discount(invoice: OpenInvoice, credited_minor: int, on: date) -> int:
    days = invoice.early_discount_days or 0
    terms = PaymentTerms(max(invoice.terms_days, days), (EarlyStep(invoice.early_discount_percent or ZERO, days),))
    return min(
        discount_available(invoice.payable_minor - credited_minor, terms, invoice.issued_on, on), invoice.open_minor
    )


def tax_groups_of(document_id: UUID) -> list[TaxPart]:
    """Give the tax groups of a document as the rules want them."""
    rows = DocumentTax.objects.filter(document_id=document_id).order_by("position")
    return [TaxPart(TaxCategory(row.category), row.rate, row.taxable_minor, row.tax_minor) for row in rows]


def settled_by_payment(ids: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, str, int]]]:
    """Give per payment the documents it settles: id, number, amount."""
    settled: dict[UUID, list[tuple[UUID, str, int]]] = {}
    rows = (
        Allocation.objects.filter(payment_id__in=list(ids), reversal__isnull=True)
        .values_list("payment_id", "document_id", "document__number")
        .annotate(total=Sum("amount_minor"))
        .order_by("payment_id", "document__number")
    )
    for payment_id, document_id, number, total in rows:
        if payment_id is not None:
            settled.setdefault(payment_id, []).append((document_id, number, total))
    return settled
