"""What to offer a customer, from how they bought and paid before, each proposal with its reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from conto.domain.errors import Finding
from conto.domain.quote.model import HUNDRED, ONE, ZERO, BillingRule, QuoteContent
from conto.domain.quote.rules import needs_approval

FEWEST_INVOICES = 3  # below, an average says nothing
LATE_DAYS, VERY_LATE_DAYS = 7, 15  # on average
LONG_OVERDUE_DAYS = 30  # of one invoice that is open now
STEADY_MONTHS, MONTHS = 10, 12
_TENTH = Decimal("0.1")
_WHOLE = Decimal(1)


class Proposed(StrEnum):
    """What a proposal changes."""

    DEPOSIT = "deposit"
    TERMS = "terms"
    DISCOUNT = "discount"


@dataclass(frozen=True, slots=True)
class PastInvoice:
    """An invoice of the last two years: when it was due, when money settled it, and the discount that it gave."""

    issued_on: date
    due_on: date
    paid_on: date | None  # when the last of it was paid; none: it is open, or was settled without money
    is_open: bool
    discount_percent: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class PaymentHabit:
    """How late a customer pays, over so many invoices, and the oldest that is overdue now."""

    invoices: int
    average_days_late: int
    overdue_days: int


@dataclass(frozen=True, slots=True)
class PurchaseHabit:
    """In how many of the last 12 months a customer bought, and the discount that they mostly had."""

    months: int
    discount_percent: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of a draft quote with the reason for it."""

    kind: Proposed
    percent: Decimal  # of the deposit or the discount
    days: int  # of the terms
    reason: Finding
    needs_approval: bool = False  # taking it makes a quote that somebody else has to approve

    def changes(self) -> dict[str, object]:
        """Return the fields of the quote that it changes."""
        match self.kind:
            case Proposed.DEPOSIT:
                return {"billing_rule": BillingRule.DEPOSIT.value, "deposit_percent": self.percent}
            case Proposed.TERMS:
                return {"terms_days": self.days}
            case _:
                return {"discount_percent": self.percent}


def payment_habit(past: Sequence[PastInvoice], today: date) -> PaymentHabit | None:
    """Tell how late a customer pays: days behind the due day, 0 when in time, up to today while it is open.

    Nothing with fewer than 3 invoices that fell due. What was settled without money does not count.
    Rounds: the average to whole days, half away from zero.
    Source: Q-10.
    """
    ends = [(each, today if each.is_open else each.paid_on) for each in past if each.due_on < today]
    late = [max((end - each.due_on).days, 0) for each, end in ends if end is not None]
    if len(late) < FEWEST_INVOICES:
        return None
    overdue = max(((today - each.due_on).days for each in past if each.is_open and each.due_on < today), default=0)
    average = (Decimal(sum(late)) / len(late)).quantize(_WHOLE, ROUND_HALF_UP)
    return PaymentHabit(len(late), int(average), overdue)


def purchase_habit(past: Sequence[PastInvoice], today: date) -> PurchaseHabit:
    """Tell in how many of the last 12 months, this one included, a customer bought, and with which discount mostly.

    Of two discounts that came as often the lower one counts. Rounds: to a tenth of a percent, half away from zero.
    Source: Q-11.
    """
    this = today.year * 12 + today.month
    recent = [(this - each.issued_on.year * 12 - each.issued_on.month, each) for each in past]
    within = [(ago, each) for ago, each in recent if 0 <= ago < MONTHS]
    seen = Counter(each.discount_percent.quantize(_TENTH, ROUND_HALF_UP) for _ago, each in within)
    usual = min(seen, key=lambda percent: (-seen[percent], percent), default=ZERO)
    return PurchaseHabit(len({ago for ago, _each in within}), usual)


def discount_given(lines: Sequence[tuple[int, int]], *, lines_net_minor: int, allowances_minor: int) -> Decimal:
    """Give the discount of an invoice in percent: that of its lines (price, discount) and that of the whole.

    Source: Q-11.
    """
    asked, off = sum(price for price, _off in lines), sum(each for _price, each in lines)
    if asked <= 0 or lines_net_minor <= 0:
        return ZERO
    kept = (ONE - Decimal(off) / asked) * (ONE - Decimal(allowances_minor) / lines_net_minor)
    return min(max((ONE - kept) * HUNDRED, ZERO), HUNDRED)


def proposals(
    content: QuoteContent, past: Sequence[PastInvoice], *, today: date, limit_percent: Decimal | None
) -> tuple[Proposal, ...]:
    """Give what to change of a draft quote, from how its customer paid and bought; never what it says already.

    A discount above the limit of the business is proposed with the word that it has to be approved; taking it never
    takes the approval along.
    Source: Q-10, Q-11, Q-5.
    """
    habit = payment_habit(past, today)
    careful = _careful(content, habit) if habit else ()
    if careful or (habit and _is_late(habit)):
        return careful
    return _thankful(content, purchase_habit(past, today), limit_percent)


def _is_late(habit: PaymentHabit) -> bool:
    return habit.average_days_late >= LATE_DAYS or habit.overdue_days > LONG_OVERDUE_DAYS


def _careful(content: QuoteContent, habit: PaymentHabit) -> tuple[Proposal, ...]:
    """Give what keeps the seller from waiting for money once more.

    Source: Q-10.
    """
    if not _is_late(habit):
        return ()
    is_grave = habit.average_days_late >= VERY_LATE_DAYS or habit.overdue_days > LONG_OVERDUE_DAYS
    deposit, days = (Decimal(50), 7) if is_grave else (Decimal(30), 14)
    reason = _why_late(habit)
    found = []
    if content.billing_rule is BillingRule.FULL or (
        content.billing_rule is BillingRule.DEPOSIT and content.deposit_percent < deposit
    ):
        found.append(Proposal(Proposed.DEPOSIT, deposit, 0, reason))
    if content.terms_days > days:
        found.append(Proposal(Proposed.TERMS, ZERO, days, reason))
    return tuple(found)


def _why_late(habit: PaymentHabit) -> Finding:
    told = {"days": habit.average_days_late, "invoices": habit.invoices, "overdue": habit.overdue_days}
    if habit.overdue_days > LONG_OVERDUE_DAYS:
        return Finding(
            "proposal.overdue",
            "An invoice is %(overdue)s days overdue; on average they pay %(days)s days late (%(invoices)s invoices).",
            told,
            "warn",
        )
    return Finding(
        "proposal.pays_late", "They pay %(days)s days late on average, over %(invoices)s invoices.", told, "warn"
    )


def _thankful(content: QuoteContent, habit: PurchaseHabit, limit_percent: Decimal | None) -> tuple[Proposal, ...]:
    """Give the discount that a steady customer had before.

    Source: Q-11.
    """
    percent = habit.discount_percent
    has_own = any(line.allowance_percent for line in content.lines)
    if habit.months < STEADY_MONTHS or percent <= content.discount_percent or has_own:
        return ()
    reason = Finding(
        "proposal.buys_steadily",
        "They bought in %(months)s of the last 12 months, mostly with %(percent)s %% off.",
        {"months": habit.months, "percent": f"{percent.normalize():f}"},
        "warn",
    )
    above = needs_approval(replace(content, discount_percent=percent), limit_percent)
    return (Proposal(Proposed.DISCOUNT, percent, 0, reason, above),)
