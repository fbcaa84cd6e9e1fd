from decimal import Decimal

import pytest

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.models import Document
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions as payments
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import SYSTEM
from conto.flows import credit_invoice
from tests.scene import NOW, TODAY, Scene, issue, line


def pay(scene: Scene, document: Document, amount_minor: int) -> None:
    payments.receive_payment(
        customer=scene.customer,
        legal_entity=scene.seller,
        method="bank_transfer",
        amount_minor=amount_minor,
        currency="EUR",
        received_on=TODAY,
        allocate_to=[(document.id, amount_minor)],
        actor=SYSTEM,
        at=NOW,
    )


def deposit(scene: Scene, price: str = "300") -> Document:
    return issue(invoicing.draft_deposit(customer=scene.customer, lines=[line(price)], actor=SYSTEM, at=NOW))


def balances(scene: Scene) -> dict[str, int]:
    rows = ledger.trial_balance(scene.seller, "EUR")
    return {row.role: row.balance_minor for row in rows if row.balance_minor}


def test_i3_a_deposit_is_no_revenue_until_the_final_invoice_takes_it_off(scene: Scene) -> None:
    first = deposit(scene)
    assert (first.number, first.type_code) == ("DEP-2026-00001", 386)
    assert balances(scene) == {"receivable": 35700, "deposits": -30000, "tax_payable": -5700}
    pay(scene, first, 35700)
    draft = invoicing.draft_final(customer=scene.customer, deposits=[first], lines=[line("1000")], actor=SYSTEM, at=NOW)
    final = issue(draft)
    assert (final.gross_minor, final.prepaid_minor, final.payable_minor) == (119000, 35700, 83300)
    assert ledger.open_minor(final.id) == 83300
    assert balances(scene) == {"bank": 35700, "receivable": 83300, "tax_payable": -19000, "revenue": -100000}
    paper = queries.issued_document(final)
    assert [(row.number, row.gross_minor) for row in paper.deposits] == [("DEP-2026-00001", 35700)]
    with pytest.raises(Conflict, match="deducted on a final invoice already"):
        invoicing.draft_final(customer=scene.customer, deposits=[first], actor=SYSTEM, at=NOW)


def test_i3_a_deposit_has_one_draft_that_deducts_it_however_often_that_is_asked_for(scene: Scene) -> None:
    first = deposit(scene)
    draft = invoicing.draft_final(customer=scene.customer, deposits=[first], lines=[line("1000")], actor=SYSTEM, at=NOW)
    again = invoicing.draft_final(customer=scene.customer, deposits=[first], actor=SYSTEM, at=NOW)
    assert (again.id, again.shown_total_minor) == (draft.id, draft.shown_total_minor)


def test_i3_an_unpaid_deposit_is_not_deducted(scene: Scene) -> None:
    draft = invoicing.draft_final(
        customer=scene.customer, deposits=[deposit(scene)], lines=[line("1000")], actor=SYSTEM, at=NOW
    )
    assert "deposit.not_paid" in [finding.code for finding in queries.findings(draft, TODAY)]
    assert issue(draft).prepaid_minor == 0


def test_i3_a_deposit_that_exceeds_the_final_invoice_is_refused_until_its_rest_is_credited(scene: Scene) -> None:
    first = deposit(scene)
    pay(scene, first, 35700)
    draft = invoicing.draft_final(customer=scene.customer, deposits=[first], lines=[line("200")], actor=SYSTEM, at=NOW)
    with pytest.raises(RuleBroken, match="more than this invoice"):
        issue(draft)
    credit_invoice.credit(
        document=first,
        parts={1: invoicing.CreditPart(amount_minor=10000)},
        reason="smaller job",
        actor=SYSTEM,
        at=NOW,
    )
    final = issue(draft)
    assert (final.prepaid_minor, final.payable_minor) == (23800, 0)
    assert ledger.customer_balances([scene.customer.id])[scene.customer.id]["EUR"].credit_minor == 11900
    assert balances(scene) == {"bank": 35700, "customer_credit": -11900, "tax_payable": -3800, "revenue": -20000}


def test_a_deposit_can_be_a_percentage_of_a_draft(scene: Scene) -> None:
    draft = scene.draft(line("1000"), line("100", rate_class="reduced"))
    part = invoicing.draft_deposit(customer=scene.customer, of=draft, percent=Decimal(30), actor=SYSTEM, at=NOW)
    assert part.shown_total_minor == 35700 + 3210
    assert part.lines.count() == 2


def test_paid_deposits_that_nobody_deducts_are_pointed_out(scene: Scene) -> None:
    first = deposit(scene)
    pay(scene, first, 35700)
    codes = [finding.code for finding in queries.findings(scene.draft(line("1000")), TODAY)]
    assert "check.deposit_not_deducted" in codes


def test_a_deposit_is_not_written_off(scene: Scene) -> None:
    with pytest.raises(RuleBroken, match="Credit DEP"):
        invoicing.write_off(document=deposit(scene), reason="gone", actor=SYSTEM, at=NOW)
