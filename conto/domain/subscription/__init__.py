"""Subscriptions: what was agreed, what changed, what was used, and what is billed for it."""

from conto.domain.subscription.bill import (
    Account,
    Bill,
    Billed,
    Invoice,
    Line,
    bill,
    bill_and_look_ahead,
    is_all_in_advance,
    next_day,
)
from conto.domain.subscription.changes import Timeline, fold, in_order
from conto.domain.subscription.migrating import Move, Stays, move_to_version
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
from conto.domain.subscription.paper import PASSED_CHECKS, SEEN_CHECK, ZERO_CHECK, Paper, PaperLine, Reference, paper_of
from conto.domain.subscription.recurring import MovementKind, differences, movements_of, recurring_steps
from conto.domain.subscription.so_far import UsedSoFar, used_so_far
from conto.domain.subscription.standing import (
    ItemStanding,
    Standing,
    SubscriptionState,
    check_change,
    standing_on,
)
from conto.domain.subscription.taking_back import LeftLine, also_taken_back
from conto.domain.subscription.usage import Usage, Used, needed_since
from conto.domain.subscription.wanted import Charge, Wanted, wanted_in

__all__ = [
    "PASSED_CHECKS",
    "SEEN_CHECK",
    "ZERO_CHECK",
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
    "ItemStanding",
    "LeftLine",
    "Line",
    "Measure",
    "Move",
    "MovementKind",
    "Paper",
    "PaperLine",
    "Proration",
    "RampStep",
    "Reference",
    "Standing",
    "Stays",
    "SubscriptionState",
    "Timeline",
    "Timing",
    "Usage",
    "Used",
    "UsedSoFar",
    "Wanted",
    "When",
    "also_taken_back",
    "bill",
    "bill_and_look_ahead",
    "check_change",
    "differences",
    "fold",
    "in_order",
    "is_all_in_advance",
    "move_to_version",
    "movements_of",
    "needed_since",
    "next_day",
    "paper_of",
    "recurring_steps",
    "standing_on",
    "used_so_far",
    "wanted_in",
]
