"""Subscriptions begun, changed and looked after. What was agreed stays; what happens to it is appended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import IntegrityError, transaction

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import LegalEntity
from conto.apps.audit import actions as audit
from conto.apps.bulk.yearly_numbers import next_number
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Customer
from conto.apps.deals.models import Deal
from conto.apps.plans import queries as plans
from conto.apps.plans.actions import checked_items
from conto.apps.plans.entries import ItemEntry
from conto.apps.plans.models import PlanItem
from conto.apps.subscriptions.actions.recurring import move_recurring
from conto.apps.subscriptions.entries import ChangeEntry, NewSubscription
from conto.apps.subscriptions.models import Subscription, SubscriptionChange, SubscriptionCounter, SubscriptionItem
from conto.apps.subscriptions.models.subscriptions import COLLECTIONS
from conto.apps.subscriptions.queries.terms import Loaded, definition_of, load
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.numbering import NumberPattern
from conto.domain.period import Interval, day_begins, local_day
from conto.domain.plan import MOST_COUNT, MOST_ITEMS, MOST_TRIAL_DAYS, PlanTerms, checked_quantity
from conto.domain.price import price_from
from conto.domain.subscription import (
    Change,
    ChangeKind,
    Definition,
    When,
    check_change,
    fold,
    in_order,
    standing_on,
)
from conto.domain.subscription.written import change_written, coupon_written

HANDLED = frozenset({"owner_id", "title", "collection", "is_reviewed", "bills_alone"})
MOST_CHANGES = 1000
_LATEST_CHANGE = timedelta(days=3 * 366)
_EARLIEST_START = timedelta(days=5 * 366)
_LATEST_START = timedelta(days=5 * 366)
_PATTERN = NumberPattern("S", 5, yearly=True)
_OF_PLAN = (
    "interval", "count", "is_calendar_aligned", "proration", "downgrade", "keeps_anchor", "bills_changes_now",
    "bills_end_day", "commitment",
)  # fmt: skip
_OF_ITEM = (
    "key", "name", "item_id", "price", "quantity", "timing", "measure", "is_once", "ramp", "unit_code", "supply",
    "rate_class",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """A subscription that could be begun: its row and items, not stored yet, and what the engine takes."""

    row: Subscription
    items: tuple[SubscriptionItem, ...]
    definition: Definition


def terms_for(*, customer: Customer, new: NewSubscription, at: datetime) -> Terms:
    """Work out what a customer would subscribe to, without storing anything: for a preview, and to begin it.

    Raises: RuleBroken for terms, prices, quantities or coupons that cannot be; Conflict `plan.archived`.
    Source: SB-1.
    """
    version, plan = new.plan_version, new.plan_version.plan
    entity = new.quote.legal_entity if new.quote else accounts.legal_entities().first()
    if entity is None:
        raise RuleBroken("seller.missing", "Set up your business first.")
    if plan.archived_at is not None and not new.is_promised:
        raise Conflict("plan.archived", "This plan is archived. Offer it again first.")
    zone = _zone(new.zone or crm.billing_profile(customer).zone or entity.zone)
    today = local_day(at, zone)
    if not today - _EARLIEST_START <= new.starts_on <= today + _LATEST_START:
        raise RuleBroken("subscription.bad_start", "A subscription starts at most five years from today.")
    trial_days = version.trial_days if new.trial_days is None else new.trial_days
    if not 0 <= trial_days <= MOST_TRIAL_DAYS:
        raise RuleBroken("plan.bad_terms", "The rhythm or the trial of this plan is too long.")
    coupons = new.coupons
    if coupons is None:
        coupons = plans.given_coupons(
            new.coupon_codes, currency=plan.currency, today=today, starts_on=new.starts_on
        )  # fmt: skip
    row = Subscription(
        id=new_id(), legal_entity=entity, customer=customer, plan_version=version, deal=_deal(new, customer),
        quote=new.quote, owner_id=new.owner_id, title=_title(new.title or plan.name), currency=plan.currency,
        price_mode=plan.price_mode, zone=zone, starts_on=new.starts_on, ends_on=new.ends_on, anchor_on=new.anchor_on,
        trial_days=trial_days, is_reviewed=new.is_reviewed, bills_alone=new.bills_alone, made_at=at, changed_at=at,
        collection=_collection(new.collection),
        coupons=[coupon_written(each) for each in coupons],
        **{name: getattr(version, name) for name in _OF_PLAN},
    )  # fmt: skip
    items = _items(row, plans.items_of(version), new)
    definition = definition_of(row, items)
    row.final_on = _final_on(definition, ())
    row.next_bill_on = row.starts_on
    return Terms(row, items, definition)


@transaction.atomic
def subscribe(*, customer: Customer, new: NewSubscription, actor: Actor, at: datetime) -> Subscription:
    """Begin a subscription.

    Raises: as `terms_for`; Conflict `subscription.of_quote_exists` when the quote began it already.
    Source: SB-1.
    """
    terms = terms_for(customer=customer, new=new, at=at)
    row = terms.row
    row.owner_id = row.owner_id or actor.member_id
    row.made_by_id = actor.member_id
    row.number = _next_number(row.legal_entity, local_day(at, row.legal_entity.zone))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if new.quote is None:
            raise
        raise Conflict("subscription.of_quote_exists", "This quote has begun its subscription already.") from error
    SubscriptionItem.objects.bulk_create(terms.items)
    move_recurring(row=row, definition=terms.definition, changes=(), at=at)
    plan = new.plan_version.plan
    started = facts.SubscriptionStarted(
        subject_id=row.id,
        customer_id=customer.id,
        number=row.number,
        title=row.title,
        currency=row.currency,
        starts_on=row.starts_on,
        plan=f"{plan.code} v{new.plan_version.version}",
        quote=new.quote.number if new.quote else "",
    )
    audit.record(started, actor=actor, at=at)
    return row


def planned_change(
    *, loaded: Loaded, entry: ChangeEntry, at: datetime, key: UUID | None = None
) -> tuple[Change, ItemEntry | None]:
    """Work out a change without storing it, with the item that it adds.

    Raises: RuleBroken for what cannot be; Conflict where it makes no sense as the subscription stands.
    Source: SB-4.
    """
    row = loaded.row
    if len(loaded.changes) >= MOST_CHANGES:
        raise Conflict("subscription.too_many_changes", "This subscription changed too often. Begin a new one.")
    try:
        kind = ChangeKind(entry.kind)
        when = When(entry.when) if entry.when else None
        interval = Interval(entry.interval) if entry.interval else Interval(row.interval)
    except ValueError as error:
        raise RuleBroken("subscription.unknown_change", "There is no such change of a subscription.") from error
    if not 1 <= entry.count <= MOST_COUNT:
        raise RuleBroken("plan.bad_terms", "The rhythm or the trial of this plan is too long.")
    added = _added(loaded, entry) if kind is ChangeKind.ADD else None
    prices = {name: price_from(dict(price), row.currency) for name, price in entry.prices.items()}
    if kind in {ChangeKind.PRICE, ChangeKind.INTERVAL} and prices.keys() - loaded.items.keys():
        raise RuleBroken(
            "subscription.no_item",
            "This subscription has no item “%(item)s”.",
            item=min(prices.keys() - loaded.items.keys()),
        )
    if kind is ChangeKind.PRICE and not prices:
        raise RuleBroken("subscription.no_price", "Say which price is to change.")
    if entry.ends_on is not None and entry.ends_on <= local_day(at, row.zone) and kind is ChangeKind.RENEW:
        raise RuleBroken("subscription.ends_before_start", "A subscription does not end before it starts.")
    change = Change(
        str(key or new_id()),
        _instant(row, entry.on, at),
        kind,
        entry.item,
        tuple(sorted(prices.items())),
        checked_quantity(entry.quantity),
        None if added is None else plans.engine_items([added], row.currency)[0],
        when,
        interval,
        entry.count,
        _zone(entry.zone) if kind is ChangeKind.ZONE else "",
        entry.ends_on,
        at,
    )
    on = local_day(change.at, row.zone)
    check_change(standing_on(loaded.definition, loaded.changes, on), change)
    fold(loaded.definition, in_order([*loaded.changes, change]))  # refuses what the engine refuses
    return change, added


@transaction.atomic
def change_subscription(
    *,
    row: Subscription,
    change: Change,
    actor: Actor,
    at: datetime,
    added: ItemEntry | None = None,
    reason: str = "",
    expected_version: int | None = None,
) -> Subscription:
    """Append a change, as `planned_change` worked it out.

    Raises: Conflict `subscription.changed_meanwhile`.
    Source: SB-4.
    """
    subscription = locked(row, expected_version)
    loaded = load(subscription)
    ordinal = len(loaded.changes) + 1
    if added is not None and added.key not in loaded.items:
        SubscriptionItem.objects.create(
            id=new_id(),
            subscription=subscription,
            position=len(loaded.items) + 1,
            change_ordinal=ordinal,
            **{name: getattr(added, name) for name in _OF_ITEM},
        )
    SubscriptionChange.objects.create(
        id=UUID(change.key), subscription=subscription, ordinal=ordinal, kind=change.kind.value, takes_at=change.at,
        body=change_written(change), reason=reason.strip()[:500], made_by_id=actor.member_id, made_at=at,
    )  # fmt: skip
    today = local_day(at, subscription.zone)
    subscription.version += 1
    subscription.changed_at = at
    subscription.next_bill_on = min(subscription.next_bill_on or today, today)
    subscription.final_on = _final_on(loaded.definition, [*loaded.changes, change])
    subscription.save(update_fields=["version", "changed_at", "next_bill_on", "final_on"])
    move_recurring(row=subscription, definition=loaded.definition, changes=[*loaded.changes, change], at=at)
    changed = facts.SubscriptionChanged(
        subject_id=subscription.id,
        customer_id=subscription.customer_id,
        number=subscription.number,
        change=change.kind.value,
        takes_on=local_day(change.at, subscription.zone),
        item=change.item or (change.added.key if change.added else ""),
    )
    audit.record(changed, actor=actor, at=at)
    return subscription


@transaction.atomic
def change_handling(
    *,
    row: Subscription,
    changes: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Subscription:
    """Change how a subscription is looked after: owner, title, how its money comes, its invoices.

    How its money comes counts from the next invoice on; what was billed stays as it was.

    Raises: Conflict `subscription.changed_meanwhile`; RuleBroken `subscription.no_title`,
        `subscription.unknown_collection`.
    """
    subscription = locked(row, expected_version)
    if unknown := changes.keys() - HANDLED:
        raise TypeError(f"a subscription has no changeable field {sorted(unknown)}")
    checks = {"title": _title, "collection": _collection}
    wanted = {name: checks[name](value) if name in checks else value for name, value in changes.items()}
    noted = facts.changes_between({name: getattr(subscription, name) for name in wanted}, wanted)
    if not noted:
        return subscription
    for name, value in wanted.items():
        setattr(subscription, name, value)
    subscription.version += 1
    subscription.changed_at = at
    subscription.save(update_fields=[*wanted, "version", "changed_at"])
    handled = facts.SubscriptionHandled(
        subject_id=subscription.id, customer_id=subscription.customer_id, number=subscription.number, changes=noted
    )
    audit.record(handled, actor=actor, at=at)
    return subscription


def locked_many(rows: Sequence[Subscription]) -> list[Subscription]:
    """Lock subscriptions as `locked` does, with one query, and return them in the order of their customers."""
    found = Subscription.objects.filter(id__in=[row.id for row in rows]).select_related("legal_entity", "customer")
    return list(found.select_for_update(of=("self",)).order_by("customer", "id"))


def locked(row: Subscription, expected_version: int | None = None) -> Subscription:
    """Lock a subscription: whoever changes or bills it at the same moment waits.

    Raises: Conflict `subscription.changed_meanwhile`.
    """
    around = Subscription.objects.select_related("legal_entity", "customer")
    found = around.select_for_update(of=("self",)).get(id=row.id)
    if expected_version is not None and found.version != expected_version:
        raise Conflict(
            "subscription.changed_meanwhile", "Somebody else changed this subscription meanwhile. Look at it again."
        )
    return found


def _items(row: Subscription, agreed: Sequence[PlanItem], new: NewSubscription) -> tuple[SubscriptionItem, ...]:
    taken = plans.taken_items(
        agreed, row.currency, item_keys=new.item_keys, quantities=new.quantities, prices=new.prices
    )  # fmt: skip
    made = []
    for position, each in enumerate(taken, 1):
        known = {name: getattr(each.item, name) for name in _OF_ITEM}
        known |= {"quantity": each.quantity, "price": each.price, "ramp": each.ramp}
        made.append(SubscriptionItem(id=new_id(), subscription=row, position=position, **known))
    return tuple(made)


def _added(loaded: Loaded, entry: ChangeEntry) -> ItemEntry:
    """Give the item that a change adds, checked; one that was there before comes back as it was named."""
    if entry.added is None:
        raise RuleBroken("subscription.no_item", "This subscription has no item “%(item)s”.", item=entry.item)
    if len(loaded.items) >= MOST_ITEMS and entry.added.key not in loaded.items:
        raise RuleBroken("plan.too_many_items", "A plan has at most %(most)s items.", most=MOST_ITEMS)
    terms = PlanTerms(Interval(loaded.row.interval), loaded.row.count)
    return checked_items([entry.added], terms, loaded.row.currency)[0]


def _instant(row: Subscription, on: date | None, at: datetime) -> datetime:
    """Place a change: now, or where its local day begins."""
    today = local_day(at, row.zone)
    if on is None or on == today:
        return at
    if on < row.starts_on:
        raise RuleBroken("subscription.before_start", "A change comes after the start of the subscription.")
    if on - today > _LATEST_CHANGE:
        raise RuleBroken("subscription.too_far", "A change is at most three years ahead.")
    return day_begins(on, row.zone).astimezone(UTC)


def _deal(new: NewSubscription, customer: Customer) -> Deal | None:
    if new.deal_id is None:
        return None
    deal = Deal.objects.filter(id=new.deal_id, customer=customer).first()
    if deal is None:
        raise RuleBroken("contract.deal_of_another", "This deal belongs to another customer.")
    return deal


def _final_on(definition: Definition, changes: Sequence[Change]) -> date | None:
    line = fold(definition, in_order(changes))
    end = line.end_of_all()
    return None if end is None else date.fromordinal(line.day(end))


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RuleBroken("period.unknown_zone", "There is no time zone “%(zone)s”.", zone=name[:60]) from error
    return name


def _title(text: str) -> str:
    title = text.strip()[:200]
    if not title:
        raise RuleBroken("subscription.no_title", "Give the subscription a name.")
    return title


def _collection(name: str) -> str:
    if name not in COLLECTIONS:
        raise RuleBroken("subscription.unknown_collection", "An invoice is sent, or it is charged.")
    return name


def _next_number(entity: LegalEntity, today: date) -> str:
    return next_number(SubscriptionCounter, legal_entity_id=entity.id, year=today.year, pattern=_PATTERN)
