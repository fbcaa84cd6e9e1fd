"""Who works here, in which role, and who is asked to join."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from conto.apps.accounts import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import GRANTS, Permission, Role, roles_within
from conto.flows import forgotten_password, invite_member
from conto.web import htmx
from conto.web.access import ROLE_WORDS, needs
from conto.web.accounts.presence import rows_of
from conto.web.freshness import fresh
from conto.web.permission_words import words_of_area, words_of_permission
from conto.web.reading import actor_of, book, found, uuid_in, words_of
from conto.web.settings.forms import MemberForm, NewMemberForm

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member

_VIEW, _EDIT = Permission.MEMBER_VIEW, Permission.MEMBER_EDIT
_ADDRESS = "/settings/members"


@needs(_VIEW)
def members(request: HttpRequest) -> HttpResponseBase:
    """Show who works here, and who is asked to."""
    at = book(request).at
    context = {
        "rows": [(each, ROLE_WORDS[Role(each.role)], queries.is_locked(each, at)) for each in queries.members()],
        "invitations": [
            (each, ROLE_WORDS[Role(each.role)], queries.is_open(each, at)) for each in queries.open_invitations()
        ],
    }
    return render(request, "settings/members.html", context)


@never_cache
@needs(_EDIT)
@fresh
def add(request: HttpRequest) -> HttpResponseBase:
    """Invite a member; the link is shown once."""
    here = book(request)
    form = NewMemberForm(request.POST or None, roles=_may_give(here.member), initial={"language": here.member.language})
    if request.method == "POST" and form.is_valid():
        try:
            invited = invite_member.invite(**form.cleaned_data, actor=actor_of(request), at=here.at)
        except RuleBroken as refusal:
            form.add_error(_FIELDS.get(refusal.code), words_of(refusal))
        else:
            return render(request, "settings/invited.html", {"invited": invited})
    context = {"form": form, "adding": True}
    return render(request, "settings/member.html", context, status=422 if form.errors else 200)


_FIELDS = {"member.email_taken": "email", "invitation.open": "email", "member.more_than_own": "role"}


@never_cache
@require_POST
@needs(_EDIT)
@fresh
def invite_again(request: HttpRequest, invitation_id: UUID) -> HttpResponseBase:
    """Give an invitation a new link, shown once."""
    found(queries.open_invitation(invitation_id))
    invited = invite_member.invite_again(invitation_id=invitation_id, actor=actor_of(request), at=book(request).at)
    return render(request, "settings/invited.html", {"invited": invited})


@require_POST
@needs(_EDIT)
def cancel_invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponseBase:
    """Take an invitation back."""
    found(queries.open_invitation(invitation_id))
    gone = actions.cancel_invitation(invitation_id=invitation_id, actor=actor_of(request), at=book(request).at)
    said = _("The invitation of %(name)s is taken back; its link does not work any more.") % {"name": gone.name}
    return htmx.toast(htmx.redirect(request, _ADDRESS), said)


@needs(_EDIT)
def member(request: HttpRequest, member_id: UUID) -> HttpResponseBase:
    """Change a member's name and role, and show where they are signed in."""
    known = found(queries.member(member_id))
    here = book(request)
    roles = [*{*_may_give(here.member), Role(known.role)}]
    initial = {"name": known.name, "role": known.role, "team": str(known.team_id or "")}
    form = MemberForm(request.POST or None, roles=roles, teams=queries.teams(), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            _change(request, known, form)
        except RuleBroken as refusal:
            form.add_error("role", words_of(refusal))
        else:
            said = _("%(name)s is saved.") % {"name": form.cleaned_data["name"]}
            return htmx.toast(htmx.redirect(request, _ADDRESS), said)
    is_owner = known.role == Role.OWNER and here.member.role != Role.OWNER
    context = {
        "form": form,
        "known": known,
        "is_locked": queries.is_locked(known, here.at),
        "is_out_of_reach": is_owner,
        "may_give_password": Role(known.role) in _may_give(here.member),
        "sessions": rows_of(request, known.id),
        "ends": "" if is_owner else f"{_ADDRESS}/{known.id}/sessions",
    }
    return render(request, "settings/member.html", context, status=422 if form.errors else 200)


def _change(request: HttpRequest, known: "Member", form: MemberForm) -> None:
    given = dict(form.cleaned_data)
    given["team_id"] = uuid_in(given.pop("team", str(known.team_id)))
    actions.change_member(member_id=known.id, **given, actor=actor_of(request), at=book(request).at)


def _may_give(member: "Member") -> list[Role]:
    return list(roles_within(member.role))


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
    """Make a link by which a member chooses a new password, shown once."""
    known = found(queries.member(member_id))
    link = forgotten_password.hand_over(member_id=known.id, actor=actor_of(request), at=book(request).at)
    return render(request, "settings/password_link.html", {"known": known, "link": link})


@require_POST
@needs(_EDIT)
def unlock(request: HttpRequest, member_id: UUID) -> HttpResponseBase:
    """Let a locked member try again at once."""
    known = found(queries.member(member_id))
    actions.unlock_member(member_id=known.id, actor=actor_of(request), at=book(request).at)
    said = _("%(name)s can try again at once.") % {"name": known.name}
    return htmx.toast(htmx.redirect(request, f"{_ADDRESS}/{known.id}"), said)


@require_POST
@needs(_EDIT)
def end_sessions(request: HttpRequest, member_id: UUID) -> HttpResponseBase:
    """Sign a member out everywhere; of oneself, everywhere else."""
    known = found(queries.member(member_id))
    ended = actions.end_sessions(
        member_id=known.id, actor=actor_of(request), at=book(request).at, kept_key=request.session.session_key
    )
    said = ngettext("%(name)s is signed out of %(n)d browser.", "%(name)s is signed out of %(n)d browsers.", ended)
    return htmx.toast(htmx.redirect(request, f"{_ADDRESS}/{known.id}"), said % {"name": known.name, "n": ended})


@require_POST
@needs(_EDIT)
def end_session(request: HttpRequest, member_id: UUID, session_id: UUID) -> HttpResponseBase:
    """Sign a member out of one browser."""
    session = found(queries.session(session_id))
    if session.member_id != member_id:
        raise Http404
    actions.end_session(session_id=session_id, actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, f"{_ADDRESS}/{member_id}"), _("That browser is signed out."))


@needs(_VIEW)
def roles(request: HttpRequest) -> HttpResponseBase:
    """Show what each role may do, as the one table says that every page asks."""
    areas: dict[str, list[tuple[str, list[bool]]]] = {}
    for permission in Permission:
        ticks = [permission in GRANTS[role] for role in Role]
        areas.setdefault(words_of_area(permission), []).append((words_of_permission(permission), ticks))
    context = {"roles": [(role, ROLE_WORDS[role]) for role in Role], "grouped": areas, "span": len(Role) + 1}
    return render(request, "settings/roles.html", context)
