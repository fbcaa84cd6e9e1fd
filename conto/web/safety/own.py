"""What a member signs in with: the app, the recovery codes, and a look at everything."""

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from conto.apps.factors import actions, queries
from conto.apps.vault.sealing import seal, unseal
from conto.domain.errors import RuleBroken
from conto.flows import change_factors
from conto.web import htmx
from conto.web.access import TWO_STEPS, before_second_step, member_only, owes_second_step
from conto.web.freshness import fresh
from conto.web.reading import actor_of, book, words_of
from conto.web.safety.forms import FirstCodeForm

OWN = "/profile/security"
_NEW_SECRET = "new_app"  # noqa: S105 -- the name of a place in the session


@member_only
@never_cache
@before_second_step
def overview(request: HttpRequest) -> HttpResponseBase:
    """Show what a member signs in with."""
    return render(
        request,
        "safety/own.html",
        {"factors": queries.factors_of(book(request).member.id), "owes": owes_second_step(request)},
    )


@member_only
@fresh
@never_cache
@sensitive_post_parameters("code")
@before_second_step
def add_app(request: HttpRequest) -> HttpResponseBase:
    """Show the secret of a new app as a picture and as text, and add the app with its first code."""
    here = book(request)
    if queries.factors_of(here.member.id).has_app:
        return htmx.redirect(request, OWN)
    secret = _secret(request)
    form = FirstCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = change_factors.add_app(
                member_id=here.member.id,
                secret=secret,
                code=form.cleaned_data["code"],
                kept_key=request.session.session_key,
                actor=actor_of(request),
                at=here.at,
            )
        except RuleBroken as refusal:
            form.add_error("code", words_of(refusal))
        else:
            request.session.pop(_NEW_SECRET, None)
            request.session[TWO_STEPS] = True
            if codes:
                return codes_page(request, codes)
            return htmx.toast(htmx.redirect(request, OWN), _("The app is added."))
    address = queries.app_address(here.member, secret)
    context = {
        "form": form,
        "picture": segno.make(address, micro=False, error="m").svg_data_uri(border=3, scale=5, light="#fff"),
        "secret": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        "address": address,
    }
    return render(request, "safety/new_app.html", context, status=422 if form.errors else 200)


@require_POST
@member_only
@fresh
@before_second_step
def remove_app(request: HttpRequest) -> HttpResponseBase:
    """Take the app away."""
    here = book(request)
    change_factors.remove_app(
        member_id=here.member.id, kept_key=request.session.session_key, actor=actor_of(request), at=here.at
    )
    forget_two_steps(request)
    return htmx.toast(htmx.redirect(request, OWN), _("The app is removed."))


@require_POST
@member_only
@fresh
@never_cache
@before_second_step
def make_codes(request: HttpRequest) -> HttpResponseBase:
    """Make new recovery codes and show them, this once."""
    here = book(request)
    codes = change_factors.make_codes(
        member_id=here.member.id, kept_key=request.session.session_key, actor=actor_of(request), at=here.at
    )
    return codes_page(request, codes)


def codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """Show recovery codes, to be kept on paper or in a file; they cannot be shown again."""
    shown = [f"{code[:5]} {code[5:]}" for code in codes]
    here = book(request)
    head = _("Recovery codes of %(name)s for %(book)s. Each works once.") % {
        "name": here.member.email,
        "book": here.business.name,
    }
    return render(request, "safety/codes.html", {"codes": shown, "file": "\n".join([head, "", *shown, ""])})


def forget_two_steps(request: HttpRequest) -> None:
    """Note in the session when the last second step of its member is gone."""
    request.session[TWO_STEPS] = queries.has_second_step(book(request).member.id)


def _secret(request: HttpRequest) -> str:
    """Return the secret that this session is about to add; sealed, for sessions lie in a table."""
    member_id = book(request).member.id
    kept = request.session.get(_NEW_SECRET)
    if kept:
        try:
            return unseal(kept, column=_NEW_SECRET, row_id=member_id)
        except RuleBroken:
            pass  # of another member, or of a key that is gone: a new one is as good
    secret = actions.new_secret()
    request.session[_NEW_SECRET] = seal(secret, column=_NEW_SECRET, row_id=member_id)
    return secret
