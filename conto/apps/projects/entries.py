"""What callers hand to the actions of projects, and what billing takes from them."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from conto.domain.period import Rhythm
from conto.domain.project import BilledLine, PriceBill, PriceMethod, PricePart, Share

if TYPE_CHECKING:
    from conto.apps.projects.models import Project

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProject:
    """What a project says from the start; what is left out is taken from the customer and the seller."""

    name: str
    currency: str = ""
    owner_id: UUID | None = None
    item_id: UUID | None = None  # an hour of it is the last resort for a rate
    deal_id: UUID | None = None
    quote_id: UUID | None = None
    budget_minor: int | None = None
    step_minutes: int = 1
    rate: Decimal | None = None  # what an hour costs from the first day on


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWork:
    """Time (with minutes) or an expense (with an amount) of a person."""

    member_id: UUID
    day: date
    minutes: int | None = None
    amount_minor: int | None = None
    markup_percent: Decimal = ZERO
    rate_class: str = "standard"
    note: str = ""
    is_billable: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """What billing took of a locked project: the lines, in their order."""

    project: "Project"
    lines: tuple[BilledLine, ...] = field(default_factory=tuple)
    until: date | None = None
    shares: tuple[Share, ...] = ()  # what the retainer covers of the same work


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrice:
    """What is agreed about the price of a project."""

    amount_minor: int
    agreed_by: str
    agreed_on: date
    method: PriceMethod = PriceMethod.MILESTONES
    retention_percent: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChangeOrder:
    """What a change order says: what it is about, by how much it raises or lowers the price, and who agreed."""

    title: str
    amount_minor: int
    agreed_by: str
    agreed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMilestone:
    """A part of the price: an amount, or a percentage of it."""

    name: str
    amount_minor: int | None = None
    percent: Decimal | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class TakenPrice:
    """What billing took of the price of a locked project: the bill and its lines, in their order."""

    project: "Project"
    bill: PriceBill
    parts: tuple[PricePart, ...]
    price_minor: int
    done_minor: int
    billed_minor: int  # before
    percent: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRetainer:
    """What is agreed of a retainer: the minutes of each period, for how many more they last, and an hour beyond."""

    minutes: int
    carry_periods: int = 0
    overage_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MadeDay:
    """An invoice that a repeating invoice made on a day of its rhythm."""

    repeat_id: UUID
    due_on: date
    document_id: UUID
    rhythm: Rhythm
