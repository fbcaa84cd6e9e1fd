"""The rows of a document as COPY wants them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from conto.apps.invoicing.content import ALLOWANCE_CONTENT, DOCUMENT_CONTENT, LINE_CONTENT, TAX_CONTENT, content_of
from conto.apps.invoicing.new_documents import PLAIN_LINE, LineFacts, NewDocument
from conto.domain.document import TypeCode
from conto.domain.invoice import ComputedAdjustment, ComputedLine, PriceMode, TaxGroup
from conto.domain.money import minor_digits

_TYPE_CODES = {
    "invoice": int(TypeCode.INVOICE),
    "final": int(TypeCode.INVOICE),
    "deposit": int(TypeCode.DEPOSIT),
    "credit_note": int(TypeCode.CREDIT_NOTE),
}
_DETAILS = DOCUMENT_CONTENT.index("details")

# What is hashed comes first, in the canonical order, then what surrounds it.
LINE_FIELDS = [*LINE_CONTENT, "document", "line_count", "customer_id", "minor_digits", "price_mode"]
TAX_FIELDS = [*TAX_CONTENT, "document", "tax_count"]
ALLOWANCE_FIELDS = [*ALLOWANCE_CONTENT, "document", "allowance_count"]
DOCUMENT_FIELDS = [
    *DOCUMENT_CONTENT[:_DETAILS],
    "series",
    "issued_at",
    "seller",
    "buyer",
    "template",
    "quote",
    "deal",
    "line_count",
    "tax_count",
    "allowance_count",
    "source",
    "external_ref",
    # known when the number is taken
    "year",
    "ordinal",
    "number",
    "entry",
    "content_sha256",
    "details",
]


@dataclass(frozen=True, slots=True)
class DocumentRows:
    """The rows of one document; that of the document lacks what comes with its number."""

    document: tuple[Any, ...]
    lines: list[tuple[Any, ...]]
    taxes: list[tuple[Any, ...]]
    allowances: list[tuple[Any, ...]]
    content: bytes


def rows_of(new: NewDocument, seller_id: UUID, buyer_id: UUID) -> DocumentRows:
    """Write a document as rows and as canonical content."""
    computed = new.computed
    digits, mode = minor_digits(computed.currency), computed.price_mode.value
    head = _head(new, digits, mode)
    facts = new.line_facts or (PLAIN_LINE,) * len(computed.lines)
    gross_mode = computed.price_mode is PriceMode.GROSS
    lines = [
        _line(n, line, own, gross_mode=gross_mode)
        for n, (line, own) in enumerate(zip(computed.lines, facts, strict=True), 1)
    ]
    taxes = [_tax(n, group) for n, group in enumerate(computed.tax_groups, 1)]
    allowances = [_allowance(n, adjustment) for n, adjustment in enumerate(computed.adjustments, 1)]
    content = content_of((*head, new.details), (new.seller.sha256, new.buyer.sha256), lines, taxes, allowances)
    counts = len(lines), len(taxes), len(allowances)
    return DocumentRows(
        (
            *head,
            new.series_id,
            new.issued_at,
            seller_id,
            buyer_id,
            new.template_id,
            new.quote_id,
            new.deal_id,
            *counts,
            new.source,
            new.external_ref,
        ),
        [(*line, new.id, counts[0], new.customer_id, digits, mode) for line in lines],
        [(*tax, new.id, counts[1]) for tax in taxes],
        [(*allowance, new.id, counts[2]) for allowance in allowances],
        content,
    )


def _head(new: NewDocument, digits: int, mode: str) -> tuple[Any, ...]:
    """Return what is hashed of the document itself, but its details."""
    totals = new.computed.totals
    return (
        new.id,
        new.kind,
        _TYPE_CODES[new.kind],
        new.legal_entity_id,
        new.customer_id,
        new.issued_on,
        new.due_on,
        new.computed.currency,
        digits,
        mode,
        new.language,
        new.corrects_id,
        totals.lines_net_minor,
        totals.allowances_minor,
        totals.charges_minor,
        totals.net_minor,
        totals.tax_minor,
        totals.gross_minor,
        totals.prepaid_minor,
        totals.rounding_minor,
        totals.payable_minor,
        new.terms_days,
        new.early_discount_percent,
        new.early_discount_days,
    )


def _tax(position: int, group: TaxGroup) -> tuple[Any, ...]:
    return (
        position,
        group.category.value,
        group.rate,
        group.exemption_code or "",
        group.reason or "",
        group.taxable_minor,
        group.tax_minor,
        not group.is_base_times_rate,
    )


def _line(position: int, line: ComputedLine, own: LineFacts, *, gross_mode: bool) -> tuple[Any, ...]:
    shown = line.gross_minor if gross_mode else line.net_minor
    return (
        position,
        own.item_id,
        line.name,
        own.description,
        line.quantity,
        own.unit_code,
        line.unit_price,
        line.base_quantity,
        line.amount_minor,
        own.allowance_percent,
        line.amount_minor - shown,  # in the price mode; below zero it is a charge
        line.net_minor,
        line.tax.category.value,
        line.tax.rate,
        line.tax_minor,
        own.period_start_on,
        own.period_end_on,
        own.corrects_position,
        own.corrects_quantity,
    )


def _allowance(position: int, adjustment: ComputedAdjustment) -> tuple[Any, ...]:
    return (
        position,
        adjustment.is_charge,
        adjustment.source,
        adjustment.reason,
        adjustment.reason_code,
        adjustment.percent or None,
        adjustment.base_minor,
        adjustment.amount_minor,
        adjustment.tax_minor,
        adjustment.gross_minor,
        adjustment.tax.category.value,
        adjustment.tax.rate,
    )
