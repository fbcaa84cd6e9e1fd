"""Say which programs elsewhere are told facts."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from conto.apps.audit import actions as audit
from conto.apps.integrations.actions.relaying import READER
from conto.apps.integrations.actions.waking import wake_the_sender
from conto.apps.integrations.models import WebhookEndpoint
from conto.apps.integrations.sealed import PREVIOUS_SECRET, SECRET
from conto.apps.vault.sealing import seal, unseal
from conto.domain import facts, webhooks
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.targets import read_target

MOST_ENDPOINTS = 50
LONGEST_DESCRIPTION = 200


@dataclass(frozen=True, slots=True)
class MadeEndpoint:
    """An endpoint with its fresh secret, which is shown once and stored sealed."""

    endpoint: WebhookEndpoint
    secret: str = field(repr=False)


@transaction.atomic
def add_endpoint(*, url: str, description: str, types: Iterable[str], actor: Actor, at: datetime) -> MadeEndpoint:
    """Tell facts to one more address from now on: those of the named types, or all.

    Raises: RuleBroken `target.…` for an address that is not asked, `webhook.unknown_type`, `webhook.too_many`.
    """
    if WebhookEndpoint.objects.count() >= MOST_ENDPOINTS:
        raise RuleBroken("webhook.too_many", "At most %(most)s endpoints can be told.", most=MOST_ENDPOINTS)
    row = WebhookEndpoint(
        id=new_id(),
        member_id=actor.member_id,
        url=_checked(url),
        description=_described(description),
        kinds=list(webhooks.kinds_of(types)),
        added_at=at,
        told_from=new_id(),
    )
    secret = webhooks.secret_text(os.urandom(webhooks.SECRET_BYTES))
    row.secret_sealed = seal(secret, column=SECRET, row_id=row.id)
    row.save(force_insert=True)
    audit.begin_to_read(READER)
    fact = facts.WebhookEndpointAdded(subject_id=row.id, url=row.url, kinds=tuple(row.kinds))
    audit.record(fact, actor=actor, at=at)
    return MadeEndpoint(row, secret)


@transaction.atomic
def change_endpoint(
    *, endpoint_id: UUID, url: str, description: str, types: Iterable[str], actor: Actor, at: datetime
) -> WebhookEndpoint:
    """Change where and what an endpoint is told; a new address begins without the old one's failures.

    Raises: RuleBroken as for a new one.
    """
    row = locked(endpoint_id)
    before = {"url": row.url, "description": row.description, "kinds": row.kinds}
    row.url, row.description = _checked(url), _described(description)
    row.kinds = list(webhooks.kinds_of(types))
    changes = facts.changes_between(before, {"url": row.url, "description": row.description, "kinds": row.kinds})
    if changes:
        if "url" in changes:
            row.failures, row.failing_since, row.quiet_until = 0, None, None
        row.save()
        _note(row, changes, actor=actor, at=at)
    return row


@transaction.atomic
def rotate_secret(*, endpoint_id: UUID, actor: Actor, at: datetime) -> MadeEndpoint:
    """Give an endpoint a new secret; the old one signs too for a day, so that the receiver can change over."""
    row = locked(endpoint_id)
    old = unseal(row.secret_sealed, column=SECRET, row_id=row.id)
    secret = webhooks.secret_text(os.urandom(webhooks.SECRET_BYTES))
    row.previous_secret_sealed = seal(old, column=PREVIOUS_SECRET, row_id=row.id)
    row.previous_until = at + webhooks.ROTATION
    row.secret_sealed = seal(secret, column=SECRET, row_id=row.id)
    row.save()
    audit.record(facts.WebhookSecretRotated(subject_id=row.id, url=row.url), actor=actor, at=at)
    return MadeEndpoint(row, secret)


@transaction.atomic
def disable_endpoint(*, endpoint_id: UUID, actor: Actor, at: datetime) -> WebhookEndpoint:
    """Tell an endpoint nothing for now; what waits for it is kept, what happens meanwhile is not told."""
    row = locked(endpoint_id)
    if row.is_enabled:
        row.disabled_at, row.disabled_reason = at, "by_hand"
        row.save()
        _note(row, {"is_enabled": [True, False]}, actor=actor, at=at)
    return row


@transaction.atomic
def enable_endpoint(*, endpoint_id: UUID, actor: Actor, at: datetime) -> WebhookEndpoint:
    """Tell an endpoint facts again, what still waits for it first."""
    row = locked(endpoint_id)
    if not row.is_enabled:
        row.disabled_at, row.disabled_reason, row.told_from = None, "", new_id()
        row.failures, row.failing_since, row.quiet_until = 0, None, None
        row.save()
        _note(row, {"is_enabled": [False, True]}, actor=actor, at=at)
        wake_the_sender()
    return row


@transaction.atomic
def remove_endpoint(*, endpoint_id: UUID, actor: Actor, at: datetime) -> None:
    """Forget an endpoint with all its deliveries."""
    row = locked(endpoint_id)
    with connection.cursor() as cursor:  # by three statements: there may be a hundred thousand deliveries
        cursor.execute(
            "DELETE FROM integrations_webhookattempt WHERE delivery_id IN"
            " (SELECT id FROM integrations_webhookdelivery WHERE endpoint_id = %s)",
            [row.id],
        )
        cursor.execute("DELETE FROM integrations_webhookdelivery WHERE endpoint_id = %s", [row.id])
        cursor.execute("DELETE FROM integrations_webhookendpoint WHERE id = %s", [row.id])
    audit.record(facts.WebhookEndpointRemoved(subject_id=row.id, url=row.url), actor=actor, at=at)


def locked(endpoint_id: UUID) -> WebhookEndpoint:
    """Return an endpoint under lock.

    Raises: Conflict when somebody removed it meanwhile.
    """
    row = WebhookEndpoint.objects.select_for_update().filter(id=endpoint_id).first()
    if row is None:
        raise Conflict("webhook.removed", "This endpoint was removed.")
    return row


def _checked(url: str) -> str:
    return read_target(url.strip(), allow_private=settings.ALLOW_PRIVATE_TARGETS).url


def _described(description: str) -> str:
    return " ".join(description.split())[:LONGEST_DESCRIPTION]


def _note(row: WebhookEndpoint, changes: facts.Changes, *, actor: Actor, at: datetime) -> None:
    audit.record(facts.WebhookEndpointChanged(subject_id=row.id, url=row.url, changes=changes), actor=actor, at=at)
