"""The list of leads."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from conto.apps.audit import actions as audit
from conto.apps.leads import queries
from conto.domain.fields import FieldRule, Subject
from conto.domain.permissions import Permission
from conto.web import htmx, own_fields
from conto.web.access import may, needs
from conto.web.customers.consents import WAY_WORDS
from conto.web.freshness import fresh_file
from conto.web.leads.importing import heads
from conto.web.leads.reads import STATES, filters_in, owner_choices
from conto.web.reading import Here, actor_of, book, safe_cell, uuid_in
from conto.web.spreadsheets import csv_file
from conto.web.states import look_of


@needs(Permission.LEAD_VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponseBase:
    """Show leads in a list: filtered, sorted, searched."""
    here = book(request)
    filters = filters_in(request)
    page = queries.lead_page(here.member, filters, here.at, _cursor(request.GET.get("after", "")))
    own = own_fields.columns(here, Subject.LEAD, {row.id: None for row in page.rows})
    owners = owner_choices()
    context: dict[str, Any] = {
        "rows": [(row, own.cells.get(row.id)) for row in page.rows],
        "own_heads": own.heads,
        "own_filters": own_fields.filters(request, Subject.LEAD),
        "after": f"{page.after[0]}|{page.after[1]}" if page.after else "",
        "filters": filters,
        "states": [(state, look_of(state).word) for state in STATES],
        "owners": owners,
        "owner_word": dict(owners).get(str(filters.owner_id), ""),
        "sources": queries.known_sources(here.member),
        "may_edit": may(here.member, Permission.LEAD_EDIT),
        "may_arrange": may(here.member, Permission.LEAD_FORM_EDIT),
        "now": here.at,
        "may_import": may(here.member, Permission.LEAD_EDIT),
        "query": request.GET.urlencode(),
        "is_filtered": bool(
            filters.text or filters.owner_id or filters.is_unowned or filters.source or filters.is_due or filters.own
        ),
    }
    return htmx.page_or_part(request, "leads/list.html", "list", context)


@needs(Permission.LEAD_EXPORT)
@require_GET
@fresh_file
def export(request: HttpRequest) -> HttpResponseBase:
    """Give the shown leads as a CSV file that the import takes back."""
    here = book(request)
    audit.note_records_export(
        what="leads", file_format="csv", filters=request.GET.dict(), actor=actor_of(request), at=here.at
    )
    words = heads()
    own = own_fields.file_columns(here, Subject.LEAD)
    columns = [words[key] for key in _FILE] + [safe_cell(field.label) for field in own] + [words["id"]]
    lines = _lines(here, queries.export_rows(here.member, filters_in(request), here.at), own)
    return csv_file(f"leads-{here.today.isoformat()}.csv", columns, lines)


_FILE = (
    "name", "company", "email", "phone", "country", "language", "message", "source", "owner", "state", "score",
    "next_step", "next_step_at", "consent", "consent_at", "measuring", "measuring_at", "consent_way", "added",
)  # fmt: skip


def _lines(here: Here, rows: Iterator[Any], own: Sequence[FieldRule]) -> Iterator[tuple[Any, ...]]:
    while some := list(islice(rows, 500)):
        cells = own_fields.file_cells(here, Subject.LEAD, own, {row.id: None for row in some})
        for lead in some:
            yield (
                lead.name, lead.company, lead.email, f"\t{lead.phone}" if lead.phone else "", lead.country,
                lead.language, lead.message, lead.source, lead.owner.name if lead.owner else "", lead.state,
                lead.score if lead.score is not None else "", lead.next_step, _day(lead.next_step_at),
                lead.consent_text if lead.consent_at else "", _moment(lead.consent_at),
                lead.measuring_text if lead.measuring_at else "", _moment(lead.measuring_at),
                str(WAY_WORDS[lead.agreed_by]) if lead.consent_at or lead.measuring_at else "",
                _day(lead.created_at), *cells.get(lead.id, ()), str(lead.id),
            )  # fmt: skip


def _moment(at: datetime | None) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds") if at else ""


def _day(at: datetime | None) -> str:
    return timezone.localtime(at).date().isoformat() if at else ""


def _cursor(text: str) -> tuple[str, UUID] | None:
    key, _mark, lead_id = text.rpartition("|")
    found = uuid_in(lead_id)
    return (key, found) if found else None
