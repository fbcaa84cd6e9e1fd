"""The first-run wizard: one page per step, nothing made but the owner until the last one."""

import base64
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries as members
from conto.domain.errors import RuleBroken
from conto.domain.numbering import number_for
from conto.flows.sample_document import Look, sample_page
from conto.flows.set_up_book import set_up_book
from conto.web import htmx
from conto.web.access import member_of, member_only, public, to_log_in
from conto.web.accounts.forms import zones
from conto.web.accounts.pages import BACKEND
from conto.web.reading import actor_of, book, words_of
from conto.web.setup.answers import (
    STEPS,
    answers,
    bank_account_of,
    beginning_of,
    forget,
    keep,
    logo_of,
    next_open,
    numbers_of,
    seller_of,
)
from conto.web.setup.countries import guessed_country, suggestion_for
from conto.web.setup.forms import BankForm, BusinessForm, LookForm, NumbersForm, OwnerForm, PresetForm, TaxForm
from conto.web.setup.gate import is_admitted
from conto.web.today.pages import first_steps
from conto.web.today.parts import shown_parts

P = ParamSpec("P")
LOGO_READ_BYTES = 3_000_000  # more than a logo may have, so that a larger file is refused and not cut
_WHY = "a new book has no member yet; the gate lets in only who sits at this machine or has the token"
WORDS = {
    "owner": gettext_lazy("You"),
    "business": gettext_lazy("Business"),
    "preset": gettext_lazy("Trade"),
    "tax": gettext_lazy("Tax"),
    "bank": gettext_lazy("Bank account"),
    "look": gettext_lazy("Look"),
    "numbers": gettext_lazy("Numbers"),
}


def _guarded(
    page: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    @wraps(page)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.business is not None:  # type: ignore[attr-defined]
            return htmx.redirect(request, "/")
        if settings.FILLS_DEMO:
            return render(request, "setup/waiting.html")
        if member_of(request) is None and members.has_member():
            return to_log_in(request)
        if member_of(request) is None and not is_admitted(request):
            return render(request, "setup/not_admitted.html", status=403)
        return page(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]


@public(_WHY)
@never_cache
@_guarded
def start(request: HttpRequest) -> HttpResponseBase:
    """Go on where the wizard was left."""
    return htmx.redirect(request, f"/setup/{next_open(request) if member_of(request) else STEPS[0]}")


@public(_WHY)
@never_cache
@sensitive_post_parameters("password")
@_guarded
def step(request: HttpRequest, name: str) -> HttpResponseBase:
    """Ask one step, check it, keep it and go on."""
    if name not in STEPS:
        raise Http404
    if name == "owner":
        return _owner(request)
    if member_of(request) is None:
        return htmx.redirect(request, "/setup/owner")
    if name != "business" and "business" not in answers(request):
        return htmx.redirect(request, "/setup/business")
    form = _form(request, name)
    if request.method == "POST" and form.is_valid() and _kept(request, name, form):
        if name == STEPS[-1]:
            return _finish(request, form)
        return htmx.redirect(request, f"/setup/{STEPS[STEPS.index(name) + 1]}")
    return _page(request, name, form)


@public(_WHY)
@never_cache
@_guarded
def suggest(request: HttpRequest) -> HttpResponseBase:
    """Suggest currency, zone and language for a chosen country."""
    chosen = request.GET.get("country", "")
    suggestion = suggestion_for(chosen if len(chosen) == 2 else "GB")
    initial = {"currency": suggestion.currency, "zone": suggestion.zone, "language": suggestion.language}
    return render(request, "setup/business.html#habits", {"form": BusinessForm(initial=initial)})


@public(_WHY)
@never_cache
@_guarded
def sample_number(request: HttpRequest) -> HttpResponseBase:
    """Show what the first number will look like while it is being chosen."""
    form = NumbersForm(request.GET)
    return render(request, "setup/numbers.html#sample", {"sample": _sample(request, form)})


@public(_WHY)
@never_cache
@require_POST
@_guarded
def preview(request: HttpRequest) -> HttpResponseBase:
    """Draw a sample invoice with the color and the logo that are being chosen; nothing is kept."""
    given = answers(request)
    form = LookForm(request.POST)
    picture, refusal = "", ""
    if "business" in given and form.is_valid():
        try:
            upload = request.FILES.get("logo")
            logo = accounts.clean_logo(upload.read(LOGO_READ_BYTES)) if upload else logo_of(given)
            picture = base64.b64encode(_sample_page(request, form.cleaned_data["accent_color"], logo)).decode()
        except RuleBroken as broken:
            refusal = words_of(broken)
    return render(request, "setup/look.html#preview", {"picture": picture, "refusal": refusal})


@member_only
def done(request: HttpRequest) -> HttpResponseBase:
    """Say what can be done next."""
    here = book(request)
    context = {"steps": first_steps(here, has_invoice=False), "names": shown_parts(here)}
    return render(request, "setup/done.html", context)


def _owner(request: HttpRequest) -> HttpResponseBase:
    if member_of(request) is not None:
        return htmx.redirect(request, "/setup/business")
    form = OwnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        language = (translation.get_language() or "en")[:2]
        try:
            owner = accounts.add_first_owner(
                **form.cleaned_data,
                at=request.at,  # type: ignore[attr-defined]
                language=language if language in {"en", "de"} else "en",
            )
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            login(request, owner, backend=BACKEND)
            keep(request, "owner", {})
            return htmx.redirect(request, "/setup/business")
    return _page(request, "owner", form)


def _form(request: HttpRequest, name: str) -> Any:
    given = answers(request)
    posted = request.POST if request.method == "POST" else None
    initial = {**_first_guess(request, name, given), **given.get(name, {})}
    if name == "business":
        return BusinessForm(posted, initial=initial)
    if name == "tax":
        return TaxForm(posted, initial=initial, country=given["business"]["country"])
    if name == "preset":
        spoken = (translation.get_language() or "en")[:2]
        return PresetForm(posted, initial=initial, language=spoken, papers=given["business"]["language"])
    plain: dict[str, type[forms.Form]] = {"bank": BankForm, "look": LookForm, "numbers": NumbersForm}
    return plain[name](posted, initial=initial)


def _first_guess(request: HttpRequest, name: str, given: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what the form shows before it was answered: nothing is typed that is known already."""
    if name == "business":
        country = guessed_country(request.headers.get("Accept-Language", ""))
        found = suggestion_for(country)
        return {
            "country": country,
            "currency": found.currency,
            "zone": found.zone,
            "language": found.language,
            "email": member_of(request).email,
        }
    if name == "preset":
        return {"with_items": True}
    if name == "tax":
        return {"status": "registered"}
    if name == "bank":
        return {"holder": given["business"].get("legal_name") or given["business"]["name"]}
    if name == "look":
        return {"accent_color": "#1f5c46"}
    return {"prefix": "INV", "is_yearly": True, "width": 5, "start_ordinal": 1, "terms_days": 14}


def _kept(request: HttpRequest, name: str, form: Any) -> bool:
    values = dict(form.cleaned_data)
    if name == "look":
        upload = request.FILES.get("logo")
        values["logo"] = answers(request).get("look", {}).get("logo", "") if "remove_logo" not in request.POST else ""
        if upload is not None:
            try:
                values["logo"] = base64.b64encode(accounts.clean_logo(upload.read(LOGO_READ_BYTES))).decode()
            except RuleBroken as refusal:
                form.add_error(None, words_of(refusal))
                return False
    keep(request, name, values)
    return True


def _finish(request: HttpRequest, form: Any) -> HttpResponseBase:
    given = answers(request)
    try:
        set_up_book(
            seller=seller_of(given),
            bank_account=bank_account_of(given),
            numbers=numbers_of(given),
            logo=logo_of(given),
            beginning=beginning_of(given),
            actor=actor_of(request),
            at=request.at,  # type: ignore[attr-defined]
        )
    except RuleBroken as refusal:
        form.add_error(None, words_of(refusal))
        return _page(request, STEPS[-1], form)
    forget(request)
    return htmx.toast(htmx.redirect(request, "/setup/done"), _("Your book is ready."))


def _page(request: HttpRequest, name: str, form: Any) -> HttpResponseBase:
    given = answers(request)
    here = STEPS.index(name)
    steps = [
        {
            "name": each,
            "word": WORDS[each],
            "state": "now" if each == name else "done" if each in given else "later",
            "href": f"/setup/{each}" if each != "owner" else "",
        }
        for each in STEPS
    ]
    context = {
        "form": form,
        "steps": steps,
        "back": f"/setup/{STEPS[here - 1]}" if here > 1 else "",
        "zones": zones() if name == "business" else [],
        "given": given,
        "logo": given.get("look", {}).get("logo", ""),
        "sample": _sample(request, form) if name == "numbers" else "",
    }
    return render(request, f"setup/{name}.html", context, status=422 if form.errors else 200)


def _sample_page(request: HttpRequest, accent_color: str, logo: bytes | None) -> bytes:
    given = answers(request)
    seller = seller_of(given)
    paper = "letter" if seller.country in {"US", "CA"} else "a4"
    look = Look(accent_color=accent_color, paper=paper, logo=logo or b"", language=seller.language)
    on = request.today  # type: ignore[attr-defined]
    return sample_page(seller=seller, account=bank_account_of(given), look=look, number="INV-0001", on=on)


def _sample(request: HttpRequest, form: NumbersForm) -> str:
    year = request.today.year  # type: ignore[attr-defined]
    try:
        if form.is_bound:
            if not form.is_valid():
                return ""
            return number_for(form.pattern(), year, form.cleaned_data["start_ordinal"])
        shown = NumbersForm({**form.initial, "is_yearly": "on" if form.initial["is_yearly"] else ""})
        return number_for(shown.pattern(), year, form.initial["start_ordinal"]) if shown.is_valid() else ""
    except RuleBroken:
        return ""
