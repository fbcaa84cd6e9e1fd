"""What is on hand: the list and the page of one item with its moves."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from conto.apps.audit import actions as audit
from conto.apps.invoicing import queries as documents
from conto.apps.stock import queries
from conto.domain.money import to_major
from conto.domain.permissions import Permission
from conto.web.access import may, needs
from conto.web.catalog.choices import unit_word
from conto.web.freshness import fresh_file
from conto.web.reading import Here, actor_of, book, found
from conto.web.spreadsheets import amount, csv_file

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.stock.models import StockItem, StockMove

VIEWS = [
    ("", gettext_lazy("On hand")), ("low", gettext_lazy("Running low")), ("below", gettext_lazy("Below zero")),
    ("ended", gettext_lazy("No longer kept")),
]  # fmt: skip
MOVES = {
    "receipt": gettext_lazy("Received"),
    "issue": gettext_lazy("Sold"),
    "return": gettext_lazy("Came back"),
    "count": gettext_lazy("Counted"),
    "correction": gettext_lazy("Cost corrected"),
    "reversal": gettext_lazy("Receipt taken back"),
}


@require_GET
@needs(Permission.ITEM_VIEW)
def stock_list(request: HttpRequest) -> HttpResponse:
    """Show what is on hand, and to who may see cost what it is worth."""
    here, view = book(request), _view_in(request)
    rows = queries.stock_items(here.member, view)
    sees_cost = may(here.member, Permission.ITEM_VIEW_COST)
    context = {
        "views": VIEWS,
        "view": view,
        "rows": [(row, unit_word(row.item.unit_code), _is_low(row)) for row in rows],
        "sees_cost": sees_cost,
        "sees_seller": may(here.member, Permission.INVOICE_VIEW),
        "totals": queries.totals(rows) if sees_cost else [],
    }
    return render(request, "stock/list.html", context)


def _view_in(request: HttpRequest) -> queries.View:
    view: Any = request.GET.get("view", "")
    return view if view in {"low", "below", "ended"} else ""


def _is_low(row: "StockItem") -> bool:
    return row.is_kept and (row.quantity < 0 or (row.reorder_level is not None and row.quantity < row.reorder_level))


@require_GET
@needs(Permission.ITEM_VIEW_COST)
@fresh_file
def stock_file(request: HttpRequest) -> HttpResponseBase:
    """Give what is on hand as a CSV file."""
    here, view = book(request), _view_in(request)
    audit.note_records_export(
        what="stock", file_format="csv", filters={"view": view}, actor=actor_of(request), at=here.at
    )
    heads = [
        _("Item"), _("Code"), _("Seller"), _("Unit"), _("On hand"), _("Reorder level"), _("Currency"), _("Value"),
        _("Average cost"),
    ]  # fmt: skip
    return csv_file(f"stock-{here.today.isoformat()}.csv", heads, _lines(queries.stock_items(here.member, view)))


def _lines(rows: "Iterable[StockItem]") -> Iterator[tuple[Any, ...]]:
    for row in rows:
        level = "" if row.reorder_level is None else row.reorder_level.normalize()
        yield (
            row.item.name, row.item.code, row.legal_entity.name, unit_word(row.item.unit_code),
            format(row.quantity.normalize(), "f"), level, row.currency, amount(row.value_minor, row.currency),
            format((to_major(1, row.currency) * row.average_minor).normalize(), "f"),
        )  # fmt: skip


@require_GET
@needs(Permission.ITEM_VIEW)
def show(request: HttpRequest, stock_id: "UUID") -> HttpResponse:
    """Show what is on hand of an item, with its moves and the documents that made them."""
    here = book(request)
    row = found(queries.stock_item_for(here.member, stock_id))
    context = {
        "row": row,
        "unit": unit_word(row.item.unit_code),
        "is_low": _is_low(row),
        "moves": shown_moves(here, queries.moves_of([row.id])),
        "most": queries.MOST_MOVES,
        "sees_cost": may(here.member, Permission.ITEM_VIEW_COST),
        "sees_seller": may(here.member, Permission.INVOICE_VIEW),
        "may_edit": may(here.member, Permission.ITEM_EDIT),
        "average": to_major(1, row.currency) * row.average_minor,
    }
    return render(request, "stock/item.html", context)


def shown_moves(here: Here, moves: "Iterable[StockMove]") -> list[tuple["StockMove", str, Any]]:
    """Return moves with their words and the documents that the reader sees."""
    moves = list(moves)
    ids = {move.document_id for move in moves if move.document_id}
    seen = (
        {each.id: each for each in documents.documents(here.member).filter(id__in=ids)} if ids and here.member else {}
    )
    return [(move, str(MOVES[move.kind]), seen.get(move.document_id) if move.document_id else None) for move in moves]
