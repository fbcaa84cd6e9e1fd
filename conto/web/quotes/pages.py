"""Quotes for the people who write them: the list, one quote, and what can be done with it."""

from typing import TYPE_CHECKING, get_args

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conto.apps.accounts import queries as accounts
from conto.apps.audit import queries as audit
from conto.apps.contracts import queries as contracts
from conto.apps.deals import queries as deals
from conto.apps.fields.entry import Record
from conto.apps.invoicing import queries as invoicing
from conto.apps.messaging import queries as messaging
from conto.apps.quotes import actions, queries
from conto.apps.quotes.queries import StateFilter
from conto.apps.quotes.words import contract_words
from conto.apps.subscriptions import queries as subscriptions
from conto.domain import quote as rules
from conto.domain.errors import RuleBroken
from conto.domain.fields import Subject
from conto.domain.period import local_day
from conto.domain.permissions import Permission
from conto.flows import propose_terms, send_quote
from conto.web import own_fields
from conto.web.access import may, needs, refused
from conto.web.htmx import page_or_part, redirect, toast
from conto.web.invoices.forms import SendForm
from conto.web.invoices.story import story_of
from conto.web.quotes import proposing
from conto.web.quotes.forms import RulesForm
from conto.web.quotes.recurring import said_here, sums_here
from conto.web.reading import actor_of, book, found, uuid_in, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.quotes.models import Quote

VIEWS = [
    ("all", gettext_lazy("All")),
    ("draft", gettext_lazy("Drafts")),
    ("approval", gettext_lazy("To approve")),
    ("sent", gettext_lazy("Open")),
    ("accepted", gettext_lazy("Accepted")),
    ("declined", gettext_lazy("Declined")),
    ("expired", gettext_lazy("Expired")),
]
_FACTS_SHOWN = 50
# What can be done with a quote by a button, and who may.
_ACTS = {
    "renew": Permission.QUOTE_DRAFT,
    "discard": Permission.QUOTE_DRAFT,
    "take": Permission.QUOTE_DRAFT,
    "ask": Permission.QUOTE_DRAFT,
    "approve": Permission.QUOTE_APPROVE,
    "refuse": Permission.QUOTE_APPROVE,
    "withdraw": Permission.QUOTE_SEND,
    "share": Permission.QUOTE_SEND,
    "answered": Permission.QUOTE_DRAFT,
}


@require_GET
@needs(Permission.QUOTE_VIEW)
def quote_list(request: HttpRequest) -> HttpResponse:
    """Show quotes by view, customer and search word, the latest changed first."""
    here = book(request)
    wanted = request.GET.get("state", "all")
    state: StateFilter = wanted if wanted in get_args(StateFilter) else "all"  # type: ignore[assignment]
    customer_id = uuid_in(request.GET.get("customer"))
    search = request.GET.get("q", "").strip()[:100]
    page = queries.quote_page(
        here.member,
        today=here.today,
        state=state,
        customer_id=customer_id,
        search=search,
        own=own_fields.wanted(request, Subject.QUOTE),
        cursor=request.GET.get("after", ""),
    )
    own = own_fields.columns(here, Subject.QUOTE, {row.id: row.customer_id for row in page.rows})
    own_filters = own_fields.filters(request, Subject.QUOTE)
    context = {
        "rows": [(row, own.cells.get(row.id)) for row in page.rows],
        "own_heads": own.heads,
        "own_filters": own_filters,
        "query": request.GET.urlencode(),
        "is_own_asked": any(each.value for each in own_filters),
        "views": VIEWS,
        "state": state,
        "search": search,
        "customer_id": customer_id,
        "page": page,
        "totals": queries.totals(here.member, today=here.today, customer_id=customer_id),
    }
    return page_or_part(request, "quotes/list.html", "rows", context)


@require_GET
@needs(Permission.QUOTE_VIEW)
def show(request: HttpRequest, quote_id: "UUID") -> HttpResponseBase:
    """Show a quote with its lines, versions, answers and story."""
    here = book(request)
    quote = found(queries.quote_for(here.member, quote_id))
    approval = queries.newest_approval(quote)
    acceptance = queries.acceptance_of(quote)
    is_draft = quote.state == "draft"
    is_approved = bool(approval and approval.is_given)
    findings = queries.findings(quote, here.today, is_approved=is_approved) if is_draft else []
    sees_contracts = may(here.member, Permission.CONTRACT_VIEW)
    versions = queries.versions_of(quote)
    family = [version.id for version in versions]
    own = acceptance if acceptance and acceptance.quote_id == quote.id else None
    looked_at = local_day(own.accepted_at, quote.legal_entity.zone) if own else here.today
    shown = queries.shown(quote, looked_at, chosen=own.chosen if own else None,
                           chosen_recurring=own.chosen_recurring if own else None)  # fmt: skip
    context = {
        "quote": quote,
        "label": queries.label_of(quote),
        "contract_words": contract_words(rules.read_offer(quote.contract_terms)),
        "contract": contracts.of_quote(here.member, family, here.today) if acceptance and sees_contracts else None,
        "sees_deal": deals.sees_deal(here.member, quote.deal_id),
        "state": rules.state_on(quote.state, quote.valid_until, here.today),
        "shown": shown,
        "recurring": said_here(shown.recurring, is_accepted=own is not None),
        "sums": sums_here(shown.recurring),
        "begun": subscriptions.of_quotes(here.member, family, here.today) if acceptance and quote.recurring else (),
        "findings": [(finding, words_of(finding)) for finding in findings],
        "must_ask": not approval and any(finding.code == "quote.needs_approval" for finding in findings),
        "proposed": proposing.shown_for(here, quote),
        "approval": approval,
        "acceptance": acceptance,
        "decline": queries.decline_of(quote),
        "versions": versions,
        "questions": queries.questions_of(quote),
        "billed": invoicing.made_by_quotes(here.member, family),
        "mails": messaging.mails_about(quote.id),
        "story": story_of(audit.facts_of_subject(quote.id)[:_FACTS_SHOWN], book(request)),
        "is_open": rules.state_on(quote.state, quote.valid_until, here.today) in {"sent", "expired"},
        "own": own_fields.record_card(request, _record_of(quote)),
        "own_address": f"/quotes/{quote.id}/own" if may(here.member, Permission.QUOTE_DRAFT) else "",
        "can_renew": quote.state in {"sent", "declined", "withdrawn"},
    }
    return render(request, "quotes/quote.html", context)


def _record_of(quote: "Quote") -> Record:
    return Record(subject=Subject.QUOTE, id=quote.id, currency=quote.currency, customer_id=quote.customer_id)


@require_http_methods(["GET", "POST"])
@needs(Permission.QUOTE_DRAFT)
def own(request: HttpRequest, quote_id: "UUID") -> HttpResponseBase:
    """Change the own fields of a quote; what was sent stays as it is."""
    quote = found(queries.quote_for(book(request).member, quote_id))
    name = queries.label_of(quote) or quote.title or _("Draft")
    return own_fields.edit(request, _record_of(quote), back=f"/quotes/{quote.id}", name=name)


@require_GET
@needs(Permission.QUOTE_VIEW)
def paper(request: HttpRequest, quote_id: "UUID") -> HttpResponseBase:
    """Give a quote as PDF; a draft has the word draft across it."""
    here = book(request)
    quote = found(queries.quote_for(here.member, quote_id))
    try:
        content = send_quote.pdf(quote, on=here.today)
    except RuleBroken as refusal:
        return toast(redirect(request, reverse("quote", args=[quote.id])), words_of(refusal), tone="late")
    name = (queries.label_of(quote) or "draft").replace("/", "-")
    disposition = f'inline; filename="{name}.pdf"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})


@require_http_methods(["GET", "POST"])
@needs(Permission.QUOTE_SEND)
def send(request: HttpRequest, quote_id: "UUID") -> HttpResponseBase:
    """Show the mail as it will go out, in the customer's language; on POST freeze the quote and send it."""
    here = book(request)
    quote = found(queries.quote_for(here.member, quote_id))
    proposal = send_quote.proposal(quote)
    form = SendForm(
        request.POST or None,
        initial={"to_address": proposal.to_address, "subject": proposal.subject, "text": proposal.text},
    )
    if request.method == "POST" and form.is_valid():
        try:
            mail = send_quote.send(quote, actor=actor_of(request), at=here.at, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            words = _("The quote is on its way to %(address)s.") % {"address": mail.to_address}
            return toast(redirect(request, reverse("quote", args=[quote.id])), words)
    findings = queries.findings(quote, here.today, is_approved=queries.is_approved(quote))
    context = {
        "quote": quote,
        "label": queries.label_of(quote),
        "form": form,
        "findings": [words_of(finding) for finding in findings] if quote.state == "draft" else [],
        "has_server": messaging.mail_server(),
    }
    return render(request, "quotes/send.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Permission.QUOTE_VIEW)
def act(request: HttpRequest, quote_id: "UUID") -> HttpResponseBase:
    """Do what a button of the page says; each button has its own permission."""
    here = book(request)
    quote = found(queries.quote_for(here.member, quote_id))
    wanted = request.POST.get("act", "")
    if wanted not in _ACTS:
        raise Http404  # no button of the page says that
    if not may(here.member, _ACTS[wanted]):
        return refused(request, _ACTS[wanted])
    try:
        return _do(request, quote, wanted)
    except RuleBroken as refusal:
        return toast(redirect(request, reverse("quote", args=[quote.id])), words_of(refusal), tone="late")


def _do(request: HttpRequest, quote: "Quote", wanted: str) -> HttpResponseBase:
    here, actor, note = book(request), actor_of(request), request.POST.get("note", "")
    at = here.at
    target, words = reverse("quote", args=[quote.id]), _("Done.")
    match wanted:
        case "renew":
            target = reverse("quote_edit", args=[actions.renew_quote(quote=quote, actor=actor, at=at).id])
            words = _("This is the next version; the customer sees it when it is sent.")
        case "discard":
            actions.discard_quote(quote=quote, actor=actor, at=at)
            target, words = reverse("quotes"), _("The draft is gone.")
        case "take":
            kinds = request.POST.get("take", "").split()
            propose_terms.take(quote, kinds, member=here.member, on=here.today, actor=actor, at=at)
            words = _("It is in the draft.")
        case "ask":
            actions.ask_approval(quote=quote, note=note, actor=actor, at=at)
            words = _("Somebody who may approve sees it in the list of quotes.")
        case "approve" | "refuse":
            actions.decide_approval(quote=quote, is_given=wanted == "approve", answer=note, actor=actor, at=at)
        case "withdraw":
            actions.withdraw_quote(quote=quote, reason=note, actor=actor, at=at)
            words = _("The quote is withdrawn.")
        case "answered":
            for question in queries.questions_of(quote).filter(answered_at=None).select_related("quote"):
                actions.answer_question(question=question, actor=actor, at=at)
        case _:
            link = actions.create_link(quote=quote, actor=actor, at=at)
            address = f"{settings.PUBLIC_URL}/q/{link.token}"
            return render(
                request, "quotes/link.html", {"quote": quote, "address": address, "expires_at": link.expires_at}
            )
    return toast(redirect(request, target), words)


@require_http_methods(["GET", "POST"])
@needs(Permission.SETTINGS_EDIT)
def how(request: HttpRequest) -> HttpResponseBase:
    """Show and change how quotes are made: validity, limit of discounts, usual terms."""
    here = book(request)
    entity = found(accounts.legal_entities().first())
    usual = queries.rules_of(entity)
    limit = usual.discount_limit_percent
    initial = {
        "valid_days": usual.valid_days,
        "discount_limit_percent": limit.normalize() if limit is not None else None,
        "terms": usual.terms,
        "renewal_days": usual.renewal_days,
        "renewal_mails": usual.renewal_mails,
    }
    form = RulesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.save_rules(legal_entity=entity, **form.cleaned_data, actor=actor_of(request), at=here.at)
        return toast(redirect(request, reverse("quotes")), _("Saved."))
    return render(request, "quotes/how.html", {"form": form}, status=422 if form.errors else 200)
