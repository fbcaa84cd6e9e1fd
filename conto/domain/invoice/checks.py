"""The check list before issuing, and the rules of a document's life (I-6, I-7)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from conto.domain.errors import Conflict, Finding
from conto.domain.invoice.model import ComputedDocument
from conto.domain.money import minor_digits
from conto.domain.tax import NEEDS_REASON, TAXED, TaxCategory

DocumentKind = Literal["invoice", "deposit", "final", "credit_note"]
MAX_EINVOICE_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class SellerFacts:
    """What the check list asks about the seller."""

    name: str
    country: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    vat_number: str = ""
    tax_number: str = ""
    electronic_address: str = ""
    has_way_to_be_paid: bool = True


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """What the check list asks about the buyer."""

    name: str
    country: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    email: str = ""
    is_business: bool = False
    is_public_body: bool = False
    vat_number: str = ""
    vat_number_is_valid: bool = False
    electronic_address: str = ""
    wants_einvoice: bool = False
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class PriceFacts:
    """What the catalog knows about the price of a line."""

    position: int
    unit_price: Decimal
    list_price: Decimal


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """A draft as the check list sees it. Sums are in minor units of its currency."""

    kind: DocumentKind
    issued_on: date
    due_on: date | None
    seller: SellerFacts
    buyer: BuyerFacts
    computed: ComputedDocument | None
    supply_known: bool = False  # a delivery date or service period is given
    last_issued_on: date | None = None  # of the last document of the series
    today: date | None = None
    closed_until: date | None = None  # the last closed day of the seller's books
    buyer_reference: str = ""
    order_reference: str = ""
    similar_numbers: tuple[str, ...] = ()  # issued lately to this customer over the same amount
    prices: tuple[PriceFacts, ...] = field(default=())
    corrects_number: str = ""
    creditable_minor: int | None = None  # what is left to credit of the corrected document, with tax
    undeducted_deposits: tuple[str, ...] = ()  # paid deposits of this customer that no final invoice deducts


def pre_issue_findings(document: DocumentFacts) -> list[Finding]:
    """List what stands against issuing a document, the blocking findings first.

    Source: I-6.
    """
    found = [finding for check in _CHECKS for finding in check(document)]
    return sorted(found, key=lambda finding: finding.severity != "block")


def _block(code: str, message: str, **params: Any) -> Finding:
    return Finding(code, message, params, "block")


def _warn(code: str, message: str, **params: Any) -> Finding:
    return Finding(code, message, params, "warn")


def _parties(document: DocumentFacts) -> Iterator[Finding]:
    seller, buyer = document.seller, document.buyer
    if not seller.name:
        yield _block("check.seller_name", "Your business has no name yet.")
    if not (seller.street and seller.postcode and seller.city and seller.country):
        yield _block("check.seller_address", "The address of your business is not complete.")
    if not buyer.name:
        yield _block("check.buyer_name", "The customer has no name.")
    if not buyer.country:
        yield _block("check.buyer_country", "The customer has no country.")
    elif not (buyer.street and buyer.city):
        yield _warn("check.buyer_address", "The customer's address is not complete.")
    if buyer.is_archived and document.kind != "credit_note":  # what was billed wrongly is put right all the same
        yield _warn("check.buyer_archived", "The customer is archived.")
    if document.kind != "credit_note" and not seller.has_way_to_be_paid:
        yield _warn("check.no_way_to_pay", "There is no bank account or online payment that the customer could use.")


def _lines(document: DocumentFacts) -> Iterator[Finding]:
    computed = document.computed
    if computed is None or not computed.lines:
        yield _block("check.no_lines", "The document has no lines.")
        return
    for line in computed.lines:
        if not line.name.strip():
            yield _block("check.line_name", "Line %(line)s has no name.", line=line.position)
        if line.unit_price < 0:
            yield _block(
                "check.negative_price",
                "The price of line %(line)s is below zero. Use a negative quantity or a discount.",
                line=line.position,
            )
        if line.quantity == 0:
            yield _warn("check.zero_quantity", "Line %(line)s has a quantity of zero.", line=line.position)
    totals = computed.totals
    if totals.payable_minor < 0 or totals.gross_minor < 0:
        yield _block("check.below_zero", "The total is below zero. Write a credit note instead.")
    elif totals.gross_minor == 0:
        yield _warn("check.zero_total", "The total is zero: the document is settled as soon as it is issued.")
    for price in document.prices:
        if price.unit_price != price.list_price:
            yield _warn(
                "check.price_differs",
                "The price of line %(line)s is %(price)s, the list says %(list_price)s.",
                line=price.position,
                price=price.unit_price,
                list_price=price.list_price,
            )


def _dates(document: DocumentFacts) -> Iterator[Finding]:
    issued_on = document.issued_on
    if document.last_issued_on and issued_on < document.last_issued_on:
        yield _block(
            "check.before_last",
            "The last document of this series is dated %(last)s; numbers follow dates.",
            last=document.last_issued_on,
        )
    if document.closed_until and issued_on <= document.closed_until:
        yield _block(
            "check.period_closed",
            "The books are closed up to %(closed)s. Choose a later date, or let an owner open the period again.",
            closed=document.closed_until,
        )
    if document.today and issued_on > document.today:
        yield _block("check.future", "A document cannot be issued on a day to come.")
    if document.due_on and document.due_on < issued_on:
        yield _block("check.due_before_issue", "The document would be due before it is issued.")


def _tax(document: DocumentFacts) -> Iterator[Finding]:
    computed, seller, buyer = document.computed, document.seller, document.buyer
    if computed is None:
        return
    categories = {group.category for group in computed.tax_groups}
    for group in computed.tax_groups:
        if group.category in NEEDS_REASON and not (group.reason or group.exemption_code):
            yield _block(
                "check.no_tax_reason", "Tax category %(category)s needs its reason.", category=group.category.value
            )
    if categories & TAXED and not (seller.vat_number or seller.tax_number) and seller.country != "US":
        yield _block("check.seller_tax_number", "A document with tax needs your VAT or tax number.")
    if TaxCategory.O in categories and len(categories) > 1:
        yield _block("check.outside_scope_mixed", "Lines outside the scope of tax need a document of their own.")
    yield from _cross_border(document, categories, seller, buyer)


def _cross_border(
    document: DocumentFacts, categories: set[TaxCategory], seller: SellerFacts, buyer: BuyerFacts
) -> Iterator[Finding]:
    abroad = categories & {TaxCategory.AE, TaxCategory.K}
    if abroad and not seller.vat_number:
        yield _block("check.seller_vat_number", "A supply without tax to another business needs your VAT number.")
    if abroad and not buyer.vat_number:
        yield _block("check.buyer_vat_number", "A supply without tax needs the customer's VAT number.")
    elif abroad and not buyer.vat_number_is_valid:
        yield _block("check.buyer_vat_number_unchecked", "The customer's VAT number has not been validated.")
    if TaxCategory.K in categories and not document.supply_known:
        yield _block("check.intra_community_date", "An intra-Community supply needs its delivery date or period.")
    if categories & TAXED and buyer.vat_number and not buyer.vat_number_is_valid and seller.country != buyer.country:
        yield _warn(
            "check.vat_charged_unvalidated", "VAT is charged because the customer's VAT number has not been validated."
        )


def _einvoice(document: DocumentFacts) -> Iterator[Finding]:
    buyer, seller, computed = document.buyer, document.seller, document.computed
    if buyer.is_public_body and not document.buyer_reference:
        yield _block(
            "check.buyer_reference", "A public body needs its reference (Leitweg-ID or order number) on the document."
        )
    if not buyer.wants_einvoice:
        return
    if computed and minor_digits(computed.currency) > MAX_EINVOICE_DECIMALS:
        yield _warn(
            "check.no_xml_in_currency",
            "An e-invoice has at most two decimals, so a document in %(currency)s is PDF only.",
            currency=computed.currency,
        )
    if not buyer.electronic_address:
        yield _warn("check.buyer_electronic_address", "The customer has no electronic address for e-invoices.")
    if not seller.electronic_address:
        yield _warn("check.seller_electronic_address", "Your business has no electronic address for e-invoices.")


def _relations(document: DocumentFacts) -> Iterator[Finding]:
    computed = document.computed
    if document.similar_numbers:
        yield _warn(
            "check.similar_document",
            "This customer already got the same amount: %(numbers)s.",
            numbers=", ".join(document.similar_numbers),
        )
    if document.undeducted_deposits and document.kind in {"invoice", "final"}:
        yield _warn(
            "check.deposit_not_deducted",
            "Paid deposits of this customer are not deducted: %(numbers)s.",
            numbers=", ".join(document.undeducted_deposits),
        )
    if document.kind != "credit_note":
        return
    if not document.corrects_number:
        yield _block("check.credit_without_invoice", "A credit note must name the document that it corrects.")
    left = document.creditable_minor
    if computed is not None and left is not None and computed.totals.gross_minor > left:
        yield _block("check.credit_too_high", "No more can be credited than is left of the document.")


_CHECKS = (_parties, _lines, _dates, _tax, _einvoice, _relations)


# --- the life of a document -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DocumentStanding:
    """Where a document stands, as far as the next step depends on it."""

    kind: DocumentKind
    is_issued: bool
    gross_minor: int = 0
    credited_minor: int = 0
    open_minor: int = 0
    number: str = ""


def allowed_to_change(standing: DocumentStanding) -> None:
    """Refuse to change or discard what is issued.

    Raises: Conflict `invoice.already_issued`.
    Source: I-7.
    """
    if standing.is_issued:
        raise Conflict(
            "invoice.already_issued",
            "%(number)s is issued and never changes. Correct it with a credit note.",
            number=standing.number,
        )


def allowed_to_issue(standing: DocumentStanding, findings: list[Finding], overridden: Collection[str]) -> None:
    """Refuse to issue twice, over a blocking finding, or over a warning nobody has overridden.

    Raises: Conflict `invoice.already_issued`, `invoice.blocked`, `invoice.not_overridden`.
    Source: I-6, I-7.
    """
    allowed_to_change(standing)
    blocking = [finding for finding in findings if finding.severity == "block"]
    if blocking:
        raise Conflict("invoice.blocked", "It cannot be issued yet: %(reasons)s", reasons=_reasons(blocking))
    open_warnings = [finding for finding in findings if finding.code not in overridden]
    if open_warnings:
        raise Conflict(
            "invoice.not_overridden",
            "Look at these remarks, or override them with a reason: %(reasons)s",
            reasons=_reasons(open_warnings),
        )


def _reasons(findings: list[Finding]) -> str:
    return " ".join(finding.text for finding in findings)


def allowed_to_credit(standing: DocumentStanding) -> None:
    """Refuse a credit note to a draft, to a credit note, or to what is credited in full.

    Raises: Conflict `credit.not_issued`, `credit.of_credit_note`, `credit.nothing_left`.
    Source: I-7.
    """
    if not standing.is_issued:
        raise Conflict("credit.not_issued", "A draft is not credited but changed or discarded.")
    if standing.kind == "credit_note":
        raise Conflict("credit.of_credit_note", "A credit note cannot be credited. Write a new invoice.")
    if standing.credited_minor >= standing.gross_minor:
        raise Conflict("credit.nothing_left", "%(number)s is credited in full.", number=standing.number)


def allowed_to_write_off(standing: DocumentStanding, amount_minor: int | None = None) -> None:
    """Refuse to write off more than is open.

    Raises: Conflict `write_off.not_issued`, `write_off.of_credit_note`, `write_off.nothing_open`,
        `write_off.more_than_open`.
    Source: I-7.
    """
    if not standing.is_issued:
        raise Conflict("write_off.not_issued", "A draft is not written off but discarded.")
    if standing.kind == "credit_note":
        raise Conflict("write_off.of_credit_note", "A credit note is not written off.")
    if standing.open_minor <= 0:
        raise Conflict("write_off.nothing_open", "Nothing of %(number)s is open.", number=standing.number)
    if amount_minor is not None and not 0 < amount_minor <= standing.open_minor:
        raise Conflict("write_off.more_than_open", "Only what is open can be written off.")
