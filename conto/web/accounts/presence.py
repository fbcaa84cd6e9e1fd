"""Where members are signed in: noted as they come by, shown to them, ended by them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from conto.apps.accounts import actions, queries
from conto.web.reading import address_of

if TYPE_CHECKING:
    from conto.apps.accounts.models import MemberSession

_SEEN = "seen"
SECONDS_BETWEEN_NOTES = 5 * 60


class PresenceMiddleware:
    """Note in which browsers members are signed in: once per session, and then every few minutes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request; afterwards the session is what it will be at the next."""
        response = self.get_response(request)
        if getattr(request, "member", None) is not None or _has_just_come(request):
            _note(request)
        return response


def _has_just_come(request: HttpRequest) -> bool:
    return request.method == "POST" and hasattr(request, "session") and request.user.is_authenticated


def _note(request: HttpRequest) -> None:
    key = request.session.session_key
    if not key or not request.user.is_authenticated or request.session.is_empty():
        return
    digest, now = queries.digest_of(key).hex(), int(time.time())
    was, seen_at = request.session.get(_SEEN, ("", 0))
    if was == digest and now - seen_at < SECONDS_BETWEEN_NOTES:
        return
    actions.note_session(
        member_id=request.user.id,
        key=key,
        was=was,
        address=address_of(request),
        agent=request.headers.get("User-Agent", ""),
        at=request.at,  # type: ignore[attr-defined]
    )
    request.session[_SEEN] = (digest, now)


def leave(request: HttpRequest) -> None:
    """Let the member out of this browser and forget the session."""
    if request.session.session_key:
        actions.forget_session(key=request.session.session_key)
    logout(request)


def is_here(request: HttpRequest, session: MemberSession) -> bool:
    """Tell whether a session is the one of this browser."""
    key = request.session.session_key
    return key is not None and queries.digest_of(key) == bytes(session.key_sha256)


def rows_of(request: HttpRequest, member_id: UUID) -> list[tuple[MemberSession, str, bool]]:
    """Return where a member is signed in: the session, the words of its device, whether it is this one."""
    return [(each, device(each.agent), is_here(request, each)) for each in queries.sessions_of(member_id)]


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device(agent: str) -> str:
    """Name the browser and the system that call themselves `agent`, as far as they can be told."""
    known = [next((name for mark, name in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, known)) or agent[:60]
