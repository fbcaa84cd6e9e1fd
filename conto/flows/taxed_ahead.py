"""What a customer will have to pay: what is billed next of a subscription, with its taxes as documents compute them.

What is to come is computed as an invoice of its day. What a change bills at once is billed, read and undone: so the
preview of it is what the bill then says, credit notes and all.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from conto.apps.bulk.retrying import retried
from conto.apps.invoicing import queries as documents
from conto.apps.invoicing.queries import AheadPaper
from conto.apps.subscriptions import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.period import local_day
from conto.domain.subscription import Change, Invoice, paper_of
from conto.flows import billing_run
from conto.flows.billing_desk import entry_of

if TYPE_CHECKING:
    from conto.apps.plans.entries import ItemEntry
    from conto.apps.subscriptions.models import Subscription
    from conto.domain.invoice import ComputedDocument


@dataclass(frozen=True, slots=True)
class TaxedPart:
    """What is taxed alike."""

    category: str
    rate: Decimal
    taxable_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Taxed:
    """What an invoice to come has to be paid with; below zero it is given back."""

    net_minor: int
    tax_minor: int
    gross_minor: int
    parts: tuple[TaxedPart, ...]


def taxed_ahead(row: "Subscription", items: Mapping[str, Any], invoices: Sequence[Invoice]) -> tuple[Taxed | None, ...]:
    """Return what invoices to come of a subscription will have to be paid with, each by itself.

    Nothing is known of one that gives back by notes to earlier invoices, since their taxes are those of the invoices,
    of one that prepaid credit pays a part of, and of one whose tax cannot be told yet.

    Source: SB-7.
    """
    papers = {n: paper_of([each], row.currency) for n, each in enumerate(invoices)}
    whole = {n: paper for n, paper in papers.items() if paper.lines and not paper.credits and not invoices[n].drawn}
    made = documents.computed_ahead(
        customer=row.customer,
        legal_entity=row.legal_entity,
        head={"currency": row.currency, "price_mode": row.price_mode, "language": "en", "terms_days": 0},
        papers=[
            AheadPaper(invoices[n].on, [entry_of(line, items.get(line.line.charge.item)) for line in paper.lines])
            for n, paper in whole.items()
        ],
    )
    found: dict[int, Taxed | None] = {
        n: Taxed(0, 0, 0, ())
        for n, paper in papers.items()
        if not paper.lines and not paper.credits and not invoices[n].drawn
    }
    found |= {n: _taxed([(1, each.document)]) for n, each in zip(whole, made, strict=True)}
    return tuple(found.get(n) for n in papers)


def taxed_now(
    *, row: "Subscription", change: Change, added: "ItemEntry | None", now: Sequence[Invoice], at: datetime
) -> tuple[Taxed | None, ...]:
    """Return what a change has to be paid with at once, by billing it and undoing that.

    Nothing is known where it could not be billed now.

    Source: SB-7.
    """
    if not now:
        return ()

    def once() -> dict[date, Taxed | None]:
        with transaction.atomic():
            changed = actions.change_subscription(row=row, change=change, added=added, actor=SYSTEM, at=at)
            billing_run.bill_now(row=changed, at=at, made_at=at)
            made = {
                on: _taxed(documents.computed_papers(ids, local_day(at, row.legal_entity.zone)))
                for on, ids in queries.papers_since(changed, row.settled_count)
            }
            transaction.set_rollback(True)
            return made

    try:
        found = retried(once)
    except RuleBroken:
        return (None,) * len(now)
    return tuple(found.get(each.on) for each in now)


def _taxed(papers: "Sequence[tuple[int, ComputedDocument | None]]") -> Taxed | None:
    """Add up documents, each with its sign; nothing where one of them cannot be computed."""
    parts: dict[tuple[str, Decimal], list[int]] = defaultdict(lambda: [0, 0])
    sums = [0, 0, 0]
    for sign, document in papers:
        if document is None:
            return None
        totals = document.totals
        for n, amount_minor in enumerate((totals.net_minor, totals.tax_minor, totals.gross_minor)):
            sums[n] += sign * amount_minor
        for group in document.tax_groups:
            part = parts[group.category.value, group.rate]
            part[0] += sign * group.taxable_minor
            part[1] += sign * group.tax_minor
    alike = tuple(TaxedPart(category, rate, *both) for (category, rate), both in sorted(parts.items()))
    return Taxed(sums[0], sums[1], sums[2], alike)
