"""Who may open a page: every page says it with `@needs(...)` or `@public("why")`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conto.domain.permissions import Permission, Role, is_granted, roles_granting
from conto.web.permission_words import words_of_permission

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

ROLE_WORDS = {
    Role.OWNER: pgettext_lazy("role", "Owner"),
    Role.ADMIN: _("Administrator"),
    Role.SALES: _("Sales"),
    Role.FINANCE: _("Finance"),
    Role.SUPPORT: _("Support"),
    Role.MARKETING: _("Marketing"),
    Role.AUDITOR: _("Auditor"),
}


def member_of(request: HttpRequest) -> Any:
    """Give the member who is logged in, or None."""
    member = getattr(request, "member", None)
    return member if member is not None and getattr(member, "is_active", True) else None


def may(member: Any, permission: Permission) -> bool:
    """Tell whether a member has a permission, and whoever acts or looks for the member; nobody has none."""
    narrowed_to = getattr(member, "narrowed_to", None)
    is_given = narrowed_to is None or permission in narrowed_to
    return is_given and member is not None and is_granted(getattr(member, "role", ""), permission)


def needs(permission: Permission) -> Callable[[Page[P]], Page[P]]:
    """Let only members with a permission reach a page; others log in or read who can grant it."""

    def guard(page: Page[P]) -> Page[P]:
        @wraps(page)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            member = member_of(request)
            if member is None:
                return to_log_in(request)
            if not may(member, permission):
                return refused(request, permission)
            return page(request, *args, **kwargs)

        guarded.needs = permission  # type: ignore[attr-defined]
        return cast("Page[P]", guarded)

    return guard


def member_only(page: Page[P]) -> Page[P]:
    """Let every member reach a page, whatever the role: one's own log-out, profile, search."""

    @wraps(page)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return page(request, *args, **kwargs) if member_of(request) is not None else to_log_in(request)

    guarded.needs = "member"  # type: ignore[attr-defined]
    return cast("Page[P]", guarded)


def public(why: str) -> Callable[[Page[P]], Page[P]]:
    """Mark a page that needs no log-in, with the reason."""

    def mark(page: Page[P]) -> Page[P]:
        page.public = why  # type: ignore[attr-defined]
        return page

    return mark


def to_log_in(request: HttpRequest) -> HttpResponseBase:
    """Send a visitor to the log-in page and remember where they wanted to go."""
    is_part = request.headers.get("HX-Request") == "true"
    target = request.headers.get("HX-Current-URL", "/") if is_part else request.get_full_path()
    address = f"{settings.LOGIN_URL}?{urlencode({'next': target})}"
    if is_part:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def refused(request: HttpRequest, permission: Permission) -> HttpResponse:
    """Say which permission is missing and which roles have it."""
    roles = [ROLE_WORDS[role] for role in roles_granting(permission)]
    words = words_of_permission(permission)
    context = {"permission": permission, "words": words, "roles": roles, "member": member_of(request)}
    return HttpResponse(render_to_string("errors/403.html", context, request), status=403)
