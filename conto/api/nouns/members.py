"""Members, invitations, and the key that asks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Email, Entry, Flag, Id, Instant, Name
from conto.api.operations import Match, noun, reads, writes
from conto.api.problem import Refused
from conto.api.reading import found, given, lock
from conto.apps.accounts import actions, queries
from conto.apps.integrations import actions as closing
from conto.apps.integrations import queries as keys
from conto.apps.integrations.queries import rights_of
from conto.domain.permissions import GRANTS, Permission, Role
from conto.flows import invite_member as inviting

router = noun("Members")
_VIEW, _EDIT = Permission.MEMBER_VIEW, Permission.MEMBER_EDIT
RoleWord = Annotated[str, Field(examples=["finance"])]
RoleGiven = Annotated[
    Literal["owner", "admin", "sales", "finance", "support", "marketing", "auditor"], Field(examples=["sales"])
]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works in this book."""

    id: Id
    name: Annotated[str, Field(examples=["Ada Lovelace"])]
    email: Email
    role: RoleWord
    language: Annotated[str, Field(examples=["en"])]
    is_active: bool
    team_id: Annotated[UUID | None, Field(description="The team, if any.")]
    joined_at: Instant
    last_login: datetime | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody who was asked to join and has not answered yet."""

    id: Annotated[UUID, Field(description="Becomes the id of the member.")]
    name: Annotated[str, Field(examples=["Nele Neu"])]
    email: Email
    role: RoleWord
    language: Annotated[str, Field(examples=["en"])]
    invited_at: Instant
    expires_at: Instant
    is_open: Annotated[bool, Field(description="Whether its link still works.")]


@dataclass(frozen=True, slots=True)
class InvitationWithLink:
    """An invitation with its link, told this once: a repeated request gets an empty text."""

    invitation: Invitation
    link: Annotated[str, Field(description="To pass on.", examples=["https://conto.nordlicht.example/join/…"])]
    is_mailed: Annotated[bool, Field(description="Whether a mail carries it too.")]


@dataclass(frozen=True, slots=True)
class Ended:
    """How many sessions were ended."""

    sessions: Annotated[int, Field(examples=[2])]


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which a member is signed in."""

    id: Id
    address: Annotated[str, Field(examples=["192.0.2.7"])]
    agent: Annotated[str, Field(examples=["Firefox 145 on Linux"])]
    started_at: Instant
    seen_at: Instant


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key of a program; what it opens with is told only when it is made, on the pages."""

    id: Id
    name: Annotated[str, Field(examples=["Shop"])]
    last_four: Annotated[str, Field(examples=["x7Qa"])]
    member_id: Id
    scopes: Annotated[list[str], Field(examples=[["customer:view"]])]
    made_at: Instant
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class InvitationEntry(Entry):
    """Who is asked to join. Nobody gives a role with rights that they lack themselves."""

    name: Name
    email: Annotated[str, Field(min_length=3, max_length=254, examples=["nele@nordlicht.example"])]
    role: RoleGiven
    language: Annotated[Literal["en", "de"], Field(examples=["en"])] = "en"


class MemberChange(Entry):
    """What changes of a member; what is left out stays."""

    name: Name = "-"
    role: RoleGiven = "sales"
    team_id: Annotated[Id | None, Field(description="Null: in none.")] = None
    is_active: Annotated[Flag, Field(description="False: signed out at once, and no way back in.")] = True


@dataclass(frozen=True, slots=True)
class Key:
    """The key that asks, and what it may today."""

    id: Id
    name: Annotated[str, Field(examples=["Shop"])]
    last_four: Annotated[str, Field(examples=["x7Qa"])]
    member_id: Id
    member_name: str
    role: RoleWord
    scopes: Annotated[list[str], Field(description="What the key was given.", examples=[["customer:view"]])]
    may: Annotated[list[str], Field(description="What of it the role of its member has.", examples=[["customer:view"]])]
    made_at: Instant
    expires_at: datetime | None


@reads(router, "/members", needs=Permission.MEMBER_VIEW, gives=list[Member])
def list_members(request: HttpRequest) -> Any:
    """List who works here, by name."""
    del request
    return [_member(row) for row in queries.members()]


@reads(router, "/members/{uuid:member_id}", needs=Permission.MEMBER_VIEW, gives=Member, is_record=True)
def get_member(request: HttpRequest, member_id: UUID) -> Any:
    """Get a member."""
    del request
    return _member(found(queries.member(member_id)))


def _member(row: Any) -> Member:
    return Member(
        row.id, row.name, row.email, row.role, row.language, row.is_active, row.team_id, row.joined_at,
        row.last_login,
    )  # fmt: skip


def _read(request: HttpRequest, member_id: UUID) -> Member:
    del request
    return _member(found(queries.member(member_id)))


def _hold(request: HttpRequest, member_id: UUID) -> None:
    del request
    lock(queries.members(), member_id)


@writes(
    router,
    "/members/{uuid:member_id}",
    method="PATCH",
    needs=_EDIT,
    gives=Member,
    match=Match(_read, _hold),
)
def change_member(request: HttpRequest, member_id: UUID, changes: MemberChange) -> Any:
    """Change a member's name or role, deactivate a member or let them in again."""
    caller = caller_of(request)
    known, wanted = found(queries.member(member_id)), given(changes)
    if "role" in wanted or wanted.get("is_active"):
        _demand_power_to_give(request, wanted.get("role", known.role))
    actions.change_member(member_id=member_id, **wanted, actor=caller.actor, at=caller.at)
    return _read(request, member_id)


@writes(router, "/members/{uuid:member_id}/unlock", needs=_EDIT, gives=Member)
def unlock_member(request: HttpRequest, member_id: UUID) -> Any:
    """Let a member who was locked out for wrong passwords try again at once."""
    caller = caller_of(request)
    found(queries.member(member_id))
    actions.unlock_member(member_id=member_id, actor=caller.actor, at=caller.at)
    return _read(request, member_id)


@writes(router, "/members/{uuid:member_id}/end-sessions", needs=_EDIT, gives=Ended)
def end_sessions(request: HttpRequest, member_id: UUID) -> Any:
    """Sign a member out of every browser."""
    caller = caller_of(request)
    found(queries.member(member_id))
    return Ended(actions.end_sessions(member_id=member_id, actor=caller.actor, at=caller.at))


@reads(router, "/members/{uuid:member_id}/sessions", needs=_EDIT, gives=list[Session])
def list_sessions(request: HttpRequest, member_id: UUID) -> Any:
    """List where a member is signed in, the browser used last first."""
    del request
    found(queries.member(member_id))
    return [
        Session(row.id, row.address, row.agent, row.started_at, row.seen_at) for row in queries.sessions_of(member_id)
    ]


@writes(router, "/members/{uuid:member_id}/sessions/{uuid:session_id}", method="DELETE", needs=_EDIT)
def end_session(request: HttpRequest, member_id: UUID, session_id: UUID) -> Any:
    """Sign a member out of one browser."""
    caller = caller_of(request)
    row = found(queries.sessions_of(member_id).filter(id=session_id).first())
    actions.end_session(session_id=row.id, actor=caller.actor, at=caller.at)


@reads(router, "/invitations", needs=_VIEW, gives=list[Invitation])
def list_invitations(request: HttpRequest) -> Any:
    """List who was asked to join and has not answered yet, the latest first."""
    at = caller_of(request).at
    return [_invitation(row, at) for row in queries.open_invitations()]


def _invitation(row: Any, at: datetime) -> Invitation:
    return Invitation(
        row.id, row.name, row.email, row.role, row.language, row.invited_at, row.expires_at, queries.is_open(row, at)
    )


@writes(router, "/invitations", needs=_EDIT, gives=InvitationWithLink, status=201, reveals=("link",))
def invite_member(request: HttpRequest, invitation: InvitationEntry) -> Any:
    """Ask a person to join. The link is told this once, and mailed where mail leaves by itself."""
    caller = caller_of(request)
    _demand_power_to_give(request, invitation.role)
    return _with_link(inviting.invite(**invitation.model_dump(), actor=caller.actor, at=caller.at), caller.at)


def _demand_power_to_give(request: HttpRequest, role: str) -> None:
    """Refuse a role with rights that the key lacks, or whoever finds a key could make itself an owner with it."""
    if not GRANTS[Role(role)] <= rights_of(caller_of(request).key):
        raise Refused(403, "member.more_than_key", _("A key gives no role with rights that the key lacks itself."))


def _with_link(invited: inviting.Invited, at: datetime) -> InvitationWithLink:
    return InvitationWithLink(_invitation(invited.invitation, at), invited.link, invited.is_mailed)


@writes(router, "/invitations/{uuid:invitation_id}/renew", needs=_EDIT, gives=InvitationWithLink, reveals=("link",))
def renew_invitation(request: HttpRequest, invitation_id: UUID) -> Any:
    """Give an invitation a new link, told this once; the old one stops working."""
    caller = caller_of(request)
    _demand_power_to_give(request, found(queries.open_invitation(invitation_id)).role)
    again = inviting.invite_again(invitation_id=invitation_id, actor=caller.actor, at=caller.at)
    return _with_link(again, caller.at)


@writes(router, "/invitations/{uuid:invitation_id}", method="DELETE", needs=_EDIT)
def cancel_invitation(request: HttpRequest, invitation_id: UUID) -> Any:
    """Take an invitation back; its link does not work any more."""
    caller = caller_of(request)
    found(queries.open_invitation(invitation_id))
    actions.cancel_invitation(invitation_id=invitation_id, actor=caller.actor, at=caller.at)


@reads(router, "/key", needs=None, gives=Key)
def get_key(request: HttpRequest) -> Any:
    """Get the key that asks: for whom it acts and what it may."""
    key = caller_of(request).key
    return Key(
        key.id, key.name, key.last_four, key.member_id, key.member.name, key.member.role, list(key.scopes),
        sorted(right.value for right in rights_of(key)), key.made_at, key.expires_at,
    )  # fmt: skip


@reads(router, "/keys", needs=Permission.SETTINGS_VIEW, gives=list[KnownKey])
def list_keys(request: HttpRequest) -> Any:
    """List the keys of the member that this key acts for, or all of them for who may edit members."""
    return [
        KnownKey(
            row.id, row.name, row.last_four, row.member_id, list(row.scopes), row.made_at, row.expires_at,
            row.revoked_at, row.last_used_at,
        )
        for row in keys.keys_for(caller_of(request).member)
    ]  # fmt: skip


@writes(router, "/keys/{uuid:key_id}/revoke", needs=Permission.SETTINGS_VIEW)
def revoke_key(request: HttpRequest, key_id: UUID) -> Any:
    """Close a key at once, this one too. A key is made on the pages only, by a person who proves who they are."""
    caller = caller_of(request)
    row = found(keys.key_for(caller.member, key_id))
    closing.revoke_key(key=row, actor=caller.actor, at=caller.at, now=caller.now)
