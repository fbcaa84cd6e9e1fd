"""Members, and the key that asks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Email, Id, Instant
from conto.api.operations import noun, reads
from conto.api.reading import found
from conto.apps.accounts import queries
from conto.apps.integrations.queries import rights_of
from conto.domain.permissions import Permission

router = noun("Members")
RoleWord = Annotated[str, Field(examples=["finance"])]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works in this book."""

    id: Id
    name: Annotated[str, Field(examples=["Ada Lovelace"])]
    email: Email
    role: RoleWord
    language: Annotated[str, Field(examples=["en"])]
    is_active: bool
    joined_at: Instant
    last_login: datetime | None


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
    return Member(row.id, row.name, row.email, row.role, row.language, row.is_active, row.joined_at, row.last_login)


@reads(router, "/key", needs=None, gives=Key)
def get_key(request: HttpRequest) -> Any:
    """Get the key that asks: for whom it acts and what it may."""
    key = caller_of(request).key
    return Key(
        key.id, key.name, key.last_four, key.member_id, key.member.name, key.member.role, list(key.scopes),
        sorted(right.value for right in rights_of(key)), key.made_at, key.expires_at,
    )  # fmt: skip
