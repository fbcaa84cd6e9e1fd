"""The check list before issuing (I-6) and the life of a document (I-7)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from conto.domain.errors import Finding
from conto.domain.invoice import (
    BuyerFacts,
    DocumentFacts,
    DocumentInput,
    DocumentStanding,
    LineInput,
    PriceFacts,
    PriceMode,
    SellerFacts,
    allowed_to_change,
    allowed_to_credit,
    allowed_to_issue,
    allowed_to_write_off,
    compute,
    pre_issue_findings,
)
from conto.domain.tax import TaxCategory, TaxTreatment
from tests.domain.documents import REVERSE, S19, ZERO_RATED, D
from tests.domain.refusals import refused

DAY = date(2027, 3, 1)
SELLER = SellerFacts("Kern GmbH", "DE", "Weg 1", "10115", "Berlin", vat_number="DE136695976")
BUYER = BuyerFacts("Leroy SARL", "FR", "Rue 1", "75001", "Paris")
OUTSIDE = TaxTreatment(TaxCategory.O, D(0), "VATEX-EU-O", "Not subject to VAT")
INTRA = TaxTreatment(TaxCategory.K, D(0), "VATEX-EU-IC", "Intra-Community supply")


def draft(*taxes: TaxTreatment, quantity: str = "1", price: str = "10", currency: str = "EUR") -> DocumentFacts:
    lines = tuple(LineInput(i, "Item", D(quantity), D(price), tax) for i, tax in enumerate(taxes, 1))
    computed = compute(DocumentInput(currency, PriceMode.NET, lines))
    return DocumentFacts("invoice", DAY, date(2027, 3, 15), SELLER, BUYER, computed)


CLEAN = draft(S19)


def found(document: DocumentFacts) -> set[tuple[str, str]]:
    return {(finding.code.removeprefix("check."), finding.severity) for finding in pre_issue_findings(document)}


def test_i6_a_complete_document_has_no_findings() -> None:
    assert found(CLEAN) == set()


@pytest.mark.parametrize(
    ("document", "code", "severity"),
    [
        (replace(CLEAN, computed=None), "no_lines", "block"),
        (draft(), "no_lines", "block"),
        (replace(CLEAN, seller=replace(SELLER, name="")), "seller_name", "block"),
        (replace(CLEAN, seller=replace(SELLER, city="")), "seller_address", "block"),
        (replace(CLEAN, seller=replace(SELLER, vat_number="")), "seller_tax_number", "block"),
        (replace(CLEAN, seller=replace(SELLER, has_way_to_be_paid=False)), "no_way_to_pay", "warn"),
        (replace(CLEAN, buyer=replace(BUYER, name="")), "buyer_name", "block"),
        (replace(CLEAN, buyer=replace(BUYER, country="")), "buyer_country", "block"),
        (replace(CLEAN, buyer=replace(BUYER, city="")), "buyer_address", "warn"),
        (replace(CLEAN, buyer=replace(BUYER, is_archived=True)), "buyer_archived", "warn"),
        (draft(S19, price="-1"), "negative_price", "block"),
        (draft(S19, quantity="-1"), "below_zero", "block"),
        (draft(S19, price="0"), "zero_total", "warn"),
        (draft(S19, S19, quantity="0"), "zero_quantity", "warn"),
        (replace(CLEAN, prices=(PriceFacts(1, D(10), D(12)),)), "price_differs", "warn"),
        (replace(CLEAN, last_issued_on=date(2027, 3, 2)), "before_last", "block"),
        (replace(CLEAN, today=date(2027, 2, 28)), "future", "block"),
        (replace(CLEAN, due_on=date(2027, 2, 28)), "due_before_issue", "block"),
        (draft(TaxTreatment(TaxCategory.E, D(0))), "no_tax_reason", "block"),
        (draft(OUTSIDE, S19), "outside_scope_mixed", "block"),
        (draft(REVERSE), "buyer_vat_number", "block"),
        (
            replace(draft(REVERSE), buyer=replace(BUYER, vat_number="FR40303265045")),
            "buyer_vat_number_unchecked",
            "block",
        ),
        (replace(draft(REVERSE), seller=replace(SELLER, vat_number="")), "seller_vat_number", "block"),
        (draft(INTRA), "intra_community_date", "block"),
        (replace(CLEAN, buyer=replace(BUYER, vat_number="FR40303265045")), "vat_charged_unvalidated", "warn"),
        (replace(CLEAN, buyer=replace(BUYER, is_public_body=True)), "buyer_reference", "block"),
        (replace(CLEAN, buyer=replace(BUYER, wants_einvoice=True)), "buyer_electronic_address", "warn"),
        (replace(CLEAN, buyer=replace(BUYER, wants_einvoice=True)), "seller_electronic_address", "warn"),
        (
            replace(draft(ZERO_RATED, currency="KWD"), buyer=replace(BUYER, wants_einvoice=True)),
            "no_xml_in_currency",
            "warn",
        ),
        (replace(CLEAN, similar_numbers=("INV-1",)), "similar_document", "warn"),
        (replace(CLEAN, undeducted_deposits=("DEP-1",)), "deposit_not_deducted", "warn"),
        (replace(CLEAN, kind="credit_note"), "credit_without_invoice", "block"),
        (
            replace(CLEAN, kind="credit_note", corrects_number="INV-1", creditable_minor=1189),
            "credit_too_high",
            "block",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_i6_each_fault_is_found(document: DocumentFacts, code: str, severity: str) -> None:
    assert (code, severity) in found(document)


def test_i6_who_left_and_how_they_pay_do_not_stand_against_putting_an_invoice_right() -> None:
    note = replace(
        CLEAN, kind="credit_note", corrects_number="INV-1", creditable_minor=1190,
        buyer=replace(BUYER, is_archived=True), seller=replace(SELLER, has_way_to_be_paid=False),
    )  # fmt: skip
    assert pre_issue_findings(note) == []


def test_i6_a_line_needs_a_name() -> None:
    lines = (LineInput(1, " ", D(1), D(1), S19),)
    nameless = replace(CLEAN, computed=compute(DocumentInput("EUR", PriceMode.NET, lines)))
    assert found(nameless) == {("line_name", "block")}


def test_i6_blocking_findings_come_first_and_speak_in_full() -> None:
    several = replace(CLEAN, similar_numbers=("INV-1",), due_on=date(2027, 1, 1))
    findings = pre_issue_findings(several)
    assert [finding.severity for finding in findings] == ["block", "warn"]
    assert findings[1].text == "This customer already got the same amount: INV-1."


ISSUED = DocumentStanding("invoice", is_issued=True, gross_minor=100, open_minor=60, number="INV-1")
DRAFT = DocumentStanding("invoice", is_issued=False)
WARNING = Finding("check.zero_total", "Zero.", severity="warn")
BLOCK = Finding("check.no_lines", "No lines.")


def test_i7_what_is_issued_never_changes() -> None:
    allowed_to_change(DRAFT)
    with refused("invoice.already_issued"):
        allowed_to_change(ISSUED)
    with refused("invoice.already_issued"):
        allowed_to_issue(ISSUED, [], ())


def test_i6_a_block_stops_and_a_warning_can_be_overridden() -> None:
    allowed_to_issue(DRAFT, [], ())
    allowed_to_issue(DRAFT, [WARNING], {"check.zero_total"})
    with refused("invoice.not_overridden"):
        allowed_to_issue(DRAFT, [WARNING], ())
    with refused("invoice.blocked"):
        allowed_to_issue(DRAFT, [BLOCK], {"check.no_lines"})


def test_i7_only_what_is_issued_and_not_yet_credited_is_credited() -> None:
    allowed_to_credit(replace(ISSUED, credited_minor=99))
    for standing, code in (
        (DRAFT, "credit.not_issued"),
        (replace(ISSUED, kind="credit_note"), "credit.of_credit_note"),
        (replace(ISSUED, credited_minor=100), "credit.nothing_left"),
    ):
        with refused(code):
            allowed_to_credit(standing)


def test_i7_only_what_is_open_is_written_off() -> None:
    allowed_to_write_off(ISSUED)
    allowed_to_write_off(ISSUED, 60)
    for standing, amount, code in (
        (DRAFT, None, "write_off.not_issued"),
        (replace(ISSUED, kind="credit_note"), None, "write_off.of_credit_note"),
        (replace(ISSUED, open_minor=0), None, "write_off.nothing_open"),
        (ISSUED, 61, "write_off.more_than_open"),
        (ISSUED, 0, "write_off.more_than_open"),
    ):
        with refused(code):
            allowed_to_write_off(standing, amount)


def test_i6_amounts_in_findings_are_exact() -> None:
    finding = next(f for f in pre_issue_findings(replace(CLEAN, prices=(PriceFacts(1, D("10.00"), D("12.50")),))))
    assert finding.params["list_price"] == Decimal("12.50")
