"""Ask a member again who they are, before a page that wants to know."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from conto.apps.accounts import actions as accounts
from conto.apps.factors import actions as factors
from conto.apps.factors import ceremony, queries
from conto.web import htmx
from conto.web.access import before_second_step, member_only
from conto.web.freshness import note_proof
from conto.web.reading import address_of, book
from conto.web.safety.forms import AnswerForm, CodeForm, ProofForm
from conto.web.safety.passkeys import knows_passkeys


@member_only
@never_cache
@sensitive_post_parameters("password", "code")
@before_second_step
def prove(request: HttpRequest) -> HttpResponseBase:
    """Ask for the password or a code, and go on to where the member was."""
    here = book(request)
    then = {"next": htmx.safe_next(request)}
    password = ProofForm(request.POST if "password" in request.POST else None, initial=then)
    code = CodeForm(request.POST if "code" in request.POST else None, initial=then, auto_id="proof_%s")
    known: dict[str, Any] = {"member_id": here.member.id, "address": address_of(request), "at": here.at}
    if password.is_bound and password.is_valid():
        if accounts.prove_password(password=password.cleaned_data["password"], **known):
            return _go_on(request)
        password.add_error("password", _("This is not your password. After five wrong tries you have to wait a while."))
    if code.is_bound and code.is_valid():
        if factors.try_code(code=code.cleaned_data["code"], is_inside=True, **known):
            return _go_on(request)
        code.add_error("code", _("This code does not fit, or it was used. After five wrong tries you have to wait."))
    return _page(request, password, code)


@require_POST
@member_only
@never_cache
@before_second_step
def passkey(request: HttpRequest) -> HttpResponseBase:
    """Take the answer of a passkey as the proof."""
    here = book(request)
    answer = AnswerForm(request.POST).answer()
    known: dict[str, Any] = {"member_id": here.member.id, "address": address_of(request), "at": here.at}
    if answer and factors.try_passkey(answer=answer, is_inside=True, **known):
        return _go_on(request)
    then = {"next": htmx.safe_next(request)}
    refusal = _("This passkey did not fit. Try again, or use your password.")
    return _page(request, ProofForm(initial=then), CodeForm(initial=then, auto_id="proof_%s"), refusal=refusal)


@require_POST
@member_only
@never_cache
@before_second_step
def question(request: HttpRequest) -> HttpResponseBase:
    """Give the browser the question for one of the member's passkeys."""
    return JsonResponse(ceremony.question_for(book(request).member))


def _go_on(request: HttpRequest) -> HttpResponseBase:
    note_proof(request)
    return htmx.redirect(request, htmx.safe_next(request))


def _page(request: HttpRequest, password: Form, code: Form, *, refusal: str = "") -> HttpResponse:
    known = queries.factors_of(book(request).member.id)
    is_refused = bool(password.errors or code.errors or refusal)
    context = {
        "form": password,
        "code": code,
        "then": htmx.safe_next(request),
        "lost_a_form": "form" in request.GET,
        "refusal": refusal,
        "factors": known,
        "offers_passkey": bool(known.passkeys) and knows_passkeys(request),
    }
    return render(request, "safety/prove.html", context, status=422 if is_refused else 200)
