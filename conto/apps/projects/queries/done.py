"""What of projects is done and not billed, and what is billed and not done."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from conto.apps.accounts.models import Member
from conto.apps.projects.models import FixedPrice, Project, ProjectBill, WorkEntry
from conto.apps.projects.queries.covering import shared, unbilled
from conto.apps.projects.queries.lists import visible_to
from conto.apps.projects.queries.prices import open_prices, price_standings
from conto.apps.projects.queries.worth import rated, standings
from conto.domain.permissions import Permission
from conto.domain.project import DonePiece, worth_minor

ZERO = Fraction(0)
DoneKind = Literal["work", "price", "retention"]


@dataclass(frozen=True, slots=True)
class DoneRow:
    """What of a project could be billed and is not, or waits to be approved; before tax."""

    project: Project
    kind: DoneKind
    amount_minor: int  # can be billed now
    waiting_minor: int  # waits to be approved
    since: date | None


@dataclass(frozen=True, slots=True)
class AheadRow:
    """What of the price of a project is billed and not done, before tax."""

    project: Project
    done_minor: int
    billed_minor: int

    @property
    def amount_minor(self) -> int:
        """What is billed and not done."""
        return self.billed_minor - self.done_minor


def done_rows(member: Member | None) -> list[DoneRow]:
    """Return what is done and not billed in the projects that a member sees, by customer and project.

    Source: WP-12.
    """
    prices = {key: price for key, price in open_prices().items() if price.is_billable}
    worked = unbilled(WorkEntry.objects.all()).values("project")
    projects = list(visible_to(member).filter(Q(id__in=worked) | Q(id__in=list(prices))))
    stands = standings(projects) if projects else {}
    found: list[DoneRow] = []
    for project in projects:
        stand, price = stands[project.id], prices.get(project.id)
        if stand.approved_count or stand.waiting_count:
            found.append(DoneRow(project, "work", stand.approved_minor, stand.waiting_minor, stand.since))
        if price and price.ready_minor:
            found.append(DoneRow(project, "price", price.ready_minor, 0, price.ready_since))
        if price and price.is_releasable:
            found.append(DoneRow(project, "retention", price.held_minor, 0, price.terms.accepted_on))
    return sorted(found, key=lambda row: (row.project.customer.sort_key, row.project.number, row.kind))


def ahead_rows(member: Member | None) -> list[AheadRow]:
    """Return of which prices more is billed than is done, in the projects that a member sees.

    Source: WP-12.
    """
    standing = {key: price for key, price in open_prices().items() if price.ahead_minor}
    if not standing:
        return []
    rows = [
        AheadRow(project, standing[project.id].done_minor, standing[project.id].billed_minor)
        for project in visible_to(member).filter(id__in=list(standing))
    ]
    return sorted(rows, key=lambda row: (row.project.customer.sort_key, row.project.number))


@dataclass(frozen=True, slots=True)
class ToBill:
    """How many projects have something to bill in one currency, and what that is worth."""

    currency: str
    count: int
    amount_minor: int


def to_bill(member: Member | None) -> list[ToBill]:
    """Return what a member who bills projects could bill now, by currency, the largest first.

    Source: WP-12.
    """
    if member is None or not member.may(Permission.PROJECT_BILL):
        return []
    worth: dict[str, dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    for row in done_rows(member):
        if row.amount_minor > 0:
            worth[row.project.currency][row.project.id] += row.amount_minor
    found = [ToBill(currency, len(each), sum(each.values())) for currency, each in worth.items()]
    return sorted(found, key=lambda each: (-each.amount_minor, each.currency))


def done_pieces(customer_ids: Collection[UUID]) -> dict[UUID, list[DonePiece]]:
    """Return by customer what is approved or reached and not billed, with a constant number of queries.

    Source: GU-8.
    """
    found: dict[UUID, list[DonePiece]] = defaultdict(list)
    approved = unbilled(WorkEntry.objects.filter(approved_at__isnull=False))
    has_something = Q(Exists(approved.filter(project=OuterRef("pk")))) | Q(
        Exists(FixedPrice.objects.filter(project=OuterRef("pk")))
    )
    projects = {row.id: row for row in Project.objects.filter(has_something, customer__in=customer_ids)}
    if not projects:  # one query of most drafts
        return found
    entries = list(approved.filter(project__in=projects).select_related("member"))
    works = shared(entries, rated(entries, projects.values())).works
    for row in entries:
        if works[row.id].minutes == 0:  # covered by a retainer
            continue
        worth = worth_minor(works[row.id], projects[row.project_id].currency)
        found[projects[row.project_id].customer_id].append(_piece(projects[row.project_id], row.day, worth or ZERO))
    for key, price in price_standings(projects).items():
        if price.is_billable and price.ready_since:
            ready = Fraction(price.ready_minor)
            found[projects[key].customer_id].append(_piece(projects[key], price.ready_since, ready))
    return found


def ahead_bills(draft_ids: Collection[UUID]) -> dict[UUID, tuple[str, int, str]]:
    """Return of drafts that bill a price of which more is billed than is done: project, by how much, currency.

    Source: GU-9.
    """
    rows = ProjectBill.objects.filter(id__in=draft_ids, is_live=True, price__isnull=False).select_related("project")
    bills = {row.id: row.project for row in rows}
    standing = price_standings({project.id for project in bills.values()}) if bills else {}
    return {
        key: (project.number, standing[project.id].ahead_minor, project.currency)
        for key, project in bills.items()
        if standing[project.id].ahead_minor
    }


def _piece(project: Project, day: date, worth: Fraction) -> DonePiece:
    return DonePiece(project.id, project.number, project.currency, day, worth)
