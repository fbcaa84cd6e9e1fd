"""The list of quotes as a file."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, get_args

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from conto.apps.audit import actions as audit
from conto.apps.quotes import queries
from conto.apps.quotes.queries import QuoteRow, StateFilter
from conto.domain.fields import FieldRule, Subject
from conto.domain.permissions import Permission
from conto.web import own_fields
from conto.web.access import needs
from conto.web.freshness import fresh_file
from conto.web.reading import Here, actor_of, book, safe_cell, uuid_in
from conto.web.spreadsheets import amount, csv_file
from conto.web.states import look_of


@needs(Permission.QUOTE_EXPORT)
@require_GET
@fresh_file
def export(request: HttpRequest) -> HttpResponseBase:
    """Give the shown quotes as a CSV file for spreadsheets."""
    here = book(request)
    audit.note_records_export(
        what="quotes", file_format="csv", filters=request.GET.dict(), actor=actor_of(request), at=here.at
    )
    wanted = request.GET.get("state", "all")
    state: StateFilter = wanted if wanted in get_args(StateFilter) else "all"  # type: ignore[assignment]
    rows = queries.export_rows(
        here.member,
        today=here.today,
        state=state,
        customer_id=uuid_in(request.GET.get("customer")),
        search=request.GET.get("q", "").strip()[:100],
        own=own_fields.wanted(request, Subject.QUOTE),
    )
    own = own_fields.file_columns(here, Subject.QUOTE)
    heads = [
        _("Number"), _("Title"), _("Customer"), _("State"), _("Valid until"), _("Currency"), _("Total"),
        *(safe_cell(field.label) for field in own), "id",
    ]  # fmt: skip
    return csv_file(f"quotes-{here.today.isoformat()}.csv", heads, _lines(here, rows, own))


def _lines(here: Here, rows: Iterator[QuoteRow], own: Sequence[FieldRule]) -> Iterator[tuple[Any, ...]]:
    while some := list(islice(rows, 500)):
        cells = own_fields.file_cells(here, Subject.QUOTE, own, {row.id: row.customer_id for row in some})
        for row in some:
            yield (
                row.label, row.title, row.customer_name, look_of(row.state).word, row.valid_until.isoformat(),
                row.currency, amount(row.total_minor, row.currency), *cells.get(row.id, ()), str(row.id),
            )  # fmt: skip
