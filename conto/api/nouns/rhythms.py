"""Customers whose rhythm of invoices breaks."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Day
from conto.api.operations import noun, reads
from conto.apps.invoicing import queries
from conto.apps.invoicing.queries import RhythmFilter
from conto.domain.permissions import Permission

router = noun("Rhythms")


@dataclass(frozen=True, slots=True)
class InvoiceRhythm:
    """How regularly a customer is billed, and by how many days that breaks."""

    customer_id: UUID
    customer_name: str
    gap_days: Annotated[int, Field(description="Between two invoices, in the middle.", examples=[31])]
    tolerance_days: Annotated[int, Field(examples=[8])]
    last_on: Day
    expected_on: Day
    late_days: Annotated[int, Field(description="By which the next invoice is overdue.", examples=[9])]
    early_days: Annotated[int, Field(description="By which the last invoice came too early.", examples=[0])]


class RhythmFilters(paging.Paged):
    """Which customers a list shows."""

    state: Annotated[RhythmFilter, Field(description="`broken`: late or early.")] = "broken"
    q: Annotated[str, Field(max_length=100, description="Words of the customer's name.")] = ""


@reads(router, "/invoice-rhythms", needs=Permission.INVOICE_VIEW, gives=paging.Page[InvoiceRhythm])
def list_invoice_rhythms(request: HttpRequest, filters: Query[RhythmFilters]) -> Any:
    """List customers whose invoices come later or earlier than they used to, the worst first."""
    caller = caller_of(request)
    page = queries.rhythm_page(
        caller.member,
        today=caller.today,
        state=filters.state,
        search=filters.q.strip(),
        start=max(0, paging.read(filters.cursor, int)[0]) if filters.cursor else 0,
        limit=filters.limit,
    )
    rows = [
        InvoiceRhythm(
            row.customer_id, row.customer_name, row.rhythm.gap_days, row.rhythm.tolerance_days, row.rhythm.last_on,
            row.rhythm.expected_on, row.late_days, row.early_days,
        )
        for row in page.rows
    ]  # fmt: skip
    return paging.Page(rows, paging.written([page.next_start]) if page.next_start else None)
