"""Repeating invoices for the people who bill: the list, and one with what it made and what comes."""

from typing import TYPE_CHECKING, get_args

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from conto.apps.audit import queries as audit
from conto.apps.crm import queries as crm
from conto.apps.plans.words import rhythm_words
from conto.apps.repeats import queries
from conto.apps.repeats.queries import StateFilter
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web.access import may, needs
from conto.web.catalog.choices import unit_word
from conto.web.htmx import page_or_part
from conto.web.invoices.story import story_of
from conto.web.reading import book, found, uuid_in, words_of
from conto.web.repeats.words import COVERS, DOES_SHORT, VIEWS

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.repeats.models import Repeat

_FACTS_SHOWN = 50


@require_GET
@needs(Permission.INVOICE_VIEW)
def repeat_list(request: HttpRequest) -> HttpResponse:
    """Show repeating invoices by view, customer and search word, the latest changed first."""
    here = book(request)
    wanted = request.GET.get("state", "all")
    state: StateFilter = wanted if wanted in get_args(StateFilter) else "all"  # type: ignore[assignment]
    customer_id = uuid_in(request.GET.get("customer"))
    search = request.GET.get("q", "").strip()[:100]
    page = queries.repeat_page(
        here.member, state=state, customer_id=customer_id, search=search, cursor=request.GET.get("after", "")
    )
    context = {"views": VIEWS, "state": state, "search": search, "customer_id": customer_id, "page": page}
    return page_or_part(request, "repeats/list.html", "rows", context)


@require_GET
@needs(Permission.INVOICE_VIEW)
def of_customer(request: HttpRequest, customer_id: "UUID") -> HttpResponseBase:
    """Show the card of what repeats for a customer, which the customer's page asks for; nothing where nothing does."""
    here = book(request)
    customer = found(crm.customer_for(here.member, customer_id))
    context = {"customer": customer, "rows": queries.of_customer(here.member, customer.id)}
    return render(request, "repeats/card.html", context)


@require_GET
@needs(Permission.INVOICE_VIEW)
def show(request: HttpRequest, repeat_id: "UUID") -> HttpResponseBase:
    """Show a repeating invoice: when it comes, what comes, what it made and what happened."""
    here = book(request)
    row = found(queries.repeat_for(here.member, repeat_id))
    terms = queries.terms_for(row)
    made = queries.made_of(row)
    context = {
        "row": row,
        "state": "held" if row.held_code else row.state,
        "held": held_words(row),
        "terms": terms,
        "agreed": terms.row,
        "rhythm": rhythm_words(terms.row.interval, terms.row.every),
        "covers": dict(COVERS)[terms.row.covers],
        "does": DOES_SHORT[terms.row.does],
        "lines": [(line, unit_word(line.unit_code)) for line in terms.lines],
        "coming": [(each, words_of(each.problem) if each.problem else "") for each in queries.coming_of(row, terms)],
        "made": made,
        "unsent": [
            (each, words_of(RuleBroken(each.refusal[0], each.refusal[1], **each.refusal[2])))
            for each in made
            if each.sending == "refused" and each.refusal
        ],
        "versions": queries.versions_of(row),
        "may_edit": may(here.member, Permission.INVOICE_DRAFT),
        "story": story_of(audit.facts_of_subject(row.id)[:_FACTS_SHOWN], here),
    }
    return render(request, "repeats/repeat.html", context)


def held_words(row: "Repeat") -> str:
    """Return in words why the next one could not be made, or nothing."""
    return words_of(RuleBroken(row.held_code, row.held_reason, **row.held_params)) if row.held_code else ""
