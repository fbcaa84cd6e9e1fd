"""What the pages of the books read off an address: whose books, and which days."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.domain.errors import RuleBroken
from conto.domain.period import add_months, named_period
from conto.web import formats
from conto.web.reading import actor_of, book, day_in, uuid_in

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity

_KEPT = frozenset({"entity", "kind", "account", "since", "until", "on", "currency"})  # what a small form passes on
_EARLIEST = date(1900, 1, 1)
_MONTHS_SHOWN, _QUARTERS_SHOWN, _YEARS_SHOWN = 13, 8, 5


@dataclass(frozen=True, slots=True)
class Span:
    """Days that a report is about, both counted in."""

    name: str  # 2026, 2026-Q3, 2026-07, or nothing for any other span
    since: date
    until: date

    @property
    def words(self) -> str:
        """The span in the reader's language."""
        if len(self.name) == 4:
            return self.name
        if "Q" in self.name:
            return _("Quarter %(n)s of %(year)s") % {"n": self.name[-1], "year": self.name[:4]}
        if self.name:
            return formats.day_text(self.since, "month")
        return f"{formats.day_text(self.since)} – {formats.day_text(self.until)}"


def entities(request: HttpRequest) -> tuple["LegalEntity", list["LegalEntity"]]:
    """Return the legal entity whose books are looked at, and all of them.

    Raises: Http404 when there is none, or not the one that is asked for.
    """
    everyone = list(accounts.legal_entities().defer("logo"))
    wanted = request.GET.get("entity") or request.POST.get("entity")
    if wanted:
        found = next((each for each in everyone if each.id == uuid_in(wanted)), None)
    else:
        found = everyone[0] if everyone else None
    if found is None:
        raise Http404
    return found, everyone


def span_in(request: HttpRequest, default: str) -> Span:
    """Return the span that an address names, by its name or by its days."""
    since, until = day_in(request, "since"), day_in(request, "until")
    if since and until and since <= until:
        return Span("", since, until)
    for name in (request.GET.get("period", ""), default):
        try:
            period = named_period(name)
        except RuleBroken:
            continue
        return Span(name, period.start, period.last_day)
    return Span("", since or _EARLIEST, until or book(request).today)


def span_choices(today: date) -> dict[str, list[tuple[str, str]]]:
    """Return the months, quarters and years that a report is mostly asked for, the latest first."""
    first = today.replace(day=1)
    months = [add_months(first, -n) for n in range(_MONTHS_SHOWN)]
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    quarters = [add_months(quarter, -3 * n) for n in range(_QUARTERS_SHOWN)]
    names = {
        "months": [f"{day:%Y-%m}" for day in months],
        "quarters": [f"{day.year}-Q{(day.month + 2) // 3}" for day in quarters],
        "years": [str(today.year - n) for n in range(_YEARS_SHOWN)],
    }
    return {
        kind: [(name, Span(name, named_period(name).start, today).words) for name in some]
        for kind, some in names.items()
    }


def quarter_of(day: date) -> str:
    """Return the name of a day's quarter."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def last_month_end(today: date) -> date:
    """Return the last day of the month before."""
    return today.replace(day=1) - timedelta(days=1)


def frame(request: HttpRequest, here: str) -> dict[str, Any]:
    """Return what every page of the books shows: whose books, and which of the pages this is."""
    entity, everyone = entities(request)
    kept = [(key, value) for key, value in request.GET.items() if key in _KEPT]
    return {"entity": entity, "entities": everyone, "here": here, "kept": kept}


def note_export(request: HttpRequest, what: str) -> None:
    """Write down that somebody took records out of the books."""
    audit.note_records_export(
        what=what, file_format="csv", filters=request.GET.dict(), actor=actor_of(request), at=book(request).at
    )
