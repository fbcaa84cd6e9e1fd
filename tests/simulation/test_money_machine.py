"""Whatever is done in whatever order, the open amounts of the book are those of a model of integers in dicts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from conto.apps.accounts.models import LegalEntity
from conto.apps.crm.models import Customer
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.entries import CreditPart
from conto.apps.invoicing.models import Document, Draft
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions as payments
from conto.apps.payments.models import Payment
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.flows import credit_invoice, issue_document, refund_payment
from tests.scene import NOW, line, set_scene
from tests.simulation.checks import violations_today

cents = st.integers(1, 90_000)
EVERY_CHECK = 12


class Model:
    """The same in integers: what is open of each invoice, and what is left of each credit."""

    def __init__(self) -> None:
        self.open: dict[UUID, int] = {}
        self.gross: dict[UUID, int] = {}
        self.credited: dict[UUID, int] = {}
        self.left: dict[UUID, int] = {}
        self.paid: dict[UUID, int] = {}
        self.allocations: list[tuple[UUID, UUID, int]] = []  # in their order

    def issue(self, name: UUID, gross: int) -> None:
        self.open[name] = self.gross[name] = gross
        self.credited[name] = 0

    def receive(self, name: UUID, amount: int, invoice: UUID | None) -> None:
        self.left[name] = self.paid[name] = amount
        if invoice is not None and min(amount, self.open[invoice]):
            self.allocate(name, invoice, min(amount, self.open[invoice]))

    def allocate(self, credit: UUID, invoice: UUID, part: int) -> None:
        self.left[credit] -= part
        self.open[invoice] -= part
        self.allocations.append((credit, invoice, part))

    def refund(self, name: UUID, amount: int) -> None:
        """Take what is missing off the invoices that were settled last, the rest of each settled again."""
        missing = amount - self.left[name]
        for standing in [each for each in reversed(self.allocations) if each[0] == name]:
            if missing <= 0:
                break
            _, invoice, part = standing
            self.allocations.remove(standing)
            self.left[name] += part
            self.open[invoice] += part
            kept = part - min(missing, part)
            missing -= part - kept
            if kept:
                self.allocate(name, invoice, kept)
        self.left[name] -= amount

    def most_refundable(self, name: UUID) -> int:
        return self.left[name] + sum(part for credit, _, part in self.allocations if credit == name)

    def credit(self, note: UUID, invoice: UUID, gross: int) -> None:
        self.credited[invoice] += gross
        self.left[note] = gross
        if part := min(gross, self.open[invoice]):
            self.allocate(note, invoice, part)


class MoneyMachine(RuleBasedStateMachine):
    """People issue, pay, credit, give back and give up, while the clock moves on."""

    drafts = Bundle("drafts")
    invoices = Bundle("invoices")
    kept = Bundle("kept")

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        set_scene()
        self.seller = LegalEntity.objects.get()
        self.customer = Customer.objects.get(kind="company")
        self.model = Model()
        self.at = NOW
        self.steps = 0

    def teardown(self) -> None:
        """Judge the book by every rule, then leave no trace."""
        try:
            assert violations_today() == []
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    @rule(target=drafts, quantity=st.integers(1, 5), price=cents)
    def create(self, quantity: int, price: int) -> Draft:
        entry = line(str(Decimal(price) / 100), str(quantity))
        return invoicing.create_draft(customer=self.customer, lines=[entry], actor=SYSTEM, at=self.at)

    @rule(target=invoices, draft=consumes(drafts))
    def issue(self, draft: Draft) -> Document:
        document = _issued(draft, self.at)
        self.model.issue(document.id, document.payable_minor)
        return document

    @rule(draft=drafts)
    def discard_nothing_of(self, draft: Draft) -> None:
        copy = invoicing.create_draft(customer=self.customer, lines=[line("1")], actor=SYSTEM, at=self.at)
        invoicing.discard_draft(draft=copy, actor=SYSTEM, at=self.at)
        assert Draft.objects.filter(id=draft.id).exists()

    @rule(target=kept, amount=cents, invoice=invoices | st.none(), twice=st.booleans())
    def receive(self, amount: int, invoice: Document | None, twice: bool) -> Payment:  # noqa: FBT001 -- drawn
        payment_id = new_id()
        for _ in range(1 + twice):
            payment = payments.receive_payment(
                customer=self.customer,
                legal_entity=self.seller,
                method="bank_transfer",
                amount_minor=amount,
                currency="EUR",
                received_on=self.at.date(),
                allocate_to=[(invoice.id, amount)] if invoice else None,
                payment_id=payment_id,
                actor=SYSTEM,
                at=self.at,
            )
        self.model.receive(payment.id, amount, invoice.id if invoice else None)
        return payment

    @rule(credit=kept, invoice=invoices, amount=cents)
    def allocate(self, credit: Payment | Document, invoice: Document, amount: int) -> None:
        name, other = credit.id, invoice.id
        may = amount <= min(self.model.left[name], self.model.open[other])
        named: dict[str, Any] = {"payment" if isinstance(credit, Payment) else "credit_note": credit}
        with _refused_unless(may), transaction.atomic():
            payments.allocate(document=invoice, amount_minor=amount, actor=SYSTEM, at=self.at, **named)
        if may:
            self.model.allocate(name, other, amount)

    @rule(credit=kept, amount=cents)
    def refund(self, credit: Payment | Document, amount: int) -> None:
        name = credit.id
        if isinstance(credit, Document):
            may = amount <= self.model.left[name]
            with _refused_unless(may), transaction.atomic():
                payments.refund(
                    credit_note=credit,
                    amount_minor=amount,
                    method="bank_transfer",
                    refunded_on=self.at.date(),
                    actor=SYSTEM,
                    at=self.at,
                )
            if may:
                self.model.left[name] -= amount
            return
        may = amount <= self.model.most_refundable(name)
        with _refused_unless(may), transaction.atomic():
            refund_payment.refund(
                credit,
                refund_id=new_id(),
                amount_minor=amount,
                method="bank_transfer",
                refunded_on=self.at.date(),
                reason="asked for",
                actor=SYSTEM,
                at=self.at,
            )
        if may:
            self.model.refund(name, amount)

    @rule(target=kept, invoice=invoices, amount=st.none() | cents)
    def credit(self, invoice: Document, amount: int | None) -> Any:
        """Credit the rest of an invoice, or an amount of its line."""
        name = invoice.id
        left = self.model.gross[name] - self.model.credited[name]
        net_left = invoice.net_minor - sum(note.net_minor for note in invoice.credit_notes.all())
        may = left > 0 and (amount is None or amount <= net_left)
        with _refused_unless(may), transaction.atomic():
            note = credit_invoice.credit(
                document=invoice,
                reason="as agreed",
                parts="whole" if amount is None else {1: CreditPart(amount_minor=amount)},
                actor=SYSTEM,
                at=self.at,
            )
        if not may:
            return multiple()
        assert note.payable_minor <= left
        assert amount is not None or note.payable_minor == left
        self.model.credit(note.id, name, note.payable_minor)
        return note

    @rule(invoice=invoices, amount=st.none() | cents)
    def write_off(self, invoice: Document, amount: int | None) -> None:
        name = invoice.id
        open_minor = self.model.open[name]
        may = open_minor > 0 and (amount is None or amount <= open_minor)
        with _refused_unless(may), transaction.atomic():
            invoicing.write_off(document=invoice, reason="gone", amount_minor=amount, actor=SYSTEM, at=self.at)
        if may:
            self.model.open[name] -= open_minor if amount is None else amount

    @rule(days=st.integers(0, 45), hours=st.integers(0, 23))
    def move_the_clock(self, days: int, hours: int) -> None:
        self.at += timedelta(days=days, hours=hours)

    @invariant()
    def every_open_amount_is_the_models(self) -> None:
        wanted = {**self.model.open, **self.model.left}
        assert ledger.open_by_document(wanted) == wanted

    @invariant()
    def every_rule_of_the_book_holds(self) -> None:
        self.steps += 1
        if self.steps % EVERY_CHECK == 0:
            assert violations_today() == []


@contextmanager
def _refused_unless(may: object) -> Iterator[None]:
    """Expect a refusal exactly when the model says that it may not be done."""
    try:
        yield
    except RuleBroken:
        if may:
            raise
    else:
        assert may, "was done although the model says that it may not be"


def _issued(draft: Draft, at: Any) -> Document:
    try:
        with transaction.atomic():
            return issue_document.issue(draft=draft, actor=SYSTEM, at=at)
    except RuleBroken as refusal:
        overrides = {found.code: "as agreed" for found in refusal.params["findings"]}
        return issue_document.issue(draft=draft, actor=SYSTEM, at=at, overrides=overrides)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_book_is_what_a_model_of_integers_says() -> None:
    run_state_machine_as_test(
        MoneyMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # what is drawn is short enough to read
            suppress_health_check=list(HealthCheck),
        ),
    )
