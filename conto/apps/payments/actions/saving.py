"""What customers have saved to be charged: agreed to, kept sealed, replaced and removed."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.crm.models import Customer
from conto.apps.payments.actions._lock import lock_money_of
from conto.apps.payments.models import Checkout, Collection, SavedMethod
from conto.apps.payments.sealed import TOKEN_COLUMN
from conto.apps.vault.sealing import seal, unseal
from conto.domain import facts
from conto.domain.collection import CONSENT_VERSION, CollectionState
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id

_LONGEST = {"brand": 40}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewlySaved:
    """What a gateway keeps for a customer, as it told us."""

    token: str = field(repr=False)
    brand: str
    last_four: str
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavingReport:
    """What a gateway says of a page on which something is saved."""

    state: str
    page_url: str = ""
    saved: NewlySaved | None = None


@transaction.atomic
def agree_to_save(
    *, customer: Customer, gateway: str, consent: str, actor: Actor, at: datetime, checkout: Checkout | None = None
) -> SavedMethod:
    """Note what a customer agreed to, word for word, before the gateway is asked for anything.

    Raises: RuleBroken `saving.not_agreed`.
    Source: CL-1.
    """
    del actor  # told with what is saved: until then there is nothing
    if not consent.strip():
        raise RuleBroken("saving.not_agreed", "A card is saved only where the customer agrees to it.")
    return SavedMethod.objects.create(
        id=new_id(), customer=customer, gateway=gateway, checkout=checkout, consent=consent,
        consent_version=CONSENT_VERSION, agreed_at=at, changed_at=at,
    )  # fmt: skip


@transaction.atomic
def record_saving(*, method_id: UUID, report: SavingReport, actor: Actor, at: datetime) -> SavedMethod:
    """Keep what a gateway says of a page on which something is saved, whatever the order in which it is told."""
    customer_id = SavedMethod.objects.values_list("customer_id", flat=True).get(id=method_id)
    lock_money_of([customer_id])
    method = SavedMethod.objects.select_for_update().get(id=method_id)
    if report.state == "succeeded" and report.saved is not None:
        keep_saved(method, report.saved, actor=actor, at=at)
        return method
    changed: dict[str, Any] = {"page_url": report.page_url or method.page_url}
    if report.state == "expired" and method.state == "wanted":
        changed["state"] = "failed"
    return _write(method, changed, at)


def keep_saved(method: SavedMethod, saved: NewlySaved, *, actor: Actor, at: datetime) -> None:
    """Keep what was saved, in the place of what the customer had there before. Call it under the customer's lock.

    What waits for another attempt is tried with it at once.

    Source: CL-2.
    """
    if method.state not in {"wanted", "failed"}:
        return  # told before, or removed since
    for before in SavedMethod.objects.filter(customer_id=method.customer_id, gateway=method.gateway, state="saved"):
        _remove(before, actor, at, replaced_by=saved.token)
    _write(method, {
        "state": "saved", "token_sealed": seal(saved.token, column=TOKEN_COLUMN, row_id=method.id),
        "brand": saved.brand[:_LONGEST["brand"]], "last_four": saved.last_four, "expires_on": saved.expires_on,
        "saved_at": at,
    }, at)  # fmt: skip
    told = facts.PaymentMethodSaved(
        subject_id=method.id, customer_id=method.customer_id, brand=method.brand, last_four=method.last_four,
        consent_version=method.consent_version,
    )  # fmt: skip
    audit.record(told, actor=actor, at=at)
    waiting = Collection.objects.filter(
        customer_id=method.customer_id, state=CollectionState.WAITING, attempts__gt=0, next_at__gt=at
    )
    waiting.update(next_at=at, changed_at=at)


@transaction.atomic
def remove_method(*, method: SavedMethod, actor: Actor, at: datetime) -> bool:
    """Charge what a customer has saved no more, and tell whether it was still there; the gateway is to hear of it.

    Source: CL-2.
    """
    lock_money_of([method.customer_id])
    kept = SavedMethod.objects.select_for_update().get(id=method.id)
    if kept.state != "saved":
        return False
    _remove(kept, actor, at)
    return True


def token_of(method: SavedMethod) -> str:
    """Return what the gateway charges; it goes to the gateway and nowhere else."""
    return unseal(method.token_sealed, column=TOKEN_COLUMN, row_id=method.id)


def _remove(method: SavedMethod, actor: Actor, at: datetime, *, replaced_by: str = "") -> None:
    changed: dict[str, Any] = {"state": "removed", "removed_at": at, "forget_at": at}
    if replaced_by and token_of(method) == replaced_by:  # a gateway that keeps a card once would forget the new one
        changed |= {"token_sealed": "", "forget_at": None}
    _write(method, changed, at)
    told = facts.PaymentMethodRemoved(
        subject_id=method.id, customer_id=method.customer_id, brand=method.brand, last_four=method.last_four,
        is_replaced=bool(replaced_by),
    )  # fmt: skip
    audit.record(told, actor=actor, at=at)


def _write(method: SavedMethod, changed: dict[str, Any], at: datetime) -> SavedMethod:
    for name, value in changed.items():
        setattr(method, name, value)
    method.changed_at = at
    method.save(update_fields=[*changed, "changed_at"])
    return method
