"""Who works here, in which role, and what each role may do."""

import secrets
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from conto.apps.accounts import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import GRANTS, Permission, Role
from conto.web import htmx
from conto.web.access import ROLE_WORDS, needs
from conto.web.freshness import fresh
from conto.web.reading import actor_of, book, found, words_of
from conto.web.settings.forms import MemberForm, NewMemberForm

_VIEW, _EDIT = Permission.MEMBER_VIEW, Permission.MEMBER_EDIT
_ADDRESS = "/settings/members"
PASSWORD_BYTES = 12


@needs(_VIEW)
def members(request: HttpRequest) -> HttpResponseBase:
    """Show who works here."""
    rows = [(member, ROLE_WORDS[Role(member.role)]) for member in queries.members()]
    return render(request, "settings/members.html", {"rows": rows})


@never_cache
@needs(_EDIT)
def add(request: HttpRequest) -> HttpResponseBase:
    """Add a member; the password is shown once."""
    form = NewMemberForm(
        request.POST or None, initial={"role": Role.SALES.value, "language": book(request).member.language}
    )
    if request.method == "POST" and form.is_valid():
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        try:
            member = actions.add_member(
                **form.cleaned_data, password=password, actor=actor_of(request), at=book(request).at
            )
        except RuleBroken as refusal:
            form.add_error("email" if refusal.code == "member.email_taken" else None, words_of(refusal))
        else:
            return render(request, "settings/new_password.html", {"shown": member, "password": password})
    context = {"form": form, "adding": True}
    return render(request, "settings/member.html", context, status=422 if form.errors else 200)


@needs(_EDIT)
def member(request: HttpRequest, member_id: UUID) -> HttpResponseBase:
    """Change a member's name and role."""
    known = found(queries.member(member_id))
    form = MemberForm(request.POST or None, initial={"name": known.name, "role": known.role})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_member(
                member_id=member_id, **form.cleaned_data, actor=actor_of(request), at=book(request).at
            )
        except RuleBroken as refusal:
            form.add_error("role", words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, _ADDRESS), _("%(name)s is saved.") % {"name": known.name})
    context = {"form": form, "known": known}
    return render(request, "settings/member.html", context, status=422 if form.errors else 200)


@require_POST
@needs(_EDIT)
def set_active(request: HttpRequest, member_id: UUID) -> HttpResponseBase:
    """Deactivate a member, or let them in again."""
    known = found(queries.member(member_id))
    comes_back = not known.is_active
    actions.change_member(member_id=member_id, is_active=comes_back, actor=actor_of(request), at=book(request).at)
    said = _("%(name)s can sign in again.") if comes_back else _("%(name)s is signed out and cannot sign in any more.")
    undo = f"/settings/members/{member_id}/active"
    return htmx.toast(htmx.redirect(request, _ADDRESS), said % {"name": known.name}, undo_url=undo)


@never_cache
@require_POST
@needs(_EDIT)
@fresh
def new_password(request: HttpRequest, member_id: UUID) -> HttpResponseBase:
    """Give a member a new password, shown once."""
    known = found(queries.member(member_id))
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    actions.set_password(member_id=known.id, password=password, actor=actor_of(request), at=book(request).at)
    return render(request, "settings/new_password.html", {"shown": known, "password": password})


@needs(_VIEW)
def roles(request: HttpRequest) -> HttpResponseBase:
    """Show what each role may do."""
    rows: dict[str, list[tuple[str, list[bool]]]] = {}
    for permission in Permission:
        area, _colon, verb = permission.value.partition(":")
        rows.setdefault(area, []).append((verb.replace("_", " "), [permission in GRANTS[role] for role in Role]))
    context = {"roles": [ROLE_WORDS[role] for role in Role], "permission_groups": rows}
    return render(request, "settings/roles.html", context)
