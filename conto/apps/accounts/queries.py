"""Reads of members, the business and its legal entities."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from conto.apps.accounts.models import Business, LegalEntity, Member, SellerBankAccount


def business() -> Business | None:
    """Return the business of this book, or nothing before the first-run wizard."""
    return Business.objects.first()


def book_time(business: Business | None, now: datetime) -> datetime:
    """Return what the book's clock shows at `now`: ahead of it only in a sandbox book."""
    return now + timedelta(seconds=business.clock_ahead_seconds) if business else now


def legal_entities() -> QuerySet[LegalEntity]:
    """Return the sellers of this book, the default one first."""
    return LegalEntity.objects.order_by("-is_default", "name")


def bank_account(legal_entity: LegalEntity, currency: str) -> SellerBankAccount | None:
    """Return the account to print on a document in `currency`: the default of that currency, else any default."""
    accounts = SellerBankAccount.objects.filter(legal_entity=legal_entity)
    return (
        accounts.filter(currency=currency).order_by("-is_default").first() or accounts.order_by("-is_default").first()
    )


def members() -> QuerySet[Member]:
    """Return the members of this book by name."""
    return Member.objects.order_by("name")
