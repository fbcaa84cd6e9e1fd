"""Plans: what can be subscribed to, version by version; and coupons."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Entry, Flag, Id, Instant, Minor, Name, Number, Words
from conto.api.nouns.items import RateClass, Supply, Unit
from conto.api.nouns.preview_entries import AtLeastOne, Counted, OptionalKey, PreviewMeasure, PreviewTier
from conto.api.operations import noun, reads, writes
from conto.api.reading import found, given
from conto.apps.plans import actions, queries
from conto.apps.plans.entries import ItemEntry, NewCoupon, NewPlan
from conto.domain.entitlement import MOST_FEATURES, Feature
from conto.domain.period import Interval
from conto.domain.permissions import Permission
from conto.domain.plan import PlanTerms
from conto.domain.price import PriceKind, describe, plain_english, price_from
from conto.domain.price.written import number_written
from conto.domain.subscription import Proration, Timing, When

router = noun("Plans")
_VIEW, _EDIT = Permission.PLAN_VIEW, Permission.PLAN_EDIT
Code = Annotated[str, Field(min_length=1, max_length=40, examples=["PRO"])]
Said = Annotated[str, Field(description="In English.", examples=["EUR 29 for each period"])]
Written = Annotated[
    dict[str, Any], Field(description="As it is handed in.", examples=[{"kind": "flat", "amount": "29"}])
]


class PlanPrice(Entry):
    """A price in the currency of its plan (docs/rules/prices.md); its version is a fingerprint of what it says."""

    kind: Annotated[PriceKind, Field(examples=["flat"])]
    amount: Annotated[
        Number, Field(description="Of a period, a unit, a package, or the fixed part.", examples=["29"])
    ] = Decimal(0)
    tiers: Annotated[list[PreviewTier], Field(max_length=100, examples=[[]])] = []
    package_size: Annotated[Number, Field(examples=["1"])] = Decimal(1)
    free_units: Annotated[Number, Field(examples=["0"])] = Decimal(0)
    percent: Annotated[Number, Field(examples=["0"])] = Decimal(0)
    least_each: Annotated[Number | None, Field(examples=[None])] = None
    most_each: Annotated[Number | None, Field(examples=[None])] = None
    minimum: Annotated[Number, Field(examples=["0"])] = Decimal(0)
    cap: Annotated[Number | None, Field(examples=[None])] = None
    fee_without_use: Annotated[Flag, Field(examples=[False])] = False

    def written(self) -> dict[str, Any]:
        """Return the price as the rules read it."""
        known: dict[str, Any] = self.model_dump(exclude={"tiers"})
        known["tiers"] = [each.model_dump() for each in self.tiers]
        return {name: _plain(each) for name, each in known.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return number_written(value)
    return value.value if isinstance(value, PriceKind) else value


class PlanRamp(Entry):
    """The price after so many periods of the item."""

    after_periods: Counted
    price: PlanPrice


class PlanItemEntry(Entry):
    """One thing that the plan bills; without a key it gets one from its name."""

    name: Name
    key: Annotated[OptionalKey, Field(max_length=40, examples=["seats"])] = ""
    price: PlanPrice
    quantity: Annotated[Number, Field(description="That a subscription begins with.", examples=["1"])] = Decimal(1)
    timing: Timing = Timing.ADVANCE
    measure: Annotated[PreviewMeasure | None, Field(examples=[None])] = None
    is_once: Annotated[Flag, Field(examples=[False])] = False
    ramp: Annotated[list[PlanRamp], Field(max_length=20, examples=[[]])] = []
    item_id: Annotated[UUID | None, Field(description="Of the catalog.", examples=[None])] = None
    unit_code: Unit = "C62"
    supply: Supply = "services"
    rate_class: RateClass = "standard"

    def entry(self) -> ItemEntry:
        """Return the item as the actions take it."""
        return ItemEntry(
            name=self.name, key=self.key, price=self.price.written(), quantity=self.quantity,
            timing=self.timing.value, is_once=self.is_once, item_id=self.item_id,
            measure=self.measure.model_dump(mode="json") if self.measure else None,
            ramp=[{"after_periods": each.after_periods, "price": each.price.written()} for each in self.ramp],
            unit_code=self.unit_code, supply=self.supply, rate_class=self.rate_class,
        )  # fmt: skip


class PlanFeature(Entry):
    """Something that the plan lets its subscribers use, up to a limit where it has one."""

    key: Annotated[str, Field(min_length=1, max_length=40, examples=["api-calls"])]
    name: Name
    limit: Annotated[Number | None, Field(description="Nothing: as much as they like.", examples=["1000"])] = None
    unit: Annotated[str, Field(max_length=40, examples=["calls"])] = ""
    item: Annotated[
        str, Field(max_length=40, description="Key of a measured item whose use counts.", examples=["calls"])
    ] = ""


Features = Annotated[
    list[PlanFeature],
    Field(max_length=MOST_FEATURES, description="Nothing is billed by them.", examples=[[]]),
]
Items = Annotated[list[PlanItemEntry], Field(min_length=1, max_length=50)]


class PlanFields(Entry):
    """The terms of a plan, as the rules have them (docs/rules/changes.md)."""

    description: Words = ""
    interval: Interval = Interval.MONTH
    count: AtLeastOne = 1
    is_calendar_aligned: Annotated[Flag, Field(examples=[False])] = False
    trial_days: Annotated[Counted, Field(examples=[14])] = 0
    proration: Proration = Proration.DAY
    downgrade: When = When.PERIOD_END
    keeps_anchor: Annotated[Flag, Field(examples=[False])] = False
    bills_changes_now: Flag = True
    bills_end_day: Annotated[Flag, Field(examples=[False])] = False
    commitment: Annotated[Number, Field(examples=["0"])] = Decimal(0)
    features: Features = []


class PlanEntry(PlanFields):
    """A new plan. Code, currency and price mode stay."""

    code: Code
    name: Name
    currency: Currency
    price_mode: Literal["net", "gross"] = "net"
    items: Items


class PlanTermsChange(PlanFields):
    """What changes; what is left out stays. Terms and items make a new version."""

    name: Name = "-"
    items: Annotated[Items | None, Field(description="Replace all items.")] = None
    reason: Annotated[str, Field(max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One thing that a plan bills."""

    key: Annotated[str, Field(examples=["seats"])]
    name: str
    price: Written
    price_version: Annotated[str, Field(description="Fingerprint of the price.", examples=["5b7c7fff2b20"])]
    price_in_words: Said
    quantity: Decimal
    timing: Annotated[str, Field(examples=["advance"])]
    measure: dict[str, Any] | None
    is_once: bool
    ramp: list[dict[str, Any]]
    item_id: UUID | None
    unit_code: Annotated[str, Field(examples=["C62"])]
    supply: Annotated[str, Field(examples=["services"])]
    rate_class: Annotated[str, Field(examples=["standard"])]


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan, as it is now or in one of its versions."""

    id: Id
    code: str
    name: str
    description: str
    currency: Currency
    price_mode: Annotated[str, Field(examples=["net"])]
    version: Annotated[int, Field(examples=[1])]
    is_current: bool
    interval: Annotated[str, Field(examples=["month"])]
    count: int
    is_calendar_aligned: bool
    trial_days: int
    proration: Annotated[str, Field(examples=["day"])]
    downgrade: Annotated[str, Field(examples=["period_end"])]
    keeps_anchor: bool
    bills_changes_now: bool
    bills_end_day: bool
    commitment: Decimal
    features: Annotated[list[dict[str, Any]], Field(examples=[[{"key": "sso", "name": "Single sign-on"}]])]
    items: list[PlanItem]
    reason: Annotated[str, Field(description="Why there is this version.")]
    made_at: Instant
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Coupon:
    """A discount on subscriptions; what it means never changes."""

    id: Id
    code: str
    name: str
    percent: Decimal
    amount_minor: Annotated[Minor, Field(description="For each period.")]
    currency: str
    item_keys: Annotated[list[str] | None, Field(description="Null: all items.")]
    periods: Annotated[int | None, Field(description="Null: for ever.")]
    given_until: date | None
    made_at: Instant
    archived_at: datetime | None


class CouponEntry(Entry):
    """A new coupon: a percentage, or an amount for each period."""

    code: Annotated[Code, Field(examples=["SPRING"])]
    name: Annotated[str, Field(max_length=200)] = ""
    percent: Annotated[Number, Field(ge=0, le=100, examples=["10"])] = Decimal(0)
    amount_minor: Annotated[Minor, Field(ge=0, examples=[0])] = 0
    currency: Annotated[str, Field(pattern="^([A-Z]{3})?$", description="Of the amount.", examples=[""])] = ""
    item_keys: Annotated[list[str] | None, Field(min_length=1, max_length=50, examples=[None])] = None
    periods: Annotated[int | None, Field(ge=1, le=1000, examples=[3])] = 1
    given_until: Annotated[Day | None, Field(examples=[None])] = None


class PlanFilters(paging.Paged):
    """Which plans a list shows."""

    state: Literal["offered", "archived", "all"] = "offered"
    q: Annotated[str, Field(max_length=100, description="Name or code.")] = ""


class CouponFilters(paging.Paged):
    """Which coupons a list shows."""

    q: Annotated[str, Field(max_length=100, description="Name or code.")] = ""


_OF_PLAN = ("id", "code", "name", "description", "currency", "price_mode", "archived_at")
_OF_VERSION = (
    "version", "interval", "count", "is_calendar_aligned", "trial_days", "proration", "downgrade", "keeps_anchor",
    "bills_changes_now", "bills_end_day", "commitment", "features", "reason", "made_at",
)  # fmt: skip
_OF_ITEM = (
    "key", "name", "price", "quantity", "timing", "measure", "is_once", "ramp", "item_id", "unit_code", "supply",
    "rate_class",
)  # fmt: skip


@reads(router, "/plans", needs=_VIEW, gives=paging.Page[Plan])
def list_plans(request: HttpRequest, filters: Query[PlanFilters]) -> Any:
    """List plans by code, each as it is now."""
    page = queries.plan_page(
        caller_of(request).member,
        state=filters.state,
        search=filters.q.strip(),
        after=paging.read(filters.cursor, str)[0] if filters.cursor else "",
        limit=filters.limit,
    )
    rows = [_shape(row.plan, row.version, row.items) for row in page.rows]
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


@reads(router, "/plans/{uuid:plan_id}", needs=_VIEW, gives=Plan, is_record=True)
def get_plan(request: HttpRequest, plan_id: UUID) -> Any:
    """Get a plan as it is now."""
    return _current(request, plan_id)


@reads(router, "/plans/{uuid:plan_id}/versions", needs=_VIEW, gives=list[Plan])
def list_plan_versions(request: HttpRequest, plan_id: UUID) -> Any:
    """List all versions of a plan, the latest first."""
    plan = _record(request, plan_id)
    return [_shape(plan, version, queries.items_of(version)) for version in queries.versions_of(plan)]


@writes(router, "/plans", needs=_EDIT, gives=Plan, status=201)
def add_plan(request: HttpRequest, plan: PlanEntry) -> Any:
    """Add a plan with its first version."""
    caller = caller_of(request)
    names = ("code", "name", "currency", "description", "price_mode")
    new = NewPlan(**{name: getattr(plan, name) for name in names}, terms=_terms(plan))
    made = actions.add_plan(new=new, items=[each.entry() for each in plan.items], actor=caller.actor, at=caller.at)
    return _current(request, made.id)


@writes(router, "/plans/{uuid:plan_id}", method="PATCH", needs=_EDIT, gives=Plan)
def change_plan(request: HttpRequest, plan_id: UUID, changes: PlanTermsChange) -> Any:
    """Change a plan; terms and items that are another make a new version, which new subscriptions take."""
    caller, row = caller_of(request), _record(request, plan_id)
    known = given(changes, "items", "reason")
    names: dict[str, Any] = {name: known.pop(name) for name in ("name", "description") if name in known}
    terms = None
    if "features" in known:
        known["features"] = _features(changes)
    if known:
        terms = replace(queries.terms_of(found(queries.version_for(row))), **known)
    actions.change_plan(
        plan=row,
        changes=names,
        terms=terms,
        items=None if changes.items is None else [each.entry() for each in changes.items],
        reason=changes.reason,
        actor=caller.actor,
        at=caller.at,
    )
    return _current(request, plan_id)


@writes(router, "/plans/{uuid:plan_id}/archive", needs=_EDIT, gives=Plan)
def archive_plan(request: HttpRequest, plan_id: UUID) -> Any:
    """Offer a plan no longer; who subscribed to it keeps it."""
    caller = caller_of(request)
    actions.archive_plan(plan=_record(request, plan_id), actor=caller.actor, at=caller.at)
    return _current(request, plan_id)


@writes(router, "/plans/{uuid:plan_id}/restore", needs=_EDIT, gives=Plan)
def restore_plan(request: HttpRequest, plan_id: UUID) -> Any:
    """Offer an archived plan again."""
    caller = caller_of(request)
    actions.restore_plan(plan=_record(request, plan_id), actor=caller.actor, at=caller.at)
    return _current(request, plan_id)


@reads(router, "/coupons", needs=_VIEW, gives=paging.Page[Coupon])
def list_coupons(request: HttpRequest, filters: Query[CouponFilters]) -> Any:
    """List coupons by code, those that are given out no longer too."""
    after = paging.read(filters.cursor, str)[0] if filters.cursor else ""
    page = queries.coupon_page(caller_of(request).member, search=filters.q.strip(), after=after, limit=filters.limit)
    return paging.Page(
        [_coupon(row) for row in page.rows], paging.written([page.next_cursor]) if page.next_cursor else None
    )


@reads(router, "/coupons/{uuid:coupon_id}", needs=_VIEW, gives=Coupon, is_record=True)
def get_coupon(request: HttpRequest, coupon_id: UUID) -> Any:
    """Get a coupon."""
    return _coupon(found(queries.coupon_for(caller_of(request).member, coupon_id)))


@writes(router, "/coupons", needs=_EDIT, gives=Coupon, status=201)
def add_coupon(request: HttpRequest, coupon: CouponEntry) -> Any:
    """Add a coupon."""
    caller = caller_of(request)
    return _coupon(actions.add_coupon(new=NewCoupon(**coupon.model_dump()), actor=caller.actor, at=caller.at))


@writes(router, "/coupons/{uuid:coupon_id}/archive", needs=_EDIT, gives=Coupon)
def archive_coupon(request: HttpRequest, coupon_id: UUID) -> Any:
    """Give a coupon out no longer; who has it keeps it."""
    caller = caller_of(request)
    row = found(queries.coupon_for(caller.member, coupon_id))
    actions.archive_coupon(coupon=row, actor=caller.actor, at=caller.at)
    return _coupon(row)


def _terms(given_terms: PlanFields) -> PlanTerms:
    known = given_terms.model_dump(include={name for name in PlanFields.model_fields if name != "description"})
    return PlanTerms(**{**known, "features": _features(given_terms)})


def _features(given_terms: PlanFields) -> tuple[Feature, ...]:
    return tuple(Feature(each.key, each.name, each.limit, each.unit, each.item) for each in given_terms.features)


def _record(request: HttpRequest, plan_id: UUID) -> Any:
    return found(queries.plan_for(caller_of(request).member, plan_id))


def _current(request: HttpRequest, plan_id: UUID) -> Plan:
    plan = _record(request, plan_id)
    version = found(queries.version_for(plan))
    return _shape(plan, version, queries.items_of(version))


def _shape(plan: Any, version: Any, items: Any) -> Plan:
    return Plan(
        **{name: getattr(plan, name) for name in _OF_PLAN},
        **{name: getattr(version, name) for name in _OF_VERSION},
        is_current=version.version == plan.version,
        items=[_item(each, plan.currency) for each in items],
    )


def _item(row: Any, currency: str) -> PlanItem:
    price = price_from(row.price, currency)
    known = {name: getattr(row, name) for name in _OF_ITEM}
    return PlanItem(**known, price_version=price.version, price_in_words=describe(price, plain_english()))


def _coupon(row: Any) -> Coupon:
    return Coupon(**{name: getattr(row, name) for name in Coupon.__dataclass_fields__})
