"""What both syntaxes need to know: when XML is refused, how amounts are written, which codes stand for what."""

import re
from decimal import Decimal

from conto.domain.canonical import canonical_decimal
from conto.domain.document import DocumentLine, IssuedDocument, Party, PaymentInstructions
from conto.domain.errors import RuleBroken

GUIDELINE = "urn:cen.eu:en16931:2017"  # BT-24
MEANS_SEPA, MEANS_TRANSFER, MEANS_CARD, MEANS_UNDEFINED, MEANS_DIRECT_DEBIT = "58", "30", "48", "1", "59"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Who may send and receive SEPA credit transfers.
_SEPA = (
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV "
    "MC MD ME MK MT NL NO PL PT RO RS SE SI SK SM VA"
)
_SEPA_COUNTRIES = frozenset(_SEPA.split())


def refuse_unwritable(document: IssuedDocument) -> None:
    """Refuse the XML of a currency with more than two decimals.

    Raises: RuleBroken.
    Source: EN 16931-1, 6.5.2: amounts have at most two decimals.
    """
    if document.minor_digits > 2:
        raise RuleBroken(
            "document.no_xml_for_currency",
            "An e-invoice cannot carry %(currency)s, which has three decimals. The document is made as a PDF only.",
            currency=document.currency,
        )


def amount(minor: int, digits: int) -> str:
    """Write minor units as a plain decimal in major units."""
    return f"{Decimal(minor).scaleb(-digits):f}"


def number(value: Decimal) -> str:
    """Write a price, quantity or rate without exponent and trailing zeros."""
    return canonical_decimal(value)


def clean(text: str) -> str:
    """Take out what XML 1.0 cannot carry (NUL, control characters, half surrogates)."""
    return _FORBIDDEN.sub("", text).strip()


def vat_number(party: Party) -> str:
    """Give the VAT number without blanks; EL stays EL, as BR-CO-09 wants it."""
    return re.sub(r"[\s.\-]", "", party.vat_number).upper()


def means_code(payment: PaymentInstructions, currency: str) -> str:
    """Choose how to pay (BT-81): SEPA or other transfer, card, or nothing agreed."""
    if payment.means_code:
        return payment.means_code
    if payment.mandate_reference:
        return MEANS_DIRECT_DEBIT
    if payment.iban:
        sepa = currency == "EUR" and payment.iban[:2].upper() in _SEPA_COUNTRIES
        return MEANS_SEPA if sepa else MEANS_TRANSFER
    return MEANS_CARD if payment.link else MEANS_UNDEFINED


def shown_price(line: DocumentLine) -> tuple[Decimal, Decimal]:
    """Give price and quantity as XML may carry them: a price is never negative (BR-27)."""
    if line.unit_price < 0:
        return -line.unit_price, -line.quantity
    return line.unit_price, line.quantity


def scheme_rate(category: str, rate: Decimal) -> str | None:
    """Give the rate to write, or nothing for what is not subject to tax (BR-O-05)."""
    return None if category == "O" else number(rate)
