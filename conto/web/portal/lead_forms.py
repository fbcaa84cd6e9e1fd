"""The forms by which strangers become leads: a page of their own, shown in a frame of other sites, or sent from there.

Whoever sends has no session, and what is sent needs none: these pages read no cookie. What keeps programs out without
asking third parties: a field that only they fill in, a signed stamp of when the page was opened, and a count of how
often an address sends. What another site's own form sends has no stamp: it is shown once more, filled in, to be sent
from here.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.core import signing
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from conto.apps.accounts import queries as accounts
from conto.apps.fields.queries import fields_of
from conto.apps.leads import actions, queries
from conto.apps.leads.entry import LONGEST_MESSAGE, NewLead
from conto.apps.payments import actions as visits
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.fields import FieldRule, Subject
from conto.flows import receive_lead
from conto.web import own_fields
from conto.web.access import public
from conto.web.customers.choices import countries
from conto.web.deals.forms import RefusableForm
from conto.web.portal.door import SPAN, busy, kept_nowhere, moment
from conto.web.reading import address_of, origin_of, words_of

if TYPE_CHECKING:
    from conto.apps.leads.models import LeadForm

MOST_VISITS = 300  # of one address
MOST_SENT = 10  # of one address
MOST_SENT_HERE = 300  # of one form, from everywhere
MOST_WRONG = 30  # tokens of one address that are none
LEAST_SECONDS = 3
MOST_SECONDS = 12 * 60 * 60
MOST_BYTES = 64 * 1024
TRAP = "website"  # nobody sees it, so whoever fills it in is a program
_SALT = "conto.leads.stamp"
_WHY = "a stranger fills in a form of this business"

USUAL_TEXTS = {
    "title": gettext_lazy("Write to us"),
    "intro": "",
    "consent": gettext_lazy("You may write to me about your offers. I can take this back at any time."),
    "measuring": gettext_lazy(
        "You may note whether I open your letters and which of their links I follow. I can take this back at any time."
    ),
    "thanks": gettext_lazy("Thank you. We will be in touch soon."),
}


class StrangersForm(RefusableForm):
    """What a stranger fills in."""

    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.CharField(
        label=gettext_lazy("Your mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    company = forms.CharField(
        label=gettext_lazy("Company"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    country = forms.ChoiceField(label=gettext_lazy("Country"))
    message = forms.CharField(
        label=gettext_lazy("Your message"), max_length=LONGEST_MESSAGE, widget=forms.Textarea(attrs={"rows": 5})
    )
    consent = forms.BooleanField(label="", required=False)
    measuring = forms.BooleanField(label="", required=False)

    def __init__(self, *args: Any, form: LeadForm, language: str, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in ("company", "phone", "country", "message"):
            how = form.fields.get(name)
            if how is None:
                del self.fields[name]
            else:
                self.fields[name].required = how == "needed"
        if "country" in self.fields:
            self.fields["country"].choices = [("", "–"), *countries()]  # type: ignore[attr-defined]
        self.own, self.currency = own_of(form)
        own_fields.add_fields(self, self.own, {}, currency=self.currency, sees=False)
        for name, is_asked in (("consent", form.asks_consent), ("measuring", form.asks_measuring)):
            field = self.fields.pop(name)
            if is_asked:
                self.fields[name] = field  # below everything else
                field.label = texts_of(form, language)[name]

    @property
    def shown_own(self) -> list[forms.BoundField]:
        """Return the own fields that it asks for, to be drawn."""
        return own_fields.bound(self)

    def given_own(self) -> dict[str, Any] | None:
        """Return what was filled into own fields, what was left empty left out; nothing when it asks for none.

        Raises: EntryRefused with every value that cannot stand.
        """
        if not self.own:
            return None
        given = own_fields.given_in(self, self.own, currency=self.currency)
        return {key: value for key, value in given.items() if value is not None}


def own_of(form: LeadForm) -> tuple[list[FieldRule], str]:
    """Return the own fields that a form asks for, as needed as it says, and the currency of amounts without one."""
    if not any(name.startswith("own.") for name in form.fields):
        return [], ""
    business = accounts.business()
    every = fields_of(business, Subject.LEAD)
    asked = [
        replace(field, is_required=form.fields[f"own.{field.key}"] == "needed")
        for field in every if field.is_entered and f"own.{field.key}" in form.fields
    ]  # fmt: skip
    return asked, business.currency if business else ""


def texts_of(form: LeadForm, language: str) -> dict[str, str]:
    """Return the texts of a form in a language: its own, else the usual ones."""
    own = form.texts.get(language, {})
    with translation.override(language):
        return {name: own.get(name) or str(usual) for name, usual in USUAL_TEXTS.items()}


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a page was opened, and which page it was."""

    sha256: bytes
    age_seconds: float


def new_stamp(form: LeadForm, now: float) -> str:
    """Return a signed stamp for a page that is opened now."""
    return signing.dumps([form.token, secrets.token_urlsafe(12), int(now)], salt=_SALT)


def stamp_of(text: str, form: LeadForm, now: float) -> Stamp | None:
    """Return what a stamp of this form says; nothing for one that is not ours."""
    try:
        token, nonce, opened = signing.loads(text[:400], salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Stamp(hashlib.sha256(f"{token} {nonce}".encode()).digest(), now - opened) if token == form.token else None


def _behind_token(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a form be reached by its address, not too often, in one of its languages, framed by its sites only."""

    @wraps(page)
    def guarded(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        address = address_of(request)
        wait = _count(f"form visit {address}", MOST_VISITS)
        if request.method == "POST" and not wait:
            wait = _count(f"form sent {address}", MOST_SENT) or _count(f"form {token}", MOST_SENT_HERE)
        if wait:
            return kept_nowhere(busy(request, wait))
        form = queries.form_of_token(token)
        if form is None:
            wait = _count(f"form wrong {address}", MOST_WRONG)
            closed = render(request, "portal/closed.html", {"reason": "unknown"}, status=404)
            return kept_nowhere(busy(request, wait) if wait else closed)
        language = _language(request, form)
        with translation.override(language):
            try:
                answer = page(request, form, language, **kwargs)
            except Http404:
                answer = render(request, "portal/closed.html", {"reason": "unknown"}, status=404)
            answer.headers["Content-Language"] = language
        return framed(kept_nowhere(answer), form)

    return public(_WHY)(guarded)


def _count(caller: str, most: int) -> int:
    return visits.count_visit(caller=caller, at=timezone.now(), span=SPAN, most=most)


def _language(request: HttpRequest, form: LeadForm) -> str:
    asked = (request.POST if request.method == "POST" else request.GET).get("lang", "")
    if asked in form.languages:
        return asked
    reads = translation.get_language_from_request(request)[:2]
    return reads if reads in form.languages else str(form.languages[0])


def framed(answer: HttpResponseBase, form: LeadForm) -> HttpResponseBase:
    """Let the sites of a form, and nobody else, show it in a frame of theirs."""
    if form.sites:
        answer._csp_replace = {"frame-ancestors": list(form.sites)}  # type: ignore[attr-defined]  # noqa: SLF001 -- as its decorators do
        answer.xframe_options_exempt = True  # type: ignore[attr-defined]
    return answer


@csrf_exempt
@require_http_methods(["GET", "POST"])
@_behind_token
def lead_form(request: HttpRequest, form: LeadForm, language: str) -> HttpResponseBase:
    """Show a form, and take in what was filled in."""
    if request.method == "GET":
        return _page(request, form, language, StrangersForm(form=form, language=language))
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return _page(request, form, language, StrangersForm(form=form, language=language), status=413)
    if request.POST.get(TRAP):
        return _thanks(request, form, language)  # a program learns nothing from it
    return _taken(request, form, language)


def _taken(request: HttpRequest, form: LeadForm, language: str) -> HttpResponseBase:
    now = timezone.now().timestamp()
    stamp = stamp_of(request.POST.get("stamp", ""), form, now)
    typed = StrangersForm(request.POST, form=form, language=language)
    if stamp and queries.lead_sent(stamp.sha256):
        return _thanks(request, form, language)
    if stamp is None or stamp.age_seconds > MOST_SECONDS:
        filled = StrangersForm(initial=_typed(request), form=form, language=language)
        return _page(request, form, language, filled, said=_("Please look at it once more, then send it."))
    if stamp.age_seconds < LEAST_SECONDS:
        said = _("That was quick. Please send it again.")
        return _page(request, form, language, typed, said=said, stamp=request.POST["stamp"], status=422)
    if typed.is_valid():
        try:
            new = replace(_lead(typed.cleaned_data, form, language, stamp), own=typed.given_own())
            receive_lead.receive_from_form(
                form=form, new=new, actor=_stranger(request, typed),
                at=moment(request),
            )  # fmt: skip
        except RuleBroken as refusal:
            typed.refuse(refusal)
        except IntegrityError:
            if queries.lead_sent(stamp.sha256) is None:
                raise
            return _thanks(request, form, language)  # sent twice at the same moment: the other one was faster
        else:
            return _thanks(request, form, language)
    return _page(request, form, language, typed, stamp=request.POST["stamp"], status=422)


def _typed(request: HttpRequest) -> dict[str, Any]:
    """Return what another site's form sent, several choices as a list."""
    return {name: given if len(given) > 1 else given[0] for name, given in request.POST.lists() if given}


def _lead(values: dict[str, Any], form: LeadForm, language: str, stamp: Stamp) -> NewLead:
    agrees, is_measured = bool(values.get("consent")), bool(values.get("measuring"))
    return NewLead(
        name=values["name"],
        email=values["email"],
        company=values.get("company", ""),
        phone=values.get("phone", ""),
        country=values.get("country", ""),
        message=values.get("message", ""),
        language=language,
        source=form.source,
        form_id=form.id,
        sent_sha256=stamp.sha256,
        consent_text=texts_of(form, language)["consent"] if agrees else "",
        has_consent=agrees and not form.confirms_by_mail,
        measuring_text=texts_of(form, language)["measuring"] if is_measured else "",
        has_measuring=is_measured and not form.confirms_by_mail,
    )


def _stranger(request: HttpRequest, typed: StrangersForm) -> Actor:
    return Actor(None, "customer", typed.cleaned_data["name"][:100], origin_of(request))


def _page(
    request: HttpRequest,
    form: LeadForm,
    language: str,
    typed: StrangersForm,
    *,
    said: str = "",
    stamp: str = "",
    status: int = 200,
) -> HttpResponse:
    context = _context(request, form, language) | {
        "form": typed,
        "said": said,
        "stamp": stamp or new_stamp(form, timezone.now().timestamp()),
        "trap": TRAP,
        "languages": [(code, word) for code, word in _LANGUAGE_NAMES.items() if code in form.languages],
    }
    return render(request, "portal/lead_form.html", context, status=status)


_LANGUAGE_NAMES = {"en": "English", "de": "Deutsch", "fr": "Français"}


def _context(request: HttpRequest, form: LeadForm, language: str) -> dict[str, Any]:
    return {
        "lead_form": form,
        "texts": texts_of(form, language),
        "lang": language,
        "is_embedded": "embed" in request.GET or "embed" in request.POST,
    }


def _thanks(request: HttpRequest, form: LeadForm, language: str) -> HttpResponseBase:
    asked = {"lang": language} | ({"embed": "1"} if "embed" in request.POST else {})
    return HttpResponseRedirect(f"/f/{form.token}/thanks?{urlencode(asked)}", status=303)


@require_GET
@_behind_token
def thanks(request: HttpRequest, form: LeadForm, language: str) -> HttpResponseBase:
    """Thank whoever filled in a form."""
    return render(request, "portal/lead_thanks.html", _context(request, form, language))


@require_http_methods(["GET", "POST"])
@_behind_token
def confirm(request: HttpRequest, form: LeadForm, language: str, proof: str) -> HttpResponseBase:
    """Ask the person once more, since programs open links of mails too, and note that they agreed."""
    context: dict[str, Any] = _context(request, form, language) | {"proof": proof}
    at = moment(request)
    try:
        lead = _asked(receive_lead.lead_id_of_proof(proof, at=at), form)
        with translation.override(lead.language):
            context |= {"lead": lead, "texts": texts_of(form, lead.language)}
            if request.method == "POST":
                actions.confirm_consent(lead=lead, actor=Actor(None, "customer", lead.name, origin_of(request)), at=at)
            context["is_done"] = (lead.consent_at or lead.measuring_at) is not None
            return render(request, "portal/lead_confirm.html", context)
    except Conflict as refusal:
        context["refusal"] = words_of(refusal)
        return render(request, "portal/lead_confirm.html", context, status=410)


def _asked(lead_id: UUID, form: LeadForm) -> Any:
    lead = queries.lead_of_link(lead_id)
    if lead is None or lead.form_id != form.id:
        raise Conflict("lead.link_wrong", "This link leads nowhere.")
    return lead
