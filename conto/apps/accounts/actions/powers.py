"""What one member may do with another: give a role, hold their password in hand, look after them."""

from uuid import UUID

from conto.apps.accounts import queries
from conto.apps.accounts.models import Member, Team
from conto.domain.errors import NotAllowed, RuleBroken
from conto.domain.facts import Actor
from conto.domain.permissions import GRANTS, Permission, Role, demand, roles_within


def known_role(role: Role | str) -> Role:
    """Return the role of this name.

    Raises: RuleBroken `member.unknown_role`.
    """
    try:
        return Role(role)
    except ValueError as error:
        raise RuleBroken("member.unknown_role", "%(role)s is not a role.", role=str(role)) from error


def demand_power_to_give(role: Role, actor: Actor) -> None:
    """Refuse a member who would give a role with a right that they lack themselves."""
    doer = doer_of(actor)
    if doer is None:
        return
    demand(doer.role, Permission.MEMBER_EDIT)
    if role == Role.OWNER and doer.role != Role.OWNER:
        raise NotAllowed("member.only_owners", "Only an owner may make or change an owner.")
    if not GRANTS[role] <= GRANTS[Role(doer.role)]:
        raise NotAllowed(
            "member.more_than_own",
            "The role %(role)s has rights that yours lacks, so an owner has to give it. You may give: %(roles)s.",
            role=role,
            roles=roles_within(doer.role),
        )


def demand_care_for(member: Member, actor: Actor) -> None:
    """Refuse a member who looks after somebody else without the right to, or after an owner without being one."""
    doer = doer_of(actor)
    if doer is None or doer.id == member.id:
        return
    demand(doer.role, Permission.MEMBER_EDIT)
    if member.role == Role.OWNER and doer.role != Role.OWNER:
        raise NotAllowed("member.only_owners", "Only an owner may make or change an owner.")


def doer_of(actor: Actor) -> Member | None:
    """Return the member who acts; nothing for the system, which may do everything.

    Raises: NotAllowed for a member who was deactivated while a page was open.
    """
    if actor.kind != "member":
        return None
    doer = Member.objects.get(id=actor.member_id)  # type: ignore[misc]
    if not doer.is_active:
        raise NotAllowed("member.inactive", "You are deactivated and cannot change anything.")
    return doer


def known_team(team_id: UUID) -> Team:
    """Return a team.

    Raises: RuleBroken `team.unknown`.
    """
    found = queries.team(team_id)
    if found is None:
        raise RuleBroken("team.unknown", "There is no such team.")
    return found
