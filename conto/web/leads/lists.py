"""The list of leads."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from conto.apps.leads import queries
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import may, needs
from conto.web.leads.reads import STATES, filters_in, owner_choices
from conto.web.reading import book, uuid_in
from conto.web.states import look_of


@needs(Permission.LEAD_VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponseBase:
    """Show leads in a list: filtered, sorted, searched."""
    here = book(request)
    filters = filters_in(request)
    page = queries.lead_page(here.member, filters, here.at, _cursor(request.GET.get("after", "")))
    owners = owner_choices()
    context: dict[str, Any] = {
        "rows": page.rows,
        "after": f"{page.after[0]}|{page.after[1]}" if page.after else "",
        "filters": filters,
        "states": [(state, look_of(state).word) for state in STATES],
        "owners": owners,
        "owner_word": dict(owners).get(str(filters.owner_id), ""),
        "sources": queries.known_sources(here.member),
        "may_edit": may(here.member, Permission.LEAD_EDIT),
        "may_arrange": may(here.member, Permission.LEAD_FORM_EDIT),
        "now": here.at,
        "is_filtered": bool(filters.text or filters.owner_id or filters.is_unowned or filters.source or filters.is_due),
    }
    return htmx.page_or_part(request, "leads/list.html", "list", context)


def _cursor(text: str) -> tuple[str, UUID] | None:
    key, _mark, lead_id = text.rpartition("|")
    found = uuid_in(lead_id)
    return (key, found) if found else None
