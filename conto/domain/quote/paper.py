"""A quote in the words of documents, so that it has the paper of invoices."""

from collections.abc import Collection
from typing import Literal

from conto.domain.document import (
    DocumentAdjustment,
    DocumentLine,
    IssuedDocument,
    LineAdjustment,
    TaxTotal,
    Totals,
    TypeCode,
)
from conto.domain.invoice import ComputedAdjustment, ComputedLine, PriceMode, TaxGroup
from conto.domain.money import minor_digits
from conto.domain.quote.choosing import compute_lines, compute_quote, default_choice
from conto.domain.quote.kinds import ChoiceKind
from conto.domain.quote.model import QuoteContent, QuoteLine


def paper_of(content: QuoteContent, chosen: Collection[int] | None = None) -> IssuedDocument:
    """Give the paper of a quote: every line with its price, and the totals of a choice (none: the default one).

    Source: Q-4.
    """
    taken = default_choice(content.lines) if chosen is None else chosen
    document = compute_quote(content, taken)
    offered = compute_lines(content, content.lines).lines
    is_gross = content.price_mode is PriceMode.GROSS
    totals = document.totals
    return IssuedDocument(
        number=content.label,
        type_code=TypeCode.QUOTE,
        issued_on=content.offered_on,
        currency=content.currency,
        minor_digits=minor_digits(content.currency),
        language=content.language,
        seller=content.seller,
        buyer=content.buyer,
        lines=tuple(
            _line(own, line, taken, is_gross=is_gross) for own, line in zip(content.lines, offered, strict=True)
        ),
        tax_totals=tuple(_tax(group) for group in document.tax_groups),
        totals=Totals(
            totals.lines_net_minor,
            totals.allowances_minor,
            totals.charges_minor,
            totals.net_minor,
            totals.tax_minor,
            totals.gross_minor,
            totals.prepaid_minor,
            totals.rounding_minor,
            totals.payable_minor,
        ),
        valid_until=content.valid_until,
        buyer_reference=content.buyer_reference,
        notes=(content.terms,) if content.terms else (),
        adjustments=tuple(_adjustment(each, is_gross=is_gross) for each in document.adjustments),
        prices_include_tax=is_gross,
    )


def _line(own: QuoteLine, line: ComputedLine, taken: Collection[int], *, is_gross: bool) -> DocumentLine:
    choice: Literal["", "taken", "open"] = ""
    if own.kind is not ChoiceKind.FIXED:
        choice = "taken" if own.position in taken else "open"
    off = line.amount_minor - (line.gross_minor if is_gross else line.net_minor)
    adjustments = (
        (
            LineAdjustment(
                is_charge=False,
                amount_minor=line.allowance_minor,
                percent=own.allowance_percent or None,
                base_minor=line.base_minor,
                with_tax_minor=off if is_gross else None,
            ),
        )
        if line.allowance_minor
        else ()
    )
    return DocumentLine(
        line_id=str(own.position),
        name=own.name,
        quantity=own.quantity,
        unit_price=line.unit_price_net,
        net_minor=line.net_minor,
        tax_category=line.tax.category.value,
        tax_rate=line.tax.rate,
        description=own.description,
        unit_code=own.unit_code,
        adjustments=adjustments,
        unit_price_with_tax=line.unit_price if is_gross else None,
        with_tax_minor=line.gross_minor if is_gross else None,
        section=own.section,
        choice=choice,
    )


def _tax(group: TaxGroup) -> TaxTotal:
    return TaxTotal(
        group.category.value,
        group.rate,
        group.taxable_minor,
        group.tax_minor,
        group.exemption_code or "",
        group.reason or "",
    )


def _adjustment(each: ComputedAdjustment, *, is_gross: bool) -> DocumentAdjustment:
    return DocumentAdjustment(
        each.is_charge,
        each.amount_minor,
        each.tax.category.value,
        each.tax.rate,
        each.reason,
        each.reason_code,
        each.percent or None,
        each.base_minor if each.percent else None,
        each.gross_minor if is_gross else None,
    )
