"""A member takes another mail address: shown by a link that goes there, and told to the address of before."""

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
from conto.domain.facts import SYSTEM, Actor, Origin

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member


@dataclass(frozen=True, slots=True)
class Asked:
    """The new address, and the link to copy where no mail can carry it; where one does, nobody else sees the link."""

    email: str
    link: str


@transaction.atomic
def ask(*, member_id: UUID, email: str, actor: Actor, at: datetime) -> Asked:
    """Mail a link to the new address, or return it to be copied while no mail leaves.

    Raises: RuleBroken, Conflict as `accounts.actions.ask_for_address`.
    """
    made, token = accounts.ask_for_address(member_id=member_id, email=email, actor=actor, at=at)
    link = f"{settings.PUBLIC_URL}/new-address/{token}"
    if mails.mail_server() is None:
        return Asked(made.email, link)
    with translation.override(made.member.language):
        subject = _("Confirm your new mail address for %(business)s") % _known(made.member)
        text = _(
            "Hello %(name)s,\n\nto sign in to %(business)s in Conto with this mail address from now on, open this "
            "page:\n%(link)s\n\nThe link works once, for a day. If you did not ask for it, ignore this mail."
        ) % {**_known(made.member), "link": SEALED_PLACE}
    _write(made.member, made.email, subject, text, secret=link, actor=actor, at=at)
    return Asked(made.email, "")


@transaction.atomic
def confirm(*, token: str, at: datetime, origin: Origin | None = None) -> "Member":
    """Let the new address be the member's, and tell the old one that it is no longer.

    Raises: Conflict as `accounts.actions.use_address_link`.
    """
    member, before = accounts.use_address_link(token=token, at=at, origin=origin)
    if mails.mail_server() is not None:
        with translation.override(member.language):
            subject = _("Your mail address for %(business)s was changed") % _known(member)
            text = _(
                "Hello %(name)s,\n\nyou sign in to %(business)s in Conto with %(email)s from now on, no longer with "
                "this address. If it was not you, tell an owner of the business at once: they end your sessions and "
                "shut the door."
            ) % _known(member)
        _write(member, before, subject, text, actor=SYSTEM, at=at)
    return member


def _known(member: "Member") -> dict[str, str]:
    business = queries.business()
    return {"name": member.name, "email": member.email, "business": business.name if business else "Conto"}


def _write(
    member: "Member", to_address: str, subject: str, text: str, *, actor: Actor, at: datetime, secret: str = ""
) -> None:
    messaging.write_mail(
        customer=None,
        purpose="security",
        subject_id=member.id,
        to_address=to_address,
        subject=subject,
        text=text,
        secret=secret,
        language=member.language,
        actor=actor,
        at=at,
    )
