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

from conto.apps.factors.queries import has_second_step
from conto.domain.permissions import Permission, Role, is_granted, roles_granting
from conto.web.htmx import redirect as htmx_redirect
from conto.web.permission_words import words_of_permission

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

TWO_STEPS = "two_steps"  # in the session of a member whom the password alone does not let in
SET_UP_SECOND_STEP = "/profile/security"

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
            if owes_second_step(request) and not _is_before_second_step(page):
                return htmx_redirect(request, SET_UP_SECOND_STEP)
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
        if member_of(request) is None:
            return to_log_in(request)
        if owes_second_step(request) and not _is_before_second_step(page):
            return htmx_redirect(request, SET_UP_SECOND_STEP)
        return page(request, *args, **kwargs)

    guarded.needs = "member"  # type: ignore[attr-defined]
    return cast("Page[P]", guarded)


def before_second_step(page: Page[P]) -> Page[P]:
    """Let a member reach a page who owes a second step: the pages to set one up, and the way out."""
    page.is_before_second_step = True  # type: ignore[attr-defined]
    return page


def owes_second_step(request: HttpRequest) -> bool:
    """Tell whether whoever sits there must add a second step before going on: their role needs one and they have none.

    It is asked of who signed in, not of whom they look as; a session knows that its member has one, so it costs a
    question only where somebody owes one.
    """
    roles = getattr(getattr(request, "business", None), "second_step_roles", None)
    who = getattr(request, "user", None)
    if not roles or who is None or getattr(who, "role", "") not in roles or request.session.get(TWO_STEPS):
        return False
    request.session[TWO_STEPS] = has_second_step(who.pk)
    return not request.session[TWO_STEPS]


def _is_before_second_step(page: Any) -> bool:
    return bool(getattr(page, "is_before_second_step", False))


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
