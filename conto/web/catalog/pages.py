"""Items: list, page with the price history, forms."""

import base64
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel.numbers import format_currency
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conto.apps.catalog import actions as catalog
from conto.apps.catalog import queries as items
from conto.apps.catalog.entry import NewItem
from conto.apps.stock import queries as stock
from conto.domain.errors import RuleBroken
from conto.domain.money import minor_digits
from conto.domain.permissions import Permission
from conto.web import formats, htmx
from conto.web.access import may, needs
from conto.web.catalog import choices, forms
from conto.web.customers.choices import LANGUAGES
from conto.web.reading import actor_of, book, found

VIEWS = ("", "product", "service", "archived")


@needs(Permission.ITEM_VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponseBase:
    """Show a page of the items with their prices of today."""
    here = book(request)
    view = request.GET.get("view", "")
    filters = items.ItemFilters(
        text=request.GET.get("q", "").strip()[:100],
        kind=view if view in {"product", "service"} else "",
        is_archived=view == "archived",
        currency=here.business.currency,
    )
    page = items.item_page(here.member, filters, here.today, _cursor_in(request))
    context = {
        "rows": [(row, price_text(row.price, filters.currency), choices.unit_word(row.unit_code)) for row in page.rows],
        "class_words": dict(choices.RATE_CLASSES),
        "before": _written(page.before),
        "after": _written(page.after),
        "filters": filters,
        "view": view,
        "sees_cost": may(here.member, Permission.ITEM_VIEW_COST),
        "has_stock": stock.is_anything_kept(here.member),
    }
    return htmx.page_or_part(request, "catalog/index.html", "list", context)


def price_text(amount: Decimal | None, currency: str) -> str:
    """Write a price with the decimals that it has, at least those of its currency."""
    if amount is None:
        return ""
    plain = amount.normalize()
    exponent = plain.as_tuple().exponent
    digits = max(minor_digits(currency), -exponent if isinstance(exponent, int) else 0)
    pattern = f"¤#,##0.{'0' * digits}" if digits else "¤#,##0"
    where = formats.current_locale()
    if where.language != "en":
        pattern = f"{pattern[1:]}\u00a0¤"
    return format_currency(plain, currency, format=pattern, locale=where, currency_digits=False)


@needs(Permission.ITEM_VIEW)
@require_GET
def item_page(request: HttpRequest, item_id: UUID) -> HttpResponseBase:
    """Show an item: price of today, price history, words in other languages."""
    here = book(request)
    item = found(items.item_for(here.member, item_id))
    spans = items.price_history(item)
    texts = items.texts_of(item)
    history = [(span, price_text(span.amount, span.currency), _place(span, here.today)) for span in spans]
    now = [(span, text) for span, text, place in history if place == "now"]
    now.sort(key=lambda pair: pair[0].currency != here.business.currency)
    context = {
        "item": item,
        "history": history,
        "now": now,
        "unit": choices.unit_word(item.unit_code),
        "rate_class": choices.class_word(item.rate_class),
        "supply": dict(choices.SUPPLIES).get(item.supply, item.supply),
        "texts": [(code, word, texts.get(code)) for code, word in LANGUAGES if code != here.business.language],
        "cost": price_text(item.cost, here.business.currency) if may(here.member, Permission.ITEM_VIEW_COST) else "",
        "margin": _margin(item, now) if may(here.member, Permission.ITEM_VIEW_COST) else "",
        "may_edit": may(here.member, Permission.ITEM_EDIT),
        "sees_cost": may(here.member, Permission.ITEM_VIEW_COST),
        "sees_seller": may(here.member, Permission.INVOICE_VIEW),
        "stock": list(stock.stock_items(here.member, "all", item.id)) if item.kind == "product" else [],
        "price_form": forms.PriceForm(
            initial={"currency": here.business.currency, "price_mode": "net", "valid_from": here.today}
        ),
    }
    return render(request, "catalog/item.html", context)


def _place(span: items.PriceSpan, today: Any) -> str:
    if span.valid_from and span.valid_from > today:
        return "later"
    return "past" if span.valid_until and span.valid_until <= today else "now"


def _margin(item: Any, now: list[tuple[items.PriceSpan, str]]) -> str:
    if item.cost is None or not now or not now[0][0].amount or now[0][0].price_mode != "net":
        return ""
    share = (now[0][0].amount - item.cost) / now[0][0].amount * 100
    return _("%(percent)s %% margin") % {"percent": formats.number_text(share.quantize(Decimal("0.1")))}


@needs(Permission.ITEM_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Add an item with its first price."""
    here = book(request)
    first = {
        "name": request.GET.get("name", ""),
        "kind": "service",
        "unit_code": "C62",
        "supply": "services",
        "rate_class": "standard",
        "currency": here.business.currency,
        "price_mode": "net",
    }
    form = forms.NewItemForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            item = _add(request, given)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            said = _("%(name)s is in the catalog.") % {"name": item.name}
            return htmx.toast(htmx.redirect(request, f"/catalog/{item.id}/"), said)
    context = {"form": form, "title": _("New item"), "is_new": True, "back": "/catalog/"}
    return render(request, "catalog/form.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _add(request: HttpRequest, given: dict[str, Any]) -> Any:
    here, actor = book(request), actor_of(request)
    names = ("name", "kind", "code", "description", "unit_code", "supply", "rate_class", "cost")
    item = catalog.add_item(new=NewItem(**{name: given[name] for name in names}), actor=actor, at=here.at)
    if given["amount"] is not None:
        catalog.set_price(
            item=item,
            currency=given["currency"],
            amount=given["amount"],
            price_mode=given["price_mode"],
            valid_from=here.today,
            actor=actor,
            at=here.at,
        )
    return item


@needs(Permission.ITEM_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, item_id: UUID) -> HttpResponseBase:
    """Change an item; documents that have it keep what they printed."""
    here = book(request)
    item = found(items.item_for(here.member, item_id))
    first = {name: getattr(item, name) for name in forms.ItemForm.base_fields}
    sees_cost = may(here.member, Permission.ITEM_VIEW_COST)
    form = forms.ItemForm(request.POST or None, initial=first, sees_cost=sees_cost)
    if request.method == "POST" and form.is_valid():
        try:
            fact_id = catalog.change_item(item=item, changes=form.cleaned_data, actor=actor_of(request), at=here.at)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            undo = f"/catalog/{item_id}/undo/{fact_id}" if fact_id else None
            return htmx.toast(htmx.redirect(request, f"/catalog/{item_id}/"), _("Saved."), undo)
    context = {"form": form, "title": item.name, "item": item, "back": f"/catalog/{item_id}/"}
    return render(request, "catalog/form.html", context, status=422 if form.errors else 200)


@needs(Permission.ITEM_EDIT)
@require_http_methods(["GET", "POST"])
def price(request: HttpRequest, item_id: UUID) -> HttpResponseBase:
    """Set a price from a day on."""
    here = book(request)
    item = found(items.item_for(here.member, item_id))
    first = {"currency": here.business.currency, "price_mode": "net", "valid_from": here.today}
    form = forms.PriceForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            catalog.set_price(item=item, actor=actor_of(request), at=here.at, **form.cleaned_data)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, f"/catalog/{item_id}/"), _("Price set."))
    context = {"form": form, "title": _("New price"), "item": item, "back": f"/catalog/{item_id}/"}
    return render(request, "catalog/form.html", context, status=422 if form.errors else 200)


@needs(Permission.ITEM_EDIT)
@require_http_methods(["GET", "POST"])
def item_words(request: HttpRequest, item_id: UUID, language: str) -> HttpResponseBase:
    """Write an item's words for documents in another language."""
    here = book(request)
    item = found(items.item_for(here.member, item_id))
    if language not in dict(LANGUAGES):
        raise Http404
    now = items.texts_of(item).get(language)
    first = {"name": now.name, "description": now.description} if now else {}
    form = forms.WordsForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            catalog.set_item_text(
                item=item, language=language, actor=actor_of(request), at=here.at, **form.cleaned_data
            )
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, f"/catalog/{item_id}/"), _("Saved."))
    title = _("%(name)s in %(language)s") % {"name": item.name, "language": dict(LANGUAGES)[language]}
    context = {"form": form, "title": title, "item": item, "back": f"/catalog/{item_id}/"}
    return render(request, "catalog/form.html", context, status=422 if form.errors else 200)


@needs(Permission.ITEM_EDIT)
@require_POST
def archive(request: HttpRequest, item_id: UUID) -> HttpResponseBase:
    """Offer an item no longer, with an undo."""
    here = book(request)
    item = found(items.item_for(here.member, item_id))
    catalog.archive_item(item=item, actor=actor_of(request), at=here.at)
    said = _("%(name)s is archived.") % {"name": item.name}
    return htmx.toast(htmx.redirect(request, "/catalog/"), said, f"/catalog/{item_id}/restore")


@needs(Permission.ITEM_EDIT)
@require_POST
def restore(request: HttpRequest, item_id: UUID) -> HttpResponseBase:
    """Offer an archived item again."""
    here = book(request)
    item = found(items.item_for(here.member, item_id))
    catalog.restore_item(item=item, actor=actor_of(request), at=here.at)
    return htmx.toast(htmx.redirect(request, f"/catalog/{item_id}/"), _("%(name)s is back.") % {"name": item.name})


@needs(Permission.ITEM_EDIT)
@require_POST
def undo(request: HttpRequest, item_id: UUID, fact_id: UUID) -> HttpResponseBase:
    """Take back a change of an item."""
    here = book(request)
    item = found(items.item_for(here.member, item_id))
    catalog.undo_change(item=item, fact_id=fact_id, actor=actor_of(request), at=here.at)
    return htmx.toast(htmx.redirect(request, f"/catalog/{item_id}/"), _("Undone."))


def _cursor_in(request: HttpRequest) -> items.Cursor | None:
    name = "after" if "after" in request.GET else "before"
    text = request.GET.get(name, "")
    try:
        key, row_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return items.Cursor(key=str(key), id=UUID(row_id), is_before=name == "before")
    except (ValueError, TypeError):
        return None


def _written(cursor: items.Cursor | None) -> str:
    if cursor is None:
        return ""
    return base64.urlsafe_b64encode(json.dumps([cursor.key, str(cursor.id)]).encode()).decode().rstrip("=")
