"""Take a payment: recorded and allocated, the discount for paying early taken, the receipt written, at one stroke."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from babel.dates import format_date
from babel.numbers import format_currency
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.crm import queries as crm
from conto.apps.messaging import actions as messaging
from conto.apps.payments import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.domain.money import to_major
from conto.flows.answer_customer import who_looks_after

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity
    from conto.apps.crm.models import Customer
    from conto.apps.payments.models import Allocation, Payment
    from conto.apps.payments.queries import EarlyDiscountOffer, OpenInvoice


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEntry:
    """A payment as somebody typed it. `id` makes a form that is sent twice one payment."""

    id: UUID
    method: str
    amount_minor: int
    currency: str
    received_on: date
    reference: str = ""
    note: str = ""
    allocate_to: Sequence[tuple[UUID, int]] | Literal["oldest"] | None = "oldest"
    discounts: frozenset[UUID] = frozenset()  # invoices whose rest is the discount for paying early


@transaction.atomic
def take(
    entry: PaymentEntry,
    *,
    customer: "Customer",
    legal_entity: "LegalEntity",
    actor: Actor,
    at: datetime,
    with_receipt: bool = False,
) -> "Payment":
    """Record a payment by hand with all that belongs to it.

    Raises: RuleBroken of `payments.receive_payment` and `payments.take_early_discount`.
    """
    known = queries.payment(entry.id)
    if known is not None:
        return known
    payment = actions.receive_payment(
        customer=customer,
        legal_entity=legal_entity,
        method=entry.method,
        amount_minor=entry.amount_minor,
        currency=entry.currency,
        received_on=entry.received_on,
        reference=entry.reference,
        note=entry.note,
        allocate_to=entry.allocate_to,
        payment_id=entry.id,
        actor=actor,
        at=at,
    )
    for allocation in queries.allocations_of_payment(payment.id):
        if allocation.document_id in entry.discounts:
            actions.take_early_discount(document=allocation.document, payment=payment, actor=actor, at=at)
    if with_receipt:
        write_receipt(payment, actor=actor, at=at)
    return payment


def write_receipt(payment: "Payment", *, actor: Actor, at: datetime) -> bool:
    """Put the receipt for the customer into the outbox; tell whether there is an address for it."""
    profile = crm.billing_profile(payment.customer)
    recipients = list(profile.recipients)
    if not recipients:
        return False
    language = payment.customer.language
    with translation.override(language):
        subject, text = _receipt(payment, language)
    messaging.write_mail(
        customer=payment.customer,
        purpose="receipt",
        subject_id=payment.id,
        to_address=recipients[0],
        subject=subject,
        text=text,
        language=language,
        actor=actor,
        at=at,
    )
    return True


def tell_of_online_payment(payment: "Payment", *, at: datetime) -> None:
    """Write the receipt for the customer and a note to the customer's owner, or to the owners of the business."""
    write_receipt(payment, actor=SYSTEM, at=at)
    for member in who_looks_after(payment.customer):
        with translation.override(member.language):
            known = {**_known(payment, member.language), "customer": payment.customer.name}
            subject = _("%(customer)s paid %(amount)s") % known
            text = _("%(customer)s paid %(amount)s online on %(day)s.\n\n%(settled)s\n%(page)s") % known
        try:
            messaging.write_mail(
                customer=payment.customer,
                purpose="payment_note",
                subject_id=payment.id,
                to_address=member.email,
                subject=subject,
                text=text,
                language=member.language,
                actor=SYSTEM,
                at=at,
            )
        except RuleBroken:
            continue  # a member without a usable address is not told, the payment stands


def _receipt(payment: "Payment", language: str) -> tuple[str, str]:
    known = _known(payment, language)
    subject = _("Receipt: %(amount)s received, thank you") % known
    text = (
        _(
            "Hello,\n\nwe received %(amount)s on %(day)s (%(method)s). Thank you.\n\n%(settled)s\n"
            "Kind regards\n%(seller)s"
        )
        % known
    )
    return subject, text


def _known(payment: "Payment", language: str) -> dict[str, str]:
    def amount(minor: int) -> str:
        return format_currency(to_major(minor, payment.currency), payment.currency, locale=language)

    settled = queries.settled_by_payment([payment.id]).get(payment.id, [])
    left = payment.amount_minor - sum(minor for _id, _number, minor in settled)
    open_minor = _open_of([document_id for document_id, _number, _minor in settled])
    lines = []
    for document_id, number, minor in settled:
        words = {"number": number, "amount": amount(minor), "open": amount(open_minor[document_id])}
        lines.append(
            _("%(number)s: %(amount)s, still open %(open)s") % words
            if open_minor[document_id]
            else _("%(number)s: %(amount)s, paid in full") % words
        )
    if left > 0:
        lines.append(_("Kept as your credit: %(amount)s") % {"amount": amount(left)})
    return {
        "amount": amount(payment.amount_minor),
        "day": format_date(payment.received_on, format="long", locale=language),
        "method": method_word(payment.method),
        "seller": payment.legal_entity.name,
        "settled": "".join(f"{line}\n" for line in lines),
        "page": f"{settings.PUBLIC_URL}/payments/{payment.id}",
    }


def _open_of(document_ids: list[UUID]) -> dict[UUID, int]:
    return {document_id: invoice.open_minor for document_id, invoice in queries.invoices_by_id(document_ids).items()}


def method_word(method: str) -> str:
    """Return the word for a way to pay in the active language."""
    return {
        "bank_transfer": _("bank transfer"),
        "card": _("card"),
        "cash": _("cash"),
        "cheque": _("cheque"),
        "direct_debit": _("direct debit"),
        "other": _("other"),
    }[method]


@dataclass(frozen=True, slots=True)
class SuggestedPart:
    """What a payment could settle of one invoice."""

    invoice: "OpenInvoice"
    part_minor: int
    offer: "EarlyDiscountOffer | None"
    takes_discount: bool

    @property
    def rest_minor(self) -> int:
        """What stays open of the invoice."""
        return 0 if self.takes_discount else self.invoice.open_minor - self.part_minor


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How a payment could be shared over what a customer has open."""

    parts: tuple[SuggestedPart, ...]
    left_minor: int  # stays the customer's credit

    @property
    def short_minor(self) -> int:
        """What stays open of the invoices that the payment touches."""
        return sum(part.rest_minor for part in self.parts if part.part_minor)


def suggest(
    customer_id: UUID,
    *,
    currency: str,
    legal_entity_id: UUID,
    amount_minor: int,
    received_on: date,
    first: UUID | None = None,
) -> Suggestion:
    """Return how a payment would be shared: the invoice it was begun from first, then the earliest due.

    A payment that is short by no more than the discount for paying early settles its invoice.
    """
    invoices = queries.open_invoices(customer_id, currency=currency, legal_entity_id=legal_entity_id)
    invoices.sort(key=lambda invoice: invoice.id != first)
    offers = queries.early_discount_offers(invoices, received_on)
    left, parts = amount_minor, []
    for invoice in invoices:
        offer = offers.get(invoice.id)
        part = min(left, invoice.open_minor)
        takes = offer is not None and 0 < part < invoice.open_minor and part >= offer.enough_minor
        left -= part
        parts.append(SuggestedPart(invoice, part, offer, takes))
    return Suggestion(tuple(parts), left)


@transaction.atomic
def allocate_again(allocation: "Allocation", *, actor: Actor, at: datetime) -> "Allocation":
    """Put a credit back on the invoice it was taken off, and take the discount for paying early again if it is due.

    Raises: RuleBroken of `payments.allocate` when something else has used the credit or settled the invoice since.
    """
    document, payment = allocation.document, allocation.payment
    made = actions.allocate(
        payment=payment,
        credit_note=allocation.credit_note,
        document=document,
        amount_minor=allocation.amount_minor,
        actor=actor,
        at=at,
    )
    if payment is not None and payment.early_discounts.filter(document=document).exists():
        offer = queries.early_discount_offer(document, payment.received_on)
        if offer is not None and offer.enough_minor <= 0:
            actions.take_early_discount(document=document, payment=payment, actor=actor, at=at)
    return made
