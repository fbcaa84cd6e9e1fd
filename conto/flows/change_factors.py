"""What belongs to every change of how a member signs in: other sessions end, and the member is told by mail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries as members
from conto.apps.factors import actions as factors
from conto.apps.factors import queries
from conto.apps.messaging import actions as messaging
from conto.domain.facts import SYSTEM, Actor

_APP_ADDED = gettext_noop("An app now gives you the codes to sign in with.")
_APP_REMOVED = gettext_noop("The app that gave you codes to sign in with was removed.")
_PASSKEY_ADDED = gettext_noop("The passkey “%(name)s” was added.")
_PASSKEY_REMOVED = gettext_noop("The passkey “%(name)s” was removed.")
_CODES_MADE = gettext_noop("New recovery codes were made; the old ones work no longer.")
_RESET = gettext_noop("%(doer)s has removed your app, your passkeys and your recovery codes.")


@transaction.atomic
def add_app(
    *, member_id: UUID, secret: str, code: str, kept_key: str | None, actor: Actor, at: datetime
) -> list[str] | None:
    """Let a member sign in with the codes of an app; return recovery codes if these are the first.

    Raises: RuleBroken for a code that the app does not show; Conflict when there is an app.
    """
    factors.add_app(member_id=member_id, secret=secret, code=code, actor=actor, at=at)
    return _begun(member_id, _APP_ADDED, {}, kept_key, actor, at)


@transaction.atomic
def remove_app(*, member_id: UUID, kept_key: str | None, actor: Actor, at: datetime) -> None:
    """Take the app of a member away."""
    factors.remove_app(member_id=member_id, actor=actor, at=at)
    _changed(member_id, _APP_REMOVED, {}, kept_key, actor, at)


@transaction.atomic
def add_passkey(
    *, member_id: UUID, name: str, answer: Any, kept_key: str | None, actor: Actor, at: datetime
) -> list[str] | None:
    """Let a member sign in with a passkey; return recovery codes if these are the first.

    Raises: RuleBroken for an answer of the browser that does not fit.
    """
    factors.add_passkey(member_id=member_id, name=name, answer=answer, actor=actor, at=at)
    return _begun(member_id, _PASSKEY_ADDED, {"name": name}, kept_key, actor, at)


@transaction.atomic
def remove_passkey(*, member_id: UUID, passkey_id: int, kept_key: str | None, actor: Actor, at: datetime) -> str:
    """Take a passkey away and return its name."""
    name = factors.remove_passkey(member_id=member_id, passkey_id=passkey_id, actor=actor, at=at)
    _changed(member_id, _PASSKEY_REMOVED, {"name": name}, kept_key, actor, at)
    return name


@transaction.atomic
def make_codes(*, member_id: UUID, kept_key: str | None, actor: Actor, at: datetime) -> list[str]:
    """Make new recovery codes in place of the old ones and return them."""
    codes = factors.make_codes(member_id=member_id, actor=actor, at=at)
    _changed(member_id, _CODES_MADE, {}, kept_key, actor, at)
    return codes


@transaction.atomic
def reset_factors(*, member_id: UUID, actor: Actor, at: datetime) -> None:
    """Take all factors of another member away, who has lost phone and codes.

    Raises: NotAllowed for who may not; Conflict when there is nothing to take away.
    """
    factors.reset_factors(member_id=member_id, actor=actor, at=at)
    _changed(member_id, _RESET, {"doer": actor.name}, None, actor, at)


def _begun(
    member_id: UUID, words: str, known: dict[str, str], kept_key: str | None, actor: Actor, at: datetime
) -> list[str] | None:
    is_first = queries.factors_of(member_id).codes_made_at is None
    codes = factors.make_codes(member_id=member_id, actor=actor, at=at) if is_first else None
    _changed(member_id, words, known, kept_key, actor, at)
    return codes


def _changed(
    member_id: UUID, words: str, known: dict[str, str], kept_key: str | None, actor: Actor, at: datetime
) -> None:
    accounts.end_sessions(member_id=member_id, kept_key=kept_key, reason="factors", actor=actor, at=at)
    member = members.member(member_id)
    if member is None:
        return
    with translation.override(member.language):
        told = {
            "name": member.name,
            "what": _(words) % known,
            "page": f"{settings.PUBLIC_URL}/profile/security",
        }
        subject = _("The way you sign in has changed")
        text = _(
            "Hello %(name)s,\n\n%(what)s\n\nYou were signed out everywhere else. If this was not you, set a new"
            " password and look at %(page)s, and tell an owner of the business."
        )
    messaging.write_mail(
        customer=None,
        purpose="security",
        subject_id=member.id,
        to_address=member.email,
        subject=subject,
        text=text % told,
        language=member.language,
        actor=SYSTEM,
        at=at,
    )
