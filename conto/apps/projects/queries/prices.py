"""How projects at a price stand: what was agreed, what is done, billed and held back of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, CharField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce, JSONObject

from conto.apps.projects.entries import TakenPrice
from conto.apps.projects.models import (
    BilledMilestone,
    BilledPrice,
    ChangeOrder,
    FixedPrice,
    Milestone,
    PriceProgress,
    Project,
)
from conto.domain import project as rules
from conto.domain.project import PriceBill, PriceMethod, PricePart, ReachedMilestone
from conto.domain.project.price import Milestone as Part
from conto.domain.project.price import Standing as Before

_OF_ORDER = ("id", "position", "title", "amount_minor", "agreed_by", "agreed_on")
_OF_MILESTONE = ("id", "position", "name", "amount_minor", "due_on", "reached_on", "bill")
MilestoneState = Literal["planned", "reached", "billed"]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A change order of a price."""

    id: UUID
    position: int
    title: str
    amount_minor: int
    agreed_by: str
    agreed_on: date


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone with what it comes to now, and the draft or document that bills it."""

    id: UUID
    position: int
    name: str
    part: Part
    amount_minor: int
    due_on: date | None
    reached_on: date | None
    bill_id: UUID | None

    @property
    def percent(self) -> Decimal | None:
        """The percentage of the price, where it is one."""
        return self.part.percent

    @property
    def state(self) -> MilestoneState:
        """Whether it is still to come, reached, or billed."""
        if self.bill_id:
            return "billed"
        return "reached" if self.part.is_done else "planned"


@dataclass(frozen=True, slots=True)
class Told:
    """How much is complete, as it was told the last time."""

    position: int
    percent: Decimal
    said_on: date


@dataclass(frozen=True, slots=True)
class PriceStanding:
    """How the price of a project stands, in minor units of its currency, before tax."""

    terms: FixedPrice
    price_minor: int  # with all change orders
    done_minor: int
    billed_minor: int
    held_minor: int
    orders: tuple[OrderRow, ...]
    milestones: tuple[MilestoneRow, ...]
    progress: Told | None

    @property
    def orders_minor(self) -> int:
        """What change orders made of the agreed amount."""
        return self.price_minor - self.terms.amount_minor

    @property
    def ready_minor(self) -> int:
        """What is done and not billed."""
        return max(0, self.done_minor - self.billed_minor)

    @property
    def ahead_minor(self) -> int:
        """What is billed and not done."""
        return max(0, self.billed_minor - self.done_minor)

    @property
    def left_minor(self) -> int:
        """What is still to be billed until the price is reached."""
        return self.price_minor - self.billed_minor

    @property
    def planned_minor(self) -> int:
        """What the milestones come to together."""
        return sum(row.amount_minor for row in self.milestones)

    @property
    def is_accepted(self) -> bool:
        """Whether the customer accepted the work."""
        return self.terms.accepted_at is not None

    @property
    def is_releasable(self) -> bool:
        """Whether something is held back that may be released."""
        return self.is_accepted and self.held_minor != 0

    @property
    def is_billable(self) -> bool:
        """Whether a bill of the price would have something on it."""
        return bool(self.ready_minor or self.is_releasable) and not self.ahead_minor

    @property
    def percent(self) -> Decimal | None:
        """How much is complete, where that is told by a percentage."""
        if self.terms.method != PriceMethod.PERCENT:
            return None
        return self.progress.percent if self.progress else Decimal(0)

    @property
    def ready_since(self) -> date | None:
        """The first day of what is done and not billed."""
        if not self.ready_minor:
            return None
        waiting = [row.reached_on for row in self.milestones if row.state == "reached"]
        days = [day for day in waiting if day] or [self.progress.said_on if self.progress else self.terms.agreed_on]
        return min(days)

    def bill(self) -> tuple[PriceBill, list[PricePart]]:
        """Return what would be billed now, and its lines.

        Raises: RuleBroken `project.billed_more`, `project.nothing_new`.
        Source: WP-10, WP-11.
        """
        bill = rules.next_bill(
            price_minor=self.price_minor,
            done_minor=self.done_minor,
            before=Before(self.billed_minor, self.held_minor),
            retention_percent=self.terms.retention_percent,
            is_final=self.is_accepted,
        )
        reached = [
            ReachedMilestone(row.id, row.name, row.amount_minor) for row in self.milestones if row.state == "reached"
        ]
        return bill, rules.parts_of(bill, PriceMethod(self.terms.method), reached)


def price_standings(projects: Collection[UUID]) -> dict[UUID, PriceStanding]:
    """Tell how the prices of some projects stand, with one query however many they are.

    Source: WP-8 to WP-11.
    """
    return {row.project_id: _standing(row) for row in _priced().filter(project__in=list(projects))}


def taken_of(row: Project, standing: PriceStanding) -> TakenPrice:
    """Return what a bill of a price would take now.

    Raises: RuleBroken `project.billed_more`, `project.nothing_new`.
    Source: WP-10, WP-11.
    """
    bill, parts = standing.bill()
    return TakenPrice(
        row,
        bill,
        tuple(parts),
        standing.price_minor,
        standing.done_minor,
        standing.billed_minor,
        standing.percent,
    )


def price_of(project: Project) -> PriceStanding | None:
    """Tell how the price of a project stands; nothing where it has none."""
    return price_standings([project.id]).get(project.id)


def _priced() -> QuerySet[FixedPrice]:
    """Return prices with everything that says how they stand."""
    orders = ChangeOrder.objects.filter(project=OuterRef("pk")).order_by("position")
    bill = BilledMilestone.objects.filter(milestone=OuterRef("pk"), is_live=True).values("bill_id")[:1]
    milestones = Milestone.objects.filter(project=OuterRef("pk")).order_by("position").annotate(bill=Subquery(bill))
    told = PriceProgress.objects.filter(project=OuterRef("pk")).order_by("-position")
    billed = BilledPrice.objects.filter(project=OuterRef("pk"), is_live=True).order_by().values("project")
    percent = Cast("percent", CharField())  # no number of JSON, which is read as a float
    return FixedPrice.objects.annotate(
        its_orders=ArraySubquery(orders.values(row=JSONObject(**{name: name for name in _OF_ORDER}))),
        its_milestones=ArraySubquery(
            milestones.values(row=JSONObject(**{name: name for name in _OF_MILESTONE}, percent=percent))
        ),
        its_progress=Subquery(told.values(row=JSONObject(position="position", said_on="said_on", percent=percent))[:1]),
        its_work=_sum(billed, "work_minor"),
        its_held=_sum(billed, "held_minor"),
        its_ordered=_sum(orders.order_by().values("project"), "amount_minor"),
    )


def _sum(rows: Any, column: str) -> Coalesce:
    total = rows.annotate(total=Sum(column)).values("total")
    return Coalesce(Subquery(total), 0, output_field=BigIntegerField())


def _standing(terms: Any) -> PriceStanding:
    price = terms.amount_minor + terms.its_ordered
    orders = tuple(
        OrderRow(**{**row, "id": UUID(row["id"]), "agreed_on": date.fromisoformat(row["agreed_on"])})
        for row in terms.its_orders
    )
    parts = [_part(row) for row in terms.its_milestones]
    amounts = rules.milestone_amounts(price, parts)
    milestones = tuple(
        MilestoneRow(
            UUID(row["id"]), row["position"], row["name"], part, amount, _day(row["due_on"]), _day(row["reached_on"]),
            UUID(row["bill"]) if row["bill"] else None,
        )
        for row, part, amount in zip(terms.its_milestones, parts, amounts, strict=True)
    )  # fmt: skip
    told = terms.its_progress
    progress = Told(told["position"], Decimal(told["percent"]), date.fromisoformat(told["said_on"])) if told else None
    if terms.method == PriceMethod.PERCENT:
        done = rules.done_by_percent(price, progress.percent if progress else Decimal(0))
    else:
        done = sum(row.amount_minor for row in milestones if row.part.is_done)
    return PriceStanding(terms, price, done, terms.its_work, terms.its_held, orders, milestones, progress)


def _part(row: dict[str, Any]) -> Part:
    percent = Decimal(row["percent"]) if row["percent"] else None
    return Part(row["name"], row["amount_minor"], percent, row["reached_on"] is not None)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def open_prices() -> dict[UUID, PriceStanding]:
    """Tell how all prices stand but those that are accepted and billed to the last cent, with one query.

    Source: WP-10.
    """
    asked, price = F("its_work") - F("its_held"), F("amount_minor") + F("its_ordered")
    rows = _priced().annotate(rest=price - asked).exclude(accepted_at__isnull=False, rest=0)
    return {row.project_id: _standing(row) for row in rows}


def prices_to_bill() -> dict[UUID, PriceStanding]:
    """Tell how the prices stand of which something could be billed: done and not billed, or held and released.

    Source: WP-10.
    """
    return {key: standing for key, standing in open_prices().items() if standing.is_billable}
