from decimal import Decimal

import pytest

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.actions import AllowanceEntry, CreditPart
from conto.apps.invoicing.actions.corrections import CreditParts
from conto.apps.invoicing.models import Document, WriteOff
from conto.apps.ledger import queries as ledger
from conto.apps.ledger.models import Transfer
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import SYSTEM
from conto.flows import credit_invoice, issue_document
from tests.scene import NOW, TODAY, Scene, issue, line

YES = dict.fromkeys(["check.buyer_address", "check.zero_total", "check.similar_document"], "as agreed")


def credit(document: Document, parts: CreditParts = "whole") -> Document:
    return credit_invoice.credit(document=document, parts=parts, reason="returned", actor=SYSTEM, at=NOW, overrides=YES)


def test_i2_a_full_credit_note_settles_its_invoice_in_the_same_breath(scene: Scene) -> None:
    invoice = scene.issued(line("19.99", "3"))
    note = credit(invoice)
    assert note.number == "CN-2026-00001"
    assert (note.net_minor, note.tax_minor, note.payable_minor) == (
        invoice.net_minor,
        invoice.tax_minor,
        invoice.payable_minor,
    )
    assert ledger.open_by_document([invoice.id, note.id]) == {invoice.id: 0, note.id: 0}
    assert queries.state_of(invoice, 0, TODAY) == "credited"
    assert ledger.customer_balances([scene.customer.id]) == {}
    with pytest.raises(Conflict, match="credited in full"):
        credit(invoice)


def test_i2_three_parts_of_a_discounted_invoice_sum_to_the_whole_to_the_cent(scene: Scene) -> None:
    draft = scene.draft(line("0.335", "3"), line("249.95", "1", allowance_percent=Decimal("3.3")), line("7", "2"))
    invoicing.set_allowances(
        draft=draft, allowances=[AllowanceEntry("Bonus", percent=Decimal("2.5"))], actor=SYSTEM, at=NOW
    )
    invoice = issue(draft)
    first = credit(invoice, {1: CreditPart(quantity=Decimal(1))})
    second = credit(invoice, {1: CreditPart(quantity=Decimal(1)), 2: CreditPart(amount_minor=9999)})
    rest = credit(invoice)
    notes = [first, second, rest]
    for name in ("lines_net_minor", "allowances_minor", "net_minor", "tax_minor", "payable_minor"):
        assert sum(getattr(note, name) for note in notes) == getattr(invoice, name), name
    assert ledger.open_minor(invoice.id) == 0
    for position in (1, 2, 3):
        credited = sum(row.net_minor for note in notes for row in note.lines.filter(corrects_position=position))
        assert credited == invoice.lines.get(position=position).net_minor


def test_i2_parts_of_prices_with_tax_sum_to_the_whole(scene: Scene) -> None:
    invoice = scene.issued(
        line("9.99", "3"), line("0.07", "5", rate_class="reduced"), customer=scene.person, price_mode="gross"
    )
    notes = [credit(invoice, {1: CreditPart(quantity=Decimal(1))}) for _ in range(2)]
    notes.append(credit(invoice))
    for name in ("net_minor", "tax_minor", "rounding_minor", "payable_minor"):
        assert sum(getattr(note, name) for note in notes) == getattr(invoice, name), name


def test_more_than_is_left_of_a_line_is_refused_and_no_number_is_lost(scene: Scene) -> None:
    invoice = scene.issued(line("10", "2"))
    credit(invoice, {1: CreditPart(quantity=Decimal("1.5"))})
    with pytest.raises(RuleBroken):
        credit(invoice, {1: CreditPart(quantity=Decimal(1))})
    assert credit(invoice).number == "CN-2026-00002"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_credit_notes_drafted_for_the_same_goods_cannot_both_be_issued(
    scene: Scene, order: tuple[int, int]
) -> None:
    invoice = scene.issued(line("10", "2"))
    drafts = [invoicing.draft_credit_note(document=invoice, actor=SYSTEM, at=NOW) for _ in range(2)]
    results = issue_document.issue_many(draft_ids=[drafts[n].id for n in order], actor=SYSTEM, at=NOW)
    assert [result.is_issued for result in results] == [True, False]
    assert "No more can be credited" in results[1].findings[0].text


def test_a_credit_note_cannot_be_credited(scene: Scene) -> None:
    with pytest.raises(Conflict):
        credit(credit(scene.issued()))


def test_j10_a_write_off_gives_up_the_rest_with_its_share_of_tax_and_can_be_undone_once(scene: Scene) -> None:
    invoice = scene.issued(line("100"))
    row = invoicing.write_off(document=invoice, reason="insolvent", actor=SYSTEM, at=NOW)
    assert row.amount_minor == 11900
    taxed = Transfer.objects.filter(entry=row.entry, debit_account__role="tax_payable").get()
    assert taxed.amount_minor == 1900
    assert queries.state_of(invoice, ledger.open_minor(invoice.id), TODAY) == "written_off"
    with pytest.raises(Conflict):
        invoicing.write_off(document=invoice, reason="again", actor=SYSTEM, at=NOW)
    invoicing.reverse_write_off(write_off=row, actor=SYSTEM, at=NOW)
    assert ledger.open_minor(invoice.id) == 11900
    with pytest.raises(Conflict):
        invoicing.reverse_write_off(write_off=WriteOff.objects.get(), actor=SYSTEM, at=NOW)
