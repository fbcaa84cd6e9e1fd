"""A member's own mail address: a new one holds once a link to it was used."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import queries
from conto.apps.accounts.actions.passwords import end_password_links
from conto.apps.accounts.models import AddressLink, Member
from conto.apps.audit import actions as audit
from conto.domain import facts
from conto.domain.contact import check_email
from conto.domain.errors import Conflict
from conto.domain.facts import Actor, Origin
from conto.domain.ids import new_id

ADDRESS_LASTS = timedelta(hours=24)


@transaction.atomic
def ask_for_address(*, member_id: UUID, email: str, actor: Actor, at: datetime) -> tuple[AddressLink, str]:
    """Make a link that gives a member another mail address once it is used; a link of before works no longer.

    Raises: RuleBroken for what is no address; Conflict for one that is somebody's.
    """
    member = Member.objects.select_for_update(no_key=True).get(id=member_id)
    address = check_email(email).lower()
    _refuse_taken(address)
    end_address_links(member_id=member.id, at=at)
    token = queries.new_token()
    link = AddressLink.objects.create(
        id=new_id(),
        member=member,
        email=address,
        token_sha256=queries.digest_of(token),
        made_at=at,
        expires_at=at + ADDRESS_LASTS,
    )
    fact = facts.AddressChangeAsked(subject_id=member.id, email=address, expires_at=link.expires_at)
    audit.record(fact, actor=actor, at=at)
    return link, token


@transaction.atomic
def use_address_link(*, token: str, at: datetime, origin: Origin | None = None) -> tuple[Member, str]:
    """Let the address that a link was made for be its member's, once; return the member and the address of before.

    Links to a new password that went to the old address work no longer.

    Raises: Conflict for a link that does not work any more, or an address that is somebody's by now.
    """
    link = AddressLink.objects.select_for_update(of=("self",)).filter(token_sha256=queries.digest_of(token)).first()
    if link is None or not queries.is_open(link, at):
        raise Conflict("address_link.dead", "This link does not work any more. Ask for a new one.")
    member = Member.objects.select_for_update(no_key=True).get(id=link.member_id)
    _refuse_taken(link.email)
    before, member.email = member.email, link.email
    member.save(update_fields=["email"])
    end_address_links(member_id=member.id, at=at)
    end_password_links(member_id=member.id, at=at)
    fact = facts.MemberAddressChanged(subject_id=member.id, changes={"email": [before, member.email]})
    audit.record(fact, actor=Actor(member.id, "member", member.name, origin), at=at)
    return member, before


def end_address_links(*, member_id: UUID, at: datetime) -> None:
    """Let no link to a new address of a member work any more."""
    AddressLink.objects.filter(member_id=member_id, ended_at__isnull=True).update(ended_at=at)


def _refuse_taken(address: str) -> None:
    if queries.member_by_email(address) is not None:
        raise Conflict("member.email_taken", "A member with the address %(email)s is here already.", email=address)
