"""Reads of members, the business and its legal entities."""

import copy
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, Exists, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from conto.apps.accounts.models import (
    AddressLink,
    Business,
    Invitation,
    LegalEntity,
    Member,
    MemberSession,
    PasswordLink,
    RoleReach,
    SellerBankAccount,
    Team,
)
from conto.apps.bulk.composed import Composed, given
from conto.domain.permissions import GRANTS, Role
from conto.domain.sight import Area, Reach, Reaches, reach_of


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


def _reach_words() -> QuerySet[RoleReach, Any]:
    word = Concat("role", Value(" "), "area", Value(" "), "reach", output_field=CharField())
    return RoleReach.objects.annotate(word=word).order_by("role", "area").values("word")


def _mates() -> QuerySet[Member, Any]:
    """Give everybody with a team as words of both, where a role sees those of the team; else nobody."""
    word = Concat(Cast("id", CharField()), Value(" "), Cast("team_id", CharField()), output_field=CharField())
    asked = Exists(RoleReach.objects.filter(reach=Reach.TEAM))
    return Member.objects.filter(asked, team__isnull=False).annotate(word=word).order_by("id").values("word")


_BUSINESS = Composed(
    lambda: Business.objects.annotate(  # type: ignore[no-redef]
        reaches=ArraySubquery(_reach_words()), mates=ArraySubquery(_mates())
    ).order_by("id")[:1]
)


def business() -> Business | None:
    """Return the business of this book with how far roles see in it, or nothing before the first-run wizard."""
    return _BUSINESS.first()


def book_time(business: Business | None, now: datetime) -> datetime:
    """Return what the book's clock shows at `now`: ahead of it only in a sandbox book."""
    return now + timedelta(seconds=business.clock_ahead_seconds) if business else now


def legal_entities() -> QuerySet[LegalEntity]:
    """Return the sellers of this book, the default one first."""
    return LegalEntity.objects.order_by("-is_default", "name")


_PAYEE = Composed(
    lambda: SellerBankAccount.objects.filter(legal_entity_id=given("legal_entity_id")).order_by(
        Case(When(currency=given("currency"), then=0), default=1), "-is_default"
    )[:1]
)


def bank_account(legal_entity: LegalEntity, currency: str) -> SellerBankAccount | None:
    """Return the account to print on a document in `currency`: the default of that currency, else any default."""
    return _PAYEE.first(legal_entity_id=legal_entity.id, currency=currency)


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


@dataclass(frozen=True, slots=True)
class Eyes:
    """Whose eyes a member looks at the book with: those of a role, or of another member."""

    role: str = ""
    member_id: UUID | None = None


def seen_with(viewer: Member, eyes: Eyes) -> Member | None:
    """Return whom pages are shown to while `viewer` looks with other eyes; nothing when there is nobody like that.

    The member returned may what both may, and is only to be read.
    """
    seen = member(eyes.member_id) if eyes.member_id else copy.copy(viewer)
    if seen is None or not seen.is_active or (not eyes.member_id and eyes.role not in set(Role)):
        return None
    if not eyes.member_id:
        seen.role = eyes.role
    seen.viewer, seen.narrowed_to = viewer, GRANTS[Role(viewer.role)]
    return seen


def reaches(words: Iterable[str] | None = None) -> Reaches:
    """Return how far roles see where it was chosen: read from the book, or from what was read along with it."""
    if words is None:
        words = [each["word"] for each in _reach_words()]
    parts = (word.split(" ") for word in words)
    return {(Role(role), Area(area)): Reach(reach) for role, area, reach in parts}


def owners_seen(member: Member, area: Area) -> frozenset[UUID] | None:
    """Return the members whose records of an area a member sees; nothing means everybody's, also those of nobody.

    It is asked once for a member: the answer is kept with the object, for as long as the request has it.

    Source: V-1.
    """
    kept: dict[tuple[str, Area, UUID], frozenset[UUID] | None] = member.__dict__.setdefault("_owners_seen", {})
    key = (member.role, area, member.id)
    if key not in kept:
        kept[key] = _owners_seen(member, area)
    return kept[key]


def _owners_seen(member: Member, area: Area) -> frozenset[UUID] | None:
    if member.reaches is None:
        member.reaches = [each["word"] for each in _reach_words()]
    reach = reach_of(member.role, area, reaches(member.reaches))
    if reach is Reach.ALL:
        return None
    return frozenset({member.id}) if reach is Reach.OWN else teammates(member)


def teammates(member: Member) -> frozenset[UUID]:
    """Return who is in a member's team, the member too; without a team the member alone."""
    if member.team_id is None:
        return frozenset({member.id})
    if member.mates:
        pairs = (each.split(" ") for each in member.mates)
        return frozenset({member.id, *(UUID(mate) for mate, team_id in pairs if UUID(team_id) == member.team_id)})
    return frozenset({member.id, *Member.objects.filter(team_id=member.team_id).values_list("id", flat=True)})


def teams() -> QuerySet[Team]:
    """Return the teams by name."""
    return Team.objects.order_by("name")


def team(team_id: UUID) -> Team | None:
    """Return one team."""
    return Team.objects.filter(id=team_id).first()


def is_locked(member: Member, at: datetime) -> bool:
    """Tell whether the member must wait before the next try."""
    return member.locked_until is not None and member.locked_until > at


def sessions_of(member_id: UUID) -> QuerySet[MemberSession]:
    """Return where a member is signed in, the one used last first."""
    return MemberSession.objects.filter(member_id=member_id).order_by("-seen_at", "id")


def session(session_id: UUID) -> MemberSession | None:
    """Return one session with its member."""
    return MemberSession.objects.select_related("member").filter(id=session_id).first()


def open_invitations() -> QuerySet[Invitation]:
    """Return the invitations that nobody has accepted or cancelled, the latest first; some have run out."""
    open_ones = Invitation.objects.filter(accepted_at__isnull=True, cancelled_at__isnull=True)
    return open_ones.select_related("invited_by").order_by("-invited_at", "id")


def open_invitation(invitation_id: UUID) -> Invitation | None:
    """Return one invitation that nobody has accepted or cancelled."""
    return open_invitations().filter(id=invitation_id).first()


def invitation_of_token(token: str, at: datetime) -> Invitation | None:
    """Return the invitation that a link is for, while it works."""
    found = open_invitations().filter(token_sha256=digest_of(token)).first()
    return found if found is not None and is_open(found, at) else None


def password_link_of_token(token: str, at: datetime) -> PasswordLink | None:
    """Return the password link with its member, while it works."""
    found = PasswordLink.objects.select_related("member").filter(token_sha256=digest_of(token)).first()
    return found if found is not None and is_open(found, at) else None


def address_link_of_token(token: str, at: datetime) -> AddressLink | None:
    """Return the link to a new mail address with its member, while it works."""
    found = AddressLink.objects.select_related("member").filter(token_sha256=digest_of(token)).first()
    return found if found is not None and is_open(found, at) else None


def is_open(link: Invitation | PasswordLink | AddressLink, at: datetime) -> bool:
    """Tell whether a link still works at this moment."""
    if isinstance(link, Invitation):
        return link.accepted_at is None and link.cancelled_at is None and link.expires_at > at
    return link.ended_at is None and link.expires_at > at and link.member.is_active


def new_token() -> str:
    """Return a secret for a link: 256 bits that nobody guesses."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()
