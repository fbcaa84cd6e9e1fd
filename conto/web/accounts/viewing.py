"""Look at the book as a role, or another member, would see it: nothing can be changed meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conto.apps.accounts import actions, queries
from conto.apps.accounts.queries import Eyes
from conto.domain.errors import NotAllowed
from conto.domain.facts import Actor
from conto.domain.permissions import Permission, Role
from conto.web import htmx
from conto.web.access import ROLE_WORDS, member_only, needs
from conto.web.errors.refusals import refusal_page
from conto.web.reading import actor_of, book, found, origin_of, uuid_in

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member

_EYES = "view_as"
LONGEST_SECONDS = 3600
_READING = {"GET", "HEAD", "OPTIONS"}
# What belongs to a person stays with the one who sits there; of these, some end the viewing or show who that is.
OWN = ("/profile", "/prove", "/sign-out", "/sign-in", "/view-as")
_STILL_WRITTEN = ("/prove", "/sign-out", "/sign-in", "/view-as")


class ViewAsMiddleware:
    """Show pages to the member whose eyes are borrowed, and refuse everything that writes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, with the borrowed eyes where there are some."""
        viewer = getattr(request, "member", None)
        given = request.session.get(_EYES) if viewer is not None else None
        if viewer is None or not given:
            return self.get_response(request)
        seen = _seen(request, viewer, given)
        if seen is None:
            return self.get_response(request)
        request.viewing = seen  # type: ignore[attr-defined]
        if request.method not in _READING and not request.path.startswith(_STILL_WRITTEN):
            refusal = NotAllowed(
                "view_as.read_only",
                "You are looking at the book as %(whom)s, so nothing was changed. Stop looking to work yourself.",
                whom=whom(seen),
            )
            return refusal_page(request, refusal)
        if not request.path.startswith(OWN):
            request.member = seen  # type: ignore[attr-defined]
        return self.get_response(request)


def _seen(request: HttpRequest, viewer: Member, given: dict[str, Any]) -> Member | None:
    """Return whom pages are shown to; the viewing ends when its hour is over or the right to it is gone."""
    eyes = _eyes(given)
    seen = queries.seen_with(viewer, eyes) if viewer.may(Permission.MEMBER_VIEW_AS) else None
    is_over = time.time() - given["since"] > LONGEST_SECONDS
    if seen is None or is_over:
        end(request, reason="expired" if is_over else "not_allowed")
        return None
    return seen


def _eyes(given: dict[str, Any]) -> Eyes:
    return Eyes(role=given["role"], member_id=uuid_in(given["member"]))


def end(request: HttpRequest, *, reason: str) -> bool:
    """Let the visitor look with their own eyes again, and tell whether they did not before."""
    given = request.session.pop(_EYES, None)
    if given is None:
        return False
    viewer = cast("Member", request.user)
    actor = Actor(viewer.id, "member", viewer.name, origin_of(request))
    actions.end_viewing(eyes=_eyes(given), reason=reason, actor=actor, viewer=viewer, at=request.at)  # type: ignore[attr-defined]
    return True


def whom(seen: Member) -> str:
    """Return in words whose view it is: the role's, or the member's with the role."""
    role = str(ROLE_WORDS[Role(seen.role)])
    is_member = seen.viewer is not None and seen.viewer.id != seen.id
    return _("%(name)s (%(role)s)") % {"name": seen.name, "role": role} if is_member else role


@require_POST
@needs(Permission.MEMBER_VIEW_AS)
def start(request: HttpRequest) -> HttpResponseBase:
    """Begin to look as a role or another member would."""
    here = book(request)
    role, member_id = request.POST.get("role", ""), uuid_in(request.POST.get("member"))
    eyes = Eyes(role="" if member_id else role, member_id=member_id)
    found(queries.seen_with(here.member, eyes))
    end(request, reason="stopped")
    actions.start_viewing(viewer=here.member, eyes=eyes, actor=actor_of(request), at=here.at)
    request.session[_EYES] = {
        "role": eyes.role,
        "member": str(member_id or ""),
        "since": int(time.time()),
    }
    return htmx.redirect(request, "/")


@require_POST
@member_only
def stop(request: HttpRequest) -> HttpResponseBase:
    """Look with one's own eyes again."""
    response = htmx.redirect(request, "/settings/roles" if end(request, reason="stopped") else "/")
    return htmx.toast(response, _("You see the book with your own rights again."))
