"""Change subscriptions: shown before it is done, and done as it was shown."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core import signing
from django.db import transaction

from conto.apps.bulk.retrying import retried
from conto.apps.subscriptions import actions, queries
from conto.apps.subscriptions.entries import ChangeEntry, entry_from, entry_written
from conto.apps.subscriptions.queries import Loaded
from conto.apps.usage import queries as usage
from conto.domain.errors import Conflict
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import local_day
from conto.domain.plan import next_invoices
from conto.domain.subscription import Change, Invoice, Standing, bill, standing_on
from conto.domain.subscription.written import change_written
from conto.flows import billing_run
from conto.flows.taxed_ahead import Taxed, taxed_ahead, taxed_now

if TYPE_CHECKING:
    from conto.apps.crm.models import Customer
    from conto.apps.plans.entries import ItemEntry
    from conto.apps.subscriptions.entries import NewSubscription
    from conto.apps.subscriptions.models import Subscription

GOOD_FOR = timedelta(hours=1)
MOST_INVOICES = 12
_SALT = "conto.subscription-change"


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What a change would bill: at once, and after that; `token` does exactly this."""

    change: Change
    before: Standing
    after: Standing
    now: tuple[Invoice, ...]
    next: tuple[Invoice, ...]
    token: str
    good_until: datetime
    now_taxed: tuple[Taxed | None, ...] = ()
    next_taxed: tuple[Taxed | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The next invoices, and what each will have to be paid with where that is known."""

    invoices: tuple[Invoice, ...]
    taxed: tuple[Taxed | None, ...]


def upcoming(loaded: Loaded, *, most: int = MOST_INVOICES) -> Upcoming:
    """Return the next invoices of a subscription, by what is known; what was billed of `loaded` is used up by it.

    Raises: RuleBroken where what was agreed cannot be billed.
    Source: SB-7, PL-6.
    """
    used = usage.events_of([loaded]).get(loaded.row.id, [])
    invoices = next_invoices(loaded.definition, loaded.changes, used, billed=loaded.billed, most=most)
    return Upcoming(invoices, taxed_ahead(loaded.row, loaded.items, invoices))


def upcoming_of_new(
    *, customer: "Customer", new: "NewSubscription", at: datetime, most: int = MOST_INVOICES
) -> Upcoming:
    """Return the first invoices of a subscription that nobody has begun yet.

    Raises: RuleBroken as when it is begun.
    Source: SB-7, PL-6.
    """
    terms = actions.terms_for(customer=customer, new=new, at=at)
    invoices = next_invoices(terms.definition, most=most)
    return Upcoming(invoices, taxed_ahead(terms.row, {each.key: each for each in terms.items}, invoices))


def preview_change(*, row: "Subscription", entry: ChangeEntry, at: datetime) -> ChangePreview:
    """Show what a change would bill, without storing it, and with which taxes.

    The token pins the instant, the prices and what was billed so far: whoever confirms it within the hour bills
    exactly what was shown, or is told that something has happened meanwhile.

    Raises: RuleBroken for what cannot be; Conflict where it makes no sense as the subscription stands.
    Source: SB-7.
    """
    shown, loaded, added = _previewed(row, entry, at)
    items = {**loaded.items, **({added.key: added} if added else {})}
    return replace(
        shown,
        now_taxed=taxed_now(row=row, change=shown.change, added=added, now=shown.now, at=at),
        next_taxed=taxed_ahead(row, items, shown.next),
    )


def _previewed(
    row: "Subscription", entry: ChangeEntry, at: datetime
) -> "tuple[ChangePreview, Loaded, ItemEntry | None]":
    loaded = queries.load(row)
    key = new_id()
    change, added = actions.planned_change(loaded=loaded, entry=entry, at=at, key=key)
    now, after = _billed_now(loaded, change, at)
    today = local_day(at, row.zone)
    on = max(today, local_day(change.at, row.zone))
    pinned = {
        "id": str(row.id),
        "version": row.version,
        "settled": row.settled_count,
        "at": at.isoformat(),
        "key": str(key),
        "change": _fingerprint(change),
        "bills": _sum_of(now),
        "entry": entry_written(entry),
    }
    shown = ChangePreview(
        change=change,
        before=standing_on(loaded.definition, loaded.changes, on),
        after=standing_on(loaded.definition, (*loaded.changes, change), on),
        now=now,
        next=after,
        token=signing.dumps(pinned, salt=_SALT, compress=True),
        good_until=at + GOOD_FOR,
    )
    return shown, loaded, added


def confirm_change(*, row: "Subscription", token: str, actor: Actor, at: datetime, reason: str = "") -> "Subscription":
    """Do what a preview showed: the change is stored and what is due at once is billed, in one transaction.

    Raises: Conflict `subscription.preview_stale` when it is too old or something has happened meanwhile.
    Source: SB-7.
    """

    def once() -> "Subscription":
        with transaction.atomic():
            locked = actions.locked(row)
            pinned = _pinned(token, locked, at)
            shown_at = datetime.fromisoformat(pinned["at"])
            loaded = queries.load(locked)
            change, added = actions.planned_change(
                loaded=loaded, entry=entry_from(pinned["entry"]), at=shown_at, key=UUID(pinned["key"])
            )
            now, _after = _billed_now(loaded, change, shown_at)
            if _fingerprint(change) != pinned["change"] or _sum_of(now) != pinned["bills"]:
                raise _stale()
            changed = actions.change_subscription(
                row=locked, change=change, added=added, actor=actor, at=at, reason=reason
            )
            billing_run.bill_now(row=changed, at=shown_at, made_at=at)
            return changed

    return retried(once)


def change_at_once(
    *, row: "Subscription", entry: ChangeEntry, actor: Actor, at: datetime, reason: str = ""
) -> "Subscription":
    """Change a subscription without a preview, for programs: stored and billed in one transaction.

    Raises: as `preview_change`.
    Source: SB-4.
    """
    shown, _loaded, _added = _previewed(row, entry, at)
    return confirm_change(row=row, token=shown.token, actor=actor, at=at, reason=reason)


def _billed_now(loaded: Loaded, change: Change, at: datetime) -> tuple[tuple[Invoice, ...], tuple[Invoice, ...]]:
    changes = (*loaded.changes, change)
    today = local_day(at, loaded.row.zone)
    used = usage.events_of([loaded], known_by=at).get(
        loaded.row.id, []
    )  # what arrives after the preview is billed next
    done = bill(loaded.definition, changes, used, until=today, billed=loaded.billed)
    return done.invoices, next_invoices(loaded.definition, changes, used, billed=done.billed, most=MOST_INVOICES)


def _pinned(token: str, row: "Subscription", at: datetime) -> dict[str, Any]:
    try:
        pinned: dict[str, Any] = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        raise Conflict("subscription.bad_token", "This is no preview of a change. Look at the change again.") from None
    if (
        pinned["id"] != str(row.id)
        or pinned["version"] != row.version
        or pinned["settled"] != row.settled_count
        or not timedelta(0) <= at - datetime.fromisoformat(pinned["at"]) <= GOOD_FOR
    ):
        raise _stale()
    return pinned


def _stale() -> Conflict:
    return Conflict(
        "subscription.preview_stale", "Something has happened since this was shown. Look at the change again."
    )


def _fingerprint(change: Change) -> str:
    return hashlib.sha256(json.dumps(change_written(change), sort_keys=True).encode()).hexdigest()


def _sum_of(invoices: Sequence[Invoice]) -> list[list[object]]:
    """Name every line with its amounts, so that nothing else can be billed under the same token."""
    return [
        [
            invoice.on.isoformat(),
            [[line.key, line.gross_minor, line.discount_minor] for line in invoice.lines],
            *([[each.key, each.amount_minor] for each in invoice.drawn],) * bool(invoice.drawn),
        ]
        for invoice in invoices
    ]
