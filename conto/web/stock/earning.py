"""What was earned: net less cost, by item and by customer."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from conto.apps.audit import actions as audit
from conto.apps.stock import queries
from conto.domain.permissions import Permission
from conto.domain.stock import margin_percent
from conto.web.access import needs
from conto.web.freshness import fresh_file
from conto.web.reading import Here, actor_of, book, day_in
from conto.web.spreadsheets import amount, csv_file

VIEWS = [("item", gettext_lazy("By item")), ("customer", gettext_lazy("By customer"))]


def _asked(request: HttpRequest, here: Here) -> tuple[queries.By, date, date]:
    first = day_in(request, "since") or here.today.replace(month=1, day=1)
    last = day_in(request, "until") or here.today
    return ("customer" if request.GET.get("by") == "customer" else "item"), first, max(first, last)


@require_GET
@needs(Permission.ITEM_VIEW_COST)
def margin(request: HttpRequest) -> HttpResponse:
    """Show what was earned in a period, by item or by customer."""
    here = book(request)
    by, first, last = _asked(request, here)
    rows = queries.margins(here.member, by, first, last)
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        sums[row.currency][0] += row.net_minor
        sums[row.currency][1] += row.cost_minor
    context = {
        "views": VIEWS,
        "by": by,
        "first": first,
        "last": last,
        "rows": rows,
        "totals": [(key, net, net - cost, margin_percent(net, cost)) for key, (net, cost) in sorted(sums.items())],
        "unknown": queries.unknown_count(here.member, first, last),
        "is_corrected": any(row.corrected_minor for row in rows),
        "earlier": (first - timedelta(days=1)).replace(month=1, day=1),
    }
    return render(request, "stock/margin.html", context)


@require_GET
@needs(Permission.ITEM_VIEW_COST)
@fresh_file
def margin_file(request: HttpRequest) -> HttpResponseBase:
    """Give what was earned in a period as a CSV file."""
    here = book(request)
    by, first, last = _asked(request, here)
    filters = {"by": by, "since": first.isoformat(), "until": last.isoformat()}
    audit.note_records_export(what="margin", file_format="csv", filters=filters, actor=actor_of(request), at=here.at)
    heads = [
        _("Customer") if by == "customer" else _("Item"), _("Quantity"), _("Currency"), _("Net"), _("Cost"),
        _("Margin"), "%", _("Corrections in the cost"),
    ]  # fmt: skip
    rows = queries.margins(here.member, by, first, last)
    return csv_file(f"margin-{first.isoformat()}-{last.isoformat()}.csv", heads, _lines(rows))


def _lines(rows: list[queries.MarginRow]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield (
            row.name, format(row.quantity.normalize(), "f"), row.currency, amount(row.net_minor, row.currency),
            amount(row.cost_minor, row.currency), amount(row.margin_minor, row.currency),
            "" if row.percent is None else row.percent, amount(row.corrected_minor, row.currency),
        )  # fmt: skip
