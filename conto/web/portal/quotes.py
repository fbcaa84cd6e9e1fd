"""The customer's page of a quote: see, choose, ask, accept and sign, or decline."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_GET, require_POST

from conto.apps.contracts import queries as contracts
from conto.apps.crm import queries as crm
from conto.apps.invoicing import actions as links
from conto.apps.invoicing.queries import of_quotes as invoicing
from conto.apps.payments import actions as counting
from conto.apps.quotes import actions, queries
from conto.apps.quotes.actions import Signature
from conto.apps.quotes.words import contract_words
from conto.apps.subscriptions import queries as subscriptions
from conto.domain import quote as rules
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.period import local_day
from conto.flows import accept_quote, answer_quote, send_quote
from conto.flows.accept_quote import BillTo
from conto.web.access import public
from conto.web.portal.door import MOST_WRONG, SPAN, busy, kept_nowhere, moment, waiting_seconds
from conto.web.portal.forms import QuestionForm
from conto.web.reading import origin_of, words_of

if TYPE_CHECKING:
    from conto.apps.quotes.models import Quote, QuoteLink

Page = Callable[..., HttpResponseBase]


def _behind_link(page: Page) -> Page:
    """Let a page be reached by a valid link only, in the quote's language, and keep it out of every cache."""

    @wraps(page)
    def guarded(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        wait = waiting_seconds(request)
        if wait:
            return kept_nowhere(busy(request, wait))
        at = moment(request)
        is_customer = getattr(request, "member", None) is None  # a member who looks is not the customer
        looks = is_customer and request.method == "GET"
        link = actions.see_link(token=token, at=at) if looks else queries.link_of_token(token, at)
        if link is None:
            return kept_nowhere(_closed(request, token))
        with translation.override(link.quote.language), timezone.override(link.quote.legal_entity.zone):
            response = page(request, link, **kwargs)
            response.headers["Content-Language"] = link.quote.language
            return kept_nowhere(response)

    return public("the customer's page behind a secret link")(guarded)


def _closed(request: HttpRequest, token: str) -> HttpResponseBase:
    link = queries.link_ever_of_token(token)
    if link is None:
        address = request.META.get("REMOTE_ADDR", "")
        wait = counting.count_visit(caller=f"wrong {address}", at=timezone.now(), span=SPAN, most=MOST_WRONG)
        if wait:
            return busy(request, wait)
        return render(request, "portal/closed.html", {"reason": "unknown"}, status=404)
    context = {
        "reason": "revoked" if link.revoked_at else "expired",
        "again": f"/q/{token}/new-link",
        "seller": link.quote.legal_entity,
    }
    with translation.override(link.quote.language):
        return render(request, "portal/closed.html", context, status=410)


@require_GET
@_behind_link
def quote(request: HttpRequest, link: QuoteLink) -> HttpResponseBase:
    """Show the quote: what, how much, until when, and how to say yes."""
    return _page(request, link.quote)


def _page(
    request: HttpRequest, quote: Quote, *, form: QuestionForm | None = None, refusal: str = "", status: int = 200
) -> HttpResponse:
    seller, today = quote.legal_entity, local_day(moment(request), quote.legal_entity.zone)
    acceptance, state = queries.acceptance_of(quote), rules.state_on(quote.state, quote.valid_until, today)
    chosen = _wanted(request, quote) if request.method == "POST" else None
    own = acceptance if acceptance and acceptance.quote_id == quote.id else None
    looked_at = local_day(own.accepted_at, seller.zone) if own else today
    parts = _wanted_recurring(request, quote) if request.method == "POST" else None
    chosen, parts = (frozenset(own.chosen), frozenset(own.chosen_recurring)) if own else (chosen, parts)
    shown = queries.shown(quote, looked_at, chosen=chosen, chosen_recurring=parts)
    logo = f"data:{seller.logo_mime};base64,{base64.b64encode(bytes(seller.logo)).decode()}" if seller.logo else ""
    context = {
        "quote": quote,
        "document": quote,
        "label": queries.label_of(quote),
        "state": state,
        "is_open": state == "sent",
        "shown": shown,
        "recurring": send_quote.recurring_of(shown.recurring, quote.language, is_accepted=own is not None),
        "sums": send_quote.sums_of(shown.recurring, quote.language),
        "begun": subscriptions.begun_by(quote.id) if acceptance and quote.recurring else [],
        "acceptance": acceptance,
        "asks_address": acceptance is None and crm.billing_country(quote.customer_id) is not None,
        "billed": invoicing.billed_to_customer(quote.id) if acceptance else [],
        "seller": seller,
        "logo": logo,
        "token": _token(request),
        "form": form or QuestionForm(),
        "refusal": refusal,
        "typed": request.POST,
        "was_asked": "asked" in request.GET,
        "rules": rules.BillingRule,
        "contract_words": contract_words(rules.read_offer(quote.contract_terms), quote.language),
        "contract_number": contracts.number_made_by(quote.id) if acceptance else "",
    }
    return render(request, "portal/quote.html", context, status=status)


@require_POST
@_behind_link
def totals(request: HttpRequest, link: QuoteLink) -> HttpResponseBase:
    """Compute what is chosen so far, without keeping it."""
    quote, today = link.quote, local_day(moment(request), link.quote.legal_entity.zone)
    shown = queries.shown(
        quote, today, chosen=_wanted(request, quote), chosen_recurring=_wanted_recurring(request, quote)
    )
    context = {
        "quote": quote,
        "shown": shown,
        "recurring": send_quote.recurring_of(shown.recurring, quote.language),
        "sums": send_quote.sums_of(shown.recurring, quote.language),
    }
    return render(request, "portal/sums.html", context)


@require_GET
@_behind_link
def paper(request: HttpRequest, link: QuoteLink) -> HttpResponseBase:
    """Give the quote as PDF."""
    try:
        content = send_quote.pdf(link.quote, on=link.quote.valid_until)
    except RuleBroken as refusal:
        return _page(request, link.quote, refusal=words_of(refusal), status=422)
    name = queries.label_of(link.quote).replace("/", "-")
    disposition = f'inline; filename="{name}.pdf"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})


@require_POST
@_behind_link
def question(request: HttpRequest, link: QuoteLink) -> HttpResponseBase:
    """Take what the customer asks."""
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return _page(request, link.quote, form=form, status=422)
    try:
        answer_quote.ask(link.quote, at=moment(request), **form.cleaned_data)
    except RuleBroken as refusal:
        form.add_error(None, words_of(refusal))
        return _page(request, link.quote, form=form, status=422)
    return HttpResponseRedirect(f"/q/{_token(request)}?asked#ask", status=303)


@require_POST
@_behind_link
def accept(request: HttpRequest, link: QuoteLink) -> HttpResponseBase:
    """Accept the quote with what was chosen and signed; pressed twice, it is accepted once."""
    drawing, name = request.POST.get("drawing", "").strip(), request.POST.get("name", "").strip()[:300]
    typed = request.POST.get("signature", "").strip()[:300]
    try:
        accept_quote.accept(
            quote=link.quote,
            chosen=_wanted(request, link.quote),
            chosen_recurring=_wanted_recurring(request, link.quote),
            signature=Signature(name, "drawn" if drawing else "typed", drawing or typed),
            bill_to=_bill_to(request),
            actor=_actor(request, name or link.quote.customer.name),
            at=moment(request),
        )
    except RuleBroken as refusal:
        status = 409 if isinstance(refusal, Conflict) else 422
        fresh = queries.link_of_token(_token(request), moment(request))
        return _page(request, fresh.quote if fresh else link.quote, refusal=words_of(refusal), status=status)
    answer_quote.tell_accepted(link.quote, name=name, at=moment(request))
    return HttpResponseRedirect(f"/q/{_token(request)}", status=303)


@require_POST
@_behind_link
def invoice(request: HttpRequest, link: QuoteLink, document_id: UUID) -> HttpResponseBase:
    """Open an invoice that the accepted quote made, behind a link of its own."""
    document = next((each for each in invoicing.billed_to_customer(link.quote_id) if each.id == document_id), None)
    if document is None:
        raise Http404
    actor = _actor(request, link.quote.customer.name)
    opened = links.create_link(document=document, actor=actor, at=moment(request))
    return HttpResponseRedirect(f"/i/{opened.token}", status=303)


@require_POST
@_behind_link
def decline(request: HttpRequest, link: QuoteLink) -> HttpResponseBase:
    """Decline the quote, with the reason where one is given."""
    try:
        answer_quote.decline(
            link.quote,
            name="",
            reason=request.POST.get("reason", ""),
            actor=_actor(request, link.quote.customer.name),
            at=moment(request),
        )
    except RuleBroken as refusal:
        return _page(request, link.quote, refusal=words_of(refusal), status=409)
    return HttpResponseRedirect(f"/q/{_token(request)}", status=303)


@require_POST
@public("the holder of an expired link asks for a new one, which goes to the address on record only")
def new_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Send a new link to the address that the customer's record has."""
    wait = waiting_seconds(request)
    if wait:
        return kept_nowhere(busy(request, wait))
    link = queries.link_ever_of_token(token)
    if link is None or link.revoked_at:
        return kept_nowhere(_closed(request, token))
    is_sent = answer_quote.send_new_link(link.quote, at=moment(request))
    with translation.override(link.quote.language):
        context = {"reason": "sent" if is_sent else "no_address", "seller": link.quote.legal_entity}
        return kept_nowhere(render(request, "portal/closed.html", context))


def _wanted(request: HttpRequest, quote: Quote) -> frozenset[int]:
    """Return the positions that the page sends: boxes that are ticked, and one of each group."""
    content = queries.content_of(quote, quote.valid_until)
    sent = [*request.POST.getlist("option"), *(v for k, v in request.POST.items() if k.startswith("group-"))]
    return rules.asked_choice(content.lines, [int(each) for each in map(str, sent) if each.isdecimal()])


def _wanted_recurring(request: HttpRequest, quote: Quote) -> frozenset[str]:
    """Return what of what recurs the page sends: boxes that are ticked, and one of each group."""
    content = queries.content_of(quote, quote.valid_until)
    sent = [*request.POST.getlist("recurring"), *(v for k, v in request.POST.items() if k.startswith("recurring-"))]
    return rules.asked_recurring(content.recurring, map(str, sent))


def _bill_to(request: HttpRequest) -> BillTo | None:
    line1, postcode, city = (request.POST.get(name, "").strip()[:200] for name in ("line1", "postcode", "city"))
    return BillTo(line1, postcode, city) if line1 and city else None


def _actor(request: HttpRequest, name: str) -> Actor:
    return Actor(None, "customer", name[:200], origin_of(request))


def _token(request: HttpRequest) -> str:
    return str(request.resolver_match.kwargs["token"]) if request.resolver_match else ""
