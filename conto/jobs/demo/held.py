"""What the guardian has held when the demo opens: one draft for each reason; and what is carried as too little."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.domain.guardian import GUARDED_CODES
from conto.domain.period import add_months
from conto.flows import issue_document
from conto.jobs.simulation.company import Company, Part
from conto.jobs.simulation.parts.billing import OVERRIDDEN, Wanted, lines_of

_HELD_FOR = {*GUARDED_CODES, "check.price_differs"}


@dataclass(frozen=True)
class _Odd:
    """A draft that is not issued; `dearer_percent` than agreed or listed."""

    buyer: str
    wanted: Wanted
    reference: str = ""
    dearer_percent: int = 0


_ODD = {
    "amount": _Odd("meridian", (("retainer_m", Decimal(9)),)),
    "double": _Odd("donau", (("hour", Decimal(12)),), "Sprint 12"),
    "contract": _Odd("hafen", (("retainer_s", Decimal(1)),), dearer_percent=8),
    "list": _Odd("solaris", (("hour", Decimal(40)),), dearer_percent=10),
}
_EARLY = _Odd("orchard", (("retainer_s", Decimal(1)),))
_MINIMUM_BEFORE, _MINIMUM = 34, {"EUR": 12_000}  # days before the story ends; the care of one website is below it
_LAST_DAYS = 32  # in which a month begins


def held_of(ends_on: date) -> type[Part]:
    """Return the part of life in which drafts are held, in the last weeks up to a day."""

    class Held(Part):
        def morning(self, day: date) -> None:
            left = (ends_on - day).days
            first = self.company.working_day(day.replace(day=1))
            if left == _MINIMUM_BEFORE:
                self._plan(day, "minimum", partial(_set_minimum, self.company))
            if left == 1:
                for word, odd in _ODD.items():
                    self._plan(day, f"odd {word}", partial(_try, self.company, odd))
            if 1 <= left <= _LAST_DAYS and day == first + timedelta(days=7):
                self._plan(day, "odd early", partial(_try, self.company, _EARLY))

        def _plan(self, day: date, key: str, act: Callable[[datetime], None]) -> None:
            self.company.on(self.company.moment(day, "held", key, hours=(15, 17)), key, act)

    return Held


def _set_minimum(company: Company, at: datetime) -> None:
    invoicing.set_minimums(minimums=_MINIMUM, actor=company.founder, at=at)


def _period(odd: _Odd, at: datetime) -> dict[str, Any]:
    """Let what comes too early bill the month to come, so that it is no double of the last."""
    if odd is not _EARLY:
        return {}
    start = add_months(at.date().replace(day=1), 1)
    return {"period_start_on": start, "period_end_on": add_months(start, 1) - timedelta(days=1)}


def _try(company: Company, odd: _Odd, at: datetime) -> None:
    """Draft something odd and try to issue it; whatever else may be remarked is gone over."""
    customer = company.customer(odd.buyer)
    if customer is None or customer.archived_at is not None:
        return
    lines = lines_of(customer, odd.wanted, company, at)
    dearer = 1 + Decimal(odd.dearer_percent) / 100
    draft = invoicing.create_draft(
        customer=customer,
        lines=[replace(line, unit_price=line.unit_price * dearer) for line in lines],
        delivered_on=at.date(),
        order_reference=odd.reference,
        **_period(odd, at),
        actor=company.sales,
        at=at,
    )
    found = {finding.code for finding in queries.findings(draft, at.astimezone(company.zone).date())}
    known = dict.fromkeys(found - _HELD_FOR, OVERRIDDEN)
    invoicing.change_draft(draft=draft, changes={"overrides": known}, actor=company.finance, at=at)
    issue_document.issue_many(draft_ids=[draft.id], actor=company.finance, at=at)
