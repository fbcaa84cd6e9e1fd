"""The parts of the first page besides its figures and what is to do; each asks for its own, only where it is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.functional import Promise

from conto.apps.deals import queries as deals
from conto.apps.deals.queries import DealFilters
from conto.apps.invoicing import queries as invoicing
from conto.apps.leads import queries as leads
from conto.apps.leads.queries import LeadFilters
from conto.apps.payments.queries import today as payments
from conto.apps.quotes import queries as quotes
from conto.domain.permissions import Permission
from conto.domain.preset import HomePart, home_of
from conto.web.access import may
from conto.web.reading import Here
from conto.web.today.words import HOME_WORDS

ROWS = 5
WEEK = timedelta(days=7)
MONTHS = 6


@dataclass(frozen=True, slots=True)
class Part:
    """A part as the page shows it."""

    name: HomePart
    title: Promise
    template: str
    rows: Any = ()
    more: Any = None


def shown_parts(here: Here) -> list[HomePart]:
    """Return the parts that the business chose and this member may look at, in their order."""
    return [part for part in home_of(here.business.home) if part not in _NEEDED or may(here.member, _NEEDED[part])]


def part_of(here: Here, name: HomePart) -> Part:
    """Return a part with what it shows."""
    rows, more = _READ[name](here) if name in _READ else ((), None)
    return Part(name, HOME_WORDS[name], f"today/part_{name}.html", rows, more)


def _deals(here: Here) -> tuple[Any, Any]:
    first = deals.first_stage()
    if first is None:
        return [], None
    sums = deals.board_totals(here.member, DealFilters(pipeline_id=first.pipeline_id), here.at)
    stages = [(stage, sums.get(stage.id, ())) for stage in deals.stages_of(first.pipeline_id)]
    return stages if any(each for _stage, each in stages) else [], first.pipeline_id


def _quotes(here: Here) -> tuple[Any, Any]:
    return quotes.quote_page(here.member, today=here.today, state="sent", limit=ROWS).rows, None


def _leads(here: Here) -> tuple[Any, Any]:
    return leads.lead_page(here.member, LeadFilters(state="open", order="score"), here.at, size=ROWS).rows, None


def _week(here: Here) -> tuple[Any, Any]:
    rows = deals.due_activities(here.member, here.at + WEEK, since=here.at)
    return rows[: ROWS + 3], None


def _invoices(here: Here) -> tuple[Any, Any]:
    return list(invoicing.documents(here.member)[:ROWS]), None


def _months(here: Here) -> tuple[Any, Any]:
    first = here.today.replace(day=1)
    months = [first]
    while len(months) < MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    found = payments.collected_by_month(here.member, here.business.currency, months[-1], here.today)
    rows: list[tuple[date, int]] = [(month, found.get(month, 0)) for month in reversed(months)]
    return rows if found else [], here.business.currency


_READ: dict[HomePart, Callable[[Here], tuple[Any, Any]]] = {
    HomePart.DEALS: _deals,
    HomePart.QUOTES: _quotes,
    HomePart.LEADS: _leads,
    HomePart.WEEK: _week,
    HomePart.INVOICES: _invoices,
    HomePart.MONTHS: _months,
}
_NEEDED = {
    HomePart.MONEY: Permission.INVOICE_VIEW,
    HomePart.DEALS: Permission.DEAL_VIEW,
    HomePart.QUOTES: Permission.QUOTE_VIEW,
    HomePart.LEADS: Permission.LEAD_VIEW,
    HomePart.WEEK: Permission.DEAL_VIEW,
    HomePart.INVOICES: Permission.INVOICE_VIEW,
    HomePart.MONTHS: Permission.PAYMENT_VIEW,
}
