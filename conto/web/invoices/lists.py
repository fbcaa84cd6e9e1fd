"""The list of invoices: saved views, search, totals, bulk acts, export."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from conto.apps.audit import actions as audit
from conto.apps.invoicing import queries
from conto.apps.invoicing.queries import DocumentRow, StateFilter
from conto.domain.fields import FieldRule, Subject
from conto.domain.permissions import Permission
from conto.flows import issue_document, send_document
from conto.web import own_fields
from conto.web.access import may, needs
from conto.web.freshness import fresh_file
from conto.web.htmx import page_or_part, redirect, toast
from conto.web.invoices.words import held_words
from conto.web.reading import Here, actor_of, book, day_in, safe_cell, uuid_in, words_of
from conto.web.spreadsheets import amount, csv_file

VIEWS = [
    ("all", gettext_lazy("All")),
    ("draft", gettext_lazy("Drafts")),
    ("held", gettext_lazy("Held")),
    ("waiting", gettext_lazy("Waiting for their time")),
    ("carried", gettext_lazy("Carried")),
    ("open", gettext_lazy("Open")),
    ("overdue", gettext_lazy("Overdue")),
    ("paid", gettext_lazy("Paid")),
    ("credited", gettext_lazy("Credited")),
]
_EXPORT_PAGE = 500
_MOST_PICKED = 500


@require_GET
@needs(Permission.INVOICE_VIEW)
def invoice_list(request: HttpRequest) -> HttpResponse:
    """Show invoices by view, customer and search word, the latest first."""
    here = book(request)
    state = _state(request)
    customer_id = uuid_in(request.GET.get("customer"))
    search = request.GET.get("q", "").strip()[:100]
    page = queries.document_page(
        here.member,
        today=here.today,
        state=state,
        customer_id=customer_id,
        search=search,
        due_until=day_in(request, "due_until"),
        since=day_in(request, "since"),
        own=own_fields.wanted(request, Subject.INVOICE),
        cursor=request.GET.get("after", ""),
    )
    own = own_fields.columns(here, Subject.INVOICE, {row.id: row.customer_id for row in page.rows})
    own_filters = own_fields.filters(request, Subject.INVOICE)
    context = {
        "rows": [(row, own.cells.get(row.id), held_words(row.held_for)) for row in page.rows],
        "own_heads": own.heads,
        "own_filters": own_filters,
        "is_own_asked": any(each.value for each in own_filters),
        "views": VIEWS,
        "state": state,
        "search": search,
        "due_until": day_in(request, "due_until"),
        "since": day_in(request, "since"),
        "customer_id": customer_id,
        "page": page,
        "totals": queries.totals(here.member, today=here.today, customer_id=customer_id),
        "is_first": not request.GET.get("after"),
        "can_issue": may(here.member, Permission.INVOICE_ISSUE),
        "can_send": may(here.member, Permission.INVOICE_SEND),
    }
    return page_or_part(request, "invoices/list.html", "rows", context)


@require_POST
@needs(Permission.INVOICE_VIEW)
def bulk(request: HttpRequest) -> HttpResponseBase:
    """Issue or send the picked invoices; each that cannot be is named with its reason."""
    here = book(request)
    picked = [found for found in map(uuid_in, request.POST.getlist("picked")[:_MOST_PICKED]) if found]
    act = request.POST.get("act", "")
    if act == "issue" and may(here.member, Permission.INVOICE_ISSUE):
        done, failed = _issue(request, picked)
    elif act == "send" and may(here.member, Permission.INVOICE_SEND):
        done, failed = _send(request, picked)
    else:
        return redirect(request, reverse("invoices"))
    if failed:
        context = {"done": done, "failed": failed, "act": act}
        return page_or_part(request, "invoices/bulk_result.html", "body", context)
    words = ngettext("%(n)s invoice done.", "%(n)s invoices done.", len(done)) % {"n": len(done)}
    return toast(redirect(request, reverse("invoices")), words)


def _issue(request: HttpRequest, picked: list[UUID]) -> tuple[list[str], list[tuple[str, str]]]:
    here = book(request)
    visible = {draft.id: draft for draft in queries.drafts(here.member).filter(id__in=picked)}
    results = issue_document.issue_many(
        draft_ids=[wanted for wanted in picked if wanted in visible], actor=actor_of(request), at=here.at
    )
    done = [result.number for result in results if result.is_issued]
    failed = [
        (
            visible[result.draft_id].customer.name,
            " ".join(words_of(finding) for finding in result.findings),
        )
        for result in results
        if not result.is_issued
    ]
    return done, failed


def _send(request: HttpRequest, picked: list[UUID]) -> tuple[list[str], list[tuple[str, str]]]:
    here = book(request)
    done: list[str] = []
    failed: list[tuple[str, str]] = []
    for document in queries.documents(here.member).filter(id__in=picked):
        refusal = send_document.try_to_send(document, actor=actor_of(request), at=here.at)
        if refusal is None:
            done.append(document.number)
        else:
            failed.append((document.number, words_of(refusal)))
    return done, failed


@require_GET
@needs(Permission.INVOICE_EXPORT)
@fresh_file
def export(request: HttpRequest) -> HttpResponseBase:
    """Give the shown invoices as a CSV file, read page by page."""
    here = book(request)
    state = _state(request)
    customer_id = uuid_in(request.GET.get("customer"))

    search = request.GET.get("q", "").strip()[:100]
    audit.note_records_export(
        what="invoices", file_format="csv", filters=request.GET.dict(), actor=actor_of(request), at=here.at
    )
    due_until, since = day_in(request, "due_until"), day_in(request, "since")
    asked, own = own_fields.wanted(request, Subject.INVOICE), own_fields.file_columns(here, Subject.INVOICE)

    def pages() -> Iterator[tuple[Any, ...]]:
        cursor = ""
        while True:
            page = queries.document_page(
                here.member,
                today=here.today,
                state=state,
                customer_id=customer_id,
                search=search,
                due_until=due_until,
                since=since,
                own=asked,
                cursor=cursor,
                limit=_EXPORT_PAGE,
            )
            yield from _lines(here, page.rows, own)
            cursor = page.next_cursor
            if not cursor:
                return

    heads = [
        _("Number"), _("Kind"), _("Customer"), _("Issued"), _("Due"), _("Currency"), _("Amount"), _("Open"), _("State"),
    ]  # fmt: skip
    heads += [safe_cell(field.label) for field in own]
    return csv_file(f"invoices-{here.today.isoformat()}.csv", heads, pages())


def _lines(here: Here, rows: Sequence[DocumentRow], own: Sequence[FieldRule]) -> Iterator[tuple[Any, ...]]:
    """Return the lines of a file for some invoices, own fields behind the rest."""
    cells = own_fields.file_cells(here, Subject.INVOICE, own, {row.id: row.customer_id for row in rows})
    for row in rows:
        yield (*_cells(row), *cells.get(row.id, ()))


def _cells(row: DocumentRow) -> tuple[Any, ...]:
    return (
        row.number, row.kind, row.customer_name, row.issued_on or "", row.due_on or "", row.currency,
        amount(row.payable_minor, row.currency), amount(row.open_minor, row.currency), row.state.value,
    )  # fmt: skip


def _state(request: HttpRequest) -> StateFilter:
    wanted = request.GET.get("state", "all")
    return wanted if wanted in get_args(StateFilter) else "all"  # type: ignore[return-value]
