"""E-invoices: the official rules accept what is written, and the totals are those of the computed document."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

import pytest
from lxml import etree

from conto.domain.document import IssuedDocument, TypeCode
from conto.domain.errors import RuleBroken
from conto.domain.money import to_minor
from conto.gateways.documents.einvoice.cii import cii_xml
from conto.gateways.documents.einvoice.ubl import ubl_xml
from conto.gateways.documents.validate import Syntax, ValidationReport, Validator
from tests.gateways.documents.generated import Made, generated

_CII = {"ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"}
_UBL = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


@pytest.fixture(scope="module")
def judge() -> Iterator[Validator]:
    validator = Validator()
    yield validator
    validator.close()


def _one(tree: etree._Element, path: str, names: dict[str, str]) -> str:
    found: Any = tree.xpath(path, namespaces=names)
    return str(found[0].text) if found else "0"


def _cii_totals(xml: bytes) -> dict[str, str]:
    tree = etree.fromstring(xml)
    base = "//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:"
    names = {
        "lines_net_minor": "LineTotalAmount",
        "allowances_minor": "AllowanceTotalAmount",
        "charges_minor": "ChargeTotalAmount",
        "net_minor": "TaxBasisTotalAmount",
        "tax_minor": "TaxTotalAmount",
        "gross_minor": "GrandTotalAmount",
        "prepaid_minor": "TotalPrepaidAmount",
        "rounding_minor": "RoundingAmount",
        "payable_minor": "DuePayableAmount",
    }
    return {key: _one(tree, base + name, _CII) for key, name in names.items()}


def _ubl_totals(xml: bytes) -> dict[str, str]:
    tree = etree.fromstring(xml)
    base = "//cac:LegalMonetaryTotal/cbc:"
    names = {
        "lines_net_minor": "LineExtensionAmount",
        "allowances_minor": "AllowanceTotalAmount",
        "charges_minor": "ChargeTotalAmount",
        "net_minor": "TaxExclusiveAmount",
        "gross_minor": "TaxInclusiveAmount",
        "prepaid_minor": "PrepaidAmount",
        "rounding_minor": "PayableRoundingAmount",
        "payable_minor": "PayableAmount",
    }
    totals = {key: _one(tree, base + name, _UBL) for key, name in names.items()}
    return totals | {"tax_minor": _one(tree, "/*/cac:TaxTotal/cbc:TaxAmount", _UBL)}


def _assert_totals(totals: dict[str, str], made: Made) -> None:
    for name, text in totals.items():
        written = to_minor(Decimal(text), made.document.currency)
        assert written == getattr(made.computed.totals, name), (made.document.number, name)


def _problems(report: ValidationReport) -> list[str]:
    return [f"{finding.id}: {finding.text}" for finding in report.findings]


@pytest.mark.slow
@pytest.mark.parametrize("half", [range(500), range(500, 1000)], ids=["first", "second"])
def test_i33_a_thousand_documents_pass_the_official_rules_in_both_syntaxes_with_equal_totals(
    judge: Validator, half: range
) -> None:
    refused = 0
    for seed in half:
        made = generated(seed)
        if made.document.minor_digits == 3:
            with pytest.raises(RuleBroken, match="three decimals"):
                cii_xml(made.document)
            with pytest.raises(RuleBroken, match="three decimals"):
                ubl_xml(made.document)
            refused += 1
            continue
        cii, ubl = cii_xml(made.document), ubl_xml(made.document)
        assert _problems(judge.validate("cii", cii)) == [], made.document.number
        assert _problems(judge.validate("ubl", ubl)) == [], made.document.number
        _assert_totals(_cii_totals(cii), made)
        _assert_totals(_ubl_totals(ubl), made)
    assert 25 < refused < 100


@pytest.mark.parametrize("syntax", ["cii", "ubl"])
def test_a_total_that_is_a_cent_off_is_found(judge: Validator, syntax: Syntax) -> None:
    document = generated(0).document
    wrong = replace(document, totals=replace(document.totals, gross_minor=document.totals.gross_minor + 1))
    report = judge.validate(syntax, _written(wrong, syntax))
    assert not report.ok
    assert "BR-CO-15" in {finding.id for finding in report.findings}
    assert "1.3." in report.rules


@pytest.mark.parametrize("syntax", ["cii", "ubl"])
def test_a_name_of_control_characters_only_is_an_empty_name_and_refused(judge: Validator, syntax: Syntax) -> None:
    document = generated(0).document
    nameless = replace(document, buyer=replace(document.buyer, name="\x00\x01\x02", legal_name=""))
    assert not judge.validate(syntax, _written(nameless, syntax)).ok


@pytest.mark.parametrize("syntax", ["cii", "ubl"])
def test_hostile_texts_become_plain_text(judge: Validator, syntax: Syntax) -> None:
    document = generated(0).document
    hostile = '<!ENTITY x SYSTEM "file:///etc/passwd">&x;\x00\x0b\x1f\ud800\u202e]]> ' + "A" * 10_000
    document = replace(document, buyer=replace(document.buyer, name=hostile))
    xml = _written(document, syntax)
    assert _problems(judge.validate(syntax, xml)) == []
    assert b"<!ENTITY" not in xml
    assert b"\x00" not in xml


@pytest.mark.parametrize("syntax", ["cii", "ubl"])
def test_every_reference_and_a_tax_in_a_second_currency_is_written(judge: Validator, syntax: Syntax) -> None:
    document = replace(
        generated(0).document,
        type_code=TypeCode.INVOICE,
        order_reference="PO-1",
        sales_order_reference="SO-1",
        contract_reference="C-1",
        project_reference="P-1",
        buyer_reference="04011000-12345-67",
        tax_currency="PLN",
        tax_in_tax_currency_minor=1234,
    )
    xml = _written(document, syntax)
    assert _problems(judge.validate(syntax, xml)) == []
    for text in (b"PO-1", b"SO-1", b"C-1", b"P-1", b"04011000-12345-67", b"12.34"):
        assert text in xml


def test_the_reason_for_no_tax_is_written_in_the_words_of_the_paper(judge: Validator) -> None:
    document = replace(generated(7).document, language="de")
    assert {group.category for group in document.tax_totals} == {"AE"}
    for syntax, xml in (("cii", cii_xml(document)), ("ubl", ubl_xml(document))):
        assert "Steuerschuldnerschaft des Leistungsempfängers" in xml.decode()
        assert _problems(judge.validate(cast("Syntax", syntax), xml)) == []


def test_a_direct_debit_names_mandate_and_creditor(judge: Validator) -> None:
    document = generated(0).document
    payment = replace(
        document.payment,
        mandate_reference="M-7",
        creditor_id="DE98ZZZ09999999999",
        debited_iban="DE02120300000000202051",
    )
    document = replace(document, payment=payment, type_code=TypeCode.INVOICE)
    assert _problems(judge.validate("cii", cii_xml(document))) == []
    assert _problems(judge.validate("ubl", ubl_xml(document))) == []
    assert b"M-7" in cii_xml(document)
    assert b"DE98ZZZ09999999999" in cii_xml(document)


def _written(document: IssuedDocument, syntax: Syntax) -> bytes:
    return cii_xml(document) if syntax == "cii" else ubl_xml(document)
