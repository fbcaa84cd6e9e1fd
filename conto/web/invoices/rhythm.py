"""Customers whose rhythm of invoices breaks."""

from typing import get_args

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from conto.apps.invoicing import queries
from conto.apps.invoicing.queries import RhythmFilter
from conto.domain.permissions import Permission
from conto.web.access import needs
from conto.web.htmx import page_or_part
from conto.web.reading import book

VIEWS = [
    ("broken", gettext_lazy("Broken")),
    ("late", gettext_lazy("Late")),
    ("early", gettext_lazy("Too early")),
    ("all", gettext_lazy("All with a rhythm")),
]
_LONGEST_START = 6


@require_GET
@needs(Permission.INVOICE_VIEW)
def rhythm_list(request: HttpRequest) -> HttpResponse:
    """Show customers whose invoices come later or earlier than their rhythm says, the worst first."""
    here = book(request)
    wanted, after = request.GET.get("state", "broken"), request.GET.get("after", "")
    state: RhythmFilter = wanted if wanted in get_args(RhythmFilter) else "broken"  # type: ignore[assignment]
    search = request.GET.get("q", "").strip()[:100]
    page = queries.rhythm_page(
        here.member,
        today=here.today,
        state=state,
        search=search,
        order=request.GET.get("sort", "-break")[:20],
        start=int(after) if after.isascii() and after.isdigit() and len(after) < _LONGEST_START else 0,
    )
    context = {"page": page, "views": VIEWS, "state": state, "search": search, "most": queries.MOST_CUSTOMERS}
    return page_or_part(request, "invoices/rhythm.html", "rows", context)
