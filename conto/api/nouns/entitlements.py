"""What customers may use: asked for by programs before they let somebody in, and what differs for a subscription."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Day, Entry, Id, Instant, Name, Number
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.crm import queries as crm
from conto.apps.subscriptions import actions
from conto.apps.subscriptions import queries as subscriptions
from conto.apps.usage import queries
from conto.domain.entitlement import Effect, Feature
from conto.domain.entitlement import Entitlement as Entitled
from conto.domain.permissions import Permission

router = noun("Entitlements")
_VIEW = Permission.SUBSCRIPTION_VIEW
FeatureKey = Annotated[str, Field(min_length=1, max_length=40, examples=["api-calls"])]
Unit = Annotated[str, Field(max_length=40, examples=["calls"])]
Limit = Annotated[Number | None, Field(description="Nothing: as much as they like.", examples=["1000"])]


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What may be used of a feature now."""

    feature: FeatureKey
    name: str
    granted: bool
    limit: Annotated[Decimal | None, Field(description="Null where it is granted: as much as they like.")]
    unit: Unit
    used: Annotated[Decimal | None, Field(description="In the period that runs; null: it is not measured.")]
    left: Decimal | None
    until: Annotated[date | None, Field(description="The last day on which this is so, as far as it is known.")]


@dataclass(frozen=True, slots=True)
class Entitlements:
    """What a customer may use of all its subscriptions together, by feature. What is not there is not granted."""

    customer_id: Id
    features: list[Entitlement]


@dataclass(frozen=True, slots=True)
class FeatureOverride:
    """What was said of a feature for one subscription; the latest of a feature counts."""

    feature: FeatureKey
    name: str
    effect: Effect
    limit: Decimal | None
    unit: Unit
    until: date | None
    reason: Annotated[str, Field(examples=["As agreed with them"])]
    made_by: Annotated[str, Field(description="Name of the member; empty: Conto itself.")]
    made_at: Instant


@dataclass(frozen=True, slots=True)
class SubscriptionFeatures:
    """What one subscription lets its customer use, and what was said otherwise than its plan."""

    subscription_id: Id
    features: list[Entitlement]
    overrides: Annotated[list[FeatureOverride], Field(description="The latest first.")]


class FeatureOverrideEntry(Entry):
    """What is to hold of a feature for one subscription; `as_plan` takes back what was said before."""

    feature: FeatureKey
    effect: Effect
    name: Annotated[Name, Field(description="Of a feature that the plan does not have.")] = "-"
    limit: Limit = None
    unit: Annotated[Unit, Field(description="Of a feature that the plan does not have.")] = ""
    until: Annotated[Day | None, Field(description="The last day; nothing: it goes on.", examples=[None])] = None
    reason: Annotated[str, Field(min_length=1, max_length=500, examples=["As agreed with them"])]


@reads(router, "/customers/{uuid:customer_id}/entitlements", needs=_VIEW, gives=Entitlements, is_record=True)
def get_entitlements(request: HttpRequest, customer_id: UUID) -> Any:
    """Get what a customer may use now: granted or not, the limit, and what of it is used and left."""
    caller = caller_of(request)
    customer = found(crm.customer_for(caller.member, customer_id))
    told = queries.of_customer(caller.member, customer.id, at=caller.at)
    return Entitlements(customer.id, [_shape(each) for each in told])


@reads(
    router, "/subscriptions/{uuid:subscription_id}/features", needs=_VIEW, gives=SubscriptionFeatures, is_record=True
)
def get_subscription_features(request: HttpRequest, subscription_id: UUID) -> Any:
    """Get what one subscription lets its customer use now."""
    return _told(request, subscription_id)


@writes(
    router, "/subscriptions/{uuid:subscription_id}/features", needs=Permission.SUBSCRIPTION_EDIT,
    gives=SubscriptionFeatures,
)  # fmt: skip
def override_feature(request: HttpRequest, subscription_id: UUID, override: FeatureOverrideEntry) -> Any:
    """Say for one subscription that a feature is granted, refused, or as the plan has it again."""
    caller = caller_of(request)
    actions.override_feature(
        row=_record(request, subscription_id),
        feature=Feature(override.feature, override.name, override.limit, override.unit),
        effect=override.effect,
        until=override.until,
        reason=override.reason,
        actor=caller.actor,
        at=caller.at,
    )
    return _told(request, subscription_id)


def _record(request: HttpRequest, subscription_id: UUID) -> Any:
    return found(subscriptions.subscription_for(caller_of(request).member, subscription_id))


def _told(request: HttpRequest, subscription_id: UUID) -> SubscriptionFeatures:
    row = _record(request, subscription_id)
    return SubscriptionFeatures(
        row.id,
        [_shape(each) for each in queries.of_subscription(row, at=caller_of(request).at)],
        [
            FeatureOverride(
                each.key, each.name, Effect(each.effect), _plain(each.most), each.unit, each.until, each.reason,
                each.made_by.name if each.made_by else "", each.made_at,
            )
            for each in subscriptions.overrides_of(row)
        ],
    )  # fmt: skip


def _shape(each: Entitled) -> Entitlement:
    return Entitlement(
        each.key, each.name, each.is_granted, _plain(each.limit), each.unit, _plain(each.used), _plain(each.left),
        each.until,
    )  # fmt: skip


def _plain(value: Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value.normalize():f}")
