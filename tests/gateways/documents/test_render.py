"""Paper: PDF/A-3 with its e-invoice inside, whatever names and texts say, and nothing of this machine in it."""

import io
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from conto.domain.document import EarlyDiscount, IssuedDocument, TaxTotal, TemplateLook, TypeCode, Watermark
from conto.domain.errors import RuleBroken
from conto.gateways.documents.einvoice.cii import cii_xml
from conto.gateways.documents.render import Renderer
from conto.gateways.documents.words import LANGUAGES, Words
from tests.gateways.documents.generated import PAYMENT, generated

_FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    kept = Renderer()
    yield kept
    kept.close()


def _plain(seed: int = 0) -> IssuedDocument:
    made = generated(seed).document
    return replace(
        made,
        type_code=TypeCode.INVOICE,
        lines=made.lines[:2],
        notes=(),
        language="en",
        payment=PAYMENT,
        payment_terms="",
    )


def text_of(pdf: bytes, tmp_path: Path) -> str:
    """Read the text of a PDF as a person would copy it."""
    file = tmp_path / "read.pdf"
    file.write_bytes(pdf)
    read = subprocess.run(["pdftotext", "-layout", str(file), "-"], check=True, capture_output=True)
    return read.stdout.decode().replace("\u200b", "")


def assert_factur_x(pdf: bytes, cii: bytes) -> None:
    """Check the marks of a Factur-X: PDF/A-3b, attachment, relation, description, fonts inside."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        root: Any = opened.Root
        assert opened.attachments["factur-x.xml"].get_file().read_bytes() == cii
        assert [str(spec.AFRelationship) for spec in root.AF] == ["/Alternative"]
        assert str(root.AF[0].EF.F.Subtype) == "/text/xml"
        xmp = root.Metadata.read_bytes().decode()
        assert re.search(r"<pdfaid:part>3</pdfaid:part>", xmp)
        assert re.search(r"<pdfaid:conformance>B</pdfaid:conformance>", xmp)
        assert f"<pdfaSchema:namespaceURI>{_FX}</pdfaSchema:namespaceURI>" in xmp
        assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in xmp
        assert "<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>" in xmp
        assert str(root.OutputIntents[0].S) == "/GTS_PDFA1"
        assert_fonts_inside(opened)


def assert_fonts_inside(opened: pikepdf.Pdf) -> None:
    """Check that every font is part of the file."""
    for found in opened.objects:
        if isinstance(found, pikepdf.Dictionary) and found.get("/Type") == "/FontDescriptor":
            assert "/FontFile2" in found or "/FontFile3" in found


@pytest.mark.slow
def test_two_hundred_documents_become_pdf_a3_with_their_e_invoice_inside(renderer: Renderer) -> None:
    for seed in range(200):
        document = generated(seed * 5 + seed % 5).document
        if document.minor_digits > 2:
            assert renderer.pdf(document).startswith(b"%PDF-1.7")
            continue
        cii = cii_xml(document)
        assert_factur_x(renderer.pdf(document, cii), cii)


@pytest.mark.parametrize("language", ["en", "de", "fr", "de-CH", "en-US", "it", "zz"])
def test_i33_what_is_to_be_paid_stands_on_paper(renderer: Renderer, tmp_path: Path, language: str) -> None:
    document = replace(_plain(), language=language)
    text = text_of(renderer.pdf(document), tmp_path)
    digits = re.sub(r"\D", "", text)
    assert str(document.totals.payable_minor) in digits
    assert document.number in text
    assert "DE89 3704 0044 0532 0130 00" in text
    assert Words.of(language)["payable"] in text


def test_the_same_document_has_the_same_bytes(renderer: Renderer) -> None:
    document = _plain()
    cii = cii_xml(document)
    other = Renderer()
    try:
        assert renderer.pdf(document, cii) == renderer.pdf(document, cii) == other.pdf(document, cii)
    finally:
        other.close()


@pytest.mark.parametrize(
    "hostile",
    [
        '#read("/etc/passwd")',
        '#import "@preview/x:1.0.0"; #panic()',
        "\x00\x01\x02 NUL and \x1b[31mcontrol",
        "A" * 10_000,
        "好" * 10_000,
        "\u202eevil\u202c \u2066iso\u2069",
        "\ud800 half a letter \udfff",
        "".join(map(chr, range(0x1F300, 0x1F700))),
        "x" + "\u0301" * 500,
        "\U0010ffff\ue000\ufffe private",
        "$ a^2 $ *b* _c_ `d` <e> @f \\u{41} // g /* h */",
    ],
    ids=[
        "read",
        "import",
        "controls",
        "long",
        "long-cjk",
        "direction",
        "surrogates",
        "emoji",
        "zalgo",
        "private",
        "markup",
    ],
)
def test_a_hostile_name_is_printed_and_never_obeyed(renderer: Renderer, tmp_path: Path, hostile: str) -> None:
    document = _plain()
    line = replace(document.lines[0], name=hostile, description=hostile)
    document = replace(
        document,
        buyer=replace(document.buyer, name=hostile),
        seller=replace(document.seller, name=hostile),
        lines=(line,),
        notes=(hostile,),
        payment_terms=hostile,
        order_reference=hostile,
        number=f"INV {hostile[:20]}",
    )
    text = text_of(renderer.pdf(document), tmp_path)
    assert "root:" not in text
    assert "\u202e" not in text
    if "read(" in hostile:
        assert '#read("/etc/passwd")' in text


def test_arabic_chinese_hebrew_and_emoji_are_drawn_and_not_replaced(renderer: Renderer, tmp_path: Path) -> None:
    words = "شركة", "北京天工", "מאפיית", "株式会社", "한국전자", "Ромашка", "🚀"
    document = replace(_plain(), notes=words)
    text = text_of(renderer.pdf(document), tmp_path)
    for word in words[1:2] + words[3:]:
        assert word in text
    assert "\ufffd" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("category", "reason", "words"),
    [
        ("AE", "Reverse charge", ("Art. 196", "Art. 196", "art. 196")),
        ("K", "", ("Art. 138", "Art. 138", "art. 138")),
        ("G", "", ("Art. 146", "Art. 146", "art. 146")),
        ("E", "Steuerfreier Umsatz für Kleinunternehmer gemäß § 19 UStG", ("§ 19 UStG",) * 3),
    ],
)
def test_the_law_is_quoted_in_the_language_of_the_document(
    renderer: Renderer, tmp_path: Path, language: str, category: str, reason: str, words: tuple[str, str, str]
) -> None:
    document = replace(_plain(), language=language, tax_totals=(TaxTotal(category, Decimal(0), 100, 0, reason=reason),))
    assert words[LANGUAGES.index(language)] in text_of(renderer.pdf(document), tmp_path)


def test_a_draft_and_a_pro_forma_say_so_across_the_page(renderer: Renderer, tmp_path: Path) -> None:
    draft = replace(_plain(), number="", watermark=Watermark.DRAFT)
    assert "Draft" in text_of(renderer.preview(draft, "pdf")[0], tmp_path)
    pro_forma = replace(draft, watermark=Watermark.PRO_FORMA, language="de")
    assert "Pro-forma-Rechnung" in text_of(renderer.preview(pro_forma, "pdf")[0], tmp_path)


def test_a_preview_is_a_picture_of_each_page(renderer: Renderer) -> None:
    long = generated(50).document
    pages = renderer.preview(long, "png", ppi=40)
    assert len(pages) > 2
    assert all(page.startswith(b"\x89PNG") for page in pages)
    assert renderer.preview(_plain(), "svg")[0].startswith(b"<svg")


def test_pages_are_numbered_and_the_table_head_is_repeated(renderer: Renderer, tmp_path: Path) -> None:
    document = replace(generated(50).document, language="en")
    text = text_of(renderer.pdf(document), tmp_path)
    pages = text.rstrip("\f").split("\f")
    assert f"Page 2 of {len(pages)}" in pages[1]
    assert "Description" in pages[1]
    assert document.number in pages[1]


def test_columns_are_chosen(renderer: Renderer, tmp_path: Path) -> None:
    document = _plain()
    few = replace(document, look=replace(document.look, columns=("total",)))
    text = text_of(renderer.pdf(few), tmp_path)
    assert "Quantity" not in text
    assert "Unit price" not in text
    assert "Quantity" in text_of(renderer.pdf(document), tmp_path)


def test_letter_and_a4_have_their_size(renderer: Renderer) -> None:
    looks = TemplateLook(paper="a4"), TemplateLook(paper="letter")
    for look, width in zip(looks, (595, 612), strict=True):
        pdf = renderer.pdf(replace(_plain(), look=look))
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            assert round(float(opened.pages[0].mediabox[2])) == width


def test_an_early_discount_says_both_amounts(renderer: Renderer, tmp_path: Path) -> None:
    document = _plain()
    early = EarlyDiscount(Decimal(2), document.issued_on, 200, 9800)
    text = text_of(renderer.pdf(replace(document, early_discounts=(early,))), tmp_path)
    assert re.search(r"98[.,]00", text)


def test_a_logo_is_drawn_anew_and_what_is_no_picture_is_refused(renderer: Renderer) -> None:
    document = _plain()
    drawn = io.BytesIO()
    Image.new("RGB", (400, 100), (20, 90, 70)).save(drawn, "JPEG")
    shape = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10"/></svg>'
    for good in (drawn.getvalue(), shape):
        assert renderer.pdf(replace(document, look=replace(document.look, logo=good))).startswith(b"%PDF")
    reader = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/hostname"/></svg>'
    entity = b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>'
    for bad in (b"GIF89a nothing", reader, entity, b"<svg", b"\x89PNG\r\n\x1a\n broken", b"x" * (5 << 20)):
        with pytest.raises(RuleBroken, match="logo"):
            renderer.pdf(replace(document, look=replace(document.look, logo=bad)))


def test_a_killed_typesetter_is_replaced(renderer: Renderer) -> None:
    document = _plain()
    renderer.pdf(document)
    killed = renderer.worker_pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert renderer.pdf(document).startswith(b"%PDF")
    assert renderer.worker_pid != killed
