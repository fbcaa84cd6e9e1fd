"""Invoices that are not there yet: what documents say that they are made from, and what they will come to."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from dataclasses import fields as fields_of
from datetime import date
from typing import Any

from conto.apps.accounts.models import LegalEntity
from conto.apps.catalog import queries as catalog
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Customer
from conto.apps.invoicing.entries import AllowanceEntry, LineEntry
from conto.apps.invoicing.models import (
    Document,
    DocumentAllowance,
    DocumentLine,
    Draft,
    DraftAllowance,
    DraftLine,
)
from conto.apps.invoicing.queries.computing import ComputedDraft, computed_of
from conto.apps.invoicing.queries.loading import surrounded
from conto.domain.ids import new_id

_OF_LINE = tuple(each.name for each in fields_of(LineEntry))
_OF_ALLOWANCE = tuple(each.name for each in fields_of(AllowanceEntry))


@dataclass(frozen=True, slots=True)
class AheadPaper:
    """An invoice to compute for a day: its lines, and what is taken off or added to the whole."""

    on: date
    lines: Sequence[LineEntry]
    allowances: Sequence[AllowanceEntry] = ()


def entries_of(source: Document | Draft) -> tuple[list[LineEntry], list[AllowanceEntry]]:
    """Return the lines and allowances of a document or draft as they would be typed anew, in their order."""
    if isinstance(source, Draft):
        lines = [_entry(line) for line in DraftLine.objects.filter(draft=source).order_by("position")]
        found = DraftAllowance.objects.filter(draft=source).order_by("position")
        return lines, [AllowanceEntry(**{name: getattr(each, name) for name in _OF_ALLOWANCE}) for each in found]
    rows = DocumentLine.objects.filter(document=source).select_related("item").order_by("position")
    return [_copied(row) for row in rows], _allowances_of(source)


def _entry(line: DraftLine) -> LineEntry:
    return LineEntry(**{name: getattr(line, name) for name in _OF_LINE})


def _copied(row: DocumentLine) -> LineEntry:
    fixed_minor = row.allowance_minor if not row.allowance_percent else 0
    return LineEntry(
        item_id=row.item_id,
        name=row.name,
        description=row.description,
        quantity=row.quantity,
        unit_code=row.unit_code,
        unit_price=row.unit_price,
        base_quantity=row.base_quantity,
        allowance_percent=row.allowance_percent,
        allowance_minor=max(fixed_minor, 0),
        supply=row.item.supply if row.item else "services",
        rate_class=row.item.rate_class if row.item else "standard",
        tax_category="" if row.item else row.tax_category,
        tax_rate=None if row.item else row.tax_rate,
    )


def _allowances_of(source: Document) -> list[AllowanceEntry]:
    """Put together what was shared over the tax groups, by the place where it was typed."""
    rows = list(DocumentAllowance.objects.filter(document=source).order_by("position"))
    amounts: dict[tuple[bool, int], int] = {}
    for row in rows:
        key = (row.is_charge, row.source)
        amounts[key] = amounts.get(key, 0) + (row.gross_minor if source.price_mode == "gross" else row.amount_minor)
    firsts = {(row.is_charge, row.source): row for row in reversed(rows)}
    return [
        AllowanceEntry(
            reason=firsts[key].reason,
            percent=firsts[key].percent,
            amount_minor=None if firsts[key].percent else amount_minor,
            is_charge=key[0],
        )
        for key, amount_minor in amounts.items()
    ]


def computed_ahead(
    *, customer: Customer, legal_entity: LegalEntity, head: Mapping[str, Any], papers: Sequence[AheadPaper]
) -> list[ComputedDraft]:
    """Compute invoices of a customer as on their days; nothing is stored.

    `head` are fields of a draft.

    Source: RI-8.
    """
    if not papers:
        return []
    profile = crm.billing_profile(customer)
    drafts = [_unstored(customer, legal_entity, head) for _paper in papers]
    lines = {
        draft.id: [DraftLine(draft=draft, position=n, **asdict(entry)) for n, entry in enumerate(paper.lines, 1)]
        for draft, paper in zip(drafts, papers, strict=True)
    }
    off = {
        draft.id: [
            DraftAllowance(draft=draft, position=n, **asdict(entry)) for n, entry in enumerate(paper.allowances, 1)
        ]
        for draft, paper in zip(drafts, papers, strict=True)
    }
    loaded = surrounded(drafts, papers[0].on, lines=lines, profiles={customer.id: profile}, allowances=off)
    countries = {legal_entity.country, *(place.country for place in (profile.billing, profile.delivery) if place)}
    days = [paper.on for paper in papers]
    rates = catalog.rates_between(countries, min(days), max(days))
    return [
        computed_of(
            replace(loaded[draft.id], on=paper.on, rates=tuple(each for each in rates if each.is_valid_on(paper.on)))
        )
        for draft, paper in zip(drafts, papers, strict=True)
    ]


def _unstored(customer: Customer, legal_entity: LegalEntity, head: Mapping[str, Any]) -> Draft:
    return Draft(id=new_id(), kind="invoice", customer=customer, legal_entity=legal_entity, **head)
