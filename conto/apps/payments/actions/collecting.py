"""Invoices that are charged by themselves: begun once, one attempt at a time, and given over when nothing helps."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from conto.apps.audit import actions as audit
from conto.apps.invoicing.models import Document
from conto.apps.ledger import queries as ledger
from conto.apps.payments.actions._lock import lock_money_of
from conto.apps.payments.models import UNSETTLED_STATES, Charge, Checkout, Collection, SavedMethod
from conto.domain import facts
from conto.domain.collection import CollectionReason, CollectionState, after_failure, is_usable_on
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import day_begins, local_day

PAGE_OPEN_FOR = timedelta(minutes=30)
_S, _R = CollectionState, CollectionReason


@dataclass(frozen=True, slots=True)
class Step:
    """What became of an invoice whose turn it was; `checkout` where the gateway is to be asked now."""

    outcome: Literal["charge", "customer", "dropped", "later"]
    checkout: Checkout | None = None


def want_collection(*, wanted: Iterable[tuple[UUID, UUID]], at: datetime) -> None:
    """Note drafts or invoices, each with its customer, that are charged once they are issued; one query for all.

    Source: CL-3.
    """
    rows = [
        Collection(document_id=document_id, customer_id=customer_id, next_at=at, made_at=at, changed_at=at)
        for document_id, customer_id in wanted
    ]
    if rows:
        Collection.objects.bulk_create(rows, ignore_conflicts=True)


def begin_next(*, gateway: str, actor: Actor, at: datetime) -> Step | None:
    """Take the issued invoice whose turn it is, and begin to charge what is open of it; nothing when none is due.

    The attempt is committed before the gateway is asked; its id is the gateway's idempotency key.

    Source: CL-3.
    """
    issued = Exists(Document.objects.filter(id=OuterRef("document_id")))
    due = Collection.objects.filter(issued, state=_S.WAITING, next_at__lte=at).order_by("next_at", "document_id")
    candidate = due.values_list("document_id", "customer_id").first()
    if candidate is None:
        return None
    document_id, customer_id = candidate
    with transaction.atomic():
        lock_money_of([customer_id])
        row = Collection.objects.select_for_update().get(document_id=document_id)
        if row.state != _S.WAITING or row.next_at is None or row.next_at > at:
            return Step("later")  # another worker was quicker
        document = Document.objects.select_related("legal_entity").get(id=document_id)
        return _begin(row, document, gateway, actor, at)


def _begin(row: Collection, document: Document, gateway: str, actor: Actor, at: datetime) -> Step:
    today = local_day(at, document.legal_entity.zone)
    open_minor = ledger.open_minor(document.id) if document.kind != "credit_note" else 0
    if open_minor <= 0:
        _end(row, document, _S.DROPPED, _R.NOTHING_OPEN, actor, at)
        return Step("dropped")
    if _is_page_open(document.id, at):
        _write(row, {"next_at": at + PAGE_OPEN_FOR}, at)
        return Step("later")
    method = SavedMethod.objects.filter(customer_id=row.customer_id, gateway=gateway, state="saved").first()
    if method is None or not is_usable_on(method.expires_on, today):
        _end(row, document, _S.CUSTOMER, _R.UNUSABLE if method else _R.NO_METHOD, actor, at)
        return Step("customer")
    checkout = Checkout.objects.create(
        id=new_id(), document=document, customer_id=row.customer_id, gateway=gateway, amount_minor=open_minor,
        currency=document.currency, created_at=at, changed_at=at,
    )  # fmt: skip
    Charge.objects.create(
        checkout=checkout, document=document, method=method, attempt=row.attempts + 1, begun_at=at
    )  # fmt: skip
    changed = {"state": _S.TRYING, "attempts": row.attempts + 1, "first_on": row.first_on or today, "next_at": None}
    _write(row, changed, at)
    tried = facts.CollectionTried(
        subject_id=document.id, customer_id=row.customer_id, number=document.number, attempt=row.attempts,
        currency=checkout.currency, amount_minor=open_minor,
    )  # fmt: skip
    audit.record(tried, actor=actor, at=at)
    return Step("charge", checkout)


def note_charge(*, charge: Charge, checkout: Checkout, actor: Actor, at: datetime) -> None:
    """Note what became of a charge, as its checkout says; called with every report, under the customer's lock.

    Money that came in ends it whatever was heard before; a failure counts for the attempt that is under way only.

    Source: CL-4.
    """
    if checkout.state in UNSETTLED_STATES:
        return
    row = Collection.objects.select_for_update().get(document_id=charge.document_id)
    is_under_way = charge.ended_at is None
    if is_under_way:
        charge.ended_at = at
        charge.save(update_fields=["ended_at"])
    if checkout.state == "succeeded":
        if row.state != _S.COLLECTED and not _is_other_under_way(charge):
            _write(row, {"state": _S.COLLECTED, "reason": "", "failure": "", "next_at": None}, at)
        return
    if not is_under_way or row.state != _S.TRYING:
        return
    if checkout.state == "expired":  # nothing was asked of anybody: what is open now is looked at again
        _write(row, {"state": _S.WAITING, "next_at": at}, at)
        return
    document = Document.objects.select_related("legal_entity").get(id=charge.document_id)
    zone = document.legal_entity.zone
    today = local_day(at, zone)
    follows = after_failure(first_on=row.first_on or today, today=today, failure_code=checkout.failure_code)
    row.failure = checkout.failure or checkout.failure_code
    if follows.try_on is None:
        _end(row, document, _S.CUSTOMER, follows.reason, actor, at)
        return
    next_at = day_begins(follows.try_on, zone)
    _write(row, {"state": _S.WAITING, "reason": follows.reason, "failure": row.failure, "next_at": next_at}, at)


@transaction.atomic
def ask_to_collect(*, document: Document, gateway: str, actor: Actor, at: datetime) -> Collection:
    """Have an invoice charged now, as a member asked: the next of its attempts, or the first.

    Raises: RuleBroken `collection.nothing_open`, `collection.no_method`; Conflict `collection.under_way`.
    Source: CL-5.
    """
    lock_money_of([document.customer_id])
    if document.kind == "credit_note" or ledger.open_minor(document.id) <= 0:
        raise RuleBroken("collection.nothing_open", "Nothing is open of %(number)s.", number=document.number)
    if not SavedMethod.objects.filter(customer_id=document.customer_id, gateway=gateway, state="saved").exists():
        raise RuleBroken("collection.no_method", "The customer has saved no card that could be charged.")
    Collection.objects.bulk_create(
        [Collection(document_id=document.id, customer_id=document.customer_id, next_at=at, made_at=at, changed_at=at)],
        ignore_conflicts=True,
    )
    row = Collection.objects.select_for_update().get(document_id=document.id)
    if row.state == _S.TRYING:
        raise _under_way()
    _write(row, {"state": _S.WAITING, "next_at": at, "first_on": None, "told_at": None}, at)
    told = facts.CollectionAsked(subject_id=document.id, customer_id=document.customer_id, number=document.number)
    audit.record(told, actor=actor, at=at)
    return row


@transaction.atomic
def stop_collecting(*, document: Document, actor: Actor, at: datetime) -> Collection:
    """Charge an invoice no more, as when it is disputed; it is open as any other then.

    Raises: Conflict `collection.under_way`, `collection.not_waiting`.
    Source: CL-5.
    """
    lock_money_of([document.customer_id])
    row = Collection.objects.select_for_update().filter(document_id=document.id).first()
    if row is not None and row.state == _S.TRYING:
        raise _under_way()
    if row is None or row.state != _S.WAITING:
        raise Conflict("collection.not_waiting", "This invoice does not wait to be charged.")
    _end(row, document, _S.DROPPED, _R.STOPPED, actor, at)
    return row


def claim_untold(*, document_id: UUID) -> Collection | None:
    """Lock an invoice whose customer is to be told now; nothing when another worker has told it."""
    rows = Collection.objects.select_for_update().filter(document_id=document_id, told_at__isnull=True)
    return rows.filter(state=_S.CUSTOMER).first()


def note_told(*, document_id: UUID, failure: str, at: datetime) -> None:
    """Note that an invoice went to its customer to be paid by hand, or why it could not."""
    row = Collection.objects.select_for_update().get(document_id=document_id)
    _write(row, {"told_at": at, "failure": failure or row.failure}, at)


def _end(
    row: Collection, document: Document, state: CollectionState, reason: CollectionReason, actor: Actor, at: datetime
) -> None:
    _write(row, {"state": state, "reason": reason, "failure": row.failure, "next_at": None}, at)
    ended = facts.CollectionEnded(
        subject_id=document.id, customer_id=row.customer_id, number=document.number, state=state.value,
        reason=reason.value, attempts=row.attempts,
    )  # fmt: skip
    audit.record(ended, actor=actor, at=at)


def _is_page_open(document_id: UUID, at: datetime) -> bool:
    """Tell whether the customer pays on a page just now: then nothing is charged beside it."""
    pages = Checkout.objects.filter(document_id=document_id, charge__isnull=True, state__in=UNSETTLED_STATES)
    return pages.filter(state="pending").exists() or pages.filter(created_at__gt=at - PAGE_OPEN_FOR).exists()


def _is_other_under_way(charge: Charge) -> bool:
    others = Charge.objects.filter(document_id=charge.document_id, ended_at__isnull=True)
    return others.exclude(checkout_id=charge.checkout_id).exists()


def _write(row: Collection, changed: dict[str, Any], at: datetime) -> None:
    for name, value in changed.items():
        setattr(row, name, value[:300] if name == "failure" else value)
    row.changed_at = at
    row.save(update_fields=[*changed, "changed_at"])


def _under_way() -> Conflict:
    return Conflict("collection.under_way", "This invoice is being charged at the moment. Look again in a minute.")
