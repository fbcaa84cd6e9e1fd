"""What a password must be, and links by which a member sets a new one."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from conto.apps.accounts import queries
from conto.apps.accounts.actions.powers import demand_power_to_give
from conto.apps.accounts.actions.sessions import end_sessions
from conto.apps.accounts.models import Member, PasswordLink
from conto.apps.audit import actions as audit
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor, Origin
from conto.domain.ids import new_id
from conto.domain.passwords import is_like_names
from conto.domain.permissions import Role

LEAST_CHARACTERS = 10
MOST_CHARACTERS = 200  # hashing a novel would be an attack
ASKED_LASTS = timedelta(hours=1)
HANDED_LASTS = timedelta(hours=24)
_WHY = {
    "password_too_short": ("password.too_short", "A password has at least %(least)d characters."),
    "password_too_common": (
        "password.too_common",
        "Many people use this password, so it is guessed first. Take another.",
    ),
    "password_entirely_numeric": ("password.only_digits", "A password needs more than digits."),
    "password_too_similar": (
        "password.too_similar",
        "This password is too much like a name that everybody knows.",
    ),
}


@transaction.atomic
def set_password(*, member_id: UUID, password: str, actor: Actor, at: datetime, kept_key: str | None = None) -> Member:
    """Give a member a new password; it ends their sessions but one, kills their links and opens a locked door.

    Raises: RuleBroken for a weak password; NotAllowed for somebody else's with more rights than one's own.
    """
    member = Member.objects.select_for_update(no_key=True).get(id=member_id)
    if actor.member_id != member.id:
        demand_power_to_give(Role(member.role), actor)
    member.password = checked_hash(password, member)
    member.failed_sign_ins, member.locked_until = 0, None
    member.save(update_fields=["password", "failed_sign_ins", "locked_until"])
    audit.record(facts.MemberPasswordChanged(subject_id=member.id), actor=actor, at=at)
    end_password_links(member_id=member.id, at=at)
    end_sessions(member_id=member.id, actor=actor, at=at, kept_key=kept_key, reason="password")
    return member


@transaction.atomic
def make_password_link(*, member_id: UUID, actor: Actor, at: datetime) -> tuple[PasswordLink, str]:
    """Make a link by which a member sets a new password, for the actor to pass on; it lasts a day.

    Raises: NotAllowed for a member with more rights than the actor; Conflict for one who is deactivated.
    """
    member = Member.objects.get(id=member_id)
    demand_power_to_give(Role(member.role), actor)
    if not member.is_active:
        raise Conflict("member.is_inactive", "%(name)s is deactivated. Let them in again first.", name=member.name)
    return _make_link(member, made_by=actor, lasts=HANDED_LASTS, at=at)


@transaction.atomic
def ask_for_password(*, email: str, at: datetime) -> tuple[PasswordLink, str] | None:
    """Make a link for whoever says at the door that they forgot their password; none where nobody has the address."""
    member = queries.member_by_email(email.strip().lower())
    if member is None or not member.is_active:
        return None
    return _make_link(member, made_by=None, lasts=ASKED_LASTS, at=at)


@transaction.atomic
def use_password_link(*, token: str, password: str, at: datetime, origin: Origin | None = None) -> Member:
    """Set a new password by a link, which works once.

    Raises: RuleBroken for a link that does not work any more, or a weak password, which leaves the link as it is.
    """
    link = PasswordLink.objects.select_for_update(of=("self",)).filter(token_sha256=queries.digest_of(token)).first()
    if link is None or not queries.is_open(link, at):
        raise Conflict("password_link.dead", "This link does not work any more. Ask for a new one.")
    actor = Actor(link.member_id, "member", link.member.name, origin)
    return set_password(member_id=link.member_id, password=password, actor=actor, at=at)


def end_password_links(*, member_id: UUID, at: datetime) -> None:
    """Let no link of a member work any more."""
    PasswordLink.objects.filter(member_id=member_id, ended_at__isnull=True).update(ended_at=at)


def checked_hash(password: str, member: Member) -> str:
    """Return the hash of a password that is good enough for this member.

    Raises: RuleBroken with the first reason why it is not.
    """
    if len(password) > MOST_CHARACTERS:
        raise RuleBroken("password.too_long", "A password has at most %(most)d characters.", most=MOST_CHARACTERS)
    business = queries.business()
    if is_like_names(password, [member.name, member.email, business.name if business else "", "Conto"]):
        raise RuleBroken(*_WHY["password_too_similar"])
    try:
        validate_password(password, member)
    except ValidationError as error:
        code, words = _WHY[error.error_list[0].code or ""]
        raise RuleBroken(code, words, least=LEAST_CHARACTERS) from error
    return make_password(password)


def _make_link(member: Member, *, made_by: Actor | None, lasts: timedelta, at: datetime) -> tuple[PasswordLink, str]:
    token = queries.new_token()
    link = PasswordLink.objects.create(
        id=new_id(),
        member=member,
        token_sha256=queries.digest_of(token),
        made_by_id=made_by.member_id if made_by else None,
        made_at=at,
        expires_at=at + lasts,
    )
    fact = facts.PasswordResetAsked(
        subject_id=member.id, asked_at="members" if made_by else "door", expires_at=link.expires_at
    )
    audit.record(fact, actor=made_by or facts.SYSTEM, at=at)
    return link, token
