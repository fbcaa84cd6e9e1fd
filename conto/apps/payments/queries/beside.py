"""What who talks with a customer should know of them now: money, papers, what they bought, the last contacts.

Each part is there only for who may see it: nothing, not even a nought, stands for what is not to be seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Case, F, Max, Sum, Value, When
from django.db.models.functions import Coalesce

from conto.apps.accounts.models import Member
from conto.apps.audit import queries as audit
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Customer
from conto.apps.deals import queries as deals
from conto.apps.invoicing import queries as invoicing
from conto.apps.invoicing.models import Document, DocumentLine, Question
from conto.apps.invoicing.queries import DocumentRow
from conto.apps.payments.models import Payment
from conto.apps.payments.queries.lists import payments
from conto.apps.payments.queries.relation import Relation, relation_of
from conto.apps.subscriptions import queries as subscriptions
from conto.apps.subscriptions.queries import SubscriptionRow
from conto.domain.consent import Purpose
from conto.domain.permissions import Permission

MOST_PAPERS = 5
MOST = 3
BOUGHT_DAYS = 730
# The facts that tell of a contact, and what has to be seen for each.
_CONTACTS: dict[str, Permission | None] = {
    "call_logged": None, "letter_received": Permission.LETTER_VIEW, "letter_written": Permission.LETTER_VIEW,
    "letter_copied": Permission.LETTER_VIEW, "activity_done": Permission.DEAL_VIEW,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LastContact:
    """When somebody of us and the customer last spoke or wrote."""

    kind: str  # call | letter_in | letter_out | meeting | task | note
    at: datetime
    by: str  # who of us, or who wrote to us
    about: str
    thread_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """What a customer bought most, by what it came to before tax, credit notes taken off."""

    name: str
    item_id: UUID | None
    currency: str
    net_minor: int
    last_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """How many of the people there agreed to something, of all of them."""

    purpose: Purpose
    people: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is known of a customer beside a conversation; a part that is nothing is not to be seen."""

    customer: Customer
    standing: Relation | None
    documents: tuple[DocumentRow, ...] | None
    credit_notes: tuple[Document, ...] | None
    questions: tuple[Question, ...] | None  # of papers, that wait for an answer
    bought: tuple[Bought, ...] | None
    payments: tuple[Payment, ...] | None
    subscriptions: tuple[SubscriptionRow, ...] | None
    contacts: tuple[LastContact, ...]
    agreed: tuple[Agreed, ...]


def beside(
    member: Member, customer: Customer, *, today: date, may: Callable[[Permission], bool] | None = None
) -> Beside:
    """Return what a member may know of a customer whom they see, with a constant number of queries.

    `may` is what a key may, which can be less than its member.

    Source: V-7.
    """
    may = may or member.may
    sees_papers, sees_payments = may(Permission.INVOICE_VIEW), may(Permission.PAYMENT_VIEW)
    running = subscriptions.of_customer(member, customer.id, today) if may(Permission.SUBSCRIPTION_VIEW) else None
    return Beside(
        customer=customer,
        standing=relation_of(customer.id, today) if sees_papers else None,
        documents=_documents(member, customer, today) if sees_papers else None,
        credit_notes=_credit_notes(member, customer) if sees_papers else None,
        questions=tuple(invoicing.open_questions(member).filter(customer=customer)[:MOST]) if sees_papers else None,
        bought=_bought(customer, today) if sees_papers else None,
        payments=tuple(payments(member).filter(customer=customer)[:MOST]) if sees_payments else None,
        subscriptions=running,
        contacts=_contacts(member, customer, may),
        agreed=_agreed(customer),
    )


def _documents(member: Member, customer: Customer, today: date) -> tuple[DocumentRow, ...]:
    return invoicing.document_page(member, today=today, customer_id=customer.id, limit=MOST_PAPERS).rows


def _credit_notes(member: Member, customer: Customer) -> tuple[Document, ...]:
    found = invoicing.documents(member).filter(customer=customer, kind="credit_note")
    return tuple(found.select_related("corrects")[:MOST])


def _bought(customer: Customer, today: date) -> tuple[Bought, ...]:
    """Return what came to most within two years, in each currency together by item, or by name where there is none."""
    net = Case(
        When(document__kind="credit_note", then=F("net_minor") * Value(-1)), default=F("net_minor"),
        output_field=BigIntegerField(),
    )  # fmt: skip
    lines = DocumentLine.objects.filter(
        document__customer=customer, document__issued_on__gt=today - timedelta(days=BOUGHT_DAYS)
    ).exclude(document__kind="deposit")
    rows = lines.values("item_id", called=Coalesce("item__name", "name"), currency=F("document__currency"))
    sums = rows.annotate(net=Sum(net), last_on=Max("document__issued_on")).filter(net__gt=0).order_by("-net", "called")
    return tuple(
        Bought(
            name=row["called"], item_id=row["item_id"], currency=row["currency"], net_minor=int(row["net"]),
            last_on=row["last_on"],
        )
        for row in sums[:MOST_PAPERS]
    )  # fmt: skip


def _contacts(member: Member, customer: Customer, may: Callable[[Permission], bool]) -> tuple[LastContact, ...]:
    kinds = [kind for kind, needs in _CONTACTS.items() if needs is None or may(needs)]
    rows = deals.facts_seen(member, audit.facts_of_customer(customer.id).filter(kind__in=kinds), customer.id)
    return tuple(_contact(row.kind, row.at, row.actor_name, row.body) for row in rows[:MOST_PAPERS])


def _contact(kind: str, at: datetime, by: str, body: dict[str, Any]) -> LastContact:
    thread_id = UUID(body["thread_id"]) if body.get("thread_id") else None
    if kind == "letter_received":
        return LastContact(kind="letter_in", at=at, by=body["sender"], about=body["subject"], thread_id=thread_id)
    if kind == "call_logged":
        return LastContact(kind="call", at=at, by=by, about=" ".join(body["text"].split())[:200])
    if kind == "activity_done":
        return LastContact(kind=body["activity_kind"], at=at, by=by, about=body["title"])
    return LastContact(kind="letter_out", at=at, by=by, about=body["subject"], thread_id=thread_id)


def _agreed(customer: Customer) -> tuple[Agreed, ...]:
    people: Sequence[UUID] = list(crm.contacts_of(customer).values_list("id", flat=True))
    held = {purpose: crm.in_force(people, purpose) for purpose in Purpose}
    return tuple(Agreed(purpose=purpose, people=sum(held[purpose].values()), of=len(people)) for purpose in Purpose)
