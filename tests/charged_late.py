"""A late invoice that is charged twice, and one charge of it waived, for tests that need a book with all that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from conto.apps.crm.models import Customer
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document, Draft
from conto.apps.late import actions
from conto.apps.late.models import LateCharge
from conto.domain.facts import SYSTEM
from conto.domain.late import LateAmounts, LateRule
from conto.flows import charge_late

PASSED = dict.fromkeys(["check.buyer_address", "check.similar_document"], "x")
_MONTHS = timedelta(days=60)  # into another year, since numbers follow the days of their year


RULE = LateRule(
    is_on=True,
    grace_days=0,
    yearly_percent=Decimal(9),
    charge_day=0,
    amounts={"EUR": LateAmounts(fee_minor=4000)},
)


def charged(invoice: Document, excluded: Document) -> UUID:
    """Charge an invoice on a draft, waive its fee, leave another one out, and return what is still charged."""
    at = datetime.combine(invoice.due_on, datetime.min.time(), tzinfo=UTC) + timedelta(days=30)
    rule = replace(RULE, counts_from=invoice.due_on)
    actions.set_rule(rule=rule, actor=SYSTEM, at=at, today=invoice.due_on)
    charge_late.run(actor=SYSTEM, at=at)
    fee, interest = LateCharge.objects.filter(invoice=invoice).order_by("position")
    charge_late.waive(charge_id=fee.id, reason="x", actor=SYSTEM, at=at)
    actions.exclude_invoice(document=excluded, reason="x", actor=SYSTEM, at=at)
    actions.exempt_customer(customer=invoice.customer, reason="x", actor=SYSTEM, at=at)
    return interest.id


def charged_late(invoice: Document, excluded: Document, exempt: Customer, *, at: datetime) -> None:
    """Charge an invoice that is due at once, waive its fee on paper, and charge it again on a draft."""
    actions.exclude_invoice(document=excluded, reason="x", actor=SYSTEM, at=at)
    actions.exempt_customer(customer=exempt, reason="x", actor=SYSTEM, at=at)
    rule = replace(RULE, counts_from=invoice.due_on)
    actions.set_rule(rule=rule, actor=SYSTEM, at=at, today=invoice.due_on)
    charge_late.run(actor=SYSTEM, at=at + _MONTHS)
    for draft in Draft.objects.filter(charges_late=True):
        invoicing.issue_draft(draft=draft, actor=SYSTEM, at=at + _MONTHS, overrides=PASSED)
    fee = LateCharge.objects.get(kind="fee", invoice=invoice)
    charge_late.waive(charge_id=fee.id, reason="x", actor=SYSTEM, at=at + _MONTHS)
    charge_late.run(actor=SYSTEM, at=at + 2 * _MONTHS)
