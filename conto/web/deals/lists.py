"""The list of deals."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from conto.apps.deals import queries
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.web import htmx, own_fields
from conto.web.access import may, needs
from conto.web.deals.reads import filters_in, owner_choices
from conto.web.reading import book, uuid_in


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
    }
    return htmx.page_or_part(request, "deals/list.html", "list", context)


def _cursor(text: str) -> tuple[str, UUID] | None:
    key, _mark, deal_id = text.rpartition("|")
    found = uuid_in(deal_id)
    return (key, found) if found else None
