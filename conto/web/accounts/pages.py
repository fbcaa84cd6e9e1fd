"""Sign in, sign out, and keep one's own profile."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from conto.apps.accounts import actions, queries
from conto.apps.factors import actions as factors
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Role
from conto.web import htmx
from conto.web.access import ROLE_WORDS, before_second_step, member_of, member_only, public
from conto.web.accounts import limits, viewing
from conto.web.accounts.forms import PasswordForm, ProfileForm, SignInForm, zones
from conto.web.accounts.presence import is_here, leave, rows_of
from conto.web.reading import actor_of, address_of, book, found, origin_of, words_of
from conto.web.safety.door import ask_second_step, let_in
from conto.web.safety.passkeys import knows_passkeys

BACKEND = "django.contrib.auth.backends.ModelBackend"
THEME_COOKIE = "conto_theme"
YEAR_SECONDS = 365 * 24 * 3600


@public("the door itself")
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Let a member in."""
    if member_of(request) is not None:
        return htmx.redirect(request, htmx.safe_next(request))
    form = SignInForm(request.POST or None, initial={"next": request.GET.get("next", "")})
    if request.method == "POST" and form.is_valid():
        if wait := limits.wait_of_door(request):
            return limits.busy(request, wait)
        step = factors.try_password(
            email=form.cleaned_data["email"],
            password=form.cleaned_data["password"],
            address=address_of(request),
            at=request.at,  # type: ignore[attr-defined]
            origin=origin_of(request),
        )
        if step is not None:
            return let_in(request, step.member) if step.is_in else ask_second_step(request, step.member)
        limits.note_failure(request)
        # One answer for a wrong address, a wrong password and a locked door: nobody learns who works here.
        form.add_error(
            None, _("This address and password do not go together. After five wrong tries the door stays shut a while.")
        )
    status = 422 if form.errors else 200
    context = {
        "form": form,
        "logins": _demo_logins(request),
        "offers_passkey": knows_passkeys(request),
        "then": htmx.safe_next(request),
    }
    return render(request, "accounts/sign_in.html", context, status=status)


@require_POST
@member_only
@before_second_step
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Let a member out."""
    here = book(request)
    viewing.end(request, reason="signed_out")
    actions.note_sign_out(member_id=here.member.id, at=here.at, origin=origin_of(request))
    leave(request)
    return htmx.redirect(request, settings.LOGIN_URL)


@member_only
def profile(request: HttpRequest) -> HttpResponseBase:
    """Show and change how a member is called and how the pages look to them."""
    here = book(request)
    member = here.member
    initial = {"name": member.name, "language": member.language, "zone": member.zone, "theme": member.theme}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_own_profile(member_id=member.id, actor=actor_of(request), at=here.at, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error("zone" if refusal.code == "zone.unknown" else None, words_of(refusal))
        else:
            with translation.override(form.cleaned_data["language"]):
                response = htmx.toast(htmx.redirect(request, request.path), _("Your profile is saved."))
            response.set_cookie(THEME_COOKIE, form.cleaned_data["theme"], max_age=YEAR_SECONDS, samesite="Lax")
            return response
    return _profile_page(request, form, PasswordForm(), status=422 if form.errors else 200)


@require_POST
@member_only
@sensitive_post_parameters("old", "new")
def password(request: HttpRequest) -> HttpResponseBase:
    """Give a member a new password; their other sessions end."""
    here = book(request)
    member = here.member
    form = PasswordForm(request.POST)
    if form.is_valid() and not member.check_password(form.cleaned_data["old"]):
        form.add_error("old", _("This is not your password."))
    if form.is_valid():
        try:
            changed = actions.set_password(
                member_id=member.id,
                password=form.cleaned_data["new"],
                actor=actor_of(request),
                at=here.at,
                kept_key=request.session.session_key,
            )
        except RuleBroken as refusal:
            form.add_error("new", words_of(refusal))
        else:
            update_session_auth_hash(request, changed)
            return htmx.toast(
                htmx.redirect(request, "/profile"), _("Your password is changed; you are signed out everywhere else.")
            )
    initial = {"name": member.name, "language": member.language, "zone": member.zone, "theme": member.theme}
    return _profile_page(request, ProfileForm(initial=initial), form, status=422)


@require_POST
@member_only
def end_session(request: HttpRequest, session_id: UUID) -> HttpResponseBase:
    """End one of the member's sessions; the one of this browser is a sign-out."""
    here = book(request)
    session = found(queries.session(session_id))
    if session.member_id != here.member.id:
        raise Http404
    if is_here(request, session):
        return sign_out(request)
    actions.end_session(session_id=session_id, actor=actor_of(request), at=here.at)
    return htmx.toast(htmx.redirect(request, "/profile#sessions"), _("That browser is signed out."))


@require_POST
@member_only
def end_other_sessions(request: HttpRequest) -> HttpResponseBase:
    """End all of the member's sessions but the one of this browser."""
    here = book(request)
    ended = actions.end_sessions(
        member_id=here.member.id, actor=actor_of(request), at=here.at, kept_key=request.session.session_key
    )
    said = ngettext("%(n)d other browser is signed out.", "%(n)d other browsers are signed out.", ended)
    return htmx.toast(htmx.redirect(request, "/profile#sessions"), said % {"n": ended})


def _profile_page(request: HttpRequest, form: ProfileForm, passwords: PasswordForm, *, status: int) -> HttpResponse:
    sessions = rows_of(request, book(request).member.id)
    context = {"form": form, "passwords": passwords, "zones": zones(), "sessions": sessions}
    return render(request, "accounts/profile.html", context, status=status)


def _demo_logins(request: HttpRequest) -> list[tuple[str, str]]:
    """Return who may sign in to a sandbox book; nothing in a book of one's own."""
    business = request.business  # type: ignore[attr-defined]
    if business is None or not business.is_sandbox:
        return []
    return [(member.email, str(ROLE_WORDS[Role(member.role)])) for member in queries.members()]
