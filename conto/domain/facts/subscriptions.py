"""Facts about subscriptions: what happened to them and what was billed. Prices stand in the subscription itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from conto.domain.facts.base import Changes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionStarted(Fact):
    """A customer has subscribed."""

    subject_kind: ClassVar[str] = "subscription"
    number: str
    title: str
    currency: str
    starts_on: date
    plan: str = ""  # its code and version
    quote: str = ""  # the number of the quote that made it


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChanged(Fact):
    """Something happens to a subscription: from a day on, another price or quantity, a pause, an end."""

    subject_kind: ClassVar[str] = "subscription"
    number: str
    change: str
    takes_on: date
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionHandled(Fact):
    """A subscription is looked after otherwise: owner, title, how its money is collected, who looks at its invoices."""

    subject_kind: ClassVar[str] = "subscription"
    number: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionBilled(Fact):
    """What was due of a subscription is on paper, before tax."""

    subject_kind: ClassVar[str] = "subscription"
    number: str
    settled_on: date
    net_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSetAside(Fact):
    """A subscription could not be billed; the others were."""

    subject_kind: ClassVar[str] = "subscription"
    number: str
    reason: str  # its code


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureOverridden(Fact):
    """A subscription lets its customer use a feature otherwise than its plan does, or as the plan again."""

    subject_kind: ClassVar[str] = "subscription"
    number: str
    key: str
    effect: str  # grant, refuse, as_plan
    limit: str  # as a number; empty: none
    until: date | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepaidGranted(Fact):
    """A subscription got credit that pays what is used, as a present or for money."""

    subject_kind: ClassVar[str] = "subscription"
    number: str
    amount_minor: int
    currency: str
    last_day: date | None
    is_sold: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepaidEnded(Fact):
    """Prepaid credit of a subscription ended: its last day is over, or somebody said so."""

    subject_kind: ClassVar[str] = "subscription"
    number: str
    ending: str  # lapsed, cancelled, paid_back
    left_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionMigrated(Fact):
    """A subscription goes over to another version of its plan, with its prices."""

    subject_kind: ClassVar[str] = "subscription"
    number: str
    plan: str  # its code
    from_version: int
    to_version: int
    counts_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMigrationStarted(Fact):
    """Subscriptions go over to another version of their plan together, as it was shown."""

    subject_kind: ClassVar[str] = "plan_migration"
    plan: str
    to_version: int
    subscriptions: int  # that are to go over


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMigrationEnded(Fact):
    """Subscriptions went over to another version of their plan together."""

    subject_kind: ClassVar[str] = "plan_migration"
    plan: str
    to_version: int
    moved: int
    changed: int  # that stayed because something had happened since it was shown


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingRunStarted(Fact):
    """A billing run began."""

    subject_kind: ClassVar[str] = "billing_run"
    until: date
    due: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingRunEnded(Fact):
    """A billing run is through."""

    subject_kind: ClassVar[str] = "billing_run"
    settled: int
    set_aside: int
    documents: int
