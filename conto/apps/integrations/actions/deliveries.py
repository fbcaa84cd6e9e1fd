"""Take deliveries that are due, note what came of each try, and have them sent again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.apps.audit.models import Fact
from conto.apps.integrations.actions.endpoints import locked
from conto.apps.integrations.actions.waking import wake_the_sender
from conto.apps.integrations.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from conto.apps.integrations.queries.hooks import told
from conto.apps.integrations.sealed import PREVIOUS_SECRET, SECRET
from conto.apps.messaging import actions as messaging
from conto.apps.vault.sealing import unseal
from conto.domain import facts, webhooks
from conto.domain.errors import Conflict
from conto.domain.facts import SYSTEM, Actor
from conto.domain.ids import new_id
from conto.domain.permissions import Role

CLAIM = timedelta(seconds=60)  # a sender that says nothing for this long was cut off
AT_ONCE = 4  # to one endpoint; one that fails gets one try at a time
FAILING_SHARE = 2  # endpoints that fail get at most half of the places together
LONGEST_EXCERPT = 1000
KEPT_DELIVERED, KEPT_FAILED = timedelta(days=30), timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery taken to be sent, with all that its message needs."""

    delivery_id: UUID
    endpoint_id: UUID
    attempt: int
    url: str
    message_id: UUID
    body: bytes
    secrets: tuple[str, ...] = field(repr=False)
    is_test: bool = False
    is_failing: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try."""

    name: str
    status: int | None = None
    milliseconds: int = 0
    words: str = ""
    excerpt: str = ""
    asked_to_wait: timedelta | None = None


@transaction.atomic
def claim_due(*, at: datetime, busy: Mapping[UUID, int], places: int) -> list[Claim]:
    """Take deliveries whose time has come: a few of each endpoint, so that none holds up the others.

    `busy` tells how many of an endpoint are being sent already, `places` how many more may be. A claim runs out
    after a minute: a sender that was killed half-way is followed by another one, and the message keeps its id.
    More than one place each is given of one half of all places only: the other half is for first ones, so that those
    who are prompt find one however many hang that nobody knows as failing yet.
    """
    endpoints = list(WebhookEndpoint.objects.filter(disabled_at=None).exclude(quiet_until__gt=at).order_by("id"))
    for_failing, for_first = places // FAILING_SHARE, (places + sum(busy.values())) // 2
    claims: list[Claim] = []
    for endpoint in sorted(endpoints, key=lambda each: busy.get(each.id, 0)):
        is_failing = endpoint.failing_since is not None
        free, has = places - len(claims), busy.get(endpoint.id, 0)
        room = min((1 if is_failing else AT_ONCE) - has, free, max(free - for_first, 0 if has else 1))
        room = min(room, for_failing) if is_failing else room
        if room <= 0:
            continue
        due = WebhookDelivery.objects.filter(
            endpoint=endpoint, state__in=["waiting", "sending"], next_attempt_at__lte=at
        )
        taken = list(due.order_by("next_attempt_at", "id").select_for_update(skip_locked=True, of=("self",))[:room])
        claims += _claimed(endpoint, taken, at)
        for_failing -= len(taken) if is_failing else 0
    return claims


@transaction.atomic
def note_outcome(*, claim: Claim, outcome: Outcome, at: datetime) -> None:
    """Note what came of a try; where it failed, when the next one is, or that there is none."""
    endpoint = WebhookEndpoint.objects.select_for_update().filter(id=claim.endpoint_id).first()
    delivery = WebhookDelivery.objects.select_for_update().filter(id=claim.delivery_id).first()
    if endpoint is None or delivery is None:
        return  # removed while it was sent
    _write_attempt(delivery.id, outcome, at)
    if delivery.state != "sending" or delivery.attempts != claim.attempt:
        return  # our claim had run out and another sender has taken it over
    if outcome.name == "taken":
        delivery.state, delivery.next_attempt_at, delivery.finished_at = "delivered", None, at
        endpoint.last_success_at = at
        endpoint.failures, endpoint.failing_since, endpoint.quiet_until = 0, None, None
    else:
        _put_off(delivery, outcome, at, is_last=claim.is_test or outcome.name == "gone")
        if not claim.is_test or outcome.name == "gone":
            _count_failure(endpoint, outcome, at)
    delivery.save(update_fields=["state", "next_attempt_at", "finished_at"])
    endpoint.save()


@transaction.atomic
def make_test(*, endpoint_id: UUID, actor: Actor, at: datetime) -> Claim:
    """Record a test event and take it to be sent to one endpoint, disabled or not."""
    endpoint = locked(endpoint_id)
    fact_id = audit.record(facts.WebhookTested(subject_id=endpoint.id, url=endpoint.url), actor=actor, at=at)
    delivery = WebhookDelivery.objects.create(
        id=new_id(), endpoint=endpoint, fact_id=fact_id, kind=webhooks.TEST_KIND, next_attempt_at=at, made_at=at
    )
    return _claimed(endpoint, [delivery], at)[0]


@transaction.atomic
def replay_delivery(*, delivery_id: UUID, actor: Actor, at: datetime) -> WebhookDelivery:
    """Send a delivery again, with the message id that it had.

    Raises: Conflict while it is being sent, or its endpoint is disabled.
    """
    found = WebhookDelivery.objects.filter(id=delivery_id).first()
    if found is None:
        raise Conflict("webhook.delivery_gone", "This delivery is not kept any more.")
    endpoint = _told(found.endpoint_id)
    delivery = WebhookDelivery.objects.select_for_update().get(id=delivery_id)
    if delivery.state == "sending" and delivery.next_attempt_at and delivery.next_attempt_at > at:
        raise Conflict("webhook.being_sent", "This delivery is being sent right now.")
    delivery.state, delivery.attempts, delivery.next_attempt_at, delivery.finished_at = "waiting", 0, at, None
    delivery.save(update_fields=["state", "attempts", "next_attempt_at", "finished_at"])
    _note_replay(endpoint, 1, actor=actor, at=at)
    return delivery


@transaction.atomic
def replay_failed(*, endpoint_id: UUID, since: datetime, actor: Actor, at: datetime) -> int:
    """Send again every delivery of an endpoint that failed since a time, and return how many.

    Raises: Conflict when the endpoint is disabled.
    """
    endpoint = _told(endpoint_id)
    failed = WebhookDelivery.objects.filter(endpoint=endpoint, state="failed", finished_at__gte=since)
    count = failed.exclude(kind=webhooks.TEST_KIND).update(
        state="waiting", attempts=0, next_attempt_at=at, finished_at=None
    )
    if count:
        _note_replay(endpoint, count, actor=actor, at=at)
    return int(count)


@transaction.atomic
def forget_deliveries(*, at: datetime) -> int:
    """Drop what was delivered a month ago or failed three months ago, and return how many deliveries."""
    with connection.cursor() as cursor:
        old = "(state = 'delivered' AND finished_at < %s) OR (state = 'failed' AND finished_at < %s)"
        ages = [at - KEPT_DELIVERED, at - KEPT_FAILED]
        cursor.execute(
            "DELETE FROM integrations_webhookattempt WHERE delivery_id IN"  # noqa: S608 -- no word of anybody's
            f" (SELECT id FROM integrations_webhookdelivery WHERE {old})",
            ages,
        )
        cursor.execute(f"DELETE FROM integrations_webhookdelivery WHERE {old}", ages)  # noqa: S608 -- as above
        return int(cursor.rowcount)


def _claimed(endpoint: WebhookEndpoint, taken: list[WebhookDelivery], at: datetime) -> list[Claim]:
    if not taken:
        return []
    secrets = [unseal(endpoint.secret_sealed, column=SECRET, row_id=endpoint.id)]
    if endpoint.previous_until and endpoint.previous_until > at:
        secrets.append(unseal(endpoint.previous_secret_sealed, column=PREVIOUS_SECRET, row_id=endpoint.id))
    contents = {
        fact.id: webhooks.content_of(told(fact, endpoint))
        for fact in Fact.objects.select_related("payload").filter(id__in=[each.fact_id for each in taken])
    }
    claims = []
    for delivery in taken:
        if delivery.state == "sending":
            _write_attempt(delivery.id, Outcome("cut_off"), at)
        delivery.state, delivery.attempts, delivery.next_attempt_at = "sending", delivery.attempts + 1, at + CLAIM
        delivery.save(update_fields=["state", "attempts", "next_attempt_at"])
        claims.append(
            Claim(
                delivery.id,
                endpoint.id,
                delivery.attempts,
                endpoint.url,
                delivery.fact_id,
                contents[delivery.fact_id],
                tuple(secrets),
                is_test=delivery.kind == webhooks.TEST_KIND,
                is_failing=endpoint.failing_since is not None,
            )
        )
    return claims


def _put_off(delivery: WebhookDelivery, outcome: Outcome, at: datetime, *, is_last: bool) -> None:
    pause = None if is_last else webhooks.pause_after(delivery.attempts, delivery.id)
    if pause is None:
        delivery.state, delivery.next_attempt_at, delivery.finished_at = "failed", None, at
    else:
        pause = max(pause, outcome.asked_to_wait or pause)
        delivery.state, delivery.next_attempt_at = "waiting", at + pause


def _count_failure(endpoint: WebhookEndpoint, outcome: Outcome, at: datetime) -> None:
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or at
    quiet = max(webhooks.quiet_after(endpoint.failures) or timedelta(0), outcome.asked_to_wait or timedelta(0))
    endpoint.quiet_until = at + quiet if quiet else None
    if endpoint.is_enabled:
        if outcome.name == "gone":
            _stop(endpoint, "gone", at)
        elif at - endpoint.failing_since >= webhooks.FAILING_FOR:
            _stop(endpoint, "failing", at)


def _stop(endpoint: WebhookEndpoint, reason: str, at: datetime) -> None:
    """Disable an endpoint for what it does, and tell the owners."""
    endpoint.disabled_at, endpoint.disabled_reason = at, reason
    fact = facts.WebhookDisabled(
        subject_id=endpoint.id, url=endpoint.url, reason=reason, failing_since=endpoint.failing_since
    )
    audit.record(fact, actor=SYSTEM, at=at)
    for owner in accounts.members().filter(role=Role.OWNER.value, is_active=True):
        with translation.override(owner.language):
            subject, text = _letter(endpoint, reason)
        messaging.write_mail(
            customer=None,
            purpose="alert",
            subject_id=endpoint.id,
            to_address=owner.email,
            subject=subject,
            text=text,
            language=owner.language,
            actor=SYSTEM,
            at=at,
        )


def _letter(endpoint: WebhookEndpoint, reason: str) -> tuple[str, str]:
    if reason == "gone":
        why = _("It answered 410 Gone: it asks not to be told anything any more.")
    else:
        why = _("It has taken nothing for five days, though we tried again and again.")
    text = _(
        "%(url)s is not told any more what happens in your book.\n\n%(why)s\n\n"
        "What still waits for it is kept. When it works again, enable it here:\n%(page)s"
    ) % {"url": endpoint.url, "why": why, "page": f"{settings.PUBLIC_URL}/settings/webhooks/{endpoint.id}"}
    return _("A webhook was disabled: %(url)s") % {"url": endpoint.url[:200]}, text


def _told(endpoint_id: UUID) -> WebhookEndpoint:
    endpoint = locked(endpoint_id)
    if not endpoint.is_enabled:
        raise Conflict("webhook.is_disabled", "This endpoint is disabled. Enable it first.")
    return endpoint


def _note_replay(endpoint: WebhookEndpoint, count: int, *, actor: Actor, at: datetime) -> None:
    if endpoint.quiet_until:
        endpoint.quiet_until = None  # whoever asks does not want to wait
        endpoint.save(update_fields=["quiet_until"])
    fact = facts.WebhookReplayed(subject_id=endpoint.id, url=endpoint.url, deliveries=count)
    audit.record(fact, actor=actor, at=at)
    wake_the_sender()


def _write_attempt(delivery_id: UUID, outcome: Outcome, at: datetime) -> None:
    WebhookAttempt.objects.create(
        id=new_id(),
        delivery_id=delivery_id,
        at=at,
        outcome=outcome.name,
        status=outcome.status,
        milliseconds=outcome.milliseconds,
        words=outcome.words[:300],
        excerpt=outcome.excerpt.replace("\0", "")[:LONGEST_EXCERPT],
    )
