"""What went wrong is put right: credit notes, money given back, debts given up, and paid after all."""

from datetime import datetime, timedelta
from decimal import Decimal

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.entries import CreditPart
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions as payments
from conto.apps.payments import queries
from conto.domain.errors import RuleBroken
from conto.flows import credit_invoice
from conto.jobs.simulation.company import Company, Issued, Part
from conto.jobs.simulation.parts.billing import over_warnings
from conto.jobs.simulation.parts.paying import NEVER_DAYS

GIVEN_UP_AFTER_DAYS = (80, 140)


class Correcting(Part):
    """Credit notes, refunds of what is left of them, and write-offs."""

    def issued(self, document: Issued) -> None:
        """Plan what will be corrected of a document."""
        company, number, habits = self.company, document.number, document.habits
        dice = company.chance("correct", number)
        if document.kind == "credit_note":
            at = company.moment(document.issued_at.date() + timedelta(days=dice.randint(2, 6)), "back", number)
            company.on(at, f"refund {number}", lambda at: self._refund(document, at), may_repeat=True)
            return
        if document.kind == "invoice" and company.happens(habits.credit_percent, "credits", number):
            at = company.moment(document.issued_at.date() + timedelta(days=dice.randint(2, 20)), "credit", number)
            in_part = dice.random() < 0.6
            company.on(at, f"credit {number}", lambda at: self._credit(document, at, in_part=in_part))
        if habits.pays_after_days >= NEVER_DAYS and company.happens(habits.write_off_percent, "gives up", number):
            day = document.issued_at.date() + timedelta(days=dice.randint(*GIVEN_UP_AFTER_DAYS))
            at = company.moment(day, "give up", number)
            company.on(at, f"write off {number}", lambda at: self._write_off(document, at))

    def _credit(self, document: Issued, at: datetime, *, in_part: bool) -> None:
        line = self.company.document(document).lines.order_by("position").first()
        part = in_part and line is not None and line.quantity > 1
        reason = self.company.chance("why", document.number).choice(self.company.cast.credit_reasons)
        credit(self.company, document, reason, at, quantity=Decimal(1) if part else None)

    def _refund(self, note: Issued, at: datetime) -> None:
        """Give back what a credit note left over, because its invoice was paid."""
        refund_id = self.company.id_of("refund", note.number)
        left = ledger.open_minor(note.id)
        if left > 0 or queries.refund(refund_id):
            payments.refund(
                credit_note=self.company.document(note),
                amount_minor=left or 1,
                method="bank_transfer",
                refunded_on=at.date(),
                reason=note.number,
                refund_id=refund_id,
                actor=self.company.finance,
                at=at,
            )

    def _write_off(self, document: Issued, at: datetime) -> None:
        if document.kind != "deposit" and ledger.open_minor(document.id) > 0:
            invoicing.write_off(
                document=self.company.document(document),
                reason=self.company.cast.write_off_reason,
                actor=self.company.finance,
                at=at,
            )


def credit(company: Company, document: Issued, reason: str, at: datetime, *, quantity: Decimal | None = None) -> None:
    """Credit an invoice, wholly or so many of its first line, and plan what follows."""
    try:
        note = over_warnings(
            company,
            document.customer.id,
            lambda known: credit_invoice.credit(
                document=company.document(document),
                reason=reason,
                parts="whole" if quantity is None else {1: CreditPart(quantity=quantity)},
                overrides=known,
                actor=company.finance,
                at=at,
            ),
        )
    except RuleBroken as refusal:
        if refusal.code != "credit.nothing_left":
            raise
    else:
        company.tell_of(note)
