"""Links, questions and answers of customers."""

import hashlib
from datetime import datetime

from django.db.models import QuerySet

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.quotes.models import Quote, QuoteAcceptance, QuoteDecline, QuoteLink, QuoteQuestion
from conto.domain.permissions import Permission


def token_sha256(token: str) -> bytes:
    """Return what is kept of a link's token."""
    return hashlib.sha256(token.encode()).digest()


def link_of_token(token: str, at: datetime) -> QuoteLink | None:
    """Return the valid link of a token, with its quote and customer."""
    return (
        QuoteLink.objects.select_related("quote__customer__owner", "quote__legal_entity", "quote__contact")
        .filter(token_sha256=token_sha256(token), revoked_at=None, expires_at__gt=at)
        .first()
    )


def link_ever_of_token(token: str) -> QuoteLink | None:
    """Return the link that a token once opened, expired and revoked ones too: to say in words why it is closed."""
    found = QuoteLink.objects.select_related("quote__customer__owner", "quote__legal_entity")
    return found.filter(token_sha256=token_sha256(token)).first()


def acceptance_of(quote: Quote) -> QuoteAcceptance | None:
    """Return the acceptance of a quote or of another version of it."""
    return QuoteAcceptance.objects.filter(family_id=quote.family_id).select_related("quote").first()


def decline_of(quote: Quote) -> QuoteDecline | None:
    """Return why a quote was declined."""
    return QuoteDecline.objects.filter(quote=quote).first()


def questions_of(quote: Quote) -> QuerySet[QuoteQuestion]:
    """Return what was asked about any version of a quote, the latest first."""
    return QuoteQuestion.objects.filter(quote__family_id=quote.family_id).order_by("-asked_at")


def open_questions(member: Member) -> QuerySet[QuoteQuestion]:
    """Return what customers asked about quotes and nobody answered yet, the oldest first."""
    if not member.may(Permission.QUOTE_VIEW):
        return QuoteQuestion.objects.none()
    asked = QuoteQuestion.objects.filter(crm.sight_of(member, "quote__customer"), answered_at=None)
    return asked.select_related("quote__customer").order_by("asked_at")
