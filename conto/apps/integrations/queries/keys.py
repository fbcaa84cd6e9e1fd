"""Reads of keys."""

import hmac
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from conto.apps.accounts.models import Member
from conto.apps.bulk.composed import Composed, given
from conto.apps.integrations.models import ApiKey
from conto.apps.integrations.token import read_token
from conto.domain.permissions import GRANTS, Permission, Role


def keys_for(member: Member) -> QuerySet[ApiKey]:
    """Return the keys that a member sees, the youngest first: their own, and all for those who may edit members."""
    keys = ApiKey.objects.select_related("member").order_by("-made_at", "-id")
    return keys if member.may(Permission.MEMBER_EDIT) else keys.filter(member=member)


def working_keys(now: datetime) -> QuerySet[ApiKey]:
    """Return every key that works now, with its member."""
    alive = Q(expires_at=None) | Q(expires_at__gt=now)
    keys = ApiKey.objects.select_related("member").filter(alive, revoked_at=None, member__is_active=True)
    return keys.order_by("name", "id")


def key_for(member: Member, key_id: UUID) -> ApiKey | None:
    """Return one key, or nothing when the member does not see it."""
    return keys_for(member).filter(id=key_id).first()


_OPENED = Composed(
    lambda: ApiKey.objects.select_related("member").filter(
        Q(expires_at=None) | Q(expires_at__gt=given("now")), public_id=given("public_id"), revoked_at=None
    )
)


def key_of_token(text: str, now: datetime) -> ApiKey | None:
    """Return the key that a token opens now, with its member; nothing for a wrong, expired or revoked one."""
    token = read_token(text)
    if token is None:
        return None
    key = _OPENED.first(public_id=token.public_id, now=now)
    if key is None or not hmac.compare_digest(bytes(key.secret_sha256), token.sha256):
        return None
    return key if key.member.is_active else None


def rights_of(key: ApiKey) -> frozenset[Permission]:
    """Return what a key may: its scopes, as far as the role of its member has them today."""
    scopes = set(key.scopes)
    return frozenset(permission for permission in GRANTS[Role(key.member.role)] if permission.value in scopes)
