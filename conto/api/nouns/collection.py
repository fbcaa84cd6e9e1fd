"""Invoices that are charged by themselves: what customers have saved, the attempts, and what did not go through."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Currency, Id, Instant, Minor
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.accounts import queries as accounts
from conto.apps.crm import queries as crm
from conto.apps.invoicing import queries as invoicing
from conto.apps.payments import actions, queries
from conto.domain.collection import CollectionReason, CollectionState
from conto.domain.permissions import Permission
from conto.flows import save_method
from conto.flows.checkout import offered_gateway

router = noun("Collection")
_VIEW, _EDIT = Permission.PAYMENT_VIEW, Permission.PAYMENT_RECORD
State = Annotated[
    str,
    Field(
        description="Empty: the invoice is not charged by itself.",
        examples=["waiting"],
        json_schema_extra={"enum": ["", *(state.value for state in CollectionState)]},
    ),
]
Reason = Annotated[
    str,
    Field(
        description="Why it did not go through, or ended; empty: no reason.",
        examples=["declined"],
        json_schema_extra={"enum": ["", *(reason.value for reason in CollectionReason)]},
    ),
]
Attempts = Annotated[int, Field(description="How often it was tried.", examples=[1])]
NextAt = Annotated[datetime | None, Field(description="When it is tried next.")]


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """What a customer agreed to have saved and charged; the secret that charges it is never told."""

    id: Id
    gateway: Annotated[str, Field(examples=["sandbox"])]
    brand: Annotated[str, Field(examples=["Visa"])]
    last_four: Annotated[str, Field(examples=["4242"])]
    expires_on: Annotated[date | None, Field(description="Its last day.")]
    consent: Annotated[str, Field(description="What the customer agreed to, word for word.")]
    consent_version: Annotated[str, Field(examples=["2026-11"])]
    agreed_at: Instant
    saved_at: datetime | None
    removed_at: Annotated[datetime | None, Field(description="Since then it is charged no more.")]
    forgotten_at: Annotated[datetime | None, Field(description="When the gateway confirmed that it forgot it.")]


@dataclass(frozen=True, slots=True)
class ChargeAttempt:
    """An attempt to charge an invoice."""

    id: Id
    attempt: Annotated[int, Field(examples=[1])]
    state: Annotated[str, Field(examples=["succeeded"])]
    amount_minor: Minor
    currency: Currency
    brand: Annotated[str, Field(examples=["Visa"])]
    last_four: Annotated[str, Field(examples=["4242"])]
    failure_code: Annotated[str, Field(examples=[""])]
    failure: str
    begun_at: Instant
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CollectionStanding:
    """How far the charging of an invoice is, with its attempts, the latest first."""

    state: State
    reason: Reason
    failure: Annotated[str, Field(description="As the gateway, or the mail, said it last.")]
    attempts: Attempts
    next_at: NextAt
    told_at: Annotated[datetime | None, Field(description="When the customer was asked to pay by hand.")]
    charges: list[ChargeAttempt]


@dataclass(frozen=True, slots=True)
class FailedCollection:
    """An open invoice whose charge did not go through."""

    document_id: Id
    number: Annotated[str, Field(examples=["INV-2026-00042"])]
    customer_id: Id
    customer_name: str
    currency: Currency
    open_minor: Minor
    state: State
    reason: Reason
    attempts: Attempts
    next_at: NextAt


@reads(router, "/customers/{uuid:customer_id}/payment-methods", needs=_VIEW, gives=list[SavedMethod])
def list_payment_methods(request: HttpRequest, customer_id: UUID) -> Any:
    """List what a customer has saved, and had, the latest first."""
    member = caller_of(request).member
    customer = found(crm.customer_for(member, customer_id))
    names = [each.name for each in fields(SavedMethod)]
    return [
        SavedMethod(**{name: getattr(row, name) for name in names}) for row in queries.methods_for(member, customer.id)
    ]


@writes(
    router, "/customers/{uuid:customer_id}/payment-methods/{uuid:method_id}", method="DELETE", needs=_EDIT
)  # fmt: skip
def remove_payment_method(request: HttpRequest, customer_id: UUID, method_id: UUID) -> None:
    """Remove what a customer has saved: it is charged no more, here and at the gateway."""
    caller = caller_of(request)
    customer = found(crm.customer_for(caller.member, customer_id))
    method = found(queries.methods_for(caller.member, customer.id).filter(id=method_id).first())
    save_method.remove(method, actor=caller.actor, at=caller.at)


@reads(router, "/collections/failed", needs=_VIEW, gives=list[FailedCollection])
def list_failed_collections(request: HttpRequest) -> Any:
    """List the open invoices whose charge did not go through, those that are tried next first; at most fifty."""
    rows = queries.in_trouble(caller_of(request).member)
    return [
        FailedCollection(**{each.name: getattr(row, each.name) for each in fields(FailedCollection)}) for row in rows
    ]


@reads(router, "/documents/{uuid:document_id}/collection", needs=_VIEW, gives=CollectionStanding)
def get_collection(request: HttpRequest, document_id: UUID) -> Any:
    """Get how far the charging of an invoice is."""
    document = found(invoicing.document_for(caller_of(request).member, document_id))
    row = queries.collection_of(document.id)
    if row is None:
        return CollectionStanding("", "", "", 0, None, None, [])
    charges = [
        ChargeAttempt(
            each.checkout_id, each.attempt, each.checkout.state, each.checkout.amount_minor, each.checkout.currency,
            each.method.brand, each.method.last_four, each.checkout.failure_code, each.checkout.failure,
            each.begun_at, each.ended_at,
        )
        for each in queries.charges_of(document.id)
    ]  # fmt: skip
    return CollectionStanding(row.state, row.reason, row.failure, row.attempts, row.next_at, row.told_at, charges)


@writes(router, "/documents/{uuid:document_id}/collection/charge", needs=_EDIT, gives=CollectionStanding)
def charge_document(request: HttpRequest, document_id: UUID) -> Any:
    """Charge what is open of an invoice to what its customer has saved; a job does it within minutes."""
    caller = caller_of(request)
    document = found(invoicing.document_for(caller.member, document_id))
    gateway = offered_gateway(accounts.business())
    actions.ask_to_collect(document=document, gateway=gateway, actor=caller.actor, at=caller.at)
    return get_collection(request, document_id)


@writes(router, "/documents/{uuid:document_id}/collection/stop", needs=_EDIT, gives=CollectionStanding)
def stop_charging_document(request: HttpRequest, document_id: UUID) -> Any:
    """Charge an invoice no more, as when it is disputed; it stays open."""
    caller = caller_of(request)
    document = found(invoicing.document_for(caller.member, document_id))
    actions.stop_collecting(document=document, actor=caller.actor, at=caller.at)
    return get_collection(request, document_id)
