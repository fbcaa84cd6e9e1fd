"""Beginning to keep stock, receipts, counts."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conto.apps.accounts import queries as accounts
from conto.apps.catalog import queries as items
from conto.apps.ledger import queries as ledger
from conto.apps.stock import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.domain.stock import plain
from conto.web.access import may, needs
from conto.web.formats import day_text
from conto.web.htmx import redirect, toast
from conto.web.reading import actor_of, book, found, uuid_in, words_of
from conto.web.stock.forms import CountForm, KeepForm, ReceiptForm, ReversalForm

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.stock.models import StockMove
    from conto.web.customers.forms import EntryForm


@require_http_methods(["GET", "POST"])
@needs(Permission.ITEM_EDIT)
def begin(request: HttpRequest, item_id: "UUID") -> HttpResponseBase:
    """Begin to keep stock of an item."""
    here = book(request)
    item = found(items.item_for(here.member, item_id))
    sellers = {str(each.id): each for each in accounts.legal_entities()}
    form = KeepForm(request.POST or None, sellers=[(key, each.name) for key, each in sellers.items()])

    def act(how: dict[str, Any]) -> Any:
        chosen = form.cleaned_data.get("legal_entity") or next(iter(sellers))
        return actions.begin_stock(item=item, legal_entity=sellers[chosen], **form.watch(), **how)

    lead = _(
        "From then on invoices take the goods out and credit notes bring them back. Enter what is there as a receipt."
    )
    context = {"item": item, "title": _("Keep stock"), "lead": lead, "back": f"/catalog/{item.id}/"}
    return _answered(request, form, act, context, _("Stock is kept."))


@require_http_methods(["GET", "POST"])
@needs(Permission.ITEM_EDIT)
def edit(request: HttpRequest, stock_id: "UUID") -> HttpResponseBase:
    """Change how stock of an item is watched."""
    row = found(queries.stock_item_for(book(request).member, stock_id))
    first = {"reorder_level": row.reorder_level, "may_go_below_zero": row.may_go_below_zero}
    form = KeepForm(request.POST or None, initial=first)

    def act(how: dict[str, Any]) -> Any:
        actions.change_stock(stock_item=row, **form.watch(), **how)
        return row

    return _answered(request, form, act, _of(row, _("Stock settings"), ""), _("Saved."))


@require_http_methods(["GET", "POST"])
@needs(Permission.ITEM_EDIT)
def receive(request: HttpRequest, stock_id: "UUID") -> HttpResponseBase:
    """Receive goods at what they cost."""
    here = book(request)
    row = found(queries.stock_item_for(here.member, stock_id))
    queries.demand_cost(here.member)
    if "reverse" in request.GET:
        return _reverse(request, row, found(queries.receipt_of(row, uuid_in(request.GET["reverse"]))))
    form = ReceiptForm(request.POST or None, currency=row.currency, initial={"received_on": here.today})
    form.fields["received_on"].close(ledger.closed_until(row.legal_entity_id))  # type: ignore[attr-defined]

    def act(how: dict[str, Any]) -> Any:
        actions.receive_goods(stock_item=row, new=form.contents(), **how)
        return row

    return _answered(request, form, act, _of(row, _("Receive goods"), ""), _("The goods are received."))


def _reverse(request: HttpRequest, row: Any, move: "StockMove") -> HttpResponseBase:
    """Ask why a receipt is taken back; on POST take it back."""
    form = ReversalForm(request.POST or None)

    def act(how: dict[str, Any]) -> Any:
        actions.reverse_receipt(move=move, reason=form.cleaned_data["reason"], **how)
        return row

    known = {"quantity": plain(move.quantity), "day": day_text(move.moved_on)}
    lead = _("The receipt of %(quantity)s on %(day)s is taken back as it was booked. The receipt itself stays.") % known
    return _answered(request, form, act, _of(row, _("Take a receipt back"), lead), _("The receipt is taken back."))


@require_http_methods(["GET", "POST"])
@needs(Permission.ITEM_EDIT)
def count(request: HttpRequest, stock_id: "UUID") -> HttpResponseBase:
    """Say how many there are; the difference is booked."""
    here = book(request)
    row = found(queries.stock_item_for(here.member, stock_id))
    sees_cost = may(here.member, Permission.ITEM_VIEW_COST)
    first = {"counted_on": here.today}
    form = CountForm(request.POST or None, currency=row.currency, sees_cost=sees_cost, initial=first)
    form.fields["counted_on"].close(ledger.closed_until(row.legal_entity_id))  # type: ignore[attr-defined]

    def act(how: dict[str, Any]) -> Any:
        actions.count_stock(stock_item=row, new=form.contents(), **how)
        return row

    lead = _("The difference to what the book says is booked, with your reason.")
    return _answered(request, form, act, _of(row, _("Count"), lead), _("Counted."))


@require_POST
@needs(Permission.ITEM_EDIT)
def end(request: HttpRequest, stock_id: "UUID") -> HttpResponseBase:
    """Keep no more stock of an item."""
    here = book(request)
    row = found(queries.stock_item_for(here.member, stock_id))
    answer = redirect(request, reverse("stock_item", args=[row.id]))
    try:
        actions.end_stock(stock_item=row, actor=actor_of(request), at=here.at)
    except RuleBroken as refusal:
        return toast(answer, words_of(refusal), tone="late")
    return toast(answer, _("Stock of %(name)s is kept no more.") % {"name": row.item.name})


def _of(row: Any, title: str, lead: str) -> dict[str, Any]:
    return {"item": row.item, "row": row, "title": title, "lead": lead, "back": reverse("stock_item", args=[row.id])}


def _answered(
    request: HttpRequest,
    form: "EntryForm",
    act: Callable[[dict[str, Any]], Any],
    context: dict[str, Any],
    said: str,
) -> HttpResponseBase:
    if request.method == "POST" and form.is_valid():
        try:
            row = act({"actor": actor_of(request), "at": book(request).at})
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return toast(redirect(request, reverse("stock_item", args=[row.id])), said)
    return render(request, "stock/form.html", {"form": form, **context}, status=422 if form.errors else 200)
