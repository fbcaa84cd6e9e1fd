"""Reads of members, the business and its legal entities."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from conto.apps.accounts.models import Business, LegalEntity, Member, SellerBankAccount


@dataclass(frozen=True, slots=True)
class SellerDetails:
    """What a legal entity says of itself: everything a form can change."""

    name: str
    country: str
    currency: str
    zone: str
    legal_name: str = ""
    language: str = "en"
    line1: str = ""
    line2: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    vat_number: str = ""
    tax_number: str = ""
    company_number: str = ""
    is_tax_registered: bool = True
    is_small_business: bool = False
    electronic_address_scheme: str = ""
    electronic_address: str = ""
    terms_days: int = 14
    accent_color: str = "#1f5c46"


@dataclass(frozen=True, slots=True)
class BankAccountDetails:
    """What a seller's bank account is: everything a form can change."""

    holder: str
    currency: str
    name: str = ""
    iban: str = ""
    bic: str = ""
    account_number: str = ""
    routing_number: str = ""
    bank_name: str = ""
    is_default: bool = False


def seller_details(entity: LegalEntity) -> SellerDetails:
    """Return what a legal entity says of itself."""
    return SellerDetails(**_values(SellerDetails, entity))


def bank_account_details(account: SellerBankAccount) -> BankAccountDetails:
    """Return what a bank account is."""
    return BankAccountDetails(**_values(BankAccountDetails, account))


def _values(shape: type[SellerDetails | BankAccountDetails], row: object) -> dict[str, Any]:
    return {each.name: getattr(row, each.name) for each in fields(shape)}


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


def bank_accounts() -> QuerySet[SellerBankAccount]:
    """Return the bank accounts of all sellers, the defaults first."""
    return SellerBankAccount.objects.select_related("legal_entity").order_by("-is_default", "currency", "name")


def members() -> QuerySet[Member]:
    """Return the members of this book by name."""
    return Member.objects.order_by("name")


def member(member_id: UUID) -> Member | None:
    """Return one member."""
    return Member.objects.filter(id=member_id).first()


def member_by_email(email: str) -> Member | None:
    """Return the member with this address, however its letters are written."""
    return Member.objects.filter(email__iexact=email).first()


def has_member() -> bool:
    """Tell whether anybody can sign in to this book."""
    return Member.objects.exists()
