"""Look at the book as a role, or as another member, would see it; this is written down, and changes nothing else."""

from datetime import datetime

from conto.apps.accounts import queries
from conto.apps.accounts.models import Member
from conto.apps.accounts.queries import Eyes
from conto.apps.audit import actions as audit
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.permissions import Permission, demand


def start_viewing(*, viewer: Member, eyes: Eyes, actor: Actor, at: datetime) -> Member:
    """Write down that a member begins to look with other eyes, and return the member whom pages are shown to.

    Raises: NotAllowed without the right to; RuleBroken for eyes that nobody has.
    """
    demand(viewer.role, Permission.MEMBER_VIEW_AS)
    seen = queries.seen_with(viewer, eyes)
    if seen is None:
        raise RuleBroken("view_as.nobody", "There is nobody whose view this would be.")
    name = seen.name if eyes.member_id else ""
    fact = facts.ViewAsStarted(subject_id=eyes.member_id or viewer.id, role=seen.role, name=name)
    audit.record(fact, actor=actor, at=at)
    return seen


def end_viewing(*, viewer: Member, eyes: Eyes, reason: str, actor: Actor, at: datetime) -> None:
    """Write down that a member looks with their own eyes again."""
    seen = queries.member(eyes.member_id) if eyes.member_id else None
    fact = facts.ViewAsEnded(
        subject_id=eyes.member_id or viewer.id,
        role=seen.role if seen else eyes.role,
        name=seen.name if seen else "",
        reason=reason,
    )
    audit.record(fact, actor=actor, at=at)
