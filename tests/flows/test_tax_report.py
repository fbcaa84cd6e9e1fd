"""The tax report: every kind of document and correction, and the sums it must equal."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from conto.apps.catalog import actions as catalog
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.crm.models import Customer
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.entries import CreditPart
from conto.apps.invoicing.models import Document
from conto.apps.invoicing.queries.tax_report import TaxRow, eu_sales, every_tax_move, tax_moves, tax_rows
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions as payments
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.period import named_period
from conto.domain.tax import Rate, RateClass
from conto.flows import verify_book
from tests.scene import NOW, TODAY, Scene, issue, line

SINCE, UNTIL = TODAY - timedelta(days=80), TODAY + timedelta(days=9)


def rows(scene: Scene) -> dict[tuple[str, str, Decimal], tuple[int, int]]:
    return {
        (row.country, row.category, row.rate): (row.taxable_minor, row.tax_minor)
        for row in tax_rows(scene.seller, SINCE, UNTIL)
    }


def pay(scene: Scene, document: Document, amount: int) -> Any:
    return payments.receive_payment(
        customer=document.customer,
        legal_entity=scene.seller,
        method="bank_transfer",
        amount_minor=amount,
        currency="EUR",
        received_on=TODAY,
        allocate_to=[(document.id, amount)],
        actor=SYSTEM,
        at=NOW,
    )


def lived(scene: Scene) -> None:
    """Live the table of C-5."""
    first = scene.issued(line("1000"), early_discount_percent=Decimal(2), early_discount_days=10)
    deposit = issue(invoicing.draft_deposit(customer=scene.person, lines=[line("200")], actor=SYSTEM, at=NOW))
    pay(scene, deposit, 23800)
    issue(invoicing.draft_final(customer=scene.person, deposits=[deposit], lines=[line("500")], actor=SYSTEM, at=NOW))
    credit = issue(
        invoicing.draft_credit_note(
            document=first, parts={1: CreditPart(amount_minor=10000)}, reason="late", actor=SYSTEM, at=NOW
        )
    )
    payments.allocate_credit(credit_note=credit, actor=SYSTEM, at=NOW)
    invoicing.write_off(document=first, reason="agreed", amount_minor=11900, actor=SYSTEM, at=NOW)
    payment = pay(scene, first, 119000 - 11900 - 11900 - 2142)
    payments.take_early_discount(document=first, payment=payment, actor=SYSTEM, at=NOW)


def abroad(country: str, vat: str) -> Customer:
    billing = PostalAddress(country=country, line1="Rue 1", postcode="69001", city="Lyon")
    customer = crm.add_customer(
        new=NewCustomer(name=f"Atelier {country}", currency="EUR", language="en", billing=billing), actor=SYSTEM, at=NOW
    )
    number = crm.set_tax_identifier(customer=customer, country=country, value=vat, actor=SYSTEM, at=NOW)
    assert number is not None
    crm.confirm_tax_identifier(customer=customer, tax_identifier_id=number.id, actor=SYSTEM, at=NOW)
    return customer


@pytest.fixture
def scene(db: None) -> Scene:
    from tests.scene import set_scene  # noqa: PLC0415

    return set_scene()


def test_c5_every_kind_of_document_and_correction_counts_as_the_table_says(scene: Scene) -> None:
    lived(scene)
    assert rows(scene) == {("DE", "S", Decimal(19)): (128200, 24358)}


def test_c5_the_report_equals_the_tax_account_and_its_entries_to_the_cent(scene: Scene) -> None:
    lived(scene)
    scene.issued(line("77.77", rate_class="reduced"))
    tax = next(a for a in ledger.trial_balance(scene.seller, "EUR") if a.role == "tax_payable")
    report = tax_rows(scene.seller, SINCE, UNTIL)
    assert sum(row.tax_minor for row in report) == -tax.balance_minor
    for row in report:
        page = tax_moves(scene.seller, SINCE, UNTIL, row=row)
        assert (sum(m.taxable_minor for m in page.rows), sum(m.tax_minor for m in page.rows)) == (
            row.taxable_minor,
            row.tax_minor,
        )
        assert len(page.rows) == row.entry_count
    moves = list(every_tax_move(scene.seller, SINCE, UNTIL))
    assert sum(move.tax_minor for move in moves) == -tax.balance_minor
    assert all(move.number for move in moves)


def test_c5_what_lies_outside_the_days_is_not_counted(scene: Scene) -> None:
    lived(scene)
    assert tax_rows(scene.seller, SINCE, TODAY - timedelta(days=1)) == []
    assert tax_rows(scene.seller, TODAY + timedelta(days=1), UNTIL) == []


def test_c5_the_entries_of_a_line_come_page_by_page(scene: Scene) -> None:
    lived(scene)
    row: TaxRow = tax_rows(scene.seller, SINCE, UNTIL)[0]
    seen, cursor = [], ""
    while True:
        page = tax_moves(scene.seller, SINCE, UNTIL, row=row, cursor=cursor, limit=2)
        seen += [move.entry_id for move in page.rows]
        cursor = page.next_cursor
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == row.entry_count


def test_c5_a_write_off_that_is_undone_owes_the_tax_again(scene: Scene) -> None:
    document = scene.issued(line("100"))
    row = invoicing.write_off(document=document, reason="gone", actor=SYSTEM, at=NOW)
    assert rows(scene) == {("DE", "S", Decimal(19)): (0, 0)}
    invoicing.reverse_write_off(write_off=row, actor=SYSTEM, at=NOW)
    assert rows(scene) == {("DE", "S", Decimal(19)): (10000, 1900)}


def test_c5_an_allocation_undone_takes_the_early_discount_back(scene: Scene) -> None:
    document = scene.issued(line("1000"), early_discount_percent=Decimal(2), early_discount_days=10)
    payment = pay(scene, document, 116620)
    payments.take_early_discount(document=document, payment=payment, actor=SYSTEM, at=NOW)
    assert rows(scene) == {("DE", "S", Decimal(19)): (98000, 18620)}
    payments.reverse_allocation(allocation=payment.allocations.get(), actor=SYSTEM, at=NOW)
    assert rows(scene) == {("DE", "S", Decimal(19)): (100000, 19000)}


def test_c6_supplies_without_tax_are_listed_by_vat_number(scene: Scene) -> None:
    catalog.load_tax_rates(rates=[Rate("FR", "", RateClass.STANDARD, Decimal(20), date(2020, 1, 1))], source="again")
    lyon = abroad("FR", "FR40303265045")
    scene.issued(line("1200", supply="goods"), customer=lyon, delivered_on=TODAY)
    scene.issued(line("800"), customer=lyon)
    scene.issued(line("50"))
    listed = eu_sales(scene.seller, SINCE, UNTIL)
    assert [(sale.vat_number, sale.goods_minor, sale.services_minor) for sale in listed] == [
        ("FR40303265045", 120000, 80000)
    ]
    assert rows(scene) == {
        ("DE", "S", Decimal(19)): (5000, 950),
        ("FR", "K", Decimal(0)): (120000, 0),
        ("FR", "AE", Decimal(0)): (80000, 0),
    }


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_c7_a_year_quarter_or_month_has_its_calendar_days(name: str, first: date, last: date) -> None:
    period = named_period(name)
    assert (period.start, period.last_day) == (first, last)


@pytest.mark.parametrize("name", ["", "26", "2026-13", "2026-Q5", "2026-00", "0000", "9999", "2026-1"])
def test_c7_what_is_no_period_is_refused(name: str) -> None:
    with pytest.raises(RuleBroken):
        named_period(name)


def test_c5_the_book_stays_in_order(scene: Scene) -> None:
    lived(scene)
    connection.check_constraints()
    wanted = {"I39", "I40", "I03", "I15"}
    from conto.apps.bulk.invariants import ask  # noqa: PLC0415

    rules = [rule for rule in (*verify_book.OF_LEDGER, *verify_book.OF_DOCUMENTS) if rule.id in wanted]
    assert [(rule.id, ask(rule).violated) for rule in rules if ask(rule).violated] == []
    assert len(rules) == len(wanted)
