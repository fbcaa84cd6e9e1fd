"""What a billing run writes: whom it takes on, what was billed, what could not be, and how far it is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from conto.apps.accounts.models import LegalEntity
from conto.apps.audit import actions as audit
from conto.apps.bulk import copy_rows
from conto.apps.bulk.behind import at_the_end
from conto.apps.bulk.composed import Composed, given, prepared_cursor
from conto.apps.ledger import actions as ledger
from conto.apps.subscriptions.actions.releasing import release_of
from conto.apps.subscriptions.models import (
    BilledCharge,
    BilledLine,
    BillingRun,
    PrepaidUse,
    SetAside,
    Settlement,
    Subscription,
)
from conto.apps.subscriptions.queries.billed import LinePlace
from conto.apps.subscriptions.queries.prepaid import drawn_sums
from conto.apps.subscriptions.queries.terms import Loaded
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import local_day
from conto.domain.price import Price, price_written
from conto.domain.price.explain import Derivation
from conto.domain.price.kept import derivation_written
from conto.domain.subscription import Account, Billed, Charge, Invoice, Line

_DUE = """
SELECT DISTINCT customer_id FROM subscriptions_subscription
WHERE next_bill_on <= %(until)s AND customer_id > %(after)s ORDER BY customer_id LIMIT %(most)s
"""
_LOCK = "SELECT id FROM crm_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
_PROCEED = """
UPDATE subscriptions_subscription s
SET settled_on = n.settled_on, settled_count = n.settled_count, drawn = n.drawn, next_bill_on = n.next_bill_on
FROM (SELECT id, settled_on, settled_count, drawn::jsonb, next_bill_on
    FROM unnest(%s::uuid[], %s::date[], %s::int[], %s::text[], %s::date[])
    given (id, settled_on, settled_count, drawn, next_bill_on)) n
WHERE s.id = n.id
"""
_SOLVE = """
UPDATE subscriptions_setaside SET solved_at = %s WHERE subscription_id = ANY(%s) AND solved_at IS NULL
"""
_REWRITE = """
UPDATE subscriptions_billedcharge
SET gross_minor = %s, discount_minor = %s, fixed_minor = %s, starts_at = %s, ends_at = %s, period_ends_at = %s,
    left_minor = %s, line_count = %s
WHERE id = %s
"""
_OF_SETTLEMENT = (
    "id", "subscription_id", "ordinal", "settled_on", "net_minor", "document_ids", "run_id", "made_at",
)  # fmt: skip
_OF_CHARGE = (
    "id", "subscription_id", "item_key", "first_day", "price_version", "quantity_pico", "price", "kind", "gross_minor",
    "discount_minor", "fixed_minor", "starts_at", "ends_at", "period_ends_at", "left_minor", "line_count",
)  # fmt: skip
_OF_LINE = (
    "charge_id", "number", "settlement_id", "starts_on", "ends_on", "gross_minor", "discount_minor", "document_id",
    "position", "credits", "why",
)  # fmt: skip
_AGAIN = """
UPDATE subscriptions_subscription s SET next_bill_on = asked.day
FROM unnest(%s::uuid[], %s::date[]) asked (id, day)
WHERE s.id = asked.id AND s.final_on <= asked.day AND (s.next_bill_on IS NULL OR s.next_bill_on > asked.day)
"""
_LOCKED = Composed(
    lambda: (
        Subscription.objects.filter(customer_id__one_of=given("customers"), next_bill_on__lte=given("until"))
        .select_for_update()
        .order_by("customer_id", "id")
    )
)
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Subscriptions that are due, locked for this transaction; `last_customer` is where the next claim goes on."""

    rows: tuple[Subscription, ...]
    last_customer: UUID | None  # nothing: nobody is left after these


@dataclass(frozen=True, slots=True)
class Placed:
    """What was billed on one day, with the documents that it stands on and the places of its charges there."""

    invoice: Invoice
    document_ids: tuple[UUID, ...] = ()
    places: Mapping[tuple[Charge, int], LinePlace] | None = None
    drawn: Mapping[UUID, LinePlace] | None = None  # where the paper says what was drawn, by credit


@dataclass(frozen=True, slots=True)
class Settled:
    """A subscription that was billed up to a day: the state that the engine left, and when it is due again."""

    loaded: Loaded
    billed: Billed
    placed: tuple[Placed, ...]
    next_bill_on: date | None


def claim_due(*, at: datetime, most: int, after: UUID | None = None, is_dry: bool = False) -> Claimed:
    """Lock the next customers who have something due, with all their subscriptions that are, in the order of their ids.

    Customers whom another run has locked are left to it. A dry run locks subscriptions alone: it leaves out nobody, and
    no run leaves out a customer because of it; each waits for the other's chunk. A day is that of the subscription's
    own zone.

    Source: SB-3.
    """
    latest = at.date() + timedelta(days=1)  # somewhere it is tomorrow already
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"until": latest, "after": after or NOBODY, "most": most})
        customers = [row[0] for row in cursor.fetchall()]
        if not customers:
            return Claimed((), None)
        locked = customers
        if not is_dry:
            cursor.execute(_LOCK, [customers])
            locked = [row[0] for row in cursor.fetchall()]
    found = _LOCKED(customers=locked, until=latest)
    due = tuple(row for row in found if row.next_bill_on and row.next_bill_on <= local_day(at, row.zone))
    sellers = LegalEntity.objects.in_bulk({row.legal_entity_id for row in due})
    for row in due:
        row.legal_entity = sellers[row.legal_entity_id]
    return Claimed(due, customers[-1] if len(customers) == most else None)


def record_settlements(*, settled: Sequence[Settled], actor: Actor, at: datetime, run_id: UUID | None = None) -> None:
    """Write what was billed of subscriptions, in the transaction that wrote their documents.

    With a constant number of statements, in a run just before its chunk is committed. The database refuses a line that
    is billed twice, and a charge that is not the sum of its lines.

    Raises: Conflict as `ledger.post_many` where prepaid credit is drawn.
    Source: SB-3, SB-6.
    """
    book = _Pages()
    for each in settled:
        _write(each, book, at, run_id)
    ids = [each.loaded.row.id for each in settled]
    if book.uses:  # what is drawn may be more than is left, and the run has to know
        _store(book, ids, actor, at)
    else:
        at_the_end(partial(_store, book, ids, actor, at))


def _store(book: "_Pages", ids: list[UUID], actor: Actor, at: datetime) -> None:
    copy_rows(Settlement, _OF_SETTLEMENT, book.settlements)
    copy_rows(BilledCharge, _OF_CHARGE, book.new_charges)
    _rewrite_charges(book.changed_charges)
    copy_rows(BilledLine, _OF_LINE, book.lines)
    if book.uses:
        PrepaidUse.objects.bulk_create(book.uses)
        ledger.post_many(book.released)
    with prepared_cursor() as cursor:
        cursor.execute(_PROCEED, [list(column) for column in zip(*book.rows, strict=True)] or [[]] * 5)
        cursor.execute(_SOLVE, [at, ids])
    audit.record_many(book.told, actor=actor)


@dataclass(slots=True)
class _Pages:
    """Rows to be written, in the order of the columns below."""

    settlements: list[tuple[Any, ...]] = field(default_factory=list)
    new_charges: list[tuple[Any, ...]] = field(default_factory=list)
    changed_charges: list[tuple[UUID, Charge, Account]] = field(default_factory=list)
    lines: list[tuple[Any, ...]] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    told: list[tuple[facts.Fact, datetime]] = field(default_factory=list)
    uses: list[PrepaidUse] = field(default_factory=list)
    released: list[ledger.NewEntry] = field(default_factory=list)


def _write(each: Settled, book: _Pages, at: datetime, run_id: UUID | None) -> None:
    row, before, ids = each.loaded.row, each.loaded.billed.accounts, dict(each.loaded.charge_ids)
    used = drawn_sums(each.loaded.billed.drawn)
    for charge, account in each.billed.accounts.items():
        if before.get(charge) == account:
            continue
        if charge in ids:
            book.changed_charges.append((ids[charge], charge, account))
            continue
        ids[charge] = new_id()
        book.new_charges.append(_charge_row(row, ids[charge], charge, account))
    for placed in each.placed:
        row.settled_count += 1
        settlement_id, invoice = new_id(), placed.invoice
        book.settlements.append(
            (
                settlement_id, row.id, row.settled_count, invoice.on, invoice.net_minor, list(placed.document_ids),
                run_id, at,
            )
        )  # fmt: skip
        places = placed.places or {}
        book.lines += [
            _line_row(line, ids[line.charge], settlement_id, places.get((line.charge, line.number)))
            for line in invoice.lines
        ]
        for drawn in invoice.drawn:
            place = (placed.drawn or {})[UUID(drawn.key)]
            credit, before_minor = each.loaded.prepaid[UUID(drawn.key)], used.get(drawn.key, 0)
            use = PrepaidUse(
                id=new_id(), credit=credit, settlement_id=settlement_id, amount_minor=drawn.amount_minor,
                document_id=place.document_id, position=place.position, made_at=at,
            )  # fmt: skip
            book.uses.append(use)
            used[drawn.key] = before_minor + drawn.amount_minor
            book.released += release_of(credit, row, before_minor, used[drawn.key], subject_id=use.id, at=at)
        billed = facts.SubscriptionBilled(
            subject_id=row.id, customer_id=row.customer_id, number=row.number, settled_on=invoice.on,
            net_minor=invoice.net_minor, currency=row.currency,
        )  # fmt: skip
        book.told.append((billed, at))
    row.settled_on = date.fromordinal(each.billed.settled_on) if each.billed.settled_on else None
    row.drawn = [[drawn.key, drawn.amount_minor] for drawn in each.billed.drawn]
    row.next_bill_on = each.next_bill_on
    book.rows.append((row.id, row.settled_on, row.settled_count, _json(row.drawn).decode(), row.next_bill_on))


def _rewrite_charges(changed: Sequence[tuple[UUID, Charge, Account]]) -> None:
    if not changed:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            _REWRITE,
            [
                (
                    account.gross_minor, account.discount_minor, json.dumps(account.fixed_minor), account.start,
                    account.end, account.until, account.lines, len(account.lines), charge_id,
                )
                for charge_id, _charge, account in changed
            ],
        )  # fmt: skip


def bill_again(*, days: Mapping[UUID, date]) -> None:
    """Make subscriptions that are over due once more, each on its day; for others the days stay as they are.

    Source: SB-3, U-12.
    """
    if not days:
        return
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN, [list(days), list(days.values())])


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


def _json(value: dict[str, Any] | list[Any]) -> bytes:
    """Write a value; most of them are empty, and need not be written anew each time."""
    return json.dumps(value).encode() if value else b"{}" if isinstance(value, dict) else b"[]"


@lru_cache(4096)
def _price_text(price: Price) -> bytes:
    return json.dumps(price_written(price)).encode()


@lru_cache(4096)  # customers who pay the same for the same, pay it for the same reason
def _why_text(why: Derivation) -> bytes:
    return json.dumps(derivation_written(why)).encode()


def _charge_row(row: Subscription, key: UUID, charge: Charge, account: Account) -> tuple[Any, ...]:
    return (
        key, row.id, charge.item, date.fromordinal(charge.first_day), charge.version, Decimal(charge.quantity),
        _price_text(account.price), account.kind, account.gross_minor, account.discount_minor,
        _json(account.fixed_minor), account.start, account.end, account.until, account.lines, len(account.lines),
    )  # fmt: skip


def _line_row(line: Line, charge_id: UUID, settlement_id: UUID, place: LinePlace | None) -> tuple[Any, ...]:
    return (
        charge_id, line.number, settlement_id, line.starts_on, line.ends_on, line.gross_minor, line.discount_minor,
        place.document_id if place else None, place.position if place else None,
        _json([list(each) for each in line.credits]), _why_text(line.why),
    )  # fmt: skip


def _plain(refusal: RuleBroken) -> dict[str, str]:
    return {name: str(value) for name, value in refusal.params.items() if isinstance(value, str | int)}
