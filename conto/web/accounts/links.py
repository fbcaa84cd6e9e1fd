"""Pages behind a link that lets its bearer in: join as an invited member, or choose a new password."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from conto.apps.accounts import actions, queries
from conto.apps.messaging import queries as mails
from conto.domain.errors import RuleBroken
from conto.flows import forgotten_password
from conto.web import htmx
from conto.web.access import public
from conto.web.accounts import limits
from conto.web.accounts.forms import ForgottenForm, JoinForm, NewPasswordForm, zones
from conto.web.reading import origin_of, words_of

Page = Callable[..., HttpResponseBase]
BACKEND = "django.contrib.auth.backends.ModelBackend"


def keep_secret(page: Page) -> Page:
    """Keep a page out of caches, search engines and other sites' logs, and let nobody try links at will."""

    @wraps(page)
    def guarded(request: HttpRequest, token: str) -> HttpResponseBase:
        wait = limits.wait_of_link(request)
        response = limits.busy(request, wait) if wait else page(request, token)
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return guarded


@public("an invited person has no log-in yet; the link is the proof")
@keep_secret
@sensitive_post_parameters("password")
def join(request: HttpRequest, token: str) -> HttpResponseBase:
    """Let an invited person choose a password and come in."""
    at = request.at  # type: ignore[attr-defined]
    invitation = queries.invitation_of_token(token, at)
    if invitation is None:
        return render(request, "accounts/dead_link.html", {"is_invitation": True}, status=404)
    initial = {"name": invitation.name, "language": invitation.language}
    form = JoinForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            member = actions.accept_invitation(token=token, **form.cleaned_data, at=at, origin=origin_of(request))
        except RuleBroken as refusal:
            form.add_error(_field_of(refusal), words_of(refusal))
        else:
            login(request, member, backend=BACKEND)
            with translation.override(member.language):
                return htmx.toast(htmx.redirect(request, "/"), _("Welcome, %(name)s.") % {"name": member.name})
    with translation.override(request.POST.get("language") or invitation.language):
        context = {"form": form, "invitation": invitation, "zones": zones(), "language": translation.get_language()}
        return render(request, "accounts/join.html", context, status=422 if form.errors else 200)


@public("whoever forgot a password cannot log in; the link is the proof")
@keep_secret
@sensitive_post_parameters("password")
def new_password(request: HttpRequest, token: str) -> HttpResponseBase:
    """Let a member choose a new password."""
    at = request.at  # type: ignore[attr-defined]
    link = queries.password_link_of_token(token, at)
    if link is None:
        return render(request, "accounts/dead_link.html", {"is_invitation": False}, status=404)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.use_password_link(
                token=token, password=form.cleaned_data["password"], at=at, origin=origin_of(request)
            )
        except RuleBroken as refusal:
            form.add_error(_field_of(refusal), words_of(refusal))
        else:
            said = _("Your new password is set, and you are signed out everywhere. Sign in with it.")
            return htmx.toast(htmx.redirect(request, "/sign-in"), said)
    context = {"form": form, "email": link.member.email}
    return render(request, "accounts/new_password.html", context, status=422 if form.errors else 200)


@public("whoever forgot a password cannot log in")
def forgotten(request: HttpRequest) -> HttpResponseBase:
    """Take a mail address and have a link mailed to it; the answer is the same whoever has that address."""
    form = ForgottenForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "has_mail": mails.mail_server() is not None}
    if request.method == "POST" and form.is_valid() and context["has_mail"]:
        wait = limits.wait_of_asking(request)
        if wait:
            return limits.busy(request, wait)
        if not limits.is_asked_too_often(form.cleaned_data["email"]):
            forgotten_password.ask(email=form.cleaned_data["email"])
        context["asked"] = form.cleaned_data["email"]
    return render(request, "accounts/forgotten.html", context, status=422 if form.errors else 200)


def _field_of(refusal: RuleBroken) -> str | None:
    if refusal.code.startswith("password."):
        return "password"
    return "zone" if refusal.code == "zone.unknown" else None
