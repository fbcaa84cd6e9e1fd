"""Subscriptions: what was agreed, what changed, what was used, and what is billed for it."""

from conto.domain.subscription.bill import Account, Bill, Billed, Invoice, Line, bill
from conto.domain.subscription.changes import Timeline, fold, in_order
from conto.domain.subscription.model import (
    Aggregate,
    Change,
    ChangeKind,
    Coupon,
    Definition,
    Event,
    Item,
    Measure,
    Proration,
    RampStep,
    Timing,
    When,
)
from conto.domain.subscription.usage import Usage, Used
from conto.domain.subscription.wanted import Charge, Wanted, wanted_in

__all__ = [
    "Account",
    "Aggregate",
    "Bill",
    "Billed",
    "Change",
    "ChangeKind",
    "Charge",
    "Coupon",
    "Definition",
    "Event",
    "Invoice",
    "Item",
    "Line",
    "Measure",
    "Proration",
    "RampStep",
    "Timeline",
    "Timing",
    "Usage",
    "Used",
    "Wanted",
    "When",
    "bill",
    "fold",
    "in_order",
    "wanted_in",
]
