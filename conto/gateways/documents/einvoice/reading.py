"""How an issued document is read for XML: the few places where a rule of EN 16931 asks for another shape."""

from dataclasses import replace
from datetime import date

from conto.domain.document import (
    Delivery,
    DocumentAdjustment,
    IssuedDocument,
    LineAdjustment,
    Party,
    PrecedingDocument,
    TaxTotal,
)
from conto.gateways.documents.einvoice.wording import vat_number
from conto.gateways.documents.words import TAXED, Words


def is_outside_tax(document: IssuedDocument) -> bool:
    """Tell whether nothing of the document is subject to tax (category O)."""
    return any(group.category == "O" for group in document.tax_totals)


def seller(document: IssuedDocument) -> Party:
    """Give the seller as XML may name it.

    With category O no VAT number may be written (BR-O-02), and some identifier has to be there (BR-CO-26).
    """
    party = document.seller
    number = "" if is_outside_tax(document) else vat_number(party)
    identifier = party.party_id
    if not (identifier or party.company_id or number):
        identifier = party.tax_number or vat_number(party)
    return replace(party, vat_number=number, party_id=identifier)


def buyer(document: IssuedDocument) -> Party:
    """Give the buyer as XML may name it (BR-O-02)."""
    party = document.buyer
    return replace(party, vat_number="" if is_outside_tax(document) else vat_number(party))


def place_of_delivery(document: IssuedDocument) -> Delivery | None:
    """Tell where the goods go; an intra-Community supply always says it (BR-IC-12)."""
    if document.deliver_to and document.deliver_to.address:
        return document.deliver_to
    if any(group.category == "K" for group in document.tax_totals):
        return Delivery(name=document.buyer.name, address=document.buyer.address)
    return None


def due_on(document: IssuedDocument) -> date | None:
    """Give the due day; what is payable without terms is payable at once (BR-CO-25)."""
    if document.due_on or document.payment_terms or document.totals.payable_minor <= 0:
        return document.due_on
    return document.issued_on


def preceding(document: IssuedDocument) -> list[PrecedingDocument]:
    """List corrected documents and deposit invoices (BG-3), each once."""
    found = {entry.number: entry for entry in document.preceding}
    for deposit in document.deposits:
        found.setdefault(deposit.number, PrecedingDocument(deposit.number, deposit.issued_on))
    return list(found.values())


def notes(document: IssuedDocument) -> list[str]:
    """List the notes (BT-22)."""
    return [note for note in document.notes if note]


def adjustment_reason(adjustment: LineAdjustment | DocumentAdjustment) -> str:
    """Give the reason of an allowance or charge, never empty (BR-33, BR-38, BR-42, BR-44)."""
    if adjustment.reason or adjustment.reason_code:
        return adjustment.reason
    return "Charge" if adjustment.is_charge else "Discount"


def exemption(document: IssuedDocument, group: TaxTotal) -> tuple[str, str]:
    """Give reason and code (BT-120, BT-121) in the words of the paper; a taxed group has neither (BR-S-10, BR-Z-10)."""
    if group.category in TAXED:
        return "", ""
    return Words.of(document.language).tax_reason(group), group.exemption_code
