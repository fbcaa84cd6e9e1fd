"""Payments: received, put to invoices, taken off them, given back."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Above0, Currency, Day, Entry, Flag, Id, Instant, Minor
from conto.api.idempotency import repeatable
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.accounts import queries as accounts
from conto.apps.crm import queries as crm
from conto.apps.invoicing import queries as invoicing
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions, queries
from conto.domain.ids import new_id
from conto.domain.permissions import Permission
from conto.flows import refund_payment, take_payment

router = noun("Payments")
_VIEW = Permission.PAYMENT_VIEW
Method = Literal["bank_transfer", "card", "cash", "cheque", "direct_debit", "other"]
MethodWord = Annotated[str, Field(examples=["bank_transfer"])]
Reference = Annotated[str, Field(max_length=200, examples=["INV-2026-00042"])]


@dataclass(frozen=True, slots=True)
class Settled:
    """A document that a payment settled, and by how much."""

    document_id: Id
    number: Annotated[str, Field(examples=["INV-2026-00042"])]
    amount_minor: Minor


@dataclass(frozen=True, slots=True)
class PaymentSummary:
    """A payment in a list."""

    id: Id
    received_on: Day
    customer_id: Id
    customer_name: str
    method: MethodWord
    reference: str
    currency: Currency
    amount_minor: Minor
    open_minor: Annotated[Minor, Field(description="What is left as the customer's credit.")]
    settles: list[Settled]


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of a payment or credit note that settles a part of an invoice."""

    id: Id
    payment_id: UUID | None
    credit_note_id: UUID | None
    document_id: Id
    amount_minor: Minor
    allocated_on: Day
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back. `gateway_state` is empty for one by hand."""

    id: Id
    payment_id: UUID | None
    credit_note_id: UUID | None
    amount_minor: Minor
    currency: Currency
    method: MethodWord
    refunded_on: Day
    reason: str
    gateway_state: Annotated[str, Field(examples=["succeeded"])]


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received from a customer, with what it settled and what went back."""

    id: Id
    customer_id: Id
    legal_entity_id: Id
    method: MethodWord
    amount_minor: Minor
    currency: Currency
    received_on: Day
    recorded_at: Instant
    reference: str
    note: str
    gateway: str
    open_minor: Minor
    allocations: list[Allocation]
    refunds: list[Refund]


class PartEntry(Entry):
    """How much of a payment settles an invoice."""

    document_id: Id
    amount_minor: Above0


class PaymentEntry(Entry):
    """A payment that arrived."""

    customer_id: Id
    method: Method
    amount_minor: Above0
    currency: Currency
    received_on: Day
    legal_entity_id: Annotated[Id | None, Field(description="Nothing: the default seller.")] = None
    reference: Reference = ""
    note: Annotated[str, Field(max_length=500)] = ""
    allocate: Annotated[
        Literal["oldest", "parts", "nothing"],
        Field(description="The earliest due invoices first, the `parts`, or all stays the customer's credit."),
    ] = "oldest"
    parts: Annotated[list[PartEntry], Field(max_length=500)] = []
    discounts: Annotated[
        list[Id], Field(max_length=500, description="Invoices whose rest is the discount for paying early.")
    ] = []
    with_receipt: Annotated[Flag, Field(description="Write the receipt to the customer.")] = False


class RefundEntry(Entry):
    """What is given back and why."""

    amount_minor: Above0
    method: Method
    refunded_on: Annotated[Day | None, Field(description="Nothing: today.", examples=[None])] = None
    reason: Annotated[str, Field(max_length=300, examples=["Returned goods"])] = ""


class PaymentFilters(paging.Paged):
    """Which payments a list shows."""

    view: Annotated[Literal["all", "unallocated"], Field(description="Those with something left only.")] = "all"
    customer_id: UUID | None = None
    method: Annotated[str, Field(max_length=20)] = ""


@reads(router, "/payments", needs=_VIEW, gives=paging.Page[PaymentSummary])
def list_payments(request: HttpRequest, filters: Query[PaymentFilters]) -> Any:
    """List payments, the latest first."""
    page = queries.payment_page(
        caller_of(request).member,
        view=filters.view,
        customer_id=filters.customer_id,
        method=filters.method,
        cursor=paging.read(filters.cursor, str)[0] if filters.cursor else "",
        limit=filters.limit,
    )
    rows = [
        PaymentSummary(
            row.id, row.received_on, row.customer_id, row.customer_name, row.method, row.reference, row.currency,
            row.amount_minor, row.open_minor, [Settled(*each) for each in row.settles],
        )
        for row in page.rows
    ]  # fmt: skip
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


@reads(router, "/payments/{uuid:payment_id}", needs=_VIEW, gives=Payment, is_record=True)
def get_payment(request: HttpRequest, payment_id: UUID) -> Any:
    """Get a payment with what it settled and what went back."""
    return shape_of(request, payment_id)


_SAME = (
    "id", "customer_id", "legal_entity_id", "method", "amount_minor", "currency", "received_on", "recorded_at",
    "reference", "note", "gateway",
)  # fmt: skip


def shape_of(request: HttpRequest, payment_id: UUID) -> Payment:
    """Return a payment as the API gives it."""
    row = record(request, payment_id)
    return Payment(
        **{name: getattr(row, name) for name in _SAME},
        open_minor=ledger.open_minor(row.id),
        allocations=[_allocation(each) for each in queries.allocations_of_payment(row.id, with_reversed=True)],
        refunds=[_refund(each) for each in queries.refunds_of_payment(row.id)],
    )


def record(request: HttpRequest, payment_id: UUID) -> Any:
    """Return the payment that an operation is about."""
    return found(queries.payment_for(caller_of(request).member, payment_id))


def _allocation(row: Any) -> Allocation:
    return Allocation(
        row.id, row.payment_id, row.credit_note_id, row.document_id, row.amount_minor, row.allocated_on,
        hasattr(row, "reversal"),
    )  # fmt: skip


def _refund(row: Any) -> Refund:
    state = row.at_gateway.state if hasattr(row, "at_gateway") else ""
    return Refund(
        row.id, row.payment_id, row.credit_note_id, row.amount_minor, row.currency, row.method, row.refunded_on,
        row.reason, state,
    )  # fmt: skip


def _new_id(request: HttpRequest, what: str) -> UUID:
    """Return the id of what this request makes: the same one each time it is sent under its idempotency key."""
    named = repeatable(request)
    return named.id_of(what) if named else new_id()


@writes(router, "/payments", needs=Permission.PAYMENT_RECORD, gives=Payment, status=201)
def record_payment(request: HttpRequest, payment: PaymentEntry) -> Any:
    """Record a payment that arrived, and put it to invoices."""
    caller = caller_of(request)
    customer = found(crm.customer_for(caller.member, payment.customer_id))
    entities = accounts.legal_entities()
    chosen = entities.filter(id=payment.legal_entity_id) if payment.legal_entity_id else entities
    wanted: dict[str, Any] = {
        "oldest": "oldest",
        "nothing": None,
        "parts": [(part.document_id, part.amount_minor) for part in payment.parts],
    }
    for part in payment.parts:
        found(invoicing.document_for(caller.member, part.document_id))
    made = take_payment.take(
        take_payment.PaymentEntry(
            id=_new_id(request, "payment"),
            method=payment.method,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            received_on=payment.received_on,
            reference=payment.reference,
            note=payment.note,
            allocate_to=wanted[payment.allocate],
            discounts=frozenset(payment.discounts),
        ),
        customer=customer,
        legal_entity=found(chosen.first()),
        with_receipt=payment.with_receipt,
        actor=caller.actor,
        at=caller.at,
    )
    return shape_of(request, made.id)


@writes(
    router,
    "/payments/{uuid:payment_id}/allocations",
    needs=Permission.PAYMENT_ALLOCATE,
    gives=Allocation,
    status=201,
)
def allocate_payment(request: HttpRequest, payment_id: UUID, part: PartEntry) -> Any:
    """Let what is left of a payment settle an invoice."""
    caller = caller_of(request)
    made = actions.allocate(
        payment=record(request, payment_id),
        document=found(invoicing.document_for(caller.member, part.document_id)),
        amount_minor=part.amount_minor,
        actor=caller.actor,
        at=caller.at,
    )
    return _allocation(made)


@writes(router, "/allocations/{uuid:allocation_id}", method="DELETE", needs=Permission.PAYMENT_ALLOCATE)
def reverse_allocation(request: HttpRequest, allocation_id: UUID) -> Any:
    """Take a payment off an invoice: the invoice is open again, the customer has the credit again."""
    caller = caller_of(request)
    row = found(queries.allocation_for(caller.member, allocation_id))
    actions.reverse_allocation(allocation=row, actor=caller.actor, at=caller.at)


@writes(
    router, "/allocations/{uuid:allocation_id}/restore", needs=Permission.PAYMENT_ALLOCATE, gives=Allocation, status=201
)
def restore_allocation(request: HttpRequest, allocation_id: UUID) -> Any:
    """Put a payment back on the invoice that it was taken off, with the discount for paying early if it is due."""
    caller = caller_of(request)
    row = found(queries.allocation_for(caller.member, allocation_id))
    return _allocation(take_payment.allocate_again(row, actor=caller.actor, at=caller.at))


@writes(
    router,
    "/payments/{uuid:payment_id}/refunds",
    needs=Permission.PAYMENT_REFUND,
    gives=Refund,
    status=201,
    is_outside=True,
)
def pay_back(request: HttpRequest, payment_id: UUID, refund: RefundEntry) -> Any:
    """Give money back: taken off invoices where it must be, then asked of the payment provider.

    Under an idempotency key the refund has the same id however often it is sent, so that it is paid once.
    """
    caller = caller_of(request)
    made = refund_payment.refund(
        record(request, payment_id),
        refund_id=_new_id(request, "refund"),
        amount_minor=refund.amount_minor,
        method=refund.method,
        refunded_on=refund.refunded_on or caller.today,
        reason=refund.reason,
        actor=caller.actor,
        at=caller.at,
    )
    return _refund(found(queries.refunds_of_payment(payment_id).filter(id=made.id).first()))


class RefundFilters(paging.Paged):
    """Which refunds a list shows."""

    customer_id: UUID | None = None


@reads(router, "/refunds", needs=_VIEW, gives=paging.Page[Refund])
def list_refunds(request: HttpRequest, filters: Query[RefundFilters]) -> Any:
    """List refunds, the latest first."""
    rows = queries.refunds(caller_of(request).member).select_related("at_gateway")
    if filters.customer_id:
        rows = rows.filter(customer_id=filters.customer_id)
    return paging.keyset(rows, filters, by=("refunded_on", "id"), kinds=(date.fromisoformat, UUID), shape=_refund)


@writes(router, "/payments/{uuid:payment_id}/receipt", needs=Permission.PAYMENT_RECORD, gives=Payment)
def send_receipt(request: HttpRequest, payment_id: UUID) -> Any:
    """Write the receipt of a payment to the customer."""
    caller = caller_of(request)
    take_payment.write_receipt(record(request, payment_id), actor=caller.actor, at=caller.at)
    return shape_of(request, payment_id)
