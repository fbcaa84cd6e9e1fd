"""The second step at the door, and passkeys that open it without a password."""

import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from conto.apps.accounts import queries as members
from conto.apps.factors import actions, ceremony, queries
from conto.web import htmx
from conto.web.access import TWO_STEPS, member_of, public
from conto.web.reading import address_of, uuid_in
from conto.web.safety.forms import AnswerForm, CodeForm
from conto.web.safety.passkeys import knows_passkeys

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member

SECOND_STEP = "/sign-in/second-step"
STEP_SECONDS = 10 * 60
_BACKEND = "django.contrib.auth.backends.ModelBackend"
_WAITING = "second_step"
_WHY = "a part of the door: who has given the password is not in yet"


def ask_second_step(request: HttpRequest, member: "Member") -> HttpResponseBase:
    """Lead to the second step; the session knows whose password was given, and lets nobody in."""
    request.session.cycle_key()
    request.session[_WAITING] = {
        "member": str(member.id),
        "since": int(time.time()),
        "password": member.get_session_auth_hash(),
    }
    return htmx.redirect(request, f"{SECOND_STEP}?{urlencode({'next': htmx.safe_next(request)})}")


def let_in(request: HttpRequest, member: "Member", *, two_steps: bool = False) -> HttpResponseBase:
    """Sign a member in and lead to where they wanted to go."""
    request.session.pop(_WAITING, None)
    login(request, member, backend=_BACKEND)
    request.session[TWO_STEPS] = two_steps
    return htmx.redirect(request, htmx.safe_next(request))


@public(_WHY)
@never_cache
@sensitive_post_parameters("code")
def second_step(request: HttpRequest) -> HttpResponseBase:
    """Ask for a code of the app, a recovery code or a passkey."""
    if member_of(request) is not None:
        return htmx.redirect(request, htmx.safe_next(request))
    member = _waiting(request)
    if member is None:
        return _begin_again(request)
    form = CodeForm(request.POST or None, initial={"next": htmx.safe_next(request)})
    if request.method == "POST" and form.is_valid():
        known = {"code": form.cleaned_data["code"], "address": address_of(request)}
        if actions.try_code(member_id=member.id, **known, at=request.at):  # type: ignore[attr-defined]
            return let_in(request, member, two_steps=True)
        form.add_error("code", _("This code does not fit, or it was used. After five wrong tries the door stays shut."))
    return _page(request, member, form)


@require_POST
@public(_WHY)
@never_cache
def second_step_passkey(request: HttpRequest) -> HttpResponseBase:
    """Take the answer of a passkey as the second step."""
    member = _waiting(request)
    if member is None:
        return _begin_again(request)
    answer = AnswerForm(request.POST).answer()
    if answer and actions.try_passkey(
        member_id=member.id,
        answer=answer,
        address=address_of(request),
        at=request.at,  # type: ignore[attr-defined]
    ):
        return let_in(request, member, two_steps=True)
    form = CodeForm(initial={"next": htmx.safe_next(request)})
    return _page(request, member, form, refusal=_("This passkey did not fit. Try again, or use a code."))


@require_POST
@public(_WHY)
@never_cache
def second_step_question(request: HttpRequest) -> HttpResponseBase:
    """Give the browser the question for a passkey of whoever is at the second step."""
    member = _waiting(request)
    if member is None:
        return JsonResponse({}, status=409)
    return JsonResponse(ceremony.question_for(member))


@require_POST
@public("the door itself: a passkey is asked for before anybody is known")
@never_cache
def passkey_question(_request: HttpRequest) -> HttpResponseBase:
    """Give the browser the question for a passkey of whomever it knows."""
    return JsonResponse(ceremony.question_for(None))


@require_POST
@public("the door itself: a passkey is both steps in one")
@never_cache
def passkey_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Let in whose passkey has answered."""
    answer = AnswerForm(request.POST).answer()
    at = request.at  # type: ignore[attr-defined]
    member = actions.enter_by_passkey(answer=answer, address=address_of(request), at=at) if answer else None
    if member is not None:
        return let_in(request, member, two_steps=True)
    told = _("This passkey does not open this book. Sign in with your password.")
    return htmx.toast(htmx.redirect(request, settings.LOGIN_URL), told, tone="late")


def _waiting(request: HttpRequest) -> "Member | None":
    """Return who has given the password within the last ten minutes, unless it was changed since."""
    kept = request.session.get(_WAITING)
    if not isinstance(kept, dict) or not 0 <= time.time() - kept["since"] <= STEP_SECONDS:
        return None
    member_id = uuid_in(kept["member"])
    member = members.member(member_id) if member_id else None
    if member is None or not member.is_active:
        return None
    return member if constant_time_compare(kept["password"], member.get_session_auth_hash()) else None


def _begin_again(request: HttpRequest) -> HttpResponseBase:
    request.session.pop(_WAITING, None)
    address = f"{settings.LOGIN_URL}?{urlencode({'next': htmx.safe_next(request)})}"
    return htmx.toast(htmx.redirect(request, address), _("That took too long. Please begin again."), tone="late")


def _page(request: HttpRequest, member: "Member", form: CodeForm, *, refusal: str = "") -> HttpResponse:
    known = queries.factors_of(member.id)
    context = {
        "form": form,
        "factors": known,
        "offers_passkey": bool(known.passkeys) and knows_passkeys(request),
        "refusal": refusal,
        "then": htmx.safe_next(request),
    }
    return render(request, "safety/second_step.html", context, status=422 if form.errors or refusal else 200)
