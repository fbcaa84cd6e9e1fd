"""Lists of subscriptions, one with its surroundings, and how each stands today."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.crm import queries as crm
from conto.apps.subscriptions.models import (
    MigrationRow,
    PrepaidCredit,
    PrepaidUse,
    SetAside,
    Subscription,
    SubscriptionChange,
    SubscriptionItem,
)
from conto.apps.subscriptions.queries.terms import change_of, definition_of, load_many
from conto.domain.permissions import Permission
from conto.domain.subscription import Standing, SubscriptionState, standing_on

StateFilter = Literal["all", "running", "scheduled", "ended", "set_aside"]
PAGE_SIZE = 50
_CUSTOMERS_SEARCHED = 50
_GOING = {SubscriptionState.TRIAL, SubscriptionState.ACTIVE, SubscriptionState.PAUSED}
_DAY = timedelta(days=1)
_OPEN_CREDITS = PrepaidCredit.objects.filter(subscription=OuterRef("id"), ended_on__isnull=True).order_by()
_OPEN_USES = PrepaidUse.objects.filter(credit__subscription=OuterRef("id"), credit__ended_on__isnull=True).order_by()
_GRANTED = _OPEN_CREDITS.values("subscription").annotate(sum=Sum("amount_minor")).values("sum")
_USED = _OPEN_USES.values("credit__subscription").annotate(sum=Sum("amount_minor")).values("sum")
_MINOR = BigIntegerField()
_PREPAID_LEFT = Coalesce(Subquery(_GRANTED, output_field=_MINOR), 0) - Coalesce(Subquery(_USED, output_field=_MINOR), 0)


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """One row of the list of subscriptions."""

    id: UUID
    number: str
    title: str
    customer_id: UUID
    customer_name: str
    currency: str
    starts_on: date
    next_bill_on: date | None
    collection: str
    standing: Standing
    prepaid_left_minor: int = 0  # told among the subscriptions of a customer


@dataclass(frozen=True, slots=True)
class SubscriptionPage:
    """A page of the list; `next_cursor` is empty on the last one."""

    rows: tuple[SubscriptionRow, ...]
    next_cursor: str


def visible_to(member: Member | None) -> QuerySet[Subscription]:
    """Return the subscriptions that a member may see, the latest made first.

    Source: V-3.
    """
    if member is None or not member.may(Permission.SUBSCRIPTION_VIEW):
        return Subscription.objects.none()
    seen = Subscription.objects.filter(crm.sight_of(member))
    return seen.select_related("customer").order_by("-made_at", "-id")


def subscription_for(member: Member | None, subscription_id: UUID) -> Subscription | None:
    """Return a subscription with its surroundings, or nothing when it is not visible."""
    around = ("customer", "legal_entity", "plan_version__plan", "deal", "quote", "owner", "made_by")
    return with_moves(visible_to(member)).select_related(*around).filter(id=subscription_id).first()


def with_moves(rows: QuerySet[Subscription]) -> QuerySet[Subscription]:
    """Return subscriptions that know whether they ever went over to another version, so that nothing more is asked."""
    moved = MigrationRow.objects.filter(subscription=OuterRef("id"), outcome="moved")
    return rows.annotate(has_moved=Exists(moved))


def changes_of(row: Subscription) -> list[SubscriptionChange]:
    """Return what happened to a subscription, the latest first."""
    return list(SubscriptionChange.objects.filter(subscription=row).select_related("made_by").order_by("-ordinal"))


def subscription_page(
    member: Member | None,
    *,
    today: date,
    state: StateFilter = "all",
    customer_id: UUID | None = None,
    plan_id: UUID | None = None,
    search: str = "",
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> SubscriptionPage:
    """Return a page of subscriptions, the latest made first, with a constant number of queries."""
    chosen = _in_state(visible_to(member), state, today).filter(_behind(cursor))
    if customer_id:
        chosen = chosen.filter(customer_id=customer_id)
    if plan_id:
        chosen = chosen.filter(plan_version__plan_id=plan_id)
    if search:
        named = [customer.id for customer in crm.find(member, search, limit=_CUSTOMERS_SEARCHED)]
        chosen = chosen.filter(
            Q(number__startswith=search.strip().upper()) | Q(title__icontains=search.strip()) | Q(customer_id__in=named)
        )
    found = list(chosen[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return SubscriptionPage(_rows(found[:limit], today), f"{last.made_at.isoformat()}~{last.id}" if last else "")


def of_customer(
    member: Member | None, customer_id: UUID, today: date, *, limit: int = 5
) -> tuple[SubscriptionRow, ...]:
    """Return the subscriptions of a customer that run or will, the latest made first, with what credit they have."""
    chosen = visible_to(member).filter(Q(final_on__isnull=True) | Q(final_on__gt=today), customer_id=customer_id)
    chosen = chosen.annotate(prepaid_left=_PREPAID_LEFT)
    return _rows(list(chosen[:limit]), today)


def ending(entity: LegalEntity, on: date, until: date) -> list[tuple[Subscription, date]]:
    """Return a seller's subscriptions whose agreed last day lies between two days, with that day.

    Those that were cancelled are not in it.

    Source: G-7.
    """
    rows = Subscription.objects.filter(
        legal_entity=entity, ends_on__isnull=False, final_on__gt=on, final_on__lte=until + _DAY, starts_on__lte=on
    )
    found = list(rows.select_related("customer__owner", "owner", "plan_version__plan").order_by("final_on", "id"))
    loaded = load_many(found)
    made = []
    for row in found:
        definition = loaded[row.id].definition
        standing, agreed = (standing_on(definition, changes, on) for changes in (loaded[row.id].changes, ()))
        ends_on, as_agreed = standing.ends_on, agreed.ends_on
        if standing.state in _GOING and ends_on is not None and as_agreed is not None and ends_on >= as_agreed:
            made.append((row, ends_on - _DAY))
    return made


def of_quotes(member: Member | None, quote_ids: Collection[UUID], today: date) -> tuple[SubscriptionRow, ...]:
    """Return the subscriptions that quotes began, of those that a member may see, in the order in which they began."""
    return _rows(visible_to(member).filter(quote_id__in=quote_ids).order_by("number"), today)


def of_deal(member: Member | None, deal_id: UUID, today: date, *, limit: int = 20) -> tuple[SubscriptionRow, ...]:
    """Return the subscriptions of a deal, of those that a member may see, the latest made first."""
    return _rows(list(visible_to(member).filter(deal_id=deal_id)[:limit]), today)


def begun_by(quote_id: UUID) -> list[Subscription]:
    """Return the subscriptions that a quote began, for its customer and for who was let in to the quote."""
    return list(Subscription.objects.filter(quote_id=quote_id).order_by("number"))


def _rows(found: Iterable[Subscription], today: date) -> tuple[SubscriptionRow, ...]:
    """Return rows with their standing, with two queries however many they are."""
    rows = list(found)
    items: dict[UUID, list[SubscriptionItem]] = {row.id: [] for row in rows}
    for item in SubscriptionItem.objects.filter(subscription_id__in=items).order_by("position"):
        items[item.subscription_id].append(item)
    changes: dict[UUID, list[SubscriptionChange]] = {row.id: [] for row in rows}
    for change in SubscriptionChange.objects.filter(subscription_id__in=changes).order_by("ordinal"):
        changes[change.subscription_id].append(change)
    return tuple(
        SubscriptionRow(
            id=row.id,
            number=row.number,
            title=row.title,
            customer_id=row.customer_id,
            customer_name=row.customer.name,
            currency=row.currency,
            starts_on=row.starts_on,
            next_bill_on=row.next_bill_on,
            collection=row.collection,
            standing=standing_on(
                definition_of(row, items[row.id]), [change_of(each, row.currency) for each in changes[row.id]], today
            ),
            prepaid_left_minor=getattr(row, "prepaid_left", 0),
        )
        for row in rows
    )


def _in_state(rows: QuerySet[Subscription], state: StateFilter, today: date) -> QuerySet[Subscription]:
    match state:
        case "running":
            return rows.filter(Q(final_on__isnull=True) | Q(final_on__gt=today), starts_on__lte=today)
        case "scheduled":
            return rows.filter(starts_on__gt=today)
        case "ended":
            return rows.filter(final_on__lte=today)
        case "set_aside":
            return rows.filter(Exists(SetAside.objects.filter(subscription=OuterRef("id"), solved_at__isnull=True)))
        case _:
            return rows


def _behind(cursor: str) -> Q:
    key, _, last_id = cursor.partition("~")
    try:
        behind = UUID(last_id)
        datetime.fromisoformat(key)
    except ValueError:
        return Q()
    return Q(made_at__lt=key) | Q(made_at=key, id__lt=behind)
