"""Search: the fragment of the palette and the page of its own."""

from decimal import Decimal

from babel.numbers import get_decimal_symbol
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from conto.apps.catalog import queries as catalog
from conto.apps.crm import queries as customers
from conto.apps.invoicing import queries as invoicing
from conto.apps.leads import queries as leads
from conto.apps.subscriptions import queries as subscriptions
from conto.domain.fields import decimal_from_text
from conto.domain.permissions import Permission
from conto.web import formats, htmx
from conto.web.access import may, member_only
from conto.web.reading import book

_LONGEST = 100
_IN_PALETTE = 6
_ON_PAGE = 30
_MOST = Decimal(10) ** 15
_CURRENCY_MARKS = str.maketrans("", "", "€$£¥")


@member_only
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Find customers, deals, quotes, contracts, subscriptions, what repeats, documents and items that are visible."""
    here = book(request)
    text = request.GET.get("q", "").strip()[:_LONGEST]
    limit = _IN_PALETTE if htmx.is_part(request) else _ON_PAGE
    context = {"q": text, "customers": [], "offers": [], "documents": [], "items": [], "is_asked": bool(text)}
    context["leads"] = []
    if text:
        context["customers"] = customers.find(here.member, text, limit)
        context["offers"] = [
            (offer, offer.shown_state(here.today))
            for offer in subscriptions.find_offers(here.member, text, here.today, limit=limit)
        ]
        if len(text) > 1 and not _may_be_number(text):  # by phone they are found on their own list
            context["leads"] = leads.find_leads(here.member, text, limit)
        if _may_be_number(text):
            context["documents"] = [
                (document, document.state(here.today))
                for document in invoicing.find_documents(here.member, text, amounts_minor=amounts_in(text), limit=limit)
            ]
        if len(text) > 1 and may(here.member, Permission.ITEM_VIEW):
            context["items"] = catalog.find_items(
                here.member, text, currency=here.business.currency, on=here.today, limit=limit
            )
    template = "search/hits.html" if htmx.is_part(request) else "search/page.html"
    response = render(request, template, context)
    response["Vary"] = "HX-Request"
    return response


def _may_be_number(text: str) -> bool:
    return any(c.isdecimal() for c in text)


def amounts_in(text: str) -> list[int]:
    """Read what a search can mean as an amount, in minor units of currencies with two decimals and with none.

    1250 is 1,250.00 or 1250; 1.250,00 and 1,250.00 are the same.
    """
    plain = text.upper().translate(_CURRENCY_MARKS).replace("EUR", "").replace("USD", "").replace("GBP", "").strip()
    try:
        amount = decimal_from_text(plain, get_decimal_symbol(formats.current_locale()))
    except ValueError:
        return []
    if not 0 < amount < _MOST:
        return []
    cents = amount * 100
    found = {int(cents)} if cents == int(cents) else set()
    return sorted(found | ({int(amount)} if amount == int(amount) else set()))
