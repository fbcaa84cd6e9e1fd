"""What a billing run writes: whom it takes on, what was billed, what could not be, and how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from conto.apps.audit import actions as audit
from conto.apps.subscriptions.models import (
    BilledCharge,
    BilledLine,
    BillingRun,
    SetAside,
    Settlement,
    Subscription,
)
from conto.apps.subscriptions.queries.billed import LinePlace
from conto.apps.subscriptions.queries.terms import Loaded
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import local_day
from conto.domain.price import price_written
from conto.domain.price.kept import derivation_written
from conto.domain.subscription import Account, Billed, Charge, Invoice, Line

_DUE = """
SELECT DISTINCT customer_id FROM subscriptions_subscription
WHERE next_bill_on <= %(until)s AND customer_id > %(after)s ORDER BY customer_id LIMIT %(most)s
"""
_LOCK = "SELECT id FROM crm_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Subscriptions that are due, locked for this transaction; `last_customer` is where the next claim goes on."""

    rows: tuple[Subscription, ...]
    last_customer: UUID | None  # nothing: nobody is left


@dataclass(frozen=True, slots=True)
class Placed:
    """What was billed on one day, with the documents that it stands on and the places of its charges there."""

    invoice: Invoice
    document_ids: tuple[UUID, ...] = ()
    places: Mapping[tuple[Charge, int], LinePlace] | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A subscription that was billed up to a day: the state that the engine left, and when it is due again."""

    loaded: Loaded
    billed: Billed
    placed: tuple[Placed, ...]
    next_bill_on: date | None


def claim_due(*, at: datetime, most: int, after: UUID | None = None) -> Claimed:
    """Lock the next customers who have something due, with all their subscriptions that are, in the order of their ids.

    Customers whom another run has locked are left to it. A day is that of the subscription's own zone.

    Source: SB-3.
    """
    latest = at.date() + timedelta(days=1)  # somewhere it is tomorrow already
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"until": latest, "after": after or NOBODY, "most": most})
        customers = [row[0] for row in cursor.fetchall()]
        if not customers:
            return Claimed((), None)
        cursor.execute(_LOCK, [customers])
        locked = [row[0] for row in cursor.fetchall()]
    rows = Subscription.objects.filter(customer__in=locked, next_bill_on__lte=latest)
    found = rows.select_related("legal_entity", "customer").select_for_update(of=("self",)).order_by("customer", "id")
    due = tuple(row for row in found if row.next_bill_on and row.next_bill_on <= local_day(at, row.zone))
    return Claimed(due, customers[-1])


def record_settlements(*, settled: Sequence[Settled], actor: Actor, at: datetime, run_id: UUID | None = None) -> None:
    """Write what was billed of subscriptions, in the transaction that wrote their documents.

    With a constant number of statements. The database refuses a line that is billed twice, and a charge that is not
    the sum of its lines.

    Source: SB-3, SB-6.
    """
    settlements: list[Settlement] = []
    charges: list[BilledCharge] = []
    lines: list[BilledLine] = []
    noted: list[tuple[facts.Fact, datetime]] = []
    for each in settled:
        row = each.loaded.row
        changed, ids = _changed_charges(each)
        charges += changed
        for placed in each.placed:
            row.settled_count += 1
            settlement = Settlement(
                id=new_id(), subscription=row, ordinal=row.settled_count, settled_on=placed.invoice.on,
                net_minor=placed.invoice.net_minor, document_ids=list(placed.document_ids), run_id=run_id, made_at=at,
            )  # fmt: skip
            settlements.append(settlement)
            lines += [
                _line(line, ids[line.charge], settlement, (placed.places or {}).get((line.charge, line.number)))
                for line in placed.invoice.lines
            ]
            billed = facts.SubscriptionBilled(
                subject_id=row.id, customer_id=row.customer_id, number=row.number, settled_on=placed.invoice.on,
                net_minor=placed.invoice.net_minor, currency=row.currency,
            )  # fmt: skip
            noted.append((billed, at))
        row.settled_on = date.fromordinal(each.billed.settled_on) if each.billed.settled_on else None
        row.drawn = [[drawn.key, drawn.amount_minor] for drawn in each.billed.drawn]
        row.next_bill_on = each.next_bill_on
    Settlement.objects.bulk_create(settlements)
    BilledCharge.objects.bulk_create(
        charges,
        update_conflicts=True,
        unique_fields=["subscription", "item_key", "first_day", "price_version", "quantity_pico"],
        update_fields=[
            "gross_minor", "discount_minor", "fixed_minor", "starts_at", "ends_at", "period_ends_at", "left_minor",
            "line_count",
        ],
    )  # fmt: skip
    BilledLine.objects.bulk_create(lines)
    Subscription.objects.bulk_update(
        [each.loaded.row for each in settled], ["settled_on", "settled_count", "drawn", "next_bill_on"]
    )
    SetAside.objects.filter(subscription__in=[each.loaded.row.id for each in settled], solved_at__isnull=True).update(
        solved_at=at
    )
    audit.record_many(noted, actor=actor)


def set_aside(*, row: Subscription, refusal: RuleBroken, actor: Actor, at: datetime, run_id: UUID | None) -> None:
    """Note that a subscription could not be billed, and why; the next run tries it again.

    Source: SB-8.
    """
    known = {"run_id": run_id, "code": refusal.code, "params": _plain(refusal), "reason": refusal.message}
    changed = SetAside.objects.filter(subscription=row, solved_at__isnull=True)
    if changed.update(noted_at=at, **known):
        return
    SetAside.objects.create(id=new_id(), subscription=row, noted_at=at, **known)
    aside = facts.SubscriptionSetAside(
        subject_id=row.id, customer_id=row.customer_id, number=row.number, reason=refusal.code
    )
    audit.record(aside, actor=actor, at=at)


@transaction.atomic
def begin_run(*, actor: Actor, at: datetime) -> BillingRun:
    """Begin a billing run.

    Source: SB-8.
    """
    until = at.date()
    due = Subscription.objects.filter(next_bill_on__lte=until).count()
    row = BillingRun.objects.create(
        id=new_id(), until=until, started_at=at, started_by_id=actor.member_id, alive_at=at, due_count=due
    )
    audit.record(facts.BillingRunStarted(subject_id=row.id, until=until, due=due), actor=actor, at=at)
    return row


def note_progress(
    *, run_id: UUID, settled: int, aside: int, documents: int, totals_minor: Mapping[str, int], at: datetime
) -> None:
    """Add to a run what a chunk did, in the chunk's own transaction."""
    row = BillingRun.objects.select_for_update().get(id=run_id)
    totals = dict(row.totals_minor)
    for currency, amount_minor in totals_minor.items():
        totals[currency] = totals.get(currency, 0) + amount_minor
    BillingRun.objects.filter(id=run_id).update(
        settled_count=F("settled_count") + settled,
        aside_count=F("aside_count") + aside,
        document_count=F("document_count") + documents,
        totals_minor=totals,
        alive_at=at,
    )


@transaction.atomic
def end_run(*, run_id: UUID, actor: Actor, at: datetime) -> BillingRun:
    """End a run."""
    BillingRun.objects.filter(id=run_id, ended_at__isnull=True).update(ended_at=at, alive_at=at)
    row = BillingRun.objects.get(id=run_id)
    ended = facts.BillingRunEnded(
        subject_id=row.id, settled=row.settled_count, set_aside=row.aside_count, documents=row.document_count
    )
    audit.record(ended, actor=actor, at=at)
    return row


def _changed_charges(each: Settled) -> tuple[list[BilledCharge], dict[Charge, UUID]]:
    """Give the charges that billing changed, and the ids of all."""
    before, ids = each.loaded.billed.accounts, dict(each.loaded.charge_ids)
    rows = []
    for charge, account in each.billed.accounts.items():
        if before.get(charge) != account:
            ids.setdefault(charge, new_id())
            rows.append(_charge_row(each.loaded.row, ids[charge], charge, account))
    return rows, ids


def _charge_row(row: Subscription, key: UUID, charge: Charge, account: Account) -> BilledCharge:
    return BilledCharge(
        id=key, subscription=row, item_key=charge.item, first_day=date.fromordinal(charge.first_day),
        price_version=charge.version, quantity_pico=charge.quantity, price=price_written(account.price),
        kind=account.kind, gross_minor=account.gross_minor, discount_minor=account.discount_minor,
        fixed_minor=account.fixed_minor, starts_at=account.start, ends_at=account.end,
        period_ends_at=account.until, left_minor=account.lines, line_count=len(account.lines),
    )  # fmt: skip


def _line(line: Line, charge_id: UUID, settlement: Settlement, place: LinePlace | None) -> BilledLine:
    return BilledLine(
        charge_id=charge_id, number=line.number, settlement=settlement, starts_on=line.starts_on,
        ends_on=line.ends_on, gross_minor=line.gross_minor, discount_minor=line.discount_minor,
        document_id=place.document_id if place else None, position=place.position if place else None,
        credits=[list(each) for each in line.credits], why=derivation_written(line.why),
    )  # fmt: skip


def _plain(refusal: RuleBroken) -> dict[str, str]:
    return {name: str(value) for name, value in refusal.params.items() if isinstance(value, str | int)}
