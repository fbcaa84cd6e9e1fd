"""Cards that gateways are to forget: each attempt noted before it is made, until one is confirmed or none helps."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.payments.actions.saving import token_of
from conto.apps.payments.models import SavedMethod
from conto.domain import facts
from conto.domain.collection import is_last_to_forget, pause_to_forget
from conto.domain.facts import Actor


@dataclass(frozen=True, slots=True)
class Forgetting:
    """What a gateway is told to forget now, for the how manieth time."""

    method_id: UUID
    gateway: str
    attempt: int
    token: str = field(repr=False)


@transaction.atomic
def begin_to_forget(*, at: datetime, method_id: UUID | None = None) -> Forgetting | None:
    """Note that a gateway is about to be told to forget a card: this one, or the next that is due; nothing for none.

    The next attempt is set before this one is made, so whoever is killed in between is followed by another.

    Source: CL-2.
    """
    due = SavedMethod.objects.select_for_update(skip_locked=True).filter(forget_at__lte=at)
    if method_id is not None:
        due = due.filter(id=method_id)
    method = due.order_by("forget_at", "id").first()
    if method is None:
        return None
    method.forget_attempts += 1
    method.forget_at = at + pause_to_forget(method.forget_attempts)
    method.save(update_fields=["forget_attempts", "forget_at"])
    return Forgetting(method.id, method.gateway, method.forget_attempts, token_of(method))


@transaction.atomic
def note_forgetting(*, told: Forgetting, is_confirmed: bool, actor: Actor, at: datetime) -> None:
    """Note whether a gateway confirmed that it forgot a card; after the last attempt it is told no more.

    Then the token is gone here too.

    Source: CL-2.
    """
    method = SavedMethod.objects.select_for_update().get(id=told.method_id)
    if method.forget_at is None or not (is_confirmed or is_last_to_forget(told.attempt)):
        return  # another worker was quicker, or it is told again later
    method.token_sealed, method.forget_at, method.changed_at = "", None, at
    method.forgotten_at = at if is_confirmed else None
    method.save(update_fields=["token_sealed", "forget_at", "forgotten_at", "changed_at"])
    kind = facts.PaymentMethodForgotten if is_confirmed else facts.PaymentMethodLeft
    noted = kind(
        subject_id=method.id, customer_id=method.customer_id, brand=method.brand, last_four=method.last_four,
        attempts=told.attempt,
    )  # fmt: skip
    audit.record(noted, actor=actor, at=at)
