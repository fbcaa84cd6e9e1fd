"""The whole of a document: what is made, what is refused, and in which words."""

import re
from dataclasses import replace

import pytest

from conto.domain.document import IssuedDocument, TypeCode, Watermark
from conto.domain.errors import RuleBroken
from conto.gateways.documents.make import check_document, make_documents
from tests.gateways.documents.generated import generated
from tests.gateways.documents.test_render import assert_factur_x


def _document(currency: str = "EUR") -> IssuedDocument:
    return next(made for seed in range(400) if (made := generated(seed).document).currency == currency)


def test_a_document_is_made_with_both_e_invoices_and_their_reports() -> None:
    made = make_documents(_document())
    assert made.cii_xml is not None
    assert made.ubl_xml is not None
    assert_factur_x(made.pdf, made.cii_xml)
    assert made.report_json()["ok"]
    assert [report.syntax for report in made.reports] == ["cii", "ubl"]
    assert re.fullmatch("[0-9a-f]{64}", made.content_sha256)


def test_a_currency_of_three_decimals_is_made_as_pdf_with_a_plain_refusal_of_xml() -> None:
    made = make_documents(_document("KWD"))
    assert made.cii_xml is None
    assert made.ubl_xml is None
    assert made.without_xml is not None
    assert "three decimals" in str(made.without_xml)
    assert made.pdf.startswith(b"%PDF")


def test_what_the_rules_refuse_is_not_made_and_the_rule_is_named() -> None:
    document = _document()
    wrong = replace(document, totals=replace(document.totals, payable_minor=document.totals.payable_minor + 1))
    with pytest.raises(RuleBroken, match="BR-CO-16"):
        make_documents(wrong)
    assert not all(report.ok for report in check_document(wrong))


def test_a_draft_is_not_made() -> None:
    with pytest.raises(RuleBroken, match="draft"):
        make_documents(replace(_document(), watermark=Watermark.DRAFT))
    with pytest.raises(RuleBroken, match="draft"):
        make_documents(replace(_document(), number=""))


def test_the_hash_is_of_what_was_issued_and_not_of_how_it_looks() -> None:
    document = _document()
    assert replace(document, look=replace(document.look, accent="#000000")).sha256() == document.sha256()
    assert replace(document, type_code=TypeCode.CORRECTED, number="X").sha256() != document.sha256()
    changed = replace(document.lines[0], name=document.lines[0].name + "!")
    assert replace(document, lines=(changed, *document.lines[1:])).sha256() != document.sha256()


def test_the_canonical_bytes_do_not_depend_on_how_a_number_is_written() -> None:
    document = _document()
    line = document.lines[0]
    written = replace(line, quantity=line.quantity * 1, tax_rate=line.tax_rate.normalize())
    other = replace(line, tax_rate=line.tax_rate.quantize(line.tax_rate.normalize().scaleb(-3)))
    assert replace(document, lines=(written,)).to_canonical() == replace(document, lines=(other,)).to_canonical()
