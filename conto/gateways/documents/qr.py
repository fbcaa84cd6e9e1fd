"""The squares that a phone reads: SEPA transfer (EPC069-12), Swiss QR-bill, pay-online link; each as SVG text."""

import io
import re
from decimal import Decimal
from itertools import groupby

from conto.domain.document import IssuedDocument, Party, Watermark
from conto.gateways.documents.einvoice.wording import MEANS_SEPA, means_code

_MAX_EPC = Decimal("999999999.99")
_MAX_EPC_BYTES = 331
_MASK = 3
_SWISS_IBANS = ("CH", "LI")
_SWISS_CURRENCIES = ("CHF", "EUR")
# The letters that the Swiss guidelines allow: printable Latin-1 and a part of Latin Extended.
_NOT_SWISS = re.compile("[^\x20-\x7e\xa3\xb4\xc0-\u017fȘșȚț€]")


def epc_qr(document: IssuedDocument) -> str:
    """Draw the code of a SEPA transfer, or give nothing where none is possible.

    Source: EPC069-12 v3.
    """
    payment = document.payment
    amount = Decimal(document.totals.payable_minor).scaleb(-document.minor_digits)
    if means_code(payment, document.currency) != MEANS_SEPA or not _asks_for_money(document) or amount > _MAX_EPC:
        return ""
    name = _one_line(payment.account_name or document.seller.legal_name or document.seller.name)[:70]
    reference = payment.reference.replace(" ", "")
    is_structured = reference.startswith("RF")
    text = "" if is_structured else _one_line(payment.reference or document.number)[:140]
    lines = (
        *("BCD", "002", "1", "SCT", payment.bic, name, payment.iban.replace(" ", "").upper(), f"EUR{amount:.2f}", ""),
        reference if is_structured else "",
        text,
    )
    content = "\n".join(lines).rstrip()
    if len(content.encode()) > _MAX_EPC_BYTES:
        return ""
    return _svg(content)


def link_qr(document: IssuedDocument) -> str:
    """Draw the pay-online link, or give nothing where there is none."""
    if not document.payment.link or not _asks_for_money(document):
        return ""
    return _svg(document.payment.link)


def swiss_bill(document: IssuedDocument) -> str:
    """Draw the payment part of a Swiss QR-bill (210 × 106 mm), or give nothing.

    Source: SIX Swiss Implementation Guidelines QR-bill 2.3.
    """
    payment, seller = document.payment, document.seller
    is_swiss = payment.iban[:2].upper() in _SWISS_IBANS and document.currency in _SWISS_CURRENCIES
    if not is_swiss or not _asks_for_money(document):
        return ""
    from qrbill import QRBill  # noqa: PLC0415 - what only documents need is not waited for when pages open

    try:
        bill = QRBill(
            account=payment.iban.replace(" ", ""),
            creditor=_address(seller, payment.account_name or seller.legal_name or seller.name),
            debtor=_debtor(document.buyer),
            amount=f"{Decimal(document.totals.payable_minor).scaleb(-document.minor_digits):.2f}",
            currency=document.currency,
            reference_number=_swiss_reference(payment.reference),
            additional_information=_swiss(document.number)[:140],
            language=document.language[:2] if document.language[:2] in {"de", "fr", "it"} else "en",
        )
    except ValueError:
        return ""
    bill.font_family = "Arimo"  # the free twin of Helvetica and Liberation Sans, which the guidelines allow
    drawn = io.StringIO()
    bill.as_svg(drawn)
    return drawn.getvalue()


def _swiss_reference(reference: str) -> str | None:
    plain = reference.replace(" ", "")
    return plain if plain.startswith("RF") or re.fullmatch(r"\d{26,27}", plain) else None


def _debtor(buyer: Party) -> dict[str, str] | None:
    address = _address(buyer, buyer.legal_name or buyer.name)
    return address if address["name"] and address["pcode"] and address["city"] and address["country"] else None


def _address(party: Party, name: str) -> dict[str, str]:
    place = party.address
    return {
        "name": _swiss(name)[:70],
        "street": _swiss(place.street)[:70],
        "house_num": "",
        "pcode": _swiss(place.postcode)[:16],
        "city": _swiss(place.city)[:35],
        "country": place.country,
    }


def _swiss(text: str) -> str:
    return " ".join(_NOT_SWISS.sub("", text.replace("’", "'").replace("–", "-")).split())


def _asks_for_money(document: IssuedDocument) -> bool:
    """Tell whether a code may be scanned: nobody shall pay a draft by mistake."""
    return document.is_payable and document.watermark is not Watermark.DRAFT


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _svg(content: str) -> str:
    """Draw a code of error correction M. The mask is given, since trying all eight takes longer than the rest."""
    import segno  # noqa: PLC0415 - as above

    try:
        code = segno.make_qr(content, error="m", boost_error=False, mask=_MASK, encoding="utf-8")
    except segno.DataOverflowError:
        return ""
    side = code.symbol_size(border=0)[0]
    moves = []
    for y, row in enumerate(code.matrix):
        x = 0
        for is_dark, run in groupby(row):
            width = sum(1 for _ in run)
            if is_dark:
                moves.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{"".join(moves)}"/></svg>'
