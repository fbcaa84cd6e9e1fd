"""What a help desk elsewhere shows beside a conversation: how a customer stands now, as far as the key may see it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Id, Instant, Minor
from conto.api.nouns.customers import record
from conto.api.operations import noun, reads
from conto.apps.payments import queries
from conto.domain.permissions import Permission

router = noun("Customers")


@dataclass(frozen=True, slots=True)
class StandingNow:
    """What a customer owes now in one currency."""

    currency: Currency
    owed_minor: Minor
    late_minor: Minor
    late_count: int
    oldest_due_on: date | None
    credit_minor: Minor


@dataclass(frozen=True, slots=True)
class ContextDocument:
    """One of the last documents."""

    id: Id
    kind: Annotated[str, Field(examples=["invoice"])]
    number: Annotated[str, Field(examples=["INV-2026-00001"])]
    issued_on: date | None
    due_on: date | None
    currency: Currency
    payable_minor: Minor
    open_minor: Minor
    state: Annotated[str, Field(examples=["open"])]


@dataclass(frozen=True, slots=True)
class ContextCredit:
    """One of the last credit notes."""

    id: Id
    number: Annotated[str, Field(examples=["CN-2026-00001"])]
    issued_on: Day
    currency: Currency
    payable_minor: Minor


@dataclass(frozen=True, slots=True)
class ContextQuestion:
    """What the customer asks about a document and nobody answered yet."""

    document_id: Id
    document_number: str
    asked_at: Instant
    text: str


@dataclass(frozen=True, slots=True)
class ContextPayment:
    """One of the last payments."""

    id: Id
    received_on: Day
    currency: Currency
    amount_minor: Minor
    method: Annotated[str, Field(examples=["bank_transfer"])]


@dataclass(frozen=True, slots=True)
class ContextSubscription:
    """A subscription that runs or will."""

    id: Id
    number: str
    title: str
    state: Annotated[str, Field(examples=["active"])]
    currency: Currency
    monthly_minor: Minor
    next_bill_on: date | None


@dataclass(frozen=True, slots=True)
class ContextPurchase:
    """What was bought most within two years, before tax, credit notes taken off."""

    name: str
    item_id: UUID | None
    currency: Currency
    net_minor: Minor
    last_on: Day


@dataclass(frozen=True, slots=True)
class ContextContact:
    """When somebody of us and the customer last spoke or wrote."""

    kind: Annotated[str, Field(description="call, letter_in, letter_out, meeting, task or note.", examples=["call"])]
    at: Instant
    by: str
    about: str


@dataclass(frozen=True, slots=True)
class ContextConsent:
    """How many people there agreed to something, of all of them."""

    purpose: Annotated[str, Field(examples=["news"])]
    people: int
    of: int


@dataclass(frozen=True, slots=True)
class CustomerContext:
    """How a customer stands now. What is null is not for this key to see."""

    customer_id: Id
    name: str
    language: Annotated[str, Field(examples=["de"])]
    currency: Currency
    terms_days: int | None
    delivery_method: Annotated[str, Field(examples=["email_pdf"])]
    standings: Annotated[list[StandingNow] | None, Field(description="Needs invoice:view.")]
    days_to_pay: Annotated[int | None, Field(description="Mean of twelve months. Needs invoice:view.")]
    documents: Annotated[list[ContextDocument] | None, Field(description="Needs invoice:view.")]
    credit_notes: Annotated[list[ContextCredit] | None, Field(description="Needs invoice:view.")]
    questions: Annotated[list[ContextQuestion] | None, Field(description="Needs invoice:view.")]
    purchases: Annotated[list[ContextPurchase] | None, Field(description="Needs invoice:view.")]
    payments: Annotated[list[ContextPayment] | None, Field(description="Needs payment:view.")]
    subscriptions: Annotated[list[ContextSubscription] | None, Field(description="Needs subscription:view.")]
    contacts: Annotated[list[ContextContact], Field(description="Letters need letter:view, activities deal:view.")]
    consents: list[ContextConsent]


@reads(router, "/customers/{uuid:customer_id}/context", needs=Permission.CUSTOMER_VIEW, gives=CustomerContext)
def get_customer_context(request: HttpRequest, customer_id: UUID) -> Any:
    """Get what there is to know of a customer beside a conversation.

    Money, papers, payments, subscriptions, purchases, last contacts and preferences, each as far as the key may see it:
    a part that it may not see is null.
    """
    caller = caller_of(request)
    row = record(request, customer_id)
    known = queries.beside(caller.member, row, today=caller.today, may=caller.may)
    papers = _of_papers(known)
    return CustomerContext(
        customer_id=row.id, name=row.name, language=row.language, currency=row.currency, terms_days=row.terms_days,
        delivery_method=row.delivery_method, **papers,
        payments=None if known.payments is None else [
            ContextPayment(each.id, each.received_on, each.currency, each.amount_minor, each.method)
            for each in known.payments
        ],
        subscriptions=None if known.subscriptions is None else [
            ContextSubscription(
                each.id, each.number, each.title, each.standing.state, each.currency, each.standing.monthly_minor,
                each.next_bill_on,
            )
            for each in known.subscriptions
        ],
        contacts=[ContextContact(each.kind, each.at, each.by, each.about) for each in known.contacts],
        consents=[ContextConsent(each.purpose, each.people, each.of) for each in known.agreed],
    )  # fmt: skip


def _of_papers(known: queries.Beside) -> dict[str, Any]:
    """Return the parts that need the permission to see invoices."""
    names = ("standings", "days_to_pay", "documents", "credit_notes", "questions", "purchases")
    if known.standing is None:
        return dict.fromkeys(names)
    return dict(zip(names, (
        [
            StandingNow(each.currency, each.owed_minor, each.late_minor, each.late_count, each.oldest_due_on,
                        each.credit_minor)
            for each in known.standing.standings
        ],
        known.standing.days_to_pay,
        [
            ContextDocument(each.id, each.kind, each.number, each.issued_on, each.due_on, each.currency,
                            each.payable_minor, each.open_minor, each.state)
            for each in known.documents or ()
        ],
        [
            ContextCredit(each.id, each.number, each.issued_on, each.currency, each.payable_minor)
            for each in known.credit_notes or ()
        ],
        [
            ContextQuestion(each.document_id, each.document.number, each.asked_at, each.body)
            for each in known.questions or ()
        ],
        [
            ContextPurchase(each.name, each.item_id, each.currency, each.net_minor, each.last_on)
            for each in known.bought or ()
        ],
    ), strict=True))  # fmt: skip
