"""Add, name and remove one's own passkeys."""

import re
from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from conto.apps.factors import actions, ceremony
from conto.domain.errors import RuleBroken
from conto.flows import change_factors
from conto.web import htmx
from conto.web.access import TWO_STEPS, before_second_step, member_only
from conto.web.freshness import fresh
from conto.web.reading import actor_of, book, words_of
from conto.web.safety.forms import PasskeyForm
from conto.web.safety.own import OWN, codes_page, forget_two_steps

_DEVICES = ("iPhone", "iPad", "Android", "Windows", "Mac", "Linux")


def knows_passkeys(request: HttpRequest) -> bool:
    """Tell whether browsers keep passkeys for this address: they do for a name, never for a number."""
    host = re.sub(r":\d+$", "", request.get_host()).strip("[]")
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


@member_only
@fresh
@never_cache
@before_second_step
def add(request: HttpRequest) -> HttpResponseBase:
    """Add a passkey that the browser has made, and show the recovery codes if they are the first."""
    here = book(request)
    form = PasskeyForm(request.POST or None, initial={"name": _device(request)})
    if request.method == "POST" and form.is_valid():
        try:
            codes = change_factors.add_passkey(
                member_id=here.member.id,
                name=form.cleaned_data["name"],
                answer=form.answer(),
                kept_key=request.session.session_key,
                actor=actor_of(request),
                at=here.at,
            )
        except RuleBroken as refusal:
            form.add_error("name" if refusal.code == "factor.no_name" else None, words_of(refusal))
        else:
            request.session[TWO_STEPS] = True
            if codes:
                return codes_page(request, codes)
            return htmx.toast(htmx.redirect(request, OWN), _("The passkey is added."))
    return _page(request, form)


@require_POST
@member_only
@fresh
@never_cache
@before_second_step
def question(request: HttpRequest) -> HttpResponseBase:
    """Give the browser the question for a new passkey."""
    return JsonResponse(ceremony.question_for_new(book(request).member))


@require_POST
@member_only
@fresh
@before_second_step
def rename(request: HttpRequest, passkey_id: int) -> HttpResponseBase:
    """Call a passkey otherwise."""
    here = book(request)
    actions.rename_passkey(
        member_id=here.member.id,
        passkey_id=passkey_id,
        name=request.POST.get("name", ""),
        actor=actor_of(request),
        at=here.at,
    )
    return htmx.toast(htmx.redirect(request, OWN), _("Saved."))


@require_POST
@member_only
@fresh
@before_second_step
def remove(request: HttpRequest, passkey_id: int) -> HttpResponseBase:
    """Take a passkey away."""
    here = book(request)
    name = change_factors.remove_passkey(
        member_id=here.member.id,
        passkey_id=passkey_id,
        kept_key=request.session.session_key,
        actor=actor_of(request),
        at=here.at,
    )
    forget_two_steps(request)
    return htmx.toast(htmx.redirect(request, OWN), _("The passkey “%(name)s” is removed.") % {"name": name})


def _page(request: HttpRequest, form: PasskeyForm) -> HttpResponse:
    context = {"form": form, "knows_passkeys": knows_passkeys(request)}
    return render(request, "safety/new_passkey.html", context, status=422 if form.errors else 200)


def _device(request: HttpRequest) -> str:
    agent = request.headers.get("User-Agent", "")
    return next((device for device in _DEVICES if device in agent), "")
