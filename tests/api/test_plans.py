"""Plans and coupons for programs: written, changed by versions, refused in words, billed as the previews say."""

from typing import Any

from conto.domain.permissions import Role
from tests.api.programs import Program, of
from tests.web.living import Living

SEATS: dict[str, Any] = {
    "name": "Seats", "quantity": "12",
    "price": {
        "kind": "graduated",
        "tiers": [{"up_to": "10", "unit_price": "5"}, {"up_to": None, "unit_price": "4", "flat_fee": "1"}],
    },
    "ramp": [{"after_periods": 3, "price": {"kind": "per_unit", "amount": "6"}}],
}  # fmt: skip
CALLS: dict[str, Any] = {
    "name": "Calls", "price": {"kind": "per_unit", "amount": "0.01", "free_units": "100"},
    "measure": {"metric": "calls", "where": {"region": ["eu"]}},
}  # fmt: skip


def entry(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": "Team", "currency": "EUR", "items": [SEATS, CALLS], **more}


def test_pl1_pl4_a_plan_is_written_and_each_change_is_a_version(owner: Program) -> None:
    made = owner.post("/plans", entry("API", trial_days=14))
    assert made.status_code == 201, made.content
    plan = made.json()
    assert [item["key"] for item in plan["items"]] == ["seats", "calls"]
    assert plan["items"][0]["price_in_words"].startswith("each unit at the price of its tier: up to 10: EUR 5 each")
    assert plan["items"][1]["measure"]["where"] == {"region": ["eu"]}
    address = f"/plans/{plan['id']}"
    same = owner.ask("PATCH", address, {"items": [SEATS, CALLS], "trial_days": 14}).json()
    assert same["version"] == 1
    yearly = owner.ask("PATCH", address, {"interval": "year", "reason": "As they asked"}).json()
    assert (yearly["version"], yearly["interval"], yearly["trial_days"]) == (2, "year", 14)
    assert yearly["items"] == plan["items"]
    named = owner.ask("PATCH", address, {"name": "Teams"}).json()
    assert (named["version"], named["name"]) == (2, "Teams")
    versions = owner.get(f"{address}/versions").json()
    assert [(each["version"], each["is_current"], each["interval"]) for each in versions] == [
        (2, True, "year"),
        (1, False, "month"),
    ]
    assert owner.post(f"{address}/archive", {}).json()["archived_at"]
    assert owner.ask("PATCH", address, {"name": "X"}).status_code == 409
    assert owner.post(f"{address}/restore", {}).json()["archived_at"] is None


def test_pl6_what_a_plan_says_is_what_the_preview_bills(owner: Program) -> None:
    plan = owner.post("/plans", entry("BILLED")).json()
    item = plan["items"][0]
    price = {**item["price"], "currency": plan["currency"]}
    said = owner.post("/previews/price", {"price": price, "quantity": item["quantity"]}).json()
    assert said["amount_minor"] == 10 * 500 + 2 * 400 + 100


def test_pl3_a_price_that_cannot_be_is_refused_in_words(owner: Program) -> None:
    upside_down = {"kind": "volume", "tiers": [{"up_to": "10"}, {"up_to": "5"}]}
    refused = owner.post("/plans", entry("WRONG", items=[{"name": "A", "price": upside_down}]))
    assert refused.status_code == 422
    assert "Only the last tier is open" in refused.content.decode()
    assert owner.post("/plans", entry("API2", items=[])).status_code == 422


def test_pl5_coupons_are_added_and_archived_by_who_may(owner: Program, book: Living) -> None:
    spring = owner.post("/coupons", {"code": "api10", "percent": "10", "periods": None})
    assert spring.status_code == 201, spring.content
    coupon = spring.json()
    assert (coupon["code"], coupon["periods"]) == ("API10", None)
    assert owner.get(f"/coupons/{coupon['id']}").json() == coupon
    assert owner.post("/coupons", {"code": "api10", "percent": "10"}).status_code == 409
    sales = of(book.members[Role.SALES])
    assert sales.post(f"/coupons/{coupon['id']}/archive", {}).status_code == 403
    assert owner.post(f"/coupons/{coupon['id']}/archive", {}).json()["archived_at"]
    listed = [each["code"] for each in sales.get("/coupons?q=api").json()["rows"]]
    assert listed == ["API10"]
