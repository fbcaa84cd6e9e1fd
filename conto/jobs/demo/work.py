"""The projects of the demo company: time and expenses of its last six weeks, approved on Fridays, billed once.

One has a price: its first milestone is billed less what is held back, the second is reached, and a change order came.
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
from conto.apps.projects.entries import NewChangeOrder, NewMilestone, NewPrice, NewProject, NewWork
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
# A project at a price: what was agreed, its milestones in percent, and what came to it by a change order.
_PRICED = ("hafen", "Leitsystem Halle 4")
_PRICE_MINOR, _ORDER_MINOR, _RETENTION = 2_400_000, 180_000, Decimal(5)
_MILESTONES = (("Konzept", Decimal(30)), ("Produktion", Decimal(50)), ("Montage", Decimal(20)))
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
                self._plan(day, "price agreed", lambda at: agree_price(self.company, at))
            if 0 < left < _OPENED and day.weekday() <= _FRIDAY:
                self._plan(day, "work", lambda at: record_day(self.company, at))
            if _APPROVED_LAST <= left < _OPENED and day.weekday() == _FRIDAY:
                self._plan(day, "work approved", lambda at: approve_week(self.company, at))
            if left == _BILLED:
                self._plan(day, "work billed", lambda at: bill_work(self.company, at))
                self._plan(day, "price billed", lambda at: bill_price(self.company, at))
            if left == _ISSUED:
                self._plan(day, "work invoiced", lambda at: issue_bills(self.company, at))
            if left == _APPROVED_LAST:
                self._plan(day, "milestone reached", lambda at: go_on_with_price(self.company, at))

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


def agree_price(company: Company, at: datetime) -> None:
    """Open the project at a price, once, with its milestones."""
    buyer, name = _PRICED
    customer = company.customer(buyer)
    if customer is None or customer.archived_at is not None or _priced(company) is not None:
        return
    new = NewProject(name=name, owner_id=company.founder.member_id)
    project = actions.open_project(customer=customer, new=new, actor=company.founder, at=at)
    price = NewPrice(
        amount_minor=_PRICE_MINOR, agreed_by=customer.name, agreed_on=_day(company, at), retention_percent=_RETENTION,
    )  # fmt: skip
    actions.agree_price(project=project, new=price, actor=company.founder, at=at)
    for milestone, percent in _MILESTONES:
        part = NewMilestone(name=milestone, percent=percent)
        actions.add_milestone(project=project, new=part, actor=company.founder, at=at)


def bill_price(company: Company, at: datetime) -> None:
    """Reach the first milestone and put it on a draft, less what is held back."""
    project = _reach(company, 0, at)
    if project is not None:
        bill_project.bill_price(project=project, actor=company.founder, at=at)


def go_on_with_price(company: Company, at: datetime) -> None:
    """Note a change order and reach the second milestone, which waits to be billed."""
    project = _reach(company, 1, at)
    if project is not None:
        order = NewChangeOrder(
            title="Zwei Tafeln mehr", amount_minor=_ORDER_MINOR, agreed_by=project.customer.name,
            agreed_on=_day(company, at),
        )  # fmt: skip
        actions.order_change(project=project, new=order, actor=company.founder, at=at)


def _reach(company: Company, n: int, at: datetime) -> "Project | None":
    project = _priced(company)
    price = queries.price_of(project) if project else None
    if project is None or price is None or price.milestones[n].state != "planned":
        return None
    actions.reach_milestone(
        project=project, milestone_id=price.milestones[n].id, on=_day(company, at), actor=company.founder,
        at=at,
    )  # fmt: skip
    return project


def _priced(company: Company) -> "Project | None":
    customer = company.customer(_PRICED[0])
    rows = queries.visible_to(company.owner).select_related("legal_entity", "item", "customer")
    return rows.filter(customer=customer, name=_PRICED[1], state="open").first() if customer else None


def _day(company: Company, at: datetime) -> date:
    return at.astimezone(company.zone).date()


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
    priced = _priced(company)
    price = queries.price_of(priced) if priced else None
    billed = [row.bill_id for row in rows] + [row.bill_id for row in (price.milestones if price else ())]
    return list(dict.fromkeys(bill_id for bill_id in billed if bill_id))
