"""What subscriptions let their customers use: the features of their plans, and what was said otherwise."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from conto.apps.subscriptions.models import FeatureOverride, Subscription
from conto.apps.subscriptions.queries.migrations import held_versions
from conto.domain.entitlement import Effect, Feature, Override, features_from


def features_on(rows: Sequence[Subscription], days: Mapping[UUID, date]) -> dict[UUID, tuple[Feature, ...]]:
    """Return the features of the version of its plan that each subscription has on a day of its own, with one query.

    Source: SB-11, SB-13.
    """
    held = held_versions(rows, days)
    return {row.id: features_from(held[row.id].version.features) if row.id in held else () for row in rows}


def overrides_of(row: Subscription) -> list[FeatureOverride]:
    """Return all that was said of features for a subscription, the latest first."""
    return list(FeatureOverride.objects.filter(subscription=row).select_related("made_by").order_by("-ordinal"))


def latest_overrides(rows: Sequence[Subscription]) -> dict[UUID, dict[str, Override]]:
    """Return what counts of it by subscription and key, with one query however many there are."""
    found: dict[UUID, dict[str, Override]] = {row.id: {} for row in rows}
    for each in FeatureOverride.objects.filter(subscription__in=found).order_by("subscription_id", "ordinal"):
        feature = Feature(each.key, each.name, each.most, each.unit)
        found[each.subscription_id][each.key] = Override(feature, Effect(each.effect), each.until)
    return found
