"""Reads of what members sign in with besides their password."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator

from conto.apps.accounts.models import Member

APP, CODES, PASSKEY = "totp", "recovery_codes", "webauthn"
CODE_COUNT = 10
SECOND_STEPS = (APP, PASSKEY)  # recovery codes only stand in for one of these


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its member sees it."""

    id: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """Everything that a member can sign in with besides the password."""

    app_added_at: datetime | None = None
    app_used_at: datetime | None = None
    passkeys: tuple[Passkey, ...] = ()
    codes_left: int = 0
    codes_made_at: datetime | None = None

    @property
    def has_app(self) -> bool:
        """Tell whether there is an app that gives codes."""
        return self.app_added_at is not None

    @property
    def has_second_step(self) -> bool:
        """Tell whether the password alone does not let the member in."""
        return self.has_app or bool(self.passkeys)


def factors_of(member_id: UUID) -> Factors:
    """Return what a member signs in with besides the password."""
    rows = list(Authenticator.objects.filter(user_id=member_id).order_by("created_at", "id"))
    app = next((row for row in rows if row.type == APP), None)
    codes = next((row for row in rows if row.type == CODES), None)
    return Factors(
        app_added_at=app.created_at if app else None,
        app_used_at=app.last_used_at if app else None,
        passkeys=tuple(
            Passkey(row.id, row.data["name"], row.created_at, row.last_used_at) for row in rows if row.type == PASSKEY
        ),
        codes_left=codes_left(codes) if codes else 0,
        codes_made_at=codes.created_at if codes else None,
    )


def app_address(member: Member, secret: str) -> str:
    """Return the address that an app on a phone reads a secret from (otpauth://)."""
    return str(get_adapter().build_totp_url(member, secret))


def has_second_step(member_id: UUID) -> bool:
    """Tell whether the password alone does not let a member in."""
    return bool(Authenticator.objects.filter(user_id=member_id, type__in=SECOND_STEPS).exists())


def members_with_second_step() -> set[UUID]:
    """Return the ids of all members whom the password alone does not let in."""
    return set(Authenticator.objects.filter(type__in=SECOND_STEPS).values_list("user_id", flat=True))


def codes_left(row: Authenticator) -> int:
    """Return how many recovery codes of a set are not used."""
    return CODE_COUNT - int(row.data["used_mask"]).bit_count()
