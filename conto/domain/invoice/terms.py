"""Payment terms: when a document is due, and what paying early is worth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from conto.domain.errors import RuleBroken
from conto.domain.invoice.model import HUNDRED, ZERO, TaxGroup, TaxPart
from conto.domain.invoice.parts import split_by_tax
from conto.domain.money import percent_of
from conto.domain.period import add_months

MAX_NET_DAYS = 3650
_STEP = re.compile(r"(\d{1,2}(?:[.,]\d{1,4})?)\s*%?\s*(?:/|in|within)?\s*(\d{1,3})(?:\s*days?)?", re.IGNORECASE)
_NET = re.compile(r"(?:net|n)\s*/?\s*(\d{1,4})(\s*(?:eom|end of month))?", re.IGNORECASE)
_AT_ONCE = frozenset({"", "at once", "due on receipt", "on receipt", "immediately", "net", "cod"})


@dataclass(frozen=True, slots=True)
class EarlyStep:
    """Pay within so many days of the issue date and take so many percent off."""

    percent: Decimal
    within_days: int

    def __post_init__(self) -> None:
        if not ZERO < self.percent < HUNDRED or self.within_days < 0:
            raise RuleBroken("terms.bad_discount", "A discount for paying early lies between 0 and 100 %%.")


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """Net days from the issue date (or from the end of its month), with discounts for paying early."""

    net_days: int
    early: tuple[EarlyStep, ...] = ()
    from_month_end: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.net_days <= MAX_NET_DAYS:
            raise RuleBroken("terms.bad_days", "Payment terms have 0 to %(max)s days.", max=MAX_NET_DAYS)
        last_days, last_percent = -1, HUNDRED
        for step in self.early:
            if step.within_days <= last_days or step.percent >= last_percent:
                raise RuleBroken("terms.bad_steps", "The sooner a customer pays, the more the discount must be worth.")
            last_days, last_percent = step.within_days, step.percent
        if self.early and not self.from_month_end and last_days > self.net_days:
            raise RuleBroken("terms.discount_after_due", "A discount cannot be offered after the due date.")


def parse_terms(text: str) -> PaymentTerms:
    """Read payment terms such as “2/10 net 30”, “3/7 2/14 net 30”, “net 14”, “due on receipt”.

    Raises: RuleBroken `terms.unreadable`.
    Source: I-4.
    """
    words = " ".join(re.sub(r"[,;](?!\d)", " ", text.lower()).split())
    if words in _AT_ONCE:
        return PaymentTerms(0)
    net = _NET.search(words)
    rest = words if net is None else words[: net.start()] + words[net.end() :]
    steps = tuple(EarlyStep(Decimal(m[1].replace(",", ".")), int(m[2])) for m in _STEP.finditer(rest))
    if _STEP.sub("", rest).strip() or (net is None and not steps):
        raise RuleBroken(
            "terms.unreadable", "“%(text)s” are no payment terms. Write for example 2/10 net 30.", text=text
        )
    ordered = tuple(sorted(steps, key=lambda step: step.within_days))
    days = int(net[1]) if net else ordered[-1].within_days
    return PaymentTerms(days, ordered, from_month_end=bool(net and net[2]))


def describe_terms(terms: PaymentTerms) -> str:
    """Write payment terms in the trade's short form, which `parse_terms` reads back.

    Source: I-4.
    """
    steps = [f"{step.percent.normalize():f}/{step.within_days}" for step in terms.early]
    return " ".join([*steps, f"net {terms.net_days}" + (" eom" if terms.from_month_end else "")])


def due_on(terms: PaymentTerms, issued_on: date) -> date:
    """Give the last day on which paying is in time.

    Source: I-5.
    """
    start = add_months(issued_on.replace(day=1), 1) - timedelta(days=1) if terms.from_month_end else issued_on
    return start + timedelta(days=terms.net_days)


def discount_steps(total_minor: int, terms: PaymentTerms, issued_on: date) -> tuple[tuple[EarlyStep, date, int], ...]:
    """List what is printed: each step, its last day and the discount in minor units.

    Rounds: half away from zero, once per step (M-1).
    Source: I-4.
    """
    return tuple(
        (
            step,
            issued_on + timedelta(days=step.within_days),
            percent_of(total_minor, step.percent),
        )
        for step in terms.early
    )


def discount_available(total_minor: int, terms: PaymentTerms, issued_on: date, paid_on: date) -> int:
    """Tell the discount that a payment of a day may keep, the last day counted in; 0 if none.

    Source: I-4.
    """
    for _, last_day, discount_minor in discount_steps(total_minor, terms, issued_on):
        if paid_on <= last_day:
            return discount_minor
    return 0


def discount_parts(groups: Sequence[TaxGroup | TaxPart], discount_minor: int) -> tuple[TaxPart, ...]:
    """Split a discount taken into net and corrected tax per tax group.

    Source: I-4.
    """
    return split_by_tax(groups, discount_minor)
