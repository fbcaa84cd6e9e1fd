"""What an accepted quote bills: the invoices that it makes, and what stands on each of them."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from conto.domain.invoice import ComputedDocument, PriceMode
from conto.domain.money import share
from conto.domain.quote.choosing import compute_lines, counting
from conto.domain.quote.model import ZERO, BillingRule, QuoteContent, QuoteLine

TaxKey = tuple[str, str]  # supply and rate class: what is taxed alike


@dataclass(frozen=True, slots=True)
class BilledPart:
    """A part of the price in one kind of tax, in minor units and in the quote's price mode."""

    supply: str
    rate_class: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Bill:
    """One invoice that a quote makes.

    `whole` has the lines of the quote as they stand; `deposit` is a percentage of the whole that stands beside it;
    `part` has one line for each kind of tax.
    """

    kind: Literal["whole", "deposit", "part"]
    name: str = ""
    percent: Decimal = ZERO
    lines: tuple[QuoteLine, ...] = ()
    parts: tuple[BilledPart, ...] = ()
    waits: bool = False  # is not issued with the acceptance, whatever the quote says


def bills(content: QuoteContent, chosen: Collection[int]) -> tuple[Bill, ...]:
    """Give the invoices that accepting a quote with a choice makes, in their order.

    Rounds: milestones share each kind of tax by largest remainder (M-2), so they sum to the quote.
    Source: Q-9.
    """
    lines = counting(content.lines, chosen)
    if not content.lines:  # what recurs is billed by its subscription
        return ()
    whole = Bill("whole", lines=lines)
    match content.billing_rule:
        case BillingRule.DEPOSIT:
            return (Bill("deposit", percent=content.deposit_percent), Bill("whole", lines=lines, waits=True))
        case BillingRule.MILESTONES:
            return _milestones(content, lines)
        case BillingRule.ON_DELIVERY:
            return (Bill("whole", lines=lines, waits=True),)
        case _:
            return (whole,)


def _milestones(content: QuoteContent, lines: tuple[QuoteLine, ...]) -> tuple[Bill, ...]:
    amounts = _by_tax(content, lines, compute_lines(content, lines))
    weights = [step.percent for step in content.milestones]
    columns = {key: share(amount, weights) for key, amount in amounts.items()}
    return tuple(
        Bill(
            "part",
            step.name,
            step.percent,
            parts=tuple(BilledPart(*key, shares[n]) for key, shares in columns.items() if shares[n]),
            waits=n > 0,
        )
        for n, step in enumerate(content.milestones)
    )


def _by_tax(content: QuoteContent, lines: tuple[QuoteLine, ...], computed: ComputedDocument) -> dict[TaxKey, int]:
    """Give what the lines come to in each kind of tax, the discount on the whole taken off."""
    is_gross = content.price_mode is PriceMode.GROSS
    amounts = [line.gross_minor if is_gross else line.net_minor for line in computed.lines]
    for off in computed.adjustments:
        same = [
            n
            for n, line in enumerate(computed.lines)
            if (line.tax.category, line.tax.rate) == (off.tax.category, off.tax.rate)
        ]
        weights = [abs(amounts[n]) for n in same]
        taken = off.gross_minor if is_gross else off.amount_minor
        if any(weights):
            for n, part in zip(same, share(taken, weights), strict=True):
                amounts[n] -= part
    found: dict[TaxKey, int] = {}
    for line, amount in zip(lines, amounts, strict=True):
        key = (line.supply, line.rate_class)
        found[key] = found.get(key, 0) + amount
    return found
