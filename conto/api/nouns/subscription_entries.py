"""What a program hands in to begin and to change a subscription."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from conto.api.fields import Day, Entry, Flag, Id, Number
from conto.api.nouns.plans import PlanItemEntry, PlanPrice
from conto.api.nouns.preview_entries import AtLeastOne
from conto.apps.subscriptions.entries import ChangeEntry
from conto.domain.period import Interval
from conto.domain.plan import MOST_TRIAL_DAYS
from conto.domain.subscription import ChangeKind, When

ItemKey = Annotated[str, Field(min_length=1, max_length=40, examples=["seats"])]
Quantities = Annotated[dict[str, Number], Field(description="By item key.", examples=[{"seats": "5"}], max_length=50)]
Prices = Annotated[
    dict[str, PlanPrice],
    Field(
        description="Other prices than those that are agreed, by item key.",
        examples=[{"seats": {"kind": "per_unit", "amount": "8"}}],
        max_length=50,
    ),
]
LastDay = Annotated[Day | None, Field(description="The last day; nothing: it goes on.", examples=[None])]
Collection = Annotated[
    Literal["send", "charge"],
    Field(description="Invoices are sent, or charged to what the customer has saved.", examples=["send"]),
]
Why = Annotated[str, Field(max_length=500, examples=["As they asked"])]


class SubscriptionEntry(Entry):
    """A new subscription to a plan as it is now; what is left out is as the plan has it."""

    customer_id: Id
    plan_id: Id
    starts_on: Day
    title: Annotated[str, Field(max_length=200, description="Empty: the name of the plan.")] = ""
    quantities: Quantities = {}
    prices: Prices = {}
    item_keys: Annotated[
        list[ItemKey] | None, Field(max_length=50, description="Only these items of the plan.", examples=[None])
    ] = None
    trial_days: Annotated[int | None, Field(ge=0, le=MOST_TRIAL_DAYS, examples=[14])] = None
    last_day: LastDay = None
    coupon_codes: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20, examples=[[]])] = []
    is_reviewed: Annotated[Flag, Field(description="Its invoices wait as drafts.", examples=[False])] = False
    bills_alone: Annotated[Flag, Field(description="Invoices of its own.", examples=[False])] = False
    collection: Collection = "send"
    owner_id: Annotated[UUID | None, Field(examples=[None])] = None
    deal_id: Annotated[UUID | None, Field(examples=[None])] = None


class SubscriptionHandling(Entry):
    """How a subscription is looked after; what is left out stays."""

    title: Annotated[str, Field(min_length=1, max_length=200, examples=["Team"])] = "-"
    owner_id: Annotated[UUID | None, Field(examples=[None])] = None
    is_reviewed: Flag = False
    bills_alone: Flag = False
    collection: Collection = "send"


class SubscriptionChangeEntry(Entry):
    """A change of a subscription (docs/rules/changes.md). Each kind reads the fields that it needs."""

    kind: Annotated[ChangeKind, Field(examples=["quantity"])]
    on: Annotated[Day | None, Field(description="From this local day; nothing: now.", examples=[None])] = None
    item: Annotated[str, Field(max_length=40, description="Key of the item.", examples=["seats"])] = ""
    quantity: Annotated[Number, Field(examples=["5"])] = Decimal(1)
    prices: Annotated[Prices, Field(examples=[{}])] = {}
    added: Annotated[PlanItemEntry | None, Field(description="The item to be added.", examples=[None])] = None
    when: Annotated[When | None, Field(description="Nothing: as the subscription has it.", examples=[None])] = None
    interval: Annotated[Interval | None, Field(examples=[None])] = None
    count: AtLeastOne = 1
    zone: Annotated[str, Field(max_length=60, description="IANA time zone.", examples=[""])] = ""
    last_day: Annotated[Day | None, Field(description="Up to which it is renewed.", examples=[None])] = None

    def entry(self, *, bills_end_day: bool) -> ChangeEntry:
        """Return the change as the actions take it."""
        return ChangeEntry(
            kind=self.kind.value, on=self.on, item=self.item, quantity=self.quantity, prices=written(self.prices),
            added=self.added.entry() if self.added else None, when=self.when.value if self.when else "",
            interval=self.interval.value if self.interval else "", count=self.count, zone=self.zone,
            ends_on=end_of(self.last_day, bills_end_day=bills_end_day),
        )  # fmt: skip


class SubscriptionChangeGiven(SubscriptionChangeEntry):
    """A change with its reason, done without a preview."""

    reason: Why = ""


class ConfirmedChange(Entry):
    """The token of a preview: exactly what was shown is done and billed."""

    token: Annotated[str, Field(min_length=1, max_length=20_000, examples=["eyJpZCI6…"])]
    reason: Why = ""


def end_of(last_day: date | None, *, bills_end_day: bool) -> date | None:
    """Return the end that the engine takes for a last day: the day after it, the last where that is billed anyway."""
    return last_day if last_day is None or bills_end_day else last_day + timedelta(days=1)


def written(prices: dict[str, PlanPrice]) -> dict[str, dict[str, Any]]:
    """Return prices as the rules read them."""
    return {key: price.written() for key, price in prices.items()}
