"""Writing a quote: begin, type lines, options and sections, see totals."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conto.apps.catalog import queries as catalog
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.apps.quotes import actions, queries
from conto.apps.quotes.entries import LineEntry
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import propose_terms
from conto.web.access import may, needs
from conto.web.formats import money_text
from conto.web.htmx import page_or_part, redirect, toast
from conto.web.quotes import proposing
from conto.web.quotes.forms import HeadForm, QuoteLineFormSet, head_initial, line_initials
from conto.web.quotes.recurring import said_here, sums_here
from conto.web.reading import Here, actor_of, book, found, uuid_in, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.quotes.models import Quote

_ITEMS_OFFERED = 12


@require_http_methods(["GET", "POST"])
@needs(Permission.QUOTE_DRAFT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Begin a quote for a customer with all that the customer's profile says; without one, ask which."""
    here = book(request)
    if deal_id := uuid_in(request.POST.get("deal") or request.GET.get("deal")):
        return _new_of_deal(request, here, deal_id)
    customer_id = uuid_in(request.POST.get("customer") or request.GET.get("customer"))
    if request.method == "POST" and customer_id:
        customer = found(crm.customer_for(here.member, customer_id))
        quote = actions.create_quote(customer=customer, actor=actor_of(request), at=here.at)
        return redirect(request, reverse("quote_edit", args=[quote.id]))
    search = request.GET.get("q", "").strip()[:100]
    newest = crm.CustomerFilters(order="newest")
    context = {
        "search": search,
        "customer": crm.customer_for(here.member, customer_id) if customer_id else None,
        "customers": crm.find(here.member, search, limit=12)
        if search
        else crm.customer_page(here.member, newest, size=12).rows,
    }
    return page_or_part(request, "quotes/new.html", "choices", context)


def _new_of_deal(request: HttpRequest, here: Here, deal_id: "UUID") -> HttpResponseBase:
    """Begin a quote with what a deal says; show what that is before."""
    deal = found(deals.deal_for(here.member, deal_id))
    found(crm.customer_for(here.member, deal.customer_id))
    if request.method == "GET":
        return render(request, "quotes/new.html", {"deal": deal})
    try:
        quote = actions.create_quote_of_deal(deal=deal, actor=actor_of(request), at=here.at)
    except RuleBroken as refusal:
        return toast(redirect(request, reverse("deal", args=[deal.id])), words_of(refusal))
    return redirect(request, reverse("quote_edit", args=[quote.id]))


@require_http_methods(["GET", "POST"])
@needs(Permission.QUOTE_DRAFT)
def edit(request: HttpRequest, quote_id: "UUID") -> HttpResponseBase:
    """Show the editor; on POST store the draft, then stay or go on to send it."""
    here = book(request)
    quote = found(queries.quote_for(here.member, quote_id))
    if quote.state != "draft":
        return redirect(request, reverse("quote", args=[quote.id]))
    if request.method == "GET":
        return _editor(request, here, quote, HeadForm(initial=head_initial(quote)), _lines(quote))
    head = HeadForm(request.POST)
    lines: Any = QuoteLineFormSet(request.POST, prefix="lines")
    status = 422
    if head.is_valid() and lines.is_valid():
        try:
            stored = actions.change_quote(
                quote=quote,
                changes=head.changes() | _taken(request, here, quote),
                lines=lines.entries() + _picked(request, here, quote),
                actor=actor_of(request),
                at=here.at,
                expected_revision=head.cleaned_data["revision"],
            )
        except RuleBroken as refusal:
            head.add_error(None, words_of(refusal))
            status = 409
        else:
            return _gone_on(request, here, stored)
    return _editor(request, here, quote, head, lines, status=status)


def _taken(request: HttpRequest, here: Here, quote: "Quote") -> dict[str, Any]:
    """Return what a pressed proposal changes, over what is typed."""
    wanted = request.POST.get("take", "").split()
    return dict(propose_terms.proposed_changes(quote, wanted, member=here.member, on=here.today)) if wanted else {}


def _gone_on(request: HttpRequest, here: Here, quote: "Quote") -> HttpResponseBase:
    """Go where the pressed button leads after the draft is stored."""
    if "then_send" in request.POST and may(here.member, Permission.QUOTE_SEND):
        return redirect(request, reverse("quote_send", args=[quote.id]))
    if "recurring" in request.POST:
        part, target = request.POST["recurring"], reverse("quote_recurring", args=[quote.id])
        return redirect(request, f"{target}?part={part}" if part.isdecimal() else target)
    if "add_line" in request.POST:
        return _editor(request, here, quote, HeadForm(initial=head_initial(quote)), _lines(quote, more=1))
    if "add_item" in request.POST:
        return redirect(request, reverse("quote_edit", args=[quote.id]) + "#lines")
    if "take" in request.POST:
        return toast(redirect(request, reverse("quote_edit", args=[quote.id])), _("It is in the draft."))
    return toast(redirect(request, reverse("quote", args=[quote.id])), _("The draft is saved."))


@require_GET
@needs(Permission.QUOTE_DRAFT)
def items(request: HttpRequest, quote_id: "UUID") -> HttpResponse:
    """Offer items of the catalog for the next line."""
    here = book(request)
    quote = found(queries.quote_for(here.member, quote_id))
    search = request.GET.get("q", "").strip()[:100]
    offers = catalog.find_items(
        here.member, search, currency=quote.currency, on=here.today, language=quote.language, limit=_ITEMS_OFFERED
    )
    return render(request, "quotes/edit.html#items", {"quote": quote, "offers": offers})


@require_POST
@needs(Permission.QUOTE_DRAFT)
def totals(request: HttpRequest, quote_id: "UUID") -> HttpResponse:
    """Compute what is typed so far, without storing it."""
    here = book(request)
    quote = found(queries.quote_for(here.member, quote_id))
    lines, head = QuoteLineFormSet(request.POST, prefix="lines"), HeadForm(request.POST)
    lines.is_valid()
    head.is_valid()
    quote.discount_percent = head.cleaned_data.get("discount_percent") or Decimal(0)
    quote.price_mode = head.cleaned_data.get("price_mode") or quote.price_mode
    complete = [form for form in lines.forms if _is_complete(form)]
    shown = queries.shown(quote, here.today, lines=[form.quote_entry() for form in complete])
    _price(complete, shown, quote.currency)
    return render(request, "quotes/edit.html#sums", {"quote": quote, "shown": shown, "live_lines": lines.forms})


def _editor(
    request: HttpRequest, here: Here, quote: "Quote", head: HeadForm, lines: Any, *, status: int = 200
) -> HttpResponse:
    shown = queries.shown(quote, here.today)
    if not lines.is_bound:  # what was typed and refused has no amounts yet
        _price(lines.forms, shown, quote.currency)
    context = {
        "quote": quote,
        "label": queries.label_of(quote),
        "head": head,
        "lines": lines,
        "shown": shown,
        "recurring": said_here(shown.recurring),
        "sums": sums_here(shown.recurring),
        "sees_plans": may(here.member, Permission.PLAN_VIEW),
        "proposed": proposing.shown_for(here, quote),
        "can_send": may(here.member, Permission.QUOTE_SEND),
    }
    return render(request, "quotes/edit.html", context, status=status)


def _price(forms: Any, shown: queries.Shown, currency: str) -> None:
    """Set beside each line what it comes to, in the prices that are typed."""
    for form, (_line, amount_minor) in zip(forms, shown.lines, strict=False):  # a new, empty line has no amount
        form.total = money_text(amount_minor, currency, bare=True)


def _lines(quote: "Quote", more: int = 0) -> Any:
    initials = line_initials(quote.lines.order_by("position"))
    formset = QuoteLineFormSet(initial=initials, prefix="lines")
    formset.extra = more or (0 if initials else 1)
    return formset


def _picked(request: HttpRequest, here: Here, quote: "Quote") -> list[LineEntry]:
    """Return the line of an item that was picked from the catalog, filled from it."""
    item_id = uuid_in(request.POST.get("add_item"))
    if item_id is None:
        return []
    offers = catalog.offers([item_id], currency=quote.currency, on=here.today, language=quote.language)
    return [
        LineEntry(
            name=offer.name,
            description=offer.description,
            unit_code=offer.unit_code,
            unit_price=offer.price or Decimal(0),
            item_id=offer.id,
            supply=offer.supply,
            rate_class=offer.rate_class,
        )
        for offer in offers.values()
    ]


def _is_complete(form: Any) -> bool:
    return bool(form.is_valid() and form.cleaned_data.get("name") and not form.cleaned_data.get("DELETE"))
