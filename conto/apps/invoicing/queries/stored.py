"""Issued documents read back from their rows as computed documents, set at a time."""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db.models import Sum

from conto.apps.invoicing.models import Document, DocumentAllowance, DocumentLine, DocumentTax, DraftLine
from conto.domain.invoice import (
    ComputedAdjustment,
    ComputedDocument,
    ComputedLine,
    Credited,
    DocumentTotals,
    PriceMode,
    TaxGroup,
    net_price,
)
from conto.domain.money import round_fraction
from conto.domain.tax import TaxCategory, TaxTreatment

ZERO = Decimal(0)
_Key = tuple[str, Decimal]


def computed_documents(documents: Collection[Document]) -> dict[UUID, ComputedDocument]:
    """Give the computed form of stored documents, with three queries however many they are."""
    ids = [document.id for document in documents]
    lines: dict[UUID, list[DocumentLine]] = defaultdict(list)
    for line in DocumentLine.objects.filter(document__in=ids).order_by("document_id", "position"):
        lines[line.document_id].append(line)
    taxes: dict[UUID, list[DocumentTax]] = defaultdict(list)
    for tax in DocumentTax.objects.filter(document__in=ids).order_by("document_id", "position"):
        taxes[tax.document_id].append(tax)
    allowances: dict[UUID, list[DocumentAllowance]] = defaultdict(list)
    for allowance in DocumentAllowance.objects.filter(document__in=ids).order_by("document_id", "position"):
        allowances[allowance.document_id].append(allowance)
    return {each.id: _computed(each, lines[each.id], taxes[each.id], allowances[each.id]) for each in documents}


def _computed(
    document: Document, lines: list[DocumentLine], taxes: list[DocumentTax], allowances: list[DocumentAllowance]
) -> ComputedDocument:
    treatments = {(tax.category, tax.rate): _treatment(tax) for tax in taxes}
    mode = PriceMode(document.price_mode)
    return ComputedDocument(
        document.currency,
        mode,
        tuple(_line(line, treatments, gross_mode=mode is PriceMode.GROSS) for line in lines),
        tuple(_adjustment(each, treatments) for each in allowances),
        tuple(
            TaxGroup(
                TaxCategory(tax.category),
                tax.rate,
                tax.exemption_code or None,
                tax.reason or None,
                tax.taxable_minor,
                tax.tax_minor,
            )
            for tax in taxes
        ),
        DocumentTotals(
            document.lines_net_minor,
            document.allowances_minor,
            document.charges_minor,
            document.net_minor,
            document.tax_minor,
            document.gross_minor,
            document.prepaid_minor,
            document.rounding_minor,
            document.payable_minor,
        ),
    )


def _treatment(tax: DocumentTax) -> TaxTreatment:
    return TaxTreatment(TaxCategory(tax.category), tax.rate, tax.exemption_code or None, tax.reason or None)


def _line(line: DocumentLine, treatments: dict[_Key, TaxTreatment], *, gross_mode: bool) -> ComputedLine:
    off = line.allowance_minor
    price_net, shown = line.unit_price, line.amount_minor - off
    if gross_mode:
        off = round_fraction(off / (1 + Fraction(line.tax_rate) / 100))
        price_net = net_price(line.unit_price, line.tax_rate)
    allowance, charge = max(off, 0), max(-off, 0)
    return ComputedLine(
        line.position,
        line.name,
        line.quantity,
        line.base_quantity,
        line.unit_price,
        price_net,
        treatments[line.tax_category, line.tax_rate],
        line.amount_minor,
        line.net_minor + allowance - charge,
        allowance,
        charge,
        line.net_minor,
        line.tax_share_minor,
        shown if gross_mode else line.net_minor + line.tax_share_minor,
    )


def _adjustment(row: DocumentAllowance, treatments: dict[_Key, TaxTreatment]) -> ComputedAdjustment:
    return ComputedAdjustment(
        row.is_charge,
        row.source,
        treatments[row.tax_category, row.tax_rate],
        row.amount_minor,
        row.tax_share_minor,
        row.gross_minor,
        row.base_minor,
        row.percent or ZERO,
        row.reason,
        row.reason_code,
    )


def credited_lines(document_ids: Collection[UUID]) -> dict[UUID, dict[int, Credited]]:
    """Give what credit notes already took of each line of documents; amounts are in the price mode."""
    found: dict[UUID, dict[int, Credited]] = defaultdict(dict)
    rows = (
        DocumentLine.objects.filter(document__corrects__in=document_ids, corrects_position__isnull=False)
        .values_list("document__corrects_id", "corrects_position")
        .annotate(quantity=Sum("corrects_quantity"), amount=Sum("amount_minor"), off=Sum("allowance_minor"))
        .order_by()
    )
    for document_id, position, quantity, amount, off in rows:
        if document_id is not None and position is not None:
            found[document_id][position] = Credited(quantity or ZERO, int(amount) - int(off))
    return found


def credits_begun(document_ids: Collection[UUID]) -> dict[UUID, dict[int, int]]:
    """Give what credit notes took of each line of documents or will take once they are issued, in the price mode."""
    found: dict[UUID, dict[int, int]] = {
        document_id: {position: done.amount_minor for position, done in lines.items()}
        for document_id, lines in credited_lines(document_ids).items()
    }
    waiting = DraftLine.objects.filter(draft__corrects__in=document_ids, draft__keeps_lines=True)
    for document_id, position, minor in waiting.values_list("draft__corrects", "corrects_position", "credit_minor"):
        if document_id is not None and position is not None:
            lines = found.setdefault(document_id, {})
            lines[position] = lines.get(position, 0) + (minor or 0)
    return found
