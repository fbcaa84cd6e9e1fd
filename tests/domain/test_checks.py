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
from tests.domain.refusals import assert_it_speaks, refused

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
    for finding in pre_issue_findings(document):
        assert_it_speaks(finding.message, finding.params)
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


KNOWN = replace(BUYER, vat_number="FR40303265045", vat_number_is_valid=True)
UNCHECKED = replace(KNOWN, vat_number_is_valid=False)
REACHED = replace(BUYER, wants_einvoice=True, electronic_address="0204:1")
NUMBERLESS = replace(SELLER, vat_number="")
CREDIT = replace(CLEAN, kind="credit_note", corrects_number="INV-1")


@pytest.mark.parametrize(
    ("document", "left"),
    [
        (replace(CLEAN, last_issued_on=DAY, today=DAY, due_on=DAY, closed_until=date(2027, 2, 28)), set()),
        (replace(CLEAN, prices=(PriceFacts(1, D(10), D(10)),)), set()),
        (draft(S19, price="0.5"), set()),
        (draft(S19, price="0"), {"zero_total"}),
        (draft(TaxTreatment(TaxCategory.E, D(0), None, "Medical care")), set()),
        (draft(TaxTreatment(TaxCategory.E, D(0), "VATEX-EU-132-1C")), set()),
        (replace(draft(ZERO_RATED), seller=NUMBERLESS), set()),
        (replace(CLEAN, seller=replace(NUMBERLESS, tax_number="12/345")), set()),
        (replace(CLEAN, seller=replace(NUMBERLESS, country="US")), set()),
        (draft(OUTSIDE), set()),
        (draft(S19, ZERO_RATED), set()),
        (replace(draft(REVERSE), buyer=KNOWN), set()),
        (replace(draft(INTRA), buyer=KNOWN, supply_known=True), set()),
        (replace(draft(REVERSE), buyer=KNOWN, supply_known=False), set()),
        (replace(CLEAN, buyer=KNOWN), set()),
        (replace(draft(ZERO_RATED), buyer=UNCHECKED), set()),
        (replace(CLEAN, buyer=replace(UNCHECKED, country="DE")), set()),
        (replace(CLEAN, buyer=replace(BUYER, is_public_body=True), buyer_reference="04011000-1"), set()),
        (replace(CLEAN, seller=replace(SELLER, electronic_address="0204:2"), buyer=REACHED), set()),
        (replace(CLEAN, computed=None, buyer=REACHED), {"no_lines", "seller_electronic_address"}),
        (replace(CLEAN, kind="final", undeducted_deposits=("DEP-1",)), {"deposit_not_deducted"}),
        (replace(CLEAN, kind="deposit", undeducted_deposits=("DEP-1",)), set()),
        (replace(CREDIT, creditable_minor=1190), set()),
        (replace(CREDIT, creditable_minor=None), set()),
        (replace(CREDIT, creditable_minor=0, computed=None), {"no_lines"}),
        (replace(CREDIT, seller=replace(SELLER, has_way_to_be_paid=False)), set()),
        (replace(CLEAN, creditable_minor=1), set()),
    ],
)  # fmt: skip
def test_i6_what_is_just_right_is_no_fault(document: DocumentFacts, left: set[str]) -> None:
    assert {code for code, _ in found(document)} == left


@pytest.mark.parametrize("part", ["street", "postcode", "city", "country"])
def test_i6_no_part_of_the_sellers_address_is_missing(part: str) -> None:
    assert ("seller_address", "block") in found(replace(CLEAN, seller=replace(SELLER, **{part: ""})))


def test_i6_a_buyer_without_a_country_is_told_so_and_not_of_the_address_too() -> None:
    assert found(replace(CLEAN, buyer=replace(BUYER, country="", street=""))) == {("buyer_country", "block")}
    assert found(replace(CLEAN, buyer=replace(BUYER, street=""))) == {("buyer_address", "warn")}


def test_i6_the_last_closed_day_is_closed() -> None:
    (finding,) = pre_issue_findings(replace(CLEAN, closed_until=DAY))
    assert (finding.code, finding.severity, finding.params) == ("check.period_closed", "block", {"closed": DAY})


def test_i6_either_total_below_zero_is_below_zero() -> None:
    assert CLEAN.computed
    for name in ("payable_minor", "gross_minor"):
        totals = replace(CLEAN.computed.totals, **{name: -1})
        below = replace(CLEAN, computed=replace(CLEAN.computed, totals=totals))
        assert found(below) == {("below_zero", "block")}


def test_i6_a_finding_names_the_line_the_price_the_day_and_the_numbers() -> None:
    faulty = replace(
        draft(S19, price="-1"),
        prices=(PriceFacts(1, D(-1), D(12)),), last_issued_on=date(2027, 3, 2), similar_numbers=("INV-1", "INV-2"),
        undeducted_deposits=("DEP-1", "DEP-2"), buyer=replace(REACHED, electronic_address=""),
    )  # fmt: skip
    said = {finding.code.removeprefix("check."): finding.params for finding in pre_issue_findings(faulty)}
    assert said["negative_price"] == {"line": 1}
    assert said["price_differs"] == {"line": 1, "price": D(-1), "list_price": D(12)}
    assert said["before_last"] == {"last": date(2027, 3, 2)}
    assert said["similar_document"] == {"numbers": "INV-1, INV-2"}
    assert said["deposit_not_deducted"] == {"numbers": "DEP-1, DEP-2"}
    (empty,) = [f for f in pre_issue_findings(draft(S19, S19, quantity="0")) if f.params == {"line": 2}]
    assert empty.code == "check.zero_quantity"
    (reason,) = pre_issue_findings(draft(TaxTreatment(TaxCategory.E, D(0))))
    assert reason.params == {"category": "E"}


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
    with refused("invoice.already_issued", number="INV-1"):
        allowed_to_change(ISSUED)
    with refused("invoice.already_issued"):
        allowed_to_issue(ISSUED, [], ())


def test_i6_a_block_stops_and_a_warning_can_be_overridden() -> None:
    allowed_to_issue(DRAFT, [], ())
    allowed_to_issue(DRAFT, [WARNING], {"check.zero_total"})
    with refused("invoice.not_overridden", reasons="Zero. Late."):
        allowed_to_issue(DRAFT, [WARNING, Finding("check.late", "Late.", severity="warn")], ())
    with refused("invoice.blocked", reasons="No lines."):
        allowed_to_issue(DRAFT, [BLOCK, WARNING], {"check.no_lines"})


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
    allowed_to_write_off(replace(ISSUED, open_minor=1), 1)
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


def test_i7_a_refusal_names_the_document() -> None:
    with refused("credit.nothing_left", number="INV-1"):
        allowed_to_credit(replace(ISSUED, credited_minor=101))
    with refused("write_off.nothing_open", number="INV-1"):
        allowed_to_write_off(replace(ISSUED, open_minor=0))
