"""The projects of the demo company: time and expenses of its last six weeks, approved on Fridays, billed once.

What was done up to two weeks ago stands on an invoice; what was done since is to be approved or billed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from conto.apps.invoicing import queries as documents
from conto.apps.projects import actions, queries
from conto.apps.projects.entries import NewProject, NewWork
from conto.domain.project import Grouping
from conto.flows import bill_project, issue_document
from conto.jobs.simulation.company import Company, Part

if TYPE_CHECKING:
    from conto.apps.projects.models import Project


@dataclass(frozen=True)
class _Planned:
    """A project, and what is done in it day by day."""

    buyer: str
    name: str
    rate: str
    step_minutes: int
    budget_minor: int | None
    notes: tuple[str, ...]


_PROJECTS = (
    _Planned(
        "meridian", "Markenauftritt 2027", "120", 15, 1_800_000,
        ("Gespräch über die Marke", "Skizzen für das Zeichen", "Farben und Schriften", "Reinzeichnung", "Abstimmung"),
    ),
    _Planned(
        "hafen", "Beschilderung der Halle", "95", 1, None, ("Aufmaß vor Ort", "Entwurf der Tafeln", "Druckdaten"),
    ),
)  # fmt: skip
_OPENED, _BILLED, _ISSUED, _APPROVED_LAST = 42, 14, 13, 7  # days before the story ends
_FRIDAY = 4
_MINUTES = (95, 140, 60, 185, 45, 110)


def work_of(ends_on: date) -> type[Part]:
    """Return the part of life in which people work in projects, the six weeks up to a day."""

    class Work(Part):
        def morning(self, day: date) -> None:
            left = (ends_on - day).days
            if left == _OPENED:
                self._plan(day, "projects opened", lambda at: open_projects(self.company, at))
            if 0 < left < _OPENED and day.weekday() <= _FRIDAY:
                self._plan(day, "work", lambda at: record_day(self.company, at))
            if _APPROVED_LAST <= left < _OPENED and day.weekday() == _FRIDAY:
                self._plan(day, "work approved", lambda at: approve_week(self.company, at))
            if left == _BILLED:
                self._plan(day, "work billed", lambda at: bill_work(self.company, at))
            if left == _ISSUED:
                self._plan(day, "work invoiced", lambda at: issue_bills(self.company, at))

        def _plan(self, day: date, key: str, act: Callable[[datetime], None]) -> None:
            self.company.on(self.company.moment(day, key, hours=(17, 19)), f"{key} {day}", act)

    return Work


def open_projects(company: Company, at: datetime) -> None:
    """Open the projects, each once."""
    for planned in _PROJECTS:
        customer = company.customer(planned.buyer)
        if customer is None or customer.archived_at is not None or _project(company, planned) is not None:
            continue
        new = NewProject(
            name=planned.name, rate=Decimal(planned.rate), step_minutes=planned.step_minutes,
            budget_minor=planned.budget_minor, owner_id=company.founder.member_id,
        )  # fmt: skip
        actions.open_project(customer=customer, new=new, actor=company.founder, at=at)


def record_day(company: Company, at: datetime) -> None:
    """Record what was done on a day."""
    day = at.astimezone(company.zone).date()
    people = [each for each in (company.founder.member_id, company.sales.member_id) if each]
    for n, planned in enumerate(_PROJECTS):
        project = _project(company, planned)
        if project is None or (day.toordinal() + n) % 3 == 0:
            continue
        whose = people[(day.toordinal() + n) % len(people)]
        minutes = _MINUTES[(day.toordinal() + n) % len(_MINUTES)]
        note = planned.notes[day.toordinal() % len(planned.notes)]
        _record(company, project, NewWork(member_id=whose, day=day, minutes=minutes, note=note), at)
        if day.weekday() == _FRIDAY:
            fare = NewWork(
                member_id=whose, day=day, amount_minor=3860 + 10 * n, markup_percent=Decimal(5), note="Bahnfahrt",
            )  # fmt: skip
            _record(company, project, fare, at)


def approve_week(company: Company, at: datetime) -> None:
    """Approve what waits in all projects."""
    for project in _projects(company):
        if queries.work_rows(project, state="waiting", limit=1):
            actions.approve_work(project=project, actor=company.founder, at=at)


def bill_work(company: Company, at: datetime) -> None:
    """Put on drafts what is approved."""
    day = at.astimezone(company.zone).date()
    for project in _projects(company):
        if queries.work_rows(project, state="approved", until=day, limit=1):
            bill_project.bill(project=project, until=day, grouping=Grouping.PERSON, actor=company.founder, at=at)


def issue_bills(company: Company, at: datetime) -> None:
    """Issue the drafts that bill work, as far as nothing stands against it."""
    for bill_id in _bills(company):
        draft = documents.draft_for(company.owner, bill_id)
        if draft is not None:
            issue_document.issue_many(draft_ids=[draft.id], actor=company.founder, at=at)


def _record(company: Company, project: "Project", new: NewWork, at: datetime) -> None:
    actions.record_work(project=project, new=new, actor=company.founder, at=at)


def _projects(company: Company) -> "list[Project]":
    return [found for planned in _PROJECTS if (found := _project(company, planned)) is not None]


def _project(company: Company, planned: _Planned) -> "Project | None":
    customer = company.customer(planned.buyer)
    rows = queries.visible_to(company.owner).select_related("legal_entity", "item")
    return rows.filter(customer=customer, name=planned.name, state="open").first() if customer else None


def _bills(company: Company) -> list[UUID]:
    rows = [row for project in _projects(company) for row in queries.work_rows(project, state="billed")]
    return list(dict.fromkeys(row.bill_id for row in rows if row.bill_id))
