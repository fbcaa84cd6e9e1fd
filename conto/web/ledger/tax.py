"""The tax report and the recapitulative statement, with the entries behind each line."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from conto.apps.invoicing.queries import tax_report
from conto.apps.invoicing.queries.tax_report import TaxRow
from conto.apps.ledger import queries as ledger
from conto.domain.permissions import Permission
from conto.domain.tax import EU_COUNTRIES
from conto.web import htmx
from conto.web.access import needs
from conto.web.freshness import fresh_file
from conto.web.ledger.reading import Span, entities, frame, note_export, quarter_of, span_choices, span_in
from conto.web.ledger.words import CATEGORY_WORDS, ENTRY_WORDS
from conto.web.reading import book
from conto.web.setup.countries import country_choices
from conto.web.spreadsheets import amount, csv_file

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity


@require_GET
@needs(Permission.LEDGER_VIEW)
def report(request: HttpRequest) -> HttpResponse:
    """Show taxable amounts and tax of a span per country, category and rate, and what went to other EU countries."""
    here = book(request)
    context = frame(request, "tax")
    entity: LegalEntity = context["entity"]
    span = span_in(request, quarter_of(here.today))
    names = dict(country_choices(here.member.language))
    rows = tax_report.tax_rows(entity, span.since, span.until)
    closed = ledger.closed_until(entity.id)
    context |= {
        "span": span,
        "choices": span_choices(here.today),
        "rows": [(row, names.get(row.country[:2], row.country), CATEGORY_WORDS.get(row.category, "")) for row in rows],
        "totals": _totals(rows),
        "sales": [(sale, names.get(sale.country, sale.country)) for sale in _sales(entity, span)],
        "is_in_eu": entity.country in EU_COUNTRIES,
        "closed_until": closed,
        "is_closed": closed is not None and span.until <= closed,
    }
    return render(request, "ledger/tax.html", context)


def _sales(entity: "LegalEntity", span: Span) -> list[tax_report.EuSale]:
    return tax_report.eu_sales(entity, span.since, span.until)


def _totals(rows: list[TaxRow]) -> list[tuple[str, int, int]]:
    sums: dict[str, list[int]] = {}
    for row in rows:
        total = sums.setdefault(row.currency, [0, 0])
        total[0] += row.taxable_minor
        total[1] += row.tax_minor
    return [(currency, taxable, tax) for currency, (taxable, tax) in sums.items()]


@require_GET
@needs(Permission.LEDGER_VIEW)
def entries(request: HttpRequest) -> HttpResponseBase:
    """Show the entries that a line of the report is made of; they add up to it."""
    if "category" not in request.GET:
        return htmx.redirect(request, reverse("books_tax"))
    context = frame(request, "tax")
    span = span_in(request, quarter_of(book(request).today))
    row = _row_in(request, context["entity"], span)
    page = tax_report.tax_moves(context["entity"], span.since, span.until, row=row, cursor=request.GET.get("after", ""))
    context |= {
        "span": span,
        "row": row,
        "category_word": CATEGORY_WORDS.get(row.category, ""),
        "rows": [(move, ENTRY_WORDS.get(move.kind, move.kind)) for move in page.rows],
        "next": page.next_cursor,
    }
    return htmx.page_or_part(request, "ledger/tax_entries.html", "rows", context)


def _row_in(request: HttpRequest, entity: "LegalEntity", span: Span) -> TaxRow:
    given = request.GET
    try:
        rate = Decimal(given.get("rate", ""))
    except InvalidOperation as wrong:
        raise Http404 from wrong
    wanted = (given.get("currency"), given.get("country"), given.get("category"), rate)
    for row in tax_report.tax_rows(entity, span.since, span.until):
        if (row.currency, row.country, row.category, row.rate) == wanted:
            return row
    raise Http404


@require_GET
@needs(Permission.LEDGER_VIEW)
@fresh_file
def export(request: HttpRequest) -> HttpResponseBase:
    """Give the report's lines as a CSV file, or with `entries` every entry behind them."""
    entity, _everyone = entities(request)
    span = span_in(request, quarter_of(book(request).today))
    note_export(request, "tax_entries" if "entries" in request.GET else "tax_report")
    days = f"{span.since.isoformat()}-{span.until.isoformat()}"
    heads = [_("Currency"), _("Country"), _("Category"), _("Rate"), _("Taxable"), _("Tax")]
    if "entries" in request.GET:
        more = [_("Date"), _("What"), _("Number"), _("Customer")]
        return csv_file(f"tax-entries-{days}.csv", more + heads, _entry_cells(entity, span))
    cells = (_cells(row) for row in tax_report.tax_rows(entity, span.since, span.until))
    return csv_file(f"tax-{days}.csv", heads, cells)


def _cells(row: Any) -> list[Any]:
    money = [amount(row.taxable_minor, row.currency), amount(row.tax_minor, row.currency)]
    return [row.currency, row.country, row.category, f"{row.rate.normalize():f}", *money]


def _entry_cells(entity: "LegalEntity", span: Span) -> Iterator[list[Any]]:
    for move in tax_report.every_tax_move(entity, span.since, span.until):
        word = str(ENTRY_WORDS.get(move.kind, move.kind))
        yield [move.dated_on, word, move.number, move.customer_name, *_cells(move)]


@require_GET
@needs(Permission.LEDGER_VIEW)
@fresh_file
def eu_export(request: HttpRequest) -> HttpResponseBase:
    """Give the recapitulative statement as a CSV file."""
    entity, _everyone = entities(request)
    span = span_in(request, quarter_of(book(request).today))
    note_export(request, "eu_sales")
    heads = [_("Country"), _("VAT number"), _("Customer"), _("Currency"), _("Goods"), _("Services")]
    cells = (
        [
            sale.country, sale.vat_number, sale.name, sale.currency, amount(sale.goods_minor, sale.currency),
            amount(sale.services_minor, sale.currency),
        ]
        for sale in _sales(entity, span)
    )  # fmt: skip
    return csv_file(f"eu-sales-{span.since.isoformat()}-{span.until.isoformat()}.csv", heads, cells)
