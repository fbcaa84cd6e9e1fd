"""How projects at a price stand: what was agreed, what is done, billed and held back of it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from django.db.models import BigIntegerField, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

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

MilestoneState = Literal["planned", "reached", "billed"]


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone with what it comes to, and the draft or document that bills it."""

    milestone: Milestone
    amount_minor: int
    bill_id: UUID | None

    @property
    def state(self) -> MilestoneState:
        """Whether it is still to come, reached, or billed."""
        if self.bill_id:
            return "billed"
        return "reached" if self.milestone.reached_at else "planned"


@dataclass(frozen=True, slots=True)
class PriceStanding:
    """How the price of a project stands, in minor units of its currency, before tax."""

    terms: FixedPrice
    price_minor: int  # with all change orders
    done_minor: int
    billed_minor: int
    held_minor: int
    orders: tuple[ChangeOrder, ...]
    milestones: tuple[MilestoneRow, ...]
    progress: PriceProgress | None

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
        waiting = [row.milestone.reached_on for row in self.milestones if row.state == "reached"]
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
            ReachedMilestone(row.milestone.id, row.milestone.name, row.amount_minor)
            for row in self.milestones
            if row.state == "reached"
        ]
        return bill, rules.parts_of(bill, PriceMethod(self.terms.method), reached)


def price_standings(projects: Collection[UUID]) -> dict[UUID, PriceStanding]:
    """Tell how the prices of some projects stand, with six queries however many they are; one where none has a price.

    Source: WP-8 to WP-11.
    """
    return _standings({row.project_id: row for row in FixedPrice.objects.filter(project__in=list(projects))})


def _standings(terms: dict[UUID, FixedPrice]) -> dict[UUID, PriceStanding]:
    if not terms:
        return {}
    orders = _by_project(ChangeOrder.objects.filter(project__in=terms).order_by("position"))
    milestones = _by_project(Milestone.objects.filter(project__in=terms).order_by("position"))
    progress = {row.project_id: row for row in PriceProgress.objects.filter(project__in=terms).order_by("position")}
    live = BilledMilestone.objects.filter(project_id__in=terms, is_live=True)
    bills = dict(live.values_list("milestone_id", "bill_id"))
    billed = {
        row["project"]: (row["work"], row["held"])
        for row in BilledPrice.objects.filter(project__in=terms, is_live=True)
        .values("project")
        .annotate(work=Sum("work_minor"), held=Sum("held_minor"))
    }
    return {
        key: _standing(row, orders[key], milestones[key], progress.get(key), bills, billed.get(key, (0, 0)))
        for key, row in terms.items()
    }


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


def _by_project(rows: Any) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.project_id].append(row)
    return found


def _standing(
    terms: FixedPrice,
    orders: list[ChangeOrder],
    milestones: list[Milestone],
    progress: PriceProgress | None,
    bills: dict[UUID, UUID],
    billed: tuple[int, int],
) -> PriceStanding:
    price = terms.amount_minor + sum(order.amount_minor for order in orders)
    amounts = rules.milestone_amounts(price, [as_part(each) for each in milestones])
    if terms.method == PriceMethod.PERCENT:
        done = rules.done_by_percent(price, progress.percent if progress else Decimal(0))
    else:
        done = sum(amount for amount, each in zip(amounts, milestones, strict=True) if each.reached_at)
    rows = tuple(
        MilestoneRow(each, amount, bills.get(each.id)) for amount, each in zip(amounts, milestones, strict=True)
    )
    return PriceStanding(terms, price, done, *billed, tuple(orders), rows, progress)


def as_part(row: Milestone) -> Part:
    """Return a milestone as the rules see it."""
    return Part(row.name, row.amount_minor, row.percent, row.reached_at is not None)


def open_prices() -> dict[UUID, PriceStanding]:
    """Tell how all prices stand but those that are accepted and billed to the last cent, with six queries.

    Source: WP-10.
    """
    asked = (
        BilledPrice.objects.filter(project=OuterRef("pk"), is_live=True)
        .values("project")
        .annotate(total=Sum(F("work_minor") - F("held_minor")))
    )
    ordered = ChangeOrder.objects.filter(project=OuterRef("pk")).values("project").annotate(total=Sum("amount_minor"))
    terms = FixedPrice.objects.annotate(
        asked=Coalesce(Subquery(asked.values("total")), 0, output_field=BigIntegerField()),
        ordered=Coalesce(Subquery(ordered.values("total")), 0, output_field=BigIntegerField()),
    ).exclude(accepted_at__isnull=False, asked=F("amount_minor") + F("ordered"))
    return _standings({row.project_id: row for row in terms})


def prices_to_bill() -> dict[UUID, PriceStanding]:
    """Tell how the prices stand of which something could be billed: done and not billed, or held and released.

    Source: WP-10.
    """
    return {key: standing for key, standing in open_prices().items() if standing.is_billable}
