"""Customers pay: by transfer, on their page, in parts, too much, early with the discount, late, or never."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from conto.apps.ledger import queries as ledger
from conto.apps.payments import queries
from conto.flows import checkout, refund_payment
from conto.flows.take_payment import PaymentEntry, take
from conto.gateways.payment.sandbox.near import NearEvent
from conto.jobs.simulation.company import Company, Issued, Part

if TYPE_CHECKING:
    from conto.apps.payments.models import Payment

NEVER_DAYS = 300
REST_AFTER_DAYS = 9
GIVEN_BACK_AFTER_DAYS = 4
GOOD_CARD, EMPTY_CARD, SILENT_CARD = "4242424242424242", "4000000000009995", "4000000000000119"


class Paying(Part):
    """What customers pay for their documents."""

    def issued(self, document: Issued) -> None:
        """Plan how a document is paid."""
        company, number, habits = self.company, document.number, document.habits
        if document.kind == "credit_note" or habits.pays_after_days >= NEVER_DAYS or not document.payable_minor:
            return
        dice = company.chance("pay", number)
        day = document.issued_at.date() + timedelta(days=max(1, habits.pays_after_days + dice.randint(-3, 4)))
        at = company.moment(day, "pay", number)
        way = dice.random() * 100
        if way < habits.card_percent:
            company.on(at, f"card {number}", lambda at: self._by_card(document, at))
        elif way < habits.card_percent + habits.part_percent:
            percent = dice.randint(30, 70)
            company.on(at, f"part {number}", lambda at: self._by_transfer(document, at, percent), may_repeat=True)
            rest_at = at + timedelta(days=REST_AFTER_DAYS)
            company.on(rest_at, f"rest {number}", lambda at: self._by_transfer(document, at), may_repeat=True)
        elif way < habits.card_percent + habits.part_percent + habits.over_percent:
            extra = dice.choice([100, 1000, 5000])
            company.on(at, f"over {number}", lambda at: self._by_transfer(document, at, extra=extra), may_repeat=True)
            back_at = at + timedelta(days=GIVEN_BACK_AFTER_DAYS)
            company.on(back_at, f"back {number}", lambda at: self._give_back(document, at), may_repeat=True)
        else:
            company.on(at, f"whole {number}", lambda at: self._by_transfer(document, at), may_repeat=True)

    def _by_transfer(self, document: Issued, at: datetime, percent: int = 100, extra: int = 0) -> None:
        word = "part" if percent < 100 else "over" if extra else "whole"
        pay_by_transfer(self.company, document, at, word, percent=percent, extra_minor=extra)

    def _give_back(self, document: Issued, at: datetime) -> None:
        """Give back what was paid too much."""
        company = self.company
        payment = queries.payment(company.id_of("over", document.number))
        refund_id = company.id_of("back", document.number)
        left = ledger.open_minor(payment.id) if payment else 0
        if payment is not None and (left > 0 or queries.refund(refund_id)):
            refund_payment.refund(
                payment,
                refund_id=refund_id,
                amount_minor=left or payment.amount_minor,
                method="bank_transfer",
                refunded_on=at.date(),
                reason=document.number,
                actor=company.finance,
                at=at,
            )

    def _by_card(self, document: Issued, at: datetime) -> None:
        """Pay on the customer's page; now and then the first card is empty, or nobody tells of the money."""
        if ledger.open_minor(document.id) <= 0:
            return
        company = self.company
        way = checkout.begin(
            company.document(document),
            gateway=company.gateway.name,
            return_url="http://localhost/paid",
            cancel_url="http://localhost/",
            at=at,
        )
        if not way.page_url:
            return  # the gateway said nothing; the job that asks again finds out
        session, sandbox = way.page_url.rsplit("/", 1)[1], company.gateway.sandbox
        dice = company.chance("card", document.number)
        if dice.random() < 0.2:
            sandbox.take_card(session, EMPTY_CARD)
            deliver(company, company.gateway.take_events(), at + timedelta(seconds=40))
        sandbox.take_card(session, SILENT_CARD if dice.random() < 0.2 else GOOD_CARD)
        deliver(company, company.gateway.take_events(), at + timedelta(minutes=2))
        checkout.reconcile(at=at + timedelta(minutes=4))


def deliver(company: Company, events: list[NearEvent], at: datetime) -> None:
    """Hand the gateway's events to the book, as its courier would."""
    for event in events:
        headers = event.headers(company.gateway.key)
        # The signature's age is judged by the real clock; what is booked, by the book's.
        checkout.hear(company.gateway.name, event.body, headers, now=timezone.now(), at=at)


def pay_by_transfer(
    company: Company, document: Issued, at: datetime, word: str, *, percent: int = 100, extra_minor: int = 0
) -> "Payment | None":
    """Record that a customer paid a part of what is open, all of it, or more; early enough with the discount."""
    payment_id = company.id_of(word, document.number)
    known = queries.payment(payment_id)
    open_minor = ledger.open_minor(document.id)
    amount = open_minor * percent // 100
    if known is not None or amount <= 0:
        return known
    on = at.astimezone(company.zone).date()
    stands = company.document(document)
    offer = queries.early_discount_offer(stands, on) if percent == 100 and not extra_minor else None
    if offer is not None and offer.discount_minor < amount:
        amount -= offer.discount_minor
    entry = PaymentEntry(
        id=payment_id,
        method="bank_transfer",
        amount_minor=amount + extra_minor,
        currency=document.currency,
        received_on=on,
        reference=document.number,
        allocate_to=[(document.id, amount)],
        discounts=frozenset({document.id}) if offer is not None else frozenset(),
    )
    return take(entry, customer=stands.customer, legal_entity=stands.legal_entity, actor=company.finance, at=at)
