"""Subscriptions: begun, changed after a look at what that bills, and what was and will be billed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Id, Instant, Minor
from conto.api.nouns.plans import Said, Written
from conto.api.nouns.subscription_entries import (
    Collection,
    ConfirmedChange,
    SubscriptionChangeEntry,
    SubscriptionChangeGiven,
    SubscriptionEntry,
    SubscriptionHandling,
    end_of,
    written,
)
from conto.api.nouns.subscription_invoices import (
    PreTax,
    SubscriptionInvoice,
    SubscriptionLine,
    UpcomingInvoices,
    invoices_of,
    last_day,
)
from conto.api.operations import Match, noun, reads, writes
from conto.api.reading import found, given, lock
from conto.apps.accounts import queries as accounts
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.apps.invoicing import queries as invoicing
from conto.apps.plans import queries as plans
from conto.apps.subscriptions import actions, queries
from conto.apps.subscriptions.entries import NewSubscription
from conto.apps.subscriptions.queries import StateFilter
from conto.domain.errors import RuleBroken
from conto.domain.period import local_day
from conto.domain.permissions import Permission
from conto.domain.price import describe, explain, plain_english, price_written
from conto.domain.subscription import ChangeKind, Standing, SubscriptionState, standing_on
from conto.domain.subscription.written import change_written
from conto.flows import change_subscription

router = noun("Subscriptions")
_VIEW, _EDIT = Permission.SUBSCRIPTION_VIEW, Permission.SUBSCRIPTION_EDIT
State = Annotated[
    str, Field(examples=["active"], json_schema_extra={"enum": [state.value for state in SubscriptionState]})
]
MonthlyMinor = Annotated[
    Minor, Field(description="What recurs, a month, before discounts, tax and use.", examples=[5900])
]
LastDay = Annotated[date | None, Field(description="The last day, as far as it is known.")]
NextBill = Annotated[date | None, Field(description="When something is due next.")]


@dataclass(frozen=True, slots=True)
class SubscriptionSummary:
    """A subscription in a list, as it stands today."""

    id: Id
    number: Annotated[str, Field(examples=["S-2026-00001"])]
    title: str
    customer_id: Id
    customer_name: str
    currency: Currency
    state: State
    starts_on: Day
    last_day: LastDay
    monthly_minor: MonthlyMinor
    next_bill_on: NextBill


@dataclass(frozen=True, slots=True)
class SubscriptionItem:
    """An item of a subscription, as it stands."""

    key: Annotated[str, Field(examples=["seats"])]
    name: str
    is_there: bool
    price: Written
    price_version: Annotated[str, Field(description="Fingerprint of the price.", examples=["5b7c7fff2b20"])]
    price_in_words: Said
    quantity: Decimal
    timing: Annotated[str, Field(examples=["advance"])]
    measure: dict[str, Any] | None
    is_once: bool
    item_id: UUID | None
    unit_code: Annotated[str, Field(examples=["C62"])]


@dataclass(frozen=True, slots=True)
class SubscriptionStanding:
    """How a subscription stands on a day."""

    state: State
    period_starts_on: Day
    period_last_day: Day
    trial_last_day: date | None
    last_day: LastDay
    monthly_minor: MonthlyMinor
    items: list[SubscriptionItem]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription: what was agreed, and how it stands today."""

    id: Id
    number: Annotated[str, Field(examples=["S-2026-00001"])]
    title: str
    version: Annotated[int, Field(examples=[1])]
    customer_id: Id
    plan_id: UUID | None
    plan_version: Annotated[int | None, Field(examples=[1], description="That it has today.")]
    deal_id: UUID | None
    renewal_deal_ids: Annotated[list[UUID], Field(description="Deals opened to renew it, the latest first.")]
    quote_id: UUID | None
    owner_id: UUID | None
    currency: Currency
    price_mode: Annotated[str, Field(examples=["net"])]
    zone: Annotated[str, Field(examples=["Europe/Berlin"])]
    starts_on: Day
    interval: Annotated[str, Field(examples=["month"])]
    count: int
    is_calendar_aligned: bool
    trial_days: int
    proration: Annotated[str, Field(examples=["day"])]
    downgrade: Annotated[str, Field(examples=["period_end"])]
    bills_changes_now: bool
    bills_end_day: bool
    commitment: Decimal
    coupon_codes: Annotated[list[str], Field(examples=[[]])]
    is_reviewed: bool
    bills_alone: bool
    collection: Collection
    next_bill_on: NextBill
    settled_on: Annotated[date | None, Field(description="Up to this day it is billed.")]
    set_aside: Annotated[str, Field(description="Why it could not be billed, in English; empty: it could.")]
    standing: SubscriptionStanding
    made_at: Instant
    changed_at: Instant


@dataclass(frozen=True, slots=True)
class SubscriptionSettlement:
    """A day on which something was billed, with the documents that it stands on; drafts until they are issued."""

    id: Id
    on: Day
    made_at: Instant
    net_minor: PreTax
    document_ids: Annotated[list[UUID], Field(description="Of those, whoever asks may see.")]
    lines: list[SubscriptionLine]


@dataclass(frozen=True, slots=True)
class SubscriptionChange:
    """Something that happened to a subscription, or will."""

    id: Id
    kind: ChangeKind
    takes_at: Instant
    takes_on: Day
    body: Annotated[dict[str, Any], Field(description="The whole change, as the rules read it.")]
    reason: str
    made_by: Annotated[str, Field(description="Name of the member; empty: Conto itself.")]
    made_at: Instant


@dataclass(frozen=True, slots=True)
class SubscriptionChangePreview:
    """What a change would bill, at once and next. The token does exactly this until `good_until`."""

    before: SubscriptionStanding
    after: SubscriptionStanding
    now: list[SubscriptionInvoice]
    next: list[SubscriptionInvoice]
    token: str
    good_until: datetime


class SubscriptionFilters(paging.Paged):
    """Which subscriptions a list shows."""

    state: StateFilter = "all"
    customer_id: UUID | None = None
    plan_id: UUID | None = None
    q: Annotated[str, Field(max_length=100, description="Number, title or customer.")] = ""


@reads(router, "/subscriptions", needs=_VIEW, gives=paging.Page[SubscriptionSummary])
def list_subscriptions(request: HttpRequest, filters: Query[SubscriptionFilters]) -> Any:
    """List subscriptions, the latest made first; `set_aside` are those that could not be billed."""
    caller = caller_of(request)
    page = queries.subscription_page(
        caller.member,
        today=caller.today,
        state=filters.state,
        customer_id=filters.customer_id,
        plan_id=filters.plan_id,
        search=filters.q.strip(),
        cursor=paging.read(filters.cursor, str)[0] if filters.cursor else "",
        limit=filters.limit,
    )
    rows = [
        SubscriptionSummary(
            row.id, row.number, row.title, row.customer_id, row.customer_name, row.currency,
            row.standing.state.value, row.starts_on, _before(row.standing.ends_on), row.standing.monthly_minor,
            row.next_bill_on,
        )
        for row in page.rows
    ]  # fmt: skip
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


@reads(router, "/subscriptions/{uuid:subscription_id}", needs=_VIEW, gives=Subscription, is_record=True)
def get_subscription(request: HttpRequest, subscription_id: UUID) -> Any:
    """Get a subscription as it stands today."""
    return _shape(request, subscription_id)


@reads(router, "/subscriptions/{uuid:subscription_id}/changes", needs=_VIEW, gives=list[SubscriptionChange])
def list_subscription_changes(request: HttpRequest, subscription_id: UUID) -> Any:
    """List what happened to a subscription, the latest first."""
    row = _record(request, subscription_id)
    return [
        SubscriptionChange(
            each.id, ChangeKind(each.kind), each.takes_at, local_day(each.takes_at, row.zone),
            change_written(queries.change_of(each, row.currency)), each.reason,
            each.made_by.name if each.made_by else "", each.made_at,
        )
        for each in queries.changes_of(row)
    ]  # fmt: skip


@reads(router, "/subscriptions/{uuid:subscription_id}/upcoming", needs=_VIEW, gives=UpcomingInvoices)
def list_upcoming_invoices(request: HttpRequest, subscription_id: UUID) -> Any:
    """List the next twelve invoices of a subscription with their taxes, and with what each line follows from."""
    row = _record(request, subscription_id)
    names = _names(queries.load(row).items)
    coming = change_subscription.upcoming(queries.load(row))
    return UpcomingInvoices(row.currency, invoices_of(coming.invoices, coming.taxed, names, row.title))


@reads(router, "/subscriptions/{uuid:subscription_id}/settlements", needs=_VIEW, gives=list[SubscriptionSettlement])
def list_settlements(request: HttpRequest, subscription_id: UUID) -> Any:
    """List the latest 24 days on which something of a subscription was billed, the latest first."""
    row, member = _record(request, subscription_id), caller_of(request).member
    names, speech = _names(queries.load(row).items), plain_english()
    settled = queries.settled_rows(row)
    ids = {key for each in settled for key in each.document_ids}
    seen: set[UUID] = set()
    if ids and member.may(Permission.INVOICE_VIEW):
        seen |= {*invoicing.documents(member).filter(id__in=ids).values_list("id", flat=True)}
        seen |= {*invoicing.drafts(member).filter(id__in=ids).values_list("id", flat=True)}
    return [
        SubscriptionSettlement(
            each.id, each.settled_on, each.made_at, each.net_minor, [key for key in each.document_ids if key in seen],
            [
                SubscriptionLine(
                    line.item_key, names.get(line.item_key, row.title), line.starts_on,
                    last_day(line.starts_on, line.ends_on), line.gross_minor, line.discount_minor,
                    line.gross_minor - line.discount_minor,
                    explain(line.why, speech, discount_minor=line.discount_minor),
                )
                for line in each.lines
            ],
        )
        for each in settled
    ]  # fmt: skip


@writes(router, "/subscriptions", needs=_EDIT, gives=Subscription, status=201)
def begin_subscription(request: HttpRequest, subscription: SubscriptionEntry) -> Any:
    """Begin a subscription of a customer to a plan; the next billing run bills what is due."""
    caller = caller_of(request)
    customer = found(crm.customer_for(caller.member, subscription.customer_id))
    new = _new(request, subscription)
    made = actions.subscribe(customer=customer, new=new, actor=caller.actor, at=caller.at)
    return _shape(request, made.id)


@writes(router, "/subscriptions/preview", needs=_EDIT, gives=UpcomingInvoices)
def preview_new_subscription(request: HttpRequest, subscription: SubscriptionEntry) -> Any:
    """Show the first twelve invoices of a subscription that nobody has begun; nothing is kept."""
    caller = caller_of(request)
    customer = found(crm.customer_for(caller.member, subscription.customer_id))
    new = _new(request, subscription)
    plan = new.plan_version.plan
    names = {each.key: each.name for each in plans.items_of(new.plan_version)}
    coming = change_subscription.upcoming_of_new(customer=customer, new=new, at=caller.at)
    return UpcomingInvoices(plan.currency, invoices_of(coming.invoices, coming.taxed, names, new.title or plan.name))


def _hold(request: HttpRequest, subscription_id: UUID) -> None:
    lock(queries.visible_to(caller_of(request).member), subscription_id)


@writes(
    router, "/subscriptions/{uuid:subscription_id}", method="PATCH", needs=_EDIT, gives=Subscription,
    match=Match(get_subscription, _hold),
)  # fmt: skip
def handle_subscription(request: HttpRequest, subscription_id: UUID, changes: SubscriptionHandling) -> Any:
    """Change how a subscription is looked after; what it bills is changed by its changes."""
    caller = caller_of(request)
    known = given(changes)
    if known.get("owner_id") is not None:
        found(accounts.member(known["owner_id"]))
    actions.change_handling(row=_record(request, subscription_id), changes=known, actor=caller.actor, at=caller.at)
    return _shape(request, subscription_id)


@writes(router, "/subscriptions/{uuid:subscription_id}/changes/preview", needs=_EDIT, gives=SubscriptionChangePreview)
def preview_subscription_change(request: HttpRequest, subscription_id: UUID, change: SubscriptionChangeEntry) -> Any:
    """Show what a change would bill at once and next, with taxes; nothing is kept. Confirm it with the token."""
    caller, row = caller_of(request), _record(request, subscription_id)
    entry = change.entry(bills_end_day=row.bills_end_day)
    shown = change_subscription.preview_change(row=row, entry=entry, at=caller.at)
    items: dict[str, Any] = dict(queries.load(row).items)
    names = _names(items)
    if entry.added is not None and shown.change.added is not None:
        items.setdefault(shown.change.added.key, entry.added)
        names.setdefault(shown.change.added.key, entry.added.name)
    return SubscriptionChangePreview(
        _standing(shown.before, items), _standing(shown.after, items),
        invoices_of(shown.now, shown.now_taxed, names, row.title),
        invoices_of(shown.next, shown.next_taxed, names, row.title), shown.token, shown.good_until,
    )  # fmt: skip


@writes(router, "/subscriptions/{uuid:subscription_id}/changes/confirm", needs=_EDIT, gives=Subscription)
def confirm_subscription_change(request: HttpRequest, subscription_id: UUID, confirmed: ConfirmedChange) -> Any:
    """Do what a preview showed and bill it, or answer 409 when something has happened since."""
    caller, row = caller_of(request), _record(request, subscription_id)
    change_subscription.confirm_change(
        row=row, token=confirmed.token, actor=caller.actor, at=caller.at, reason=confirmed.reason
    )
    return _shape(request, subscription_id)


@writes(
    router, "/subscriptions/{uuid:subscription_id}/changes", needs=_EDIT, gives=Subscription,
    match=Match(get_subscription, _hold),
)  # fmt: skip
def change_subscription_at_once(request: HttpRequest, subscription_id: UUID, change: SubscriptionChangeGiven) -> Any:
    """Change a subscription without a preview: it is stored, and what is due at once is billed."""
    caller, row = caller_of(request), _record(request, subscription_id)
    change_subscription.change_at_once(
        row=row, entry=change.entry(bills_end_day=row.bills_end_day), actor=caller.actor, at=caller.at,
        reason=change.reason,
    )  # fmt: skip
    return _shape(request, subscription_id)


def _new(request: HttpRequest, entry: SubscriptionEntry) -> NewSubscription:
    member = caller_of(request).member
    version = found(plans.version_for(found(plans.plan_for(member, entry.plan_id))))
    if entry.deal_id is not None:
        found(deals.deal_for(member, entry.deal_id))
    if entry.owner_id is not None:
        found(accounts.member(entry.owner_id))
    same = ("starts_on", "title", "quantities", "item_keys", "trial_days", "coupon_codes", "is_reviewed", "bills_alone",
            "collection", "owner_id", "deal_id")  # fmt: skip
    return NewSubscription(
        plan_version=version,
        prices=written(entry.prices),
        ends_on=end_of(entry.last_day, bills_end_day=version.bills_end_day),
        **{name: getattr(entry, name) for name in same},
    )


_SAME = (
    "id", "number", "title", "version", "customer_id", "owner_id", "currency", "price_mode", "zone",
    "starts_on", "interval", "count", "is_calendar_aligned", "trial_days", "proration", "downgrade",
    "bills_changes_now", "bills_end_day", "commitment", "is_reviewed", "bills_alone", "collection",
    "next_bill_on", "settled_on",
    "made_at", "changed_at",
)  # fmt: skip


def _record(request: HttpRequest, subscription_id: UUID) -> Any:
    return found(queries.subscription_for(caller_of(request).member, subscription_id))


def _shape(request: HttpRequest, subscription_id: UUID) -> Subscription:
    caller = caller_of(request)
    row = _record(request, subscription_id)
    loaded = queries.load(row)
    aside = queries.open_aside_of(row)
    held = queries.held_versions([row], {row.id: caller.today}).get(row.id)
    return Subscription(
        **{name: getattr(row, name) for name in _SAME},
        plan_id=held.version.plan_id if held else None,
        plan_version=held.version.version if held else None,
        deal_id=row.deal_id if deals.sees_deal(caller.member, row.deal_id) else None,
        renewal_deal_ids=[each.id for each in deals.renewals_of(caller.member, row.id)],
        quote_id=row.quote_id if caller.member.may(Permission.QUOTE_VIEW) else None,
        coupon_codes=[each.key for each in loaded.definition.coupons],
        set_aside=reason_of(aside) if aside else "",
        standing=_standing(standing_on(loaded.definition, loaded.changes, caller.today), loaded.items),
    )


def reason_of(aside: Any) -> str:
    """Return why something was set aside, in English."""
    return in_english(RuleBroken(aside.code, aside.reason, **aside.params))


def in_english(refusal: RuleBroken) -> str:
    """Return a refusal in English, without its code."""
    return str(refusal).rpartition(" [")[0]


def _standing(standing: Standing, items: Mapping[str, Any]) -> SubscriptionStanding:
    speech = plain_english()
    shown = []
    for each in standing.items:
        row = items.get(each.item.key)
        if row is None:
            continue
        shown.append(
            SubscriptionItem(
                each.item.key, row.name, each.is_there, price_written(each.price), each.price.version,
                describe(each.price, speech), each.quantity, row.timing, row.measure, row.is_once, row.item_id,
                row.unit_code,
            )
        )  # fmt: skip
    return SubscriptionStanding(
        standing.state.value, standing.period_starts_on, last_day(standing.period_starts_on, standing.period_ends_on),
        _before(standing.trial_ends_on), _before(standing.ends_on), standing.monthly_minor, shown,
    )  # fmt: skip


def _names(items: Mapping[str, Any]) -> dict[str, str]:
    return {key: row.name for key, row in items.items()}


def _before(day: date | None) -> date | None:
    return None if day is None else date.fromordinal(day.toordinal() - 1)
