"""What a customer may use: features of plans, what differs for a subscription, and both together for a customer."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from conto.domain.errors import RuleBroken
from conto.domain.money import ZERO
from conto.domain.price.written import as_mapping, number_in, number_written, unreadable

KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
MOST_FEATURES = 50
LONGEST_NAME = 200
LONGEST_UNIT = 40
_LARGEST = Decimal(10) ** 12
_FINEST = 12
_OF_FEATURE = frozenset({"key", "name", "limit", "unit", "item"})


class Effect(StrEnum):
    """What is said of a feature for one subscription."""

    GRANT = "grant"
    REFUSE = "refuse"
    AS_PLAN = "as_plan"  # what was said before is taken back


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that a plan lets its subscribers use, up to a limit where it has one.

    `item` is the key of a measured item of the plan whose use counts against the limit.
    """

    key: str
    name: str
    limit: Decimal | None = None  # none: as much as they like
    unit: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """What was said of a feature for one subscription, up to and with a day where one is named."""

    feature: Feature
    effect: Effect
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Granting:
    """A subscription as far as it lets somebody use something on a day; `last_day` as far as it is known."""

    features: Sequence[Feature]
    is_running: bool
    last_day: date | None = None
    said: Mapping[str, Override] | None = None  # the latest, by key
    used: Mapping[str, Decimal] | None = None  # in the period that runs, by item


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What may be used of a feature on a day."""

    key: str
    name: str
    is_granted: bool
    limit: Decimal | None  # none where it is granted: as much as they like
    unit: str
    used: Decimal | None  # none: it is not measured
    left: Decimal | None
    until: date | None  # the last day on which this is so, as far as it is known


def check_features(features: Sequence[Feature], measured: Collection[str]) -> None:
    """Refuse features that cannot be asked for.

    Raises: RuleBroken `feature.too_many`, `feature.bad_key`, `feature.same_key`, `feature.no_name`,
    `feature.bad_limit`, `feature.not_measured`.
    Source: SB-11.
    """
    if len(features) > MOST_FEATURES:
        raise RuleBroken("feature.too_many", "A plan has at most %(most)s features.", most=MOST_FEATURES)
    seen: set[str] = set()
    for each in features:
        check_feature(each)
        if each.key in seen:
            raise RuleBroken("feature.same_key", "Two features have the key “%(key)s”.", key=each.key)
        seen.add(each.key)
        if each.item and each.item not in measured:
            raise RuleBroken(
                "feature.not_measured", "“%(item)s” is no item of this plan that is measured.", item=each.item[:60]
            )


def check_feature(feature: Feature) -> None:
    """Refuse a feature that cannot be asked for.

    Raises: RuleBroken `feature.bad_key`, `feature.no_name`, `feature.bad_limit`.
    Source: SB-11.
    """
    if not KEY.fullmatch(feature.key):
        raise RuleBroken(
            "feature.bad_key",
            "“%(key)s” is no key of a feature: small letters, digits, dots, - and _, at most 40.",
            key=feature.key[:60],
        )
    if not 0 < len(feature.name.strip()) <= LONGEST_NAME or len(feature.unit) > LONGEST_UNIT:
        raise RuleBroken("feature.no_name", "A feature has a name of at most 200 signs, and a unit of at most 40.")
    if feature.limit is not None:
        exponent = feature.limit.as_tuple().exponent
        if not isinstance(exponent, int) or -exponent > _FINEST or not ZERO <= feature.limit < _LARGEST:
            raise RuleBroken("feature.bad_limit", "A limit is 0 to 1,000,000,000,000 with at most 12 decimals.")


def features_from(written: Any) -> tuple[Feature, ...]:
    """Read features.

    Raises: RuleBroken `price.unreadable`.
    Source: PL-1.
    """
    if not isinstance(written, list):
        raise unreadable("features")
    return tuple(_feature_from(each) for each in written)


def _feature_from(written: Any) -> Feature:
    given = as_mapping(written, "feature", _OF_FEATURE)
    texts = {name: given.get(name, "") for name in ("key", "name", "unit", "item")}
    if not all(isinstance(each, str) for each in texts.values()):
        raise unreadable("feature")
    limit = number_in(given, "limit", ZERO) if given.get("limit") is not None else None
    return Feature(texts["key"], texts["name"], limit, texts["unit"], texts["item"])


def features_written(features: Sequence[Feature]) -> list[dict[str, Any]]:
    """Write features down; what is as it always is, is left out."""
    told = []
    for each in features:
        written: dict[str, Any] = {"key": each.key, "name": each.name}
        if each.limit is not None:
            written["limit"] = number_written(each.limit)
        if each.unit:
            written["unit"] = each.unit
        if each.item:
            written["item"] = each.item
        told.append(written)
    return told


def entitlements(subscriptions: Sequence[Granting], on: date) -> tuple[Entitlement, ...]:
    """Tell what may be used on a day of all subscriptions of a customer together, by key.

    A feature is granted where one of them grants it; limits and what is used of them add up.

    Source: SB-11.
    """
    parts: dict[str, list[Entitlement]] = {}
    for each in subscriptions:
        for part in _of_one(each, on):
            parts.setdefault(part.key, []).append(part)
    return tuple(_together(parts[key]) for key in sorted(parts))


def _of_one(granting: Granting, on: date) -> list[Entitlement]:
    features = {each.key: each for each in granting.features}
    said = {
        key: each
        for key, each in (granting.said or {}).items()
        if each.effect is not Effect.AS_PLAN and (each.until is None or on <= each.until)
    }
    told = []
    for key in {**features, **said}:
        override, planned = said.get(key), features.get(key)
        feature = override.feature if override is not None and planned is None else planned
        assert feature is not None  # noqa: S101 -- the key is of one of them
        limit = override.feature.limit if override is not None else feature.limit
        is_granted = granting.is_running and (override is None or override.effect is Effect.GRANT)
        used = (granting.used or {}).get(feature.item) if feature.item and is_granted else None
        until = granting.last_day
        if override is not None and override.until is not None:
            until = override.until if until is None else min(until, override.until)
        told.append(
            Entitlement(
                key, feature.name, is_granted, limit if is_granted else None, feature.unit, used,
                _left(limit, used, is_granted=is_granted), until if is_granted else None,
            )
        )  # fmt: skip
    return told


def _together(parts: Sequence[Entitlement]) -> Entitlement:
    granted = [each for each in parts if each.is_granted]
    if len(granted) < 2:
        return granted[0] if granted else parts[0]
    limits = [each.limit for each in granted]
    limit = None if None in limits else sum((each for each in limits if each is not None), ZERO)
    measured = [each.used for each in granted if each.used is not None]
    used = sum(measured, ZERO) if measured else None
    until = min((each.until for each in granted if each.until is not None), default=None)
    first = granted[0]
    return Entitlement(
        first.key, first.name, True, limit, first.unit, used, _left(limit, used, is_granted=True), until
    )  # fmt: skip


def _left(limit: Decimal | None, used: Decimal | None, *, is_granted: bool) -> Decimal | None:
    if not is_granted or limit is None or used is None:
        return None
    return max(limit - used, ZERO)
