"""Quotes: what they offer, which of it can be chosen, how long they hold and what they bill when they are accepted."""

from conto.domain.quote.billing import Bill, BilledPart, bills
from conto.domain.quote.choosing import asked_choice, check_choice, compute_quote, counting, default_choice
from conto.domain.quote.model import (
    BillingRule,
    ChoiceKind,
    Milestone,
    QuoteContent,
    QuoteLine,
    QuoteState,
)
from conto.domain.quote.paper import paper_of
from conto.domain.quote.rules import (
    allowed_to_accept,
    allowed_to_change,
    allowed_to_decline,
    allowed_to_renew,
    allowed_to_withdraw,
    check_signature,
    deepest_discount,
    findings_before_sending,
    needs_approval,
    state_on,
)

__all__ = [
    "Bill",
    "BilledPart",
    "BillingRule",
    "ChoiceKind",
    "Milestone",
    "QuoteContent",
    "QuoteLine",
    "QuoteState",
    "allowed_to_accept",
    "allowed_to_change",
    "allowed_to_decline",
    "allowed_to_renew",
    "allowed_to_withdraw",
    "asked_choice",
    "bills",
    "check_choice",
    "check_signature",
    "compute_quote",
    "counting",
    "deepest_discount",
    "default_choice",
    "findings_before_sending",
    "needs_approval",
    "paper_of",
    "state_on",
]
