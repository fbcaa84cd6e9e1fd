"""What programs ask before they let somebody in: granted, limit, used and left, at a constant number of questions."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.programs import Program
from tests.web.living import Living

CALLS: dict[str, Any] = {
    "name": "Calls", "key": "calls", "price": {"kind": "per_unit", "amount": "0.10"}, "measure": {"metric": "calls"},
}  # fmt: skip
BASE: dict[str, Any] = {"name": "Base", "price": {"kind": "flat", "amount": "29"}}
FEATURES: list[dict[str, Any]] = [
    {"key": "vault", "name": "Vault"},
    {"key": "api-calls", "name": "Calls of the API", "limit": "100", "unit": "calls", "item": "calls"},
]


@pytest.fixture
def plan_id(owner: Program) -> str:
    given = {"code": "API", "name": "API", "currency": "EUR", "items": [BASE, CALLS], "features": FEATURES}
    made = owner.post("/plans", given)
    assert made.status_code == 201, made.content
    assert [each["key"] for each in made.json()["features"]] == ["vault", "api-calls"]
    return str(made.json()["id"])


def begun(owner: Program, book: Living, plan_id: str, **more: Any) -> dict[str, Any]:
    entry = {"customer_id": str(book.customer.id), "plan_id": plan_id, "starts_on": "2026-11-20", **more}
    made = owner.post("/subscriptions", entry)
    assert made.status_code == 201, made.content
    row: dict[str, Any] = made.json()
    return row


def asked(owner: Program, book: Living) -> dict[str, dict[str, Any]]:
    told = owner.get(f"/customers/{book.customer.id}/entitlements").json()
    return {each["feature"]: each for each in told["features"]}


def use(owner: Program, row: dict[str, Any], calls: str, key: str) -> None:
    event = {
        "subscription": row["number"], "event_id": key, "metric": "calls", "value": calls,
        "happened_at": "2026-11-20T09:00:00Z",
    }  # fmt: skip
    assert owner.post("/usage/events", {"events": [event]}).json()["kept"] == 1


def test_sb11_a_customer_may_use_what_its_plan_lets_it_less_what_was_used(
    owner: Program, book: Living, plan_id: str
) -> None:
    row = begun(owner, book, plan_id)
    use(owner, row, "30", "e1")
    told = asked(owner, book)
    assert (told["vault"]["granted"], told["vault"]["limit"], told["vault"]["used"]) == (True, None, None)
    calls = told["api-calls"]
    assert (calls["granted"], calls["limit"], calls["used"], calls["left"]) == (True, "100", "30", "70")
    assert "stamps" not in told


def test_sb11_an_unchanged_answer_is_told_by_its_mark(owner: Program, book: Living, plan_id: str) -> None:
    row = begun(owner, book, plan_id)
    first = owner.get(f"/customers/{book.customer.id}/entitlements")
    same = owner.get(f"/customers/{book.customer.id}/entitlements", If_None_Match=first["ETag"])
    assert same.status_code == 304
    use(owner, row, "1", "e2")
    other = owner.get(f"/customers/{book.customer.id}/entitlements", If_None_Match=first["ETag"])
    assert (other.status_code, other["ETag"] != first["ETag"]) == (200, True)


def test_sb11_one_subscription_differs_from_its_plan_with_a_reason(owner: Program, book: Living, plan_id: str) -> None:
    row = begun(owner, book, plan_id)
    address = f"/subscriptions/{row['id']}/features"
    more = {"feature": "api-calls", "effect": "grant", "limit": "500", "reason": "A launch", "until": "2026-12-31"}
    made = owner.post(address, more).json()
    assert [(each["effect"], each["reason"]) for each in made["overrides"]] == [("grant", "A launch")]
    calls = asked(owner, book)["api-calls"]
    assert (calls["limit"], calls["until"]) == ("500", "2026-12-31")
    owner.post(address, {"feature": "vault", "effect": "refuse", "reason": "Not paid for"})
    owner.post(address, {"feature": "stamps", "effect": "grant", "name": "Stamps", "limit": "3", "reason": "A gift"})
    told = asked(owner, book)
    assert (told["vault"]["granted"], told["stamps"]["limit"], told["stamps"]["name"]) == (False, "3", "Stamps")
    owner.post(address, {"feature": "api-calls", "effect": "as_plan", "reason": "It is over"})
    assert asked(owner, book)["api-calls"]["limit"] == "100"
    assert owner.get(address).json()["overrides"][0]["effect"] == "as_plan"
    for wrong in (
        {"feature": "API calls", "effect": "grant", "reason": "x"},
        {"feature": "vault", "effect": "grant", "reason": " "},
        {"feature": "vault", "effect": "grant", "reason": "x", "until": "2020-01-01"},
        {"feature": "vault", "effect": "grant", "reason": "x", "limit": "-1"},
        {"feature": "vault", "effect": "lend", "reason": "x"},
    ):
        assert owner.post(address, wrong).status_code == 422, wrong


def test_sb11_who_left_or_pauses_may_use_nothing_of_it(owner: Program, book: Living, plan_id: str) -> None:
    row = begun(owner, book, plan_id)
    address = f"/subscriptions/{row['id']}/changes"
    assert owner.post(address, {"kind": "pause"}).status_code == 200
    assert asked(owner, book)["vault"]["granted"] is False
    assert owner.post(address, {"kind": "resume"}).status_code == 200
    assert owner.post(address, {"kind": "cancel", "when": "period_end"}).status_code == 200
    told = asked(owner, book)["vault"]
    assert (told["granted"], told["until"]) == (True, "2026-12-19")
    second = begun(owner, book, plan_id)
    assert owner.post(f"/subscriptions/{second['id']}/changes", {"kind": "cancel", "when": "now"}).status_code == 200
    assert asked(owner, book)["vault"]["until"] == "2026-12-19"


def test_sb11_features_are_asked_with_as_many_questions_for_three_subscriptions_as_for_one(
    owner: Program, book: Living, plan_id: str
) -> None:
    def questions() -> int:
        asked(owner, book)
        with CaptureQueriesContext(connection) as counted:
            asked(owner, book)
        return len(counted)

    use(owner, begun(owner, book, plan_id), "5", "one")
    one = questions()
    for n in range(2):
        use(owner, begun(owner, book, plan_id), "5", f"more {n}")
    assert questions() == one
    assert asked(owner, book)["api-calls"]["limit"] == "300"


def test_sb11_features_of_a_plan_are_of_its_version_and_refused_in_words(
    owner: Program, book: Living, plan_id: str
) -> None:
    begun(owner, book, plan_id)
    changed = owner.ask("PATCH", f"/plans/{plan_id}", {"features": FEATURES[:1]}).json()
    assert (changed["version"], len(changed["features"])) == (2, 1)
    assert owner.ask("PATCH", f"/plans/{plan_id}", {"trial_days": 3}).json()["features"] == changed["features"]
    assert asked(owner, book)["api-calls"]["limit"] == "100", "who has the first version keeps it"
    refused = owner.ask("PATCH", f"/plans/{plan_id}", {"features": [{"key": "x", "name": "X", "item": "base"}]})
    assert refused.status_code == 422
    assert "measured" in refused.content.decode()


def test_sb11_who_does_not_see_a_customer_learns_nothing(owner: Program, book: Living, plan_id: str) -> None:
    begun(owner, book, plan_id)
    nobody = "0199e8a2-7c1d-7000-8000-0242ac120002"
    assert owner.get(f"/customers/{nobody}/entitlements").status_code == 404
    assert owner.get(f"/subscriptions/{nobody}/features").status_code == 404
