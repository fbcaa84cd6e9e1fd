"""Invite a member: a link to pass on always, and a mail with it where mail leaves by itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries
from conto.apps.messaging import actions as messaging
from conto.apps.messaging import queries as mails
from conto.apps.messaging.queries import SEALED_PLACE
from conto.domain.facts import Actor
from conto.domain.permissions import Role

if TYPE_CHECKING:
    from conto.apps.accounts.models import Invitation


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation with its link, which can be shown this once, and whether a mail carries it too."""

    invitation: "Invitation"
    link: str
    is_mailed: bool


@transaction.atomic
def invite(*, email: str, name: str, role: Role | str, language: str, actor: Actor, at: datetime) -> Invited:
    """Ask a person to join.

    Raises: RuleBroken, Conflict, NotAllowed as `accounts.actions.invite_member`.
    """
    invitation, token = accounts.invite_member(email=email, name=name, role=role, language=language, actor=actor, at=at)
    return _told(invitation, token, actor=actor, at=at)


@transaction.atomic
def invite_again(*, invitation_id: UUID, actor: Actor, at: datetime) -> Invited:
    """Give an invitation a new link; the old one stops working.

    Raises: Conflict, NotAllowed as `accounts.actions.renew_invitation`.
    """
    invitation, token = accounts.renew_invitation(invitation_id=invitation_id, actor=actor, at=at)
    return _told(invitation, token, actor=actor, at=at)


def _told(invitation: "Invitation", token: str, *, actor: Actor, at: datetime) -> Invited:
    link = f"{settings.PUBLIC_URL}/join/{token}"
    if mails.mail_server() is None:
        return Invited(invitation, link, is_mailed=False)
    business = queries.business()
    known = {
        "name": invitation.name,
        "by": actor.name,
        "business": business.name if business else "Conto",
        "link": SEALED_PLACE,
    }
    with translation.override(invitation.language):
        subject = _("%(by)s invites you to %(business)s") % known
        text = _(
            "Hello %(name)s,\n\n%(by)s invites you to work with %(business)s in Conto. Choose a password here:\n"
            "%(link)s\n\nThe link works once, for seven days. If you expected no invitation, ignore this mail."
        )
    messaging.write_mail(
        customer=None,
        purpose="invitation",
        subject_id=invitation.id,
        to_address=invitation.email,
        subject=subject,
        text=text % known,
        secret=link,
        language=invitation.language,
        actor=actor,
        at=at,
    )
    return Invited(invitation, link, is_mailed=True)
