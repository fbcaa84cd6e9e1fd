"""What is done and not billed, and what is billed and not done."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from conto.apps.audit import actions as audit
from conto.apps.invoicing import queries as invoicing
from conto.apps.projects import queries
from conto.domain.permissions import Permission
from conto.domain.project import age_days
from conto.web.access import may, needs
from conto.web.freshness import fresh_file
from conto.web.reading import Here, actor_of, book
from conto.web.spreadsheets import amount, csv_file

if TYPE_CHECKING:
    from uuid import UUID

VIEWS = [("done", gettext_lazy("Done, not billed")), ("ahead", gettext_lazy("Billed, not done"))]
KINDS = {
    "work": gettext_lazy("Time and expenses"),
    "price": gettext_lazy("Part of the price"),
    "retention": gettext_lazy("Retention to release"),
    "quote": gettext_lazy("Accepted quote"),
    "ahead": gettext_lazy("More billed than done"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report; amounts are before tax."""

    customer_id: "UUID"
    customer: str
    what: str
    href: str
    kind: str
    amount_minor: int
    waiting_minor: int
    currency: str
    since: date | None
    days: int
    act: str  # where it is billed or put right; empty where this member may not

    @property
    def word(self) -> str:
        """What is done, in a word."""
        return str(KINDS[self.kind])


@require_GET
@needs(Permission.PROJECT_VIEW)
def done(request: HttpRequest) -> HttpResponse:
    """Show by customer and project what is done and not billed, or billed and not done, with amounts and ages."""
    here = book(request)
    view = "ahead" if request.GET.get("view") == "ahead" else "done"
    rows = _rows(here, view)
    return render(request, "projects/done.html", {"views": VIEWS, "view": view, "rows": rows, "totals": _totals(rows)})


@require_GET
@needs(Permission.PROJECT_VIEW)
def to_bill(request: HttpRequest) -> HttpResponse:
    """Show what can be billed, by currency, and whose retainer is nearly used up, which the first page asks for."""
    here = book(request)
    rows = [
        (
            each,
            ngettext("%(n)d project has something to bill", "%(n)d projects have something to bill", each.count)
            % {"n": each.count},
        )
        for each in queries.to_bill(here.member)
    ]
    warned = [
        (project, _("Retainer of %(name)s: %(percent)s %% used") % {"name": project.name, "percent": row.used_percent})
        for project, row in queries.warned_retainers(here.member, here.today)
    ]
    return render(request, "projects/_to_bill.html", {"rows": rows, "warned": warned})


@require_GET
@needs(Permission.PROJECT_BILL)
@fresh_file
def done_file(request: HttpRequest) -> HttpResponseBase:
    """Give what is done and not billed, or billed and not done, as a CSV file."""
    here = book(request)
    view = "ahead" if request.GET.get("view") == "ahead" else "done"
    audit.note_records_export(
        what="unbilled", file_format="csv", filters={"view": view}, actor=actor_of(request), at=here.at
    )
    heads = [
        _("Customer"), _("What"), _("Kind"), _("Since"), _("Days"), _("Currency"), _("Amount"), _("To approve"),
    ]  # fmt: skip
    return csv_file(f"{view}-{here.today.isoformat()}.csv", heads, _lines(_rows(here, view)))


def _rows(here: Here, view: str) -> list[Row]:
    return _ahead(here) if view == "ahead" else [*_done(here), *_quoted(here)]


def _done(here: Here) -> Iterator[Row]:
    may_bill = may(here.member, Permission.PROJECT_BILL)
    for row in queries.done_rows(here.member):
        project = row.project
        home = f"/projects/{project.id}"
        act = f"{home}/bill" if row.kind == "work" else f"{home}/price/bill"
        yield Row(
            project.customer_id, project.customer.name, f"{project.number} {project.name}", home, row.kind,
            row.amount_minor, row.waiting_minor, project.currency, row.since, age_days(row.since, here.today),
            act if may_bill and row.amount_minor else "",
        )  # fmt: skip


def _quoted(here: Here) -> Iterator[Row]:
    for row in invoicing.accepted_not_issued(here.member, here.today):
        href = f"/invoices/{row.draft_id}"
        yield Row(
            row.customer_id, row.customer_name, row.quote_number, href, "quote", row.net_minor, 0, row.currency,
            row.accepted_on, age_days(row.accepted_on, here.today), href,
        )  # fmt: skip


def _ahead(here: Here) -> list[Row]:
    return [
        Row(
            row.project.customer_id, row.project.customer.name, f"{row.project.number} {row.project.name}",
            f"/projects/{row.project.id}", "ahead", row.amount_minor, 0, row.project.currency, None, 0, "",
        )
        for row in queries.ahead_rows(here.member)
    ]  # fmt: skip


def _totals(rows: Iterable[Row]) -> list[tuple[str, int, int]]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        sums[row.currency][0] += row.amount_minor
        sums[row.currency][1] += row.waiting_minor
    return sorted((currency, known, waiting) for currency, (known, waiting) in sums.items())


def _lines(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield (
            row.customer, row.what, row.word, row.since.isoformat() if row.since else "", row.days, row.currency,
            amount(row.amount_minor, row.currency), amount(row.waiting_minor, row.currency),
        )  # fmt: skip
