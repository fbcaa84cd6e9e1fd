"""A forgotten password: asked for at the door and mailed, or handed over by somebody who may."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as queue

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries
from conto.apps.messaging import actions as messaging
from conto.apps.messaging import queries as mails
from conto.apps.messaging.queries import SEALED_PLACE
from conto.domain.facts import SYSTEM, Actor

MAILING_TASK = "mail_password_link"


def ask(*, email: str) -> None:
    """Note that somebody forgot a password; a job finds out whose, so that the answer takes as long for anybody."""
    queue.configure_task(MAILING_TASK).defer(email=email.strip().lower())


@transaction.atomic
def mail_link(*, email: str, at: datetime) -> bool:
    """Mail the member with this address a link to set a new password, and tell whether there is one."""
    if mails.mail_server() is None:
        return False
    made = accounts.ask_for_password(email=email, at=at)
    if made is None:
        return False
    link, token = made
    member, business = link.member, queries.business()
    known = {"name": member.name, "business": business.name if business else "Conto", "link": SEALED_PLACE}
    with translation.override(member.language):
        subject = _("A new password for %(business)s") % known
        text = _(
            "Hello %(name)s,\n\nsomebody, probably you, forgot the password for %(business)s in Conto. Choose a new "
            "one here:\n%(link)s\n\nThe link works once, for one hour. If it was not you, ignore this mail: your "
            "password stays as it is."
        )
    messaging.write_mail(
        customer=None,
        purpose="password",
        subject_id=member.id,
        to_address=member.email,
        subject=subject,
        text=text % known,
        secret=address_of(token),
        language=member.language,
        actor=SYSTEM,
        at=at,
    )
    return True


def hand_over(*, member_id: UUID, actor: Actor, at: datetime) -> str:
    """Return a link by which a member sets a new password, for the actor to pass on.

    Raises: Conflict, NotAllowed as `accounts.actions.make_password_link`.
    """
    _link, token = accounts.make_password_link(member_id=member_id, actor=actor, at=at)
    return address_of(token)


def address_of(token: str) -> str:
    """Return the address of the page where a new password is set."""
    return f"{settings.PUBLIC_URL}/new-password/{token}"
