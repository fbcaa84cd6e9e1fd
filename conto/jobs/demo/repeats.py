"""The repeating invoices of the demo company: a retainer that is issued each month, and a fee that is paused."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from conto.apps.invoicing import queries as documents
from conto.apps.invoicing.actions import LineEntry
from conto.apps.projects import actions as projects
from conto.apps.projects import queries as project_queries
from conto.apps.projects.entries import NewProject, NewRetainer, NewWork
from conto.apps.repeats import actions, queries
from conto.apps.repeats.actions import Agreed
from conto.domain.facts import SYSTEM
from conto.domain.period import Interval
from conto.domain.repeat import Covers, Does
from conto.flows import make_repeats, retain_project
from conto.jobs.simulation.company import Company, Part

if TYPE_CHECKING:
    from conto.apps.repeats.models import Repeat

_RETAINER = ("alpenrot", "Beratung im Monat", "Beratung {month} {year}", Decimal(640), Interval.MONTH, Does.ISSUE)
_FEE = ("donau", "Lizenz der Schriften", "Schriften {period}", Decimal(180), Interval.YEAR, Does.DRAFT)
_CARE = "Beratung nach Stunden"  # the project whose hours the retainer brings
_BEGUN, _PAUSED = 66, 20  # days before the story ends
_TUESDAY = 1


def repeats_of(ends_on: date) -> type[Part]:
    """Return the part of life in which invoices repeat, up to a day."""

    class Repeats(Part):
        def morning(self, day: date) -> None:
            left = (ends_on - day).days
            if left == _BEGUN:
                self._plan(day, "repeats begun", partial(begin, self.company), (9, 11))
            if left == _PAUSED:
                self._plan(day, "repeats paused", partial(pause, self.company), (11, 12))
            if left < _BEGUN:
                self._plan(day, "repeats made", partial(make, self.company), (20, 21))
            if left < _BEGUN and day.weekday() == _TUESDAY:
                self._plan(day, "advice given", partial(advise, self.company), (17, 18))

        def _plan(self, day: date, key: str, act: Callable[[datetime], None], hours: tuple[int, int]) -> None:
            self.company.on(self.company.moment(day, "repeats", key, hours=hours), key, act)

    return Repeats


def begin(company: Company, at: datetime) -> None:
    """Agree on what repeats, once."""
    for buyer, title, name, price, interval, does in (_RETAINER, _FEE):
        customer = company.customer(buyer)
        if customer is None or customer.archived_at is not None or queries.of_customer(company.owner, customer.id):
            continue
        line = LineEntry(name, Decimal(1), price, unit_code="MON" if interval is Interval.MONTH else "C62")
        first = at.astimezone(company.zone).date()
        agreed = Agreed(
            title=title, lines=(line,), next_on=first.replace(day=28) if interval is Interval.YEAR else first,
            interval=interval, covers=Covers.AHEAD, does=does,
        )  # fmt: skip
        made = actions.create_repeat(customer=customer, agreed=agreed, actor=company.founder, at=at)
        if interval is Interval.MONTH:
            retain(company, made, at)


def retain(company: Company, repeat: "Repeat", at: datetime) -> None:
    """Let what repeats each month bring hours to a project."""
    new = NewProject(name=_CARE, rate=Decimal(110), step_minutes=15, owner_id=company.founder.member_id)
    project = projects.open_project(customer=repeat.customer, new=new, actor=company.founder, at=at)
    covers = NewRetainer(minutes=8 * 60, carry_periods=1, overage_rate=Decimal(125))
    retain_project.agree(project=project, repeat=repeat, new=covers, actor=company.founder, at=at)


def advise(company: Company, at: datetime) -> None:
    """Record and approve what was advised on a day."""
    found = project_queries.project_page(company.owner, search=_CARE).rows
    for row in found:
        whose = company.founder.member_id or company.owner.id
        done = NewWork(member_id=whose, day=at.astimezone(company.zone).date(), minutes=70, note="Beratung")
        projects.record_work(project=row.project, new=done, actor=company.founder, at=at)
        projects.approve_work(project=row.project, actor=company.founder, at=at)


def pause(company: Company, at: datetime) -> None:
    """Pause the fee."""
    customer = company.customer(_FEE[0])
    for row in queries.of_customer(company.owner, customer.id) if customer else ():
        if row.state == "active":
            actions.pause_repeat(repeat=row, actor=company.founder, at=at)


def make(company: Company, at: datetime) -> None:
    """Make what is due, and let what follows from its documents be planned."""
    if make_repeats.make_due(actor=SYSTEM, at=at):
        for document in documents.documents(company.owner).filter(issued_at=at).order_by("ordinal"):
            company.tell_of(document)
