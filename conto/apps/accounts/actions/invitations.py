"""Ask people to join, and let them in by the link they got."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import queries
from conto.apps.accounts.actions.members import keep_new_member
from conto.apps.accounts.actions.powers import demand_power_to_give, known_role
from conto.apps.accounts.models import Invitation, Member
from conto.apps.audit import actions as audit
from conto.domain import facts
from conto.domain.contact import check_email
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor, Origin
from conto.domain.ids import new_id
from conto.domain.permissions import Permission, Role, roles_within

INVITATION_LASTS = timedelta(days=7)


@transaction.atomic
def invite_member(
    *, email: str, name: str, role: Role | str, actor: Actor, at: datetime, language: str = "en"
) -> tuple[Invitation, str]:
    """Ask a person to join, and return the invitation with the secret of its link, which is kept as a hash only.

    Raises: RuleBroken for a bad address or name; Conflict for one who is here or invited; NotAllowed to give a role
    with more rights than the actor has.
    """
    role = known_role(role)
    demand_power_to_give(role, actor)
    address = check_email(email).lower()
    if not name.strip():
        raise RuleBroken("member.no_name", "A member needs a name.")
    if queries.member_by_email(address) is not None:
        raise Conflict("member.email_taken", "A member with the address %(email)s is here already.", email=address)
    if queries.open_invitations().filter(email__iexact=address).exists():
        raise Conflict(
            "invitation.open", "%(email)s is invited already. Make a new link for that invitation.", email=address
        )
    token = queries.new_token()
    invitation = Invitation.objects.create(
        id=new_id(),
        email=address,
        name=name.strip(),
        role=role.value,
        language=language,
        token_sha256=queries.digest_of(token),
        invited_by_id=actor.member_id,
        invited_at=at,
        expires_at=at + INVITATION_LASTS,
    )
    _note(invitation, actor=actor, at=at)
    return invitation, token


@transaction.atomic
def renew_invitation(*, invitation_id: UUID, actor: Actor, at: datetime) -> tuple[Invitation, str]:
    """Give an invitation a new link, which takes the place of the old one and lasts as long again.

    Raises: Conflict for one that was accepted or cancelled; NotAllowed as for inviting.
    """
    invitation = _open(invitation_id)
    demand_power_to_give(Role(invitation.role), actor)
    token = queries.new_token()
    invitation.token_sha256, invitation.expires_at = queries.digest_of(token), at + INVITATION_LASTS
    invitation.invited_by_id = actor.member_id
    invitation.save(update_fields=["token_sha256", "expires_at", "invited_by"])
    _note(invitation, actor=actor, at=at, is_renewed=True)
    return invitation, token


@transaction.atomic
def cancel_invitation(*, invitation_id: UUID, actor: Actor, at: datetime) -> Invitation:
    """Take an invitation back; its link stops working.

    Raises: Conflict for one that was accepted or cancelled; NotAllowed as for inviting.
    """
    invitation = _open(invitation_id)
    demand_power_to_give(Role(invitation.role), actor)
    invitation.cancelled_at = at
    invitation.save(update_fields=["cancelled_at"])
    audit.record(facts.InvitationCancelled(subject_id=invitation.id, email=invitation.email), actor=actor, at=at)
    return invitation


@transaction.atomic
def accept_invitation(
    *, token: str, name: str, password: str, language: str, zone: str, at: datetime, origin: Origin | None = None
) -> Member:
    """Make a member of an invited person, once.

    Raises: Conflict for a link that does not work (any more); RuleBroken for a weak password or an unknown zone, which
    leave the link as it is.
    """
    invitation = (
        Invitation.objects.select_for_update(of=("self",)).filter(token_sha256=queries.digest_of(token)).first()
    )
    if invitation is None or not queries.is_open(invitation, at) or not _is_still_meant(invitation):
        raise Conflict("invitation.dead", "This invitation does not work any more. Ask for a new one.")
    invited = Member(
        id=invitation.id,
        email=invitation.email,
        name=name,
        role=invitation.role,
        language=language,
        zone=zone,
        joined_at=at,
    )
    actor = Actor(invitation.id, "member", name.strip() or invitation.name, origin)
    member = keep_new_member(invited, password=password, actor=actor, at=at)
    invitation.accepted_at = at
    invitation.save(update_fields=["accepted_at"])
    fact = facts.InvitationAccepted(subject_id=member.id, email=member.email, role=member.role)
    audit.record(fact, actor=actor, at=at)
    return member


def _open(invitation_id: UUID) -> Invitation:
    invitation = Invitation.objects.select_for_update(of=("self",)).get(id=invitation_id)
    if invitation.accepted_at or invitation.cancelled_at:
        raise Conflict("invitation.closed", "This invitation was accepted or cancelled meanwhile.")
    return invitation


def _is_still_meant(invitation: Invitation) -> bool:
    """Tell whether whoever invited may still give this role: a link does not outlive the right to make it."""
    by = invitation.invited_by
    return by is None or (by.may(Permission.MEMBER_EDIT) and Role(invitation.role) in roles_within(by.role))


def _note(invitation: Invitation, *, actor: Actor, at: datetime, is_renewed: bool = False) -> None:
    fact = facts.MemberInvited(
        subject_id=invitation.id,
        name=invitation.name,
        email=invitation.email,
        role=invitation.role,
        expires_at=invitation.expires_at,
        is_renewed=is_renewed,
    )
    audit.record(fact, actor=actor, at=at)
