"""The list of deals."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from conto.apps.audit import actions as audit
from conto.apps.deals import queries
from conto.domain.fields import FieldRule, Subject
from conto.domain.permissions import Permission
from conto.web import htmx, own_fields
from conto.web.access import may, needs
from conto.web.deals.reads import filters_in, owner_choices
from conto.web.freshness import fresh_file
from conto.web.reading import Here, actor_of, book, safe_cell, uuid_in
from conto.web.spreadsheets import amount, csv_file
from conto.web.states import look_of

_BEFORE_PRODUCTS = 17  # columns of the deal itself; a further product stands in a row of its own


@needs(Permission.DEAL_VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponseBase:
    """Show deals in a list: filtered, sorted, searched."""
    here = book(request)
    filters = filters_in(request)
    page = queries.deal_page(here.member, filters, here.at, _cursor(request.GET.get("after", "")))
    own = own_fields.columns(here, Subject.DEAL, {row.id: row.customer_id for row in page.rows})
    pipelines = list(queries.pipelines(here.member))
    owners = owner_choices()
    stages = [(str(stage.id), stage.name) for each in pipelines for stage in each.live_stages]  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "rows": [(row, own.cells.get(row.id)) for row in page.rows],
        "own_heads": own.heads,
        "own_filters": own_fields.filters(request, Subject.DEAL),
        "after": f"{page.after[0]}|{page.after[1]}" if page.after else "",
        "filters": filters,
        "pipelines": pipelines,
        "stages": stages,
        "owners": owners,
        "owner_word": dict(owners).get(str(filters.owner_id), ""),
        "stage_word": dict(stages).get(str(filters.stage_id), ""),
        "pipeline_word": next((each.name for each in pipelines if each.id == filters.pipeline_id), ""),
        "may_edit": may(here.member, Permission.DEAL_EDIT),
        "is_filtered": bool(request.GET),
        "query": request.GET.urlencode(),
    }
    return htmx.page_or_part(request, "deals/list.html", "list", context)


@needs(Permission.DEAL_EXPORT)
@require_GET
@fresh_file
def export(request: HttpRequest) -> HttpResponseBase:
    """Give the shown deals as a CSV file for spreadsheets."""
    here = book(request)
    audit.note_records_export(
        what="deals", file_format="csv", filters=request.GET.dict(), actor=actor_of(request), at=here.at
    )
    own = own_fields.file_columns(here, Subject.DEAL)
    heads = [
        _("Deal"), _("Customer"), _("Pipeline"), _("Stage"), _("State"), _("Owner"), _("Currency"), _("Value"),
        _("Expected close"), _("Source"), _("Next step"), _("Added"), _("Won"), _("Lost"), _("Reason"),
        _("Contact"), _("Contact's mail"), _("Product code"), _("Product"), _("Quantity"), _("Unit"), _("Unit price"),
        _("Discount %"), *(safe_cell(field.label) for field in own), "id",
    ]  # fmt: skip
    rows = queries.export_rows(here.member, filters_in(request), here.at)
    return csv_file(f"deals-{here.today.isoformat()}.csv", heads, _lines(here, rows, own))


def _lines(here: Here, rows: Iterator[Any], own: Sequence[FieldRule]) -> Iterator[tuple[Any, ...]]:
    while some := list(islice(rows, 500)):
        cells = own_fields.file_cells(here, Subject.DEAL, own, {row.id: row.customer_id for row in some})
        products = queries.lines_by_deal([row.id for row in some])
        for deal in some:
            first, *others = [_product(line, deal.currency) for line in products.get(deal.id, ())] or [("",) * 6]
            yield (
                deal.name, deal.customer.name, deal.pipeline.name, deal.stage.name, look_of(deal.state).word,
                deal.owner.name if deal.owner else "", deal.currency, amount(deal.value_minor, deal.currency),
                _day(deal.expected_close_on), deal.source, _day(deal.next_step_at), _day(deal.created_at),
                _day(deal.won_at), _day(deal.lost_at), deal.lost_reason.name if deal.lost_reason else "",
                deal.contact.name if deal.contact else "", deal.contact.email if deal.contact else "", *first,
                *cells.get(deal.id, ()), str(deal.id),
            )  # fmt: skip
            for product in others:
                yield *("",) * _BEFORE_PRODUCTS, *product, *("",) * (len(own) + 1)


def _product(line: Any, currency: str) -> tuple[Any, ...]:
    numbers = [f"{number.normalize():f}".replace(".", own_fields.symbol()) for number in (
        line.quantity, line.discount_percent)]  # fmt: skip
    return (
        line.item.code if line.item else "", line.name, numbers[0], line.unit,
        amount(line.unit_price_minor, currency), numbers[1] if line.discount_percent else "",
    )  # fmt: skip


def _day(moment: date | None) -> str:
    day = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
    return day.isoformat() if day else ""


def _cursor(text: str) -> tuple[str, UUID] | None:
    key, _mark, deal_id = text.rpartition("|")
    found = uuid_in(deal_id)
    return (key, found) if found else None
