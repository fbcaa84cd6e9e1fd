"""The receivables ledger: who owes what at the end of a day, by how late it is."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from conto.apps.invoicing.queries import ageing
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import needs
from conto.web.freshness import fresh_file
from conto.web.ledger.reading import entities, frame, note_export
from conto.web.reading import book, day_in
from conto.web.spreadsheets import amount, csv_file

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity


@require_GET
@needs(Permission.LEDGER_VIEW)
def receivables(request: HttpRequest) -> HttpResponse:
    """Show customers with open documents or credit at the end of a day, and the sums of all of them."""
    context = frame(request, "receivables")
    on = day_in(request, "on") or book(request).today
    page = ageing.aged_customers(context["entity"], on, cursor=request.GET.get("after", ""))
    context |= {"on": on, "page": page, "totals": ageing.aged_totals(context["entity"], on)}
    return htmx.page_or_part(request, "ledger/receivables.html", "rows", context)


@require_GET
@needs(Permission.LEDGER_VIEW)
@fresh_file
def export(request: HttpRequest) -> HttpResponseBase:
    """Give every open document at the end of a day as a CSV file."""
    entity, _everyone = entities(request)
    on = day_in(request, "on") or book(request).today
    note_export(request, "receivables")
    heads = [
        _("Customer"), _("Number"), _("Issued"), _("Due"), _("Currency"), _("Amount"), _("Open"), _("Days late"),
    ]  # fmt: skip
    return csv_file(f"receivables-{on.isoformat()}.csv", heads, _cells(entity, on))


def _cells(entity: "LegalEntity", on: Any) -> Iterator[list[Any]]:
    for row in ageing.open_documents(entity, on):
        yield [
            row.customer_name, row.number, row.issued_on, row.due_on, row.currency,
            amount(row.charged_minor, row.currency), amount(row.open_minor, row.currency), max(row.days_late, 0),
        ]  # fmt: skip
