"""Quotes, what belongs to them, and what customers answered."""

from conto.apps.quotes.models.answers import QuoteAcceptance, QuoteDecline, QuoteLink, QuoteQuestion
from conto.apps.quotes.models.quotes import Quote, QuoteApproval, QuoteCounter, QuoteLine, QuoteRules

__all__ = [
    "Quote",
    "QuoteAcceptance",
    "QuoteApproval",
    "QuoteCounter",
    "QuoteDecline",
    "QuoteLine",
    "QuoteLink",
    "QuoteQuestion",
    "QuoteRules",
]
