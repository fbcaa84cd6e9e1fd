"""What may be used: features of plans, what differs for a subscription, and all of a customer together."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.entitlement import (
    Effect,
    Entitlement,
    Feature,
    Granting,
    Override,
    check_features,
    entitlements,
    features_from,
    features_written,
)
from tests.domain.examples import examples
from tests.domain.refusals import refused

D = Decimal
DAY = date(2027, 4, 10)
SSO, CALLS = Feature("sso", "Single sign-on"), Feature("calls", "Calls", D(100), "calls", "calls")


def one(*subscriptions: Granting, key: str = "calls") -> Entitlement:
    return {each.key: each for each in entitlements(subscriptions, DAY)}[key]


def granting(*features: Feature, used: str | None = None, **more: Any) -> Granting:
    return Granting(features, more.pop("is_running", True), used={"calls": D(used)} if used else {}, **more)


def test_sb11_a_plan_grants_its_features_as_long_as_the_subscription_runs() -> None:
    assert one(granting(SSO), key="sso") == Entitlement("sso", "Single sign-on", True, None, "", None, None, None)
    assert one(granting(CALLS, used="30")) == Entitlement(
        "calls", "Calls", True, D(100), "calls", D(30), D(70), None
    )  # fmt: skip
    assert one(granting(CALLS, used="130")).left == 0
    ends = one(granting(CALLS, used="1", last_day=date(2027, 4, 30)))
    assert ends.until == date(2027, 4, 30)
    paused = one(granting(CALLS, used="1", is_running=False))
    assert (paused.is_granted, paused.limit, paused.used, paused.left) == (False, None, None, None)
    assert entitlements([], DAY) == ()


def test_sb11_what_is_said_for_one_subscription_goes_before_the_plan_until_its_last_day() -> None:
    more = Override(Feature("calls", "Calls", D(500)), Effect.GRANT, date(2027, 4, 10))
    told = one(granting(CALLS, used="130", said={"calls": more}))
    assert (told.limit, told.left, told.unit, told.until) == (D(500), D(370), "calls", date(2027, 4, 10))
    over = Override(more.feature, Effect.GRANT, date(2027, 4, 9))
    assert one(granting(CALLS, used="130", said={"calls": over})).limit == 100
    refusal = Override(CALLS, Effect.REFUSE)
    assert not one(granting(CALLS, said={"calls": refusal})).is_granted
    again = Override(CALLS, Effect.AS_PLAN)
    assert one(granting(CALLS, said={"calls": again})).limit == 100
    beside = one(granting(SSO, said={"calls": Override(Feature("calls", "Calls", D(5), "calls"), Effect.GRANT)}))
    assert (beside.is_granted, beside.limit, beside.used) == (True, D(5), None)


def test_sb11_what_several_subscriptions_grant_adds_up() -> None:
    both = one(granting(CALLS, used="30"), granting(CALLS, used="20", last_day=date(2027, 4, 30)))
    assert (both.limit, both.used, both.left, both.until) == (D(200), D(50), D(150), date(2027, 4, 30))
    endless = Feature("calls", "Calls", None, "calls", "calls")
    free = one(granting(CALLS, used="30"), granting(endless, used="20"))
    assert (free.limit, free.used, free.left) == (None, D(50), None)
    beside = one(granting(CALLS, used="30"), granting(CALLS, used="20", is_running=False))
    assert (beside.limit, beside.used) == (D(100), D(30))


@pytest.mark.parametrize(
    ("features", "code"),
    [
        ([Feature("Calls", "Calls")], "feature.bad_key"),
        ([Feature("calls", " ")], "feature.no_name"),
        ([SSO, SSO], "feature.same_key"),
        ([Feature("calls", "Calls", D(-1))], "feature.bad_limit"),
        ([Feature("calls", "Calls", D("NaN"))], "feature.bad_limit"),
        ([Feature("calls", "Calls", D("1e-13"))], "feature.bad_limit"),
        ([Feature("calls", "Calls", item="seats")], "feature.not_measured"),
        ([Feature(f"f{n}", "F") for n in range(51)], "feature.too_many"),
    ],
)
def test_sb11_what_cannot_be_asked_for_is_refused(features: list[Feature], code: str) -> None:
    with refused(code):
        check_features(features, {"calls"})


def test_sb11_features_are_read_as_they_were_written() -> None:
    assert features_from(features_written([SSO, CALLS])) == (SSO, CALLS)
    for wrong in ({}, [1], [{"key": "a", "name": 1}], [{"key": "a", "name": "A", "limits": "1"}]):
        with refused("price.unreadable"):
            features_from(wrong)


limits = st.none() | st.integers(0, 1000).map(D)


@examples(60)
@given(st.lists(st.tuples(limits, st.integers(0, 1000).map(D), st.booleans()), min_size=1, max_size=5))
def test_sb11_together_is_never_less_than_one_alone(parts: list[tuple[Decimal | None, Decimal, bool]]) -> None:
    subscriptions = [
        Granting((Feature("calls", "Calls", limit, "", "calls"),), is_running, used={"calls": used})
        for limit, used, is_running in parts
    ]
    (together,) = entitlements(subscriptions, DAY)
    alone = [entitlements([each], DAY)[0] for each in subscriptions]
    granted = [each for each in alone if each.is_granted]
    assert together.is_granted == bool(granted)
    assert together.used == (sum(each.used or 0 for each in granted) if granted else None)
    if together.limit is None:
        assert not granted or any(each.limit is None for each in granted)
    else:
        assert together.limit == sum(each.limit or 0 for each in granted)
        assert together.left == max(together.limit - (together.used or 0), 0)
