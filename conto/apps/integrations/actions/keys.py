"""Make, use and revoke the keys of programs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from conto.apps.accounts.models import Member
from conto.apps.audit import actions as audit
from conto.apps.integrations.models import ApiKey
from conto.apps.integrations.token import new_token
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.permissions import GRANTS, Permission, Role

LONGEST_NAME = 100
MOST_DAYS = 3650
USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A fresh key: the token is shown once and never stored."""

    key: ApiKey
    token: str


@transaction.atomic
def make_key(
    *,
    member: Member,
    name: str,
    scopes: Collection[Permission],
    lasts_days: int | None,
    actor: Actor,
    at: datetime,
    now: datetime,
) -> MadeKey:
    """Make a key with which a program acts for a member.

    `at` is the time of the book, `now` that of the world: a key does not end earlier because the book's clock moved.

    Raises: RuleBroken `api_key.no_name`, `api_key.no_scope`, `api_key.above_role`, `api_key.bad_days`.
    """
    if not name.strip() or len(name.strip()) > LONGEST_NAME:
        raise RuleBroken("api_key.no_name", "A key needs a name of at most %(most)s letters.", most=LONGEST_NAME)
    if not scopes:
        raise RuleBroken("api_key.no_scope", "Choose what the key may do.")
    above = set(scopes) - GRANTS[Role(member.role)]
    if above:
        raise RuleBroken(
            "api_key.above_role",
            "The role of %(name)s does not have: %(scopes)s.",
            name=member.name,
            scopes=", ".join(sorted(scope.value for scope in above)),
        )
    if lasts_days is not None and not 1 <= lasts_days <= MOST_DAYS:
        raise RuleBroken("api_key.bad_days", "A key lasts 1 to %(most)s days.", most=MOST_DAYS)
    token = new_token()
    key = ApiKey.objects.create(
        id=new_id(),
        member=member,
        name=name.strip(),
        public_id=token.public_id,
        secret_sha256=token.sha256,
        last_four=token.secret[-4:],
        scopes=sorted({scope.value for scope in scopes}),
        made_at=now,
        expires_at=None if lasts_days is None else now + timedelta(days=lasts_days),
    )
    made = facts.ApiKeyMade(
        subject_id=key.id, name=key.name, member_id=member.id, last_four=key.last_four, scopes=tuple(key.scopes)
    )
    audit.record(made, actor=actor, at=at)
    return MadeKey(key, str(token))


@transaction.atomic
def revoke_key(*, key: ApiKey, actor: Actor, at: datetime, now: datetime) -> None:
    """Close a key at once; closing it again changes nothing."""
    if ApiKey.objects.filter(id=key.id, revoked_at=None).update(revoked_at=now):
        closed = facts.ApiKeyRevoked(subject_id=key.id, name=key.name, member_id=key.member_id, last_four=key.last_four)
        audit.record(closed, actor=actor, at=at)


def note_use(*, key: ApiKey, address: str, now: datetime) -> None:
    """Keep when and from where a key was used last, at most once a minute."""
    before = now - USE_IS_NOTED_EVERY
    if key.last_used_at is None or key.last_used_at < before:
        ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=before), id=key.id).update(
            last_used_at=now, last_used_from=address or None
        )
