"""What a subscription lets its customer use otherwise than its plan does: said with a reason, never rewritten."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.subscriptions.actions.subscriptions import locked
from conto.apps.subscriptions.models import FeatureOverride, Subscription
from conto.apps.subscriptions.queries.features import features_on
from conto.domain import facts
from conto.domain.entitlement import Effect, Feature, check_feature
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import local_day

MOST_OVERRIDES = 1000
_PLACES = Decimal(1).scaleb(-12)


@transaction.atomic
def override_feature(
    *,
    row: Subscription,
    feature: Feature,
    effect: Effect,
    reason: str,
    actor: Actor,
    at: datetime,
    until: date | None = None,
) -> FeatureOverride:
    """Say for one subscription that a feature is granted, refused, or as the plan has it again.

    Raises: RuleBroken `feature.no_reason`, `feature.over`, `feature.too_many`; as `check_feature`.
    Source: SB-11.
    """
    subscription = locked(row)
    today = local_day(at, subscription.zone)
    offered = features_on([subscription], {subscription.id: today})[subscription.id]
    planned = {each.key: each for each in offered}.get(feature.key)
    named = Feature(
        feature.key, planned.name if planned else feature.name.strip(),
        feature.limit if effect is Effect.GRANT else None, planned.unit if planned else feature.unit.strip(),
    )  # fmt: skip
    check_feature(named)
    if not reason.strip():
        raise RuleBroken("feature.no_reason", "Say why this subscription differs from its plan.")
    if until is not None and until < today:
        raise RuleBroken("feature.over", "The last day is over already.")
    ordinal = FeatureOverride.objects.filter(subscription=subscription).count() + 1
    if ordinal > MOST_OVERRIDES:
        raise RuleBroken("feature.too_many_overrides", "This subscription differed from its plan too often.")
    made = FeatureOverride.objects.create(
        id=new_id(), subscription=subscription, ordinal=ordinal, key=named.key, name=named.name, effect=effect.value,
        most=None if named.limit is None else named.limit.quantize(_PLACES), unit=named.unit,
        until=None if effect is Effect.AS_PLAN else until, reason=reason.strip()[:500], made_by_id=actor.member_id,
        made_at=at,
    )  # fmt: skip
    told = facts.FeatureOverridden(
        subject_id=subscription.id, customer_id=subscription.customer_id, number=subscription.number, key=named.key,
        effect=effect.value, limit="" if named.limit is None else f"{named.limit.normalize():f}", until=made.until,
        reason=made.reason,
    )  # fmt: skip
    audit.record(told, actor=actor, at=at)
    return made
