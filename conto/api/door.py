"""Who asks: the key in the request, the member it acts for, and whether both may."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from conto.api import limits
from conto.api.problem import Refused
from conto.apps.integrations import actions, queries
from conto.domain.facts import Actor, Origin
from conto.domain.permissions import Permission, Role

if TYPE_CHECKING:
    from conto.apps.accounts.models import Business, Member
    from conto.apps.integrations.models import ApiKey

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
_CHANGES = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what day and time it is in this book."""

    key: ApiKey
    member: Member
    business: Business
    at: datetime
    today: date
    now: datetime
    count: limits.Count
    actor: Actor

    def may(self, permission: Permission) -> bool:
        """Tell whether the key and its member's role have a permission."""
        return self.member.may(permission)


def caller_of(request: HttpRequest) -> Caller:
    """Return who asks; only inside an operation."""
    return cast("Caller", request.caller)  # type: ignore[attr-defined]


class ApiKeyDoor:
    """Lets a request in whose key has the permission of the operation."""

    openapi_type = "http"
    openapi_security_schema: dict[str, Any] = {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of Settings > API keys, sent as `Authorization: Bearer conto_…`.",
    }

    def __init__(self, needs: Permission | None) -> None:
        self.needs = needs

    def __call__(self, request: HttpRequest) -> Caller:
        """Return who asks.

        Raises: Refused 401 without a key that opens, 403 without the right, 429 after too many requests.
        """
        if request.business is None:  # type: ignore[attr-defined]
            raise Refused(503, "not_set_up", _("This book has no business yet."))
        now = timezone.now()
        origin: Origin = request.origin  # type: ignore[attr-defined]
        found = _BEARER.fullmatch(request.headers.get("Authorization", "").strip())
        key = queries.key_of_token(found[1], now) if found else None
        count = limits.count(key.id if key else None, origin.address, now)
        request.count = count  # type: ignore[attr-defined]
        if key is None:
            raise Refused(401, *_who(is_given=found is not None), {"WWW-Authenticate": 'Bearer realm="Conto"'})
        rights = queries.rights_of(key)
        business = request.business  # type: ignore[attr-defined]
        key.member.narrowed_to, key.member.reaches, key.member.mates = rights, business.reaches, business.mates
        if self.needs is not None and self.needs not in rights:
            raise Refused(403, "permission.missing", _missing(self.needs, key))
        _check_form(request)
        actions.note_use(key=key, address=origin.address, now=now)
        caller = _caller(request, key, now, count)
        request.caller = caller  # type: ignore[attr-defined]
        return caller


def _who(*, is_given: bool) -> tuple[str, str]:
    if is_given:
        return "key.unknown", _("This key opens nothing: it is unknown, expired or revoked.")
    return "key.missing", _("Send a key: Authorization: Bearer conto_…")


def _missing(needed: Permission, key: ApiKey) -> str:
    if needed.value in key.scopes:
        return _("The role of %(name)s does not have %(scope)s any more.") % {
            "name": key.member.name,
            "scope": needed.value,
        }
    return _("This key does not have the scope %(scope)s.") % {"scope": needed.value}


def _check_form(request: HttpRequest) -> None:
    if request.method in _CHANGES and request.META.get("CONTENT_LENGTH") not in {None, "", "0"}:
        kind = (request.content_type or "").lower()
        if kind != "application/json":
            raise Refused(415, "request.not_json", _("Send the body as application/json."))
    if any("\x00" in text for values in request.GET.lists() for text in (values[0], *values[1])):
        raise Refused(422, "request.shape", _("A text cannot have the character NUL."))


def _caller(request: HttpRequest, key: ApiKey, now: datetime, count: limits.Count) -> Caller:
    origin: Origin = request.origin  # type: ignore[attr-defined]
    return Caller(
        key=key,
        member=key.member,
        business=request.business,  # type: ignore[attr-defined]
        at=request.at,  # type: ignore[attr-defined]
        today=request.today,  # type: ignore[attr-defined]
        now=now,
        count=count,
        actor=Actor(
            key.member.id,
            "member",
            key.member.name,
            replace(origin, channel="api", key_id=key.id),
            Role(key.member.role),
        ),
    )
