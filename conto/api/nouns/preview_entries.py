"""What a program hands in to see a price or a subscription billed, and how that becomes what the rules take."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from conto.api.fields import Currency, Day, Entry, Flag, InstantGiven, Language, Minor, Number
from conto.domain.errors import RuleBroken
from conto.domain.period import Interval
from conto.domain.price import PrepaidCredit, Price, PriceKind, Tier
from conto.domain.subscription import (
    Aggregate,
    Change,
    ChangeKind,
    Coupon,
    Definition,
    Event,
    Item,
    Measure,
    Proration,
    RampStep,
    Timing,
    When,
)
from conto.domain.tax import TaxCategory

MOST_PERIODS = 200
_FIRST_YEAR, _LAST_YEAR = 1990, 2190
_DAYS = {Interval.DAY: 1, Interval.WEEK: 7, Interval.MONTH: 30, Interval.QUARTER: 90, Interval.HALF_YEAR: 180}


def _in_calendar(value: Any) -> Any:
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise PydanticCustomError("date_range", "Input should be between 1990 and 2190")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, LookupError) as error:
        raise PydanticCustomError("zone_type", "Input should be a time zone like Europe/Berlin") from error
    return value


PreviewDay = Annotated[Day, AfterValidator(_in_calendar)]
PreviewInstant = Annotated[InstantGiven, AfterValidator(_in_calendar)]
Zone = Annotated[
    str,
    AfterValidator(_zone),
    Field(min_length=1, max_length=60, description="IANA time zone.", examples=["Europe/Berlin"]),
]
Key = Annotated[str, Field(min_length=1, max_length=100, examples=["seats"])]
OptionalKey = Annotated[str, Field(max_length=100, examples=["seats"])]
Counted = Annotated[int, Field(ge=0, le=1000, examples=[1])]
AtLeastOne = Annotated[int, Field(ge=1, le=120, examples=[1])]


class PreviewTier(Entry):
    """Units up to and with `up_to` (null: all that are left), at a price each and a fee."""

    up_to: Annotated[Number | None, Field(examples=["10"])] = None
    unit_price: Number = Decimal(0)
    flat_fee: Number = Decimal(0)


class PreviewPrice(Entry):
    """One version of a price, in major units (docs/rules/prices.md)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "graduated",
                    "currency": "EUR",
                    "tiers": [
                        {"up_to": "10", "unit_price": "1", "flat_fee": "5"},
                        {"up_to": None, "unit_price": "0.5"},
                    ],
                }
            ]
        },
    )

    kind: PriceKind
    currency: Currency
    version: Annotated[str, Field(max_length=100, examples=["2027-1"])] = "1"
    amount: Annotated[Number, Field(description="Of a period, a unit, a package, or the fixed part.")] = Decimal(0)
    tiers: Annotated[list[PreviewTier], Field(max_length=100)] = []
    package_size: Number = Decimal(1)
    free_units: Number = Decimal(0)
    percent: Number = Decimal(0)
    least_each: Number | None = None
    most_each: Number | None = None
    minimum: Number = Decimal(0)
    cap: Number | None = None
    fee_without_use: Flag = False

    def price(self) -> Price:
        """Return the price that the rules take.

        Raises: RuleBroken as `check_price`.
        """
        given: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields if name != "tiers"}
        return Price(**given, tiers=tuple(Tier(each.up_to, each.unit_price, each.flat_fee) for each in self.tiers))


class PreviewMeasure(Entry):
    """Which events count, and how."""

    metric: Annotated[Key, Field(examples=["calls"])]
    aggregate: Aggregate = Aggregate.SUM
    field: Annotated[OptionalKey, Field(description="The property whose different values are counted.")] = ""
    where: Annotated[
        dict[str, list[str]], Field(max_length=10, description="Values by property.", examples=[{"region": ["eu"]}])
    ] = {}


class PreviewRamp(Entry):
    """The price after so many periods of the item."""

    after_periods: Counted
    price: PreviewPrice


class PreviewItem(Entry):
    """One thing that is billed again and again, or once; with a measure by what was used."""

    key: Key
    price: PreviewPrice
    quantity: Number = Decimal(1)
    timing: Timing = Timing.ADVANCE
    measure: PreviewMeasure | None = None
    is_once: Flag = False
    ramp: Annotated[list[PreviewRamp], Field(max_length=20)] = []

    def item(self) -> Item:
        """Return the item that the rules take."""
        measure = None
        if self.measure is not None:
            where = tuple((name, frozenset(allowed)) for name, allowed in self.measure.where.items())
            measure = Measure(self.measure.metric, self.measure.aggregate, self.measure.field, where)
        ramp = tuple(RampStep(each.after_periods, each.price.price()) for each in self.ramp)
        return Item(self.key, self.price.price(), self.quantity, self.timing, measure, self.is_once, ramp)


class PreviewCoupon(Entry):
    """A discount for some periods (null: for ever): a percentage, or an amount that counts once a period."""

    key: Annotated[Key, Field(examples=["SPRING"])]
    percent: Annotated[Number, Field(examples=["10"])] = Decimal(0)
    amount_minor: Annotated[Minor, Field(ge=0, examples=[0])] = 0
    items: Annotated[list[str] | None, Field(description="Null: all.", examples=[None])] = None
    periods: Annotated[int | None, Field(ge=1, le=1000, examples=[3])] = 1
    starts_on: PreviewDay | None = None


class PreviewPrepaid(Entry):
    """Money that was paid before it is used up."""

    key: Annotated[Key, Field(examples=["top-up"])]
    granted_on: PreviewDay
    left_minor: Annotated[Minor, Field(ge=0)]
    lapses_on: PreviewDay | None = None


class PreviewDefinition(Entry):
    """A subscription as it was agreed (docs/rules/changes.md)."""

    currency: Currency
    zone: Zone
    starts_on: PreviewDay
    items: Annotated[list[PreviewItem], Field(min_length=1, max_length=50)]
    interval: Interval = Interval.MONTH
    count: AtLeastOne = 1
    is_calendar_aligned: Flag = False
    anchor_on: PreviewDay | None = None
    trial_days: Counted = 0
    ends_on: PreviewDay | None = None
    proration: Proration = Proration.DAY
    downgrade: When = When.PERIOD_END
    keeps_anchor: Flag = False
    bills_changes_now: Flag = True
    bills_end_day: Flag = False
    commitment: Number = Decimal(0)
    coupons: Annotated[list[PreviewCoupon], Field(max_length=20)] = []
    prepaid: Annotated[list[PreviewPrepaid], Field(max_length=100)] = []

    def definition(self) -> Definition:
        """Return the definition that the rules take.

        Raises: RuleBroken.
        """
        made = {"items", "coupons", "prepaid"}
        given: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields if name not in made}
        return Definition(
            **given,
            items=tuple(each.item() for each in self.items),
            coupons=tuple(
                Coupon(
                    each.key, each.percent, each.amount_minor, None if each.items is None else frozenset(each.items),
                    each.periods, each.starts_on,
                )
                for each in self.coupons
            ),
            prepaid=tuple(
                PrepaidCredit(each.key, each.granted_on, each.left_minor, each.lapses_on) for each in self.prepaid
            ),
        )  # fmt: skip


class PreviewChange(Entry):
    """Something that happens to the subscription. Without `when`, an upgrade counts now and a downgrade as agreed."""

    key: Annotated[Key, Field(examples=["c1"])]
    at: Annotated[PreviewInstant, Field(examples=["2027-04-11T10:00:00Z"])]
    kind: ChangeKind
    item: OptionalKey = ""
    prices: Annotated[dict[str, PreviewPrice], Field(max_length=50, description="New prices by item.")] = {}
    quantity: Number = Decimal(1)
    added: PreviewItem | None = None
    when: When | None = None
    interval: Interval = Interval.MONTH
    count: AtLeastOne = 1
    zone: Zone | None = None
    ends_on: PreviewDay | None = None
    known_at: PreviewInstant | None = None

    def change(self) -> Change:
        """Return the change that the rules take.

        Raises: RuleBroken `subscription.no_zone`.
        """
        if self.kind is ChangeKind.ZONE and self.zone is None:
            raise RuleBroken("subscription.no_zone", "A change of zone names its zone.")
        return Change(
            self.key, self.at, self.kind, self.item, tuple((key, each.price()) for key, each in self.prices.items()),
            self.quantity, self.added.item() if self.added else None, self.when, self.interval, self.count,
            self.zone or "", self.ends_on, self.known_at,
        )  # fmt: skip


class PreviewEvent(Entry):
    """Something that was used. A higher revision of a key corrects it; without a value it is taken back."""

    key: Annotated[Key, Field(examples=["e1"])]
    metric: Annotated[Key, Field(examples=["calls"])]
    at: Annotated[PreviewInstant, Field(examples=["2027-04-09T10:00:00Z"])]
    value: Annotated[Number | None, Field(examples=["12"])] = Decimal(1)
    properties: Annotated[dict[str, str], Field(max_length=20, examples=[{"region": "eu"}])] = {}
    known_at: PreviewInstant | None = None
    revision: Counted = 0

    def event(self) -> Event:
        """Return the event that the rules take."""
        return Event(
            self.key, self.metric, self.at, self.value, tuple(self.properties.items()), self.known_at, self.revision
        )  # fmt: skip


_FLAT: Any = {"kind": "flat", "currency": "EUR", "version": "basic", "amount": "30"}
_HIGHER: Any = {"kind": "flat", "currency": "EUR", "version": "plus", "amount": "60"}
_CALLS: Any = {"kind": "per_unit", "currency": "EUR", "version": "calls", "amount": "0.01", "free_units": "100"}


class PreviewTax(Entry):
    """How a line is taxed (UNCL 5305)."""

    category: TaxCategory = TaxCategory.S
    rate: Annotated[Number, Field(examples=["19"])] = Decimal(0)


class PreviewSubscriptionEntry(Entry):
    """A subscription, what happens to it, what is used, and the day until which it is billed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "definition": {
                        "currency": "EUR",
                        "zone": "Europe/Berlin",
                        "starts_on": "2027-04-01",
                        "items": [
                            {"key": "base", "price": _FLAT},
                            {"key": "calls", "price": _CALLS, "measure": {"metric": "calls"}},
                        ],
                    },
                    "changes": [
                        {"key": "c1", "at": "2027-04-11T10:00:00Z", "kind": "price", "prices": {"base": _HIGHER}}
                    ],
                    "events": [{"key": "e1", "metric": "calls", "at": "2027-04-09T10:00:00Z", "value": "1250"}],
                    "until": "2027-05-01",
                    "language": "en",
                    "tax": {"category": "S", "rate": "19"},
                }
            ]
        },
    )

    definition: PreviewDefinition
    changes: Annotated[list[PreviewChange], Field(max_length=200)] = []
    events: Annotated[list[PreviewEvent], Field(max_length=1000)] = []
    until: PreviewDay
    language: Language = "en"
    price_mode: Literal["net", "gross"] = "net"
    tax: Annotated[PreviewTax | None, Field(description="Of every line; without it nothing is said of taxes.")] = None
    taxes: Annotated[dict[str, PreviewTax], Field(max_length=50, description="Of some items, by key, instead.")] = {}

    def check_size(self) -> None:
        """Refuse what would have too many periods for an answer at once.

        Raises: RuleBroken `preview.too_long`.
        """
        rhythms = [(self.definition.interval, self.definition.count)]
        rhythms += [(each.interval, each.count) for each in self.changes if each.kind is ChangeKind.INTERVAL]
        shortest = min(_DAYS.get(interval, 365) * count for interval, count in rhythms)
        if self.until - self.definition.starts_on > timedelta(days=shortest * MOST_PERIODS):
            raise RuleBroken(
                "preview.too_long", "A preview has at most %(most)s periods: ask for an earlier day.", most=MOST_PERIODS
            )
