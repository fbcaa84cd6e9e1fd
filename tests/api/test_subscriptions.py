"""Subscriptions for programs: begun, changed as it was shown, billed once, run and set aside."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from conto.domain.permissions import Role
from conto.flows import dry_run, migrate_plan
from conto.flows.offer_renewals import offer_renewals
from conto.jobs.clock import book_now
from tests.api.programs import Program, of
from tests.scene import NOW
from tests.web.living import Living

SEATS: dict[str, Any] = {"name": "Seats", "quantity": "3", "price": {"kind": "per_unit", "amount": "10"}}
BASE: dict[str, Any] = {"name": "Base", "price": {"kind": "flat", "amount": "29"}}


@pytest.fixture
def plan_id(owner: Program) -> str:
    made = owner.post("/plans", {"code": "SUBS", "name": "Team", "currency": "EUR", "items": [BASE, SEATS]})
    assert made.status_code == 201, made.content
    return str(made.json()["id"])


def entry(book: Living, plan_id: str, **more: Any) -> dict[str, Any]:
    return {"customer_id": str(book.customer.id), "plan_id": plan_id, "starts_on": "2026-11-20", **more}


def begun(owner: Program, book: Living, plan_id: str, **more: Any) -> dict[str, Any]:
    made = owner.post("/subscriptions", entry(book, plan_id, **more))
    assert made.status_code == 201, made.content
    row: dict[str, Any] = made.json()
    return row


def test_sb1_a_subscription_is_shown_then_begun_and_read_as_it_stands(
    owner: Program, book: Living, plan_id: str
) -> None:
    given = {"quantities": {"seats": "5"}, "prices": {"seats": {"kind": "per_unit", "amount": "8"}}}
    shown = owner.post("/subscriptions/preview", entry(book, plan_id, **given)).json()
    assert [each["net_minor"] for each in shown["invoices"]] == [6900] * 12
    assert [each["taxed"]["gross_minor"] for each in shown["invoices"]] == [8211] * 12
    line = shown["invoices"][0]["lines"][1]
    assert (line["name"], line["starts_on"], line["last_day"]) == ("Seats", "2026-11-20", "2026-12-19")
    assert line["why"]
    row = begun(owner, book, plan_id, **given, title="Studio", last_day="2027-11-19")
    assert (row["standing"]["monthly_minor"], row["title"]) == (6900, "Studio")
    assert row["standing"]["last_day"] == "2027-11-19"
    seats = next(each for each in row["standing"]["items"] if each["key"] == "seats")
    assert (seats["quantity"], seats["price_in_words"]) == ("5", "EUR 8 each")
    assert owner.get(f"/subscriptions/{row['id']}").json() == row
    listed = owner.get(f"/subscriptions?plan_id={plan_id}").json()["rows"]
    assert [(each["number"], each["last_day"]) for each in listed] == [(row["number"], "2027-11-19")]
    coming = owner.get(f"/subscriptions/{row['id']}/upcoming").json()
    assert [each["taxed"]["gross_minor"] for each in coming["invoices"]] == [8211] * 12


def test_sb1_what_cannot_be_is_refused_in_words(owner: Program, book: Living, plan_id: str) -> None:
    unknown = owner.post("/subscriptions", entry(book, plan_id, quantities={"rooms": "1"}))
    assert unknown.status_code == 422
    assert "rooms" in unknown.content.decode()
    early = owner.post("/subscriptions/preview", entry(book, plan_id, starts_on="1999-01-01"))
    assert "five years" in early.content.decode()
    stranger = {"owner_id": "0199e8a2-7c1d-7000-8000-0242ac120002"}
    assert owner.post("/subscriptions", entry(book, plan_id, **stranger)).status_code == 404
    assert owner.get(f"/subscriptions?plan_id={plan_id}").json()["rows"] == []


def test_sb7_a_change_is_confirmed_by_its_token_once(owner: Program, book: Living, plan_id: str) -> None:
    row = begun(owner, book, plan_id)
    address = f"/subscriptions/{row['id']}"
    change = {"kind": "quantity", "item": "seats", "quantity": "5"}
    shown = owner.post(f"{address}/changes/preview", change).json()
    assert shown["after"]["monthly_minor"] - shown["before"]["monthly_minor"] == 2000
    assert shown["now"]
    done = owner.post(f"{address}/changes/confirm", {"token": shown["token"], "reason": "They grow"})
    assert done.status_code == 200, done.content
    assert done.json()["standing"]["monthly_minor"] == 7900
    settled = owner.get(f"{address}/settlements").json()
    assert sum(each["net_minor"] for each in settled) == sum(each["net_minor"] for each in shown["now"])
    paper = owner.get(f"/documents/{settled[-1]['document_ids'][0]}")
    assert paper.status_code == 200
    totals, taxed = paper.json()["totals"], shown["now"][0]["taxed"]
    assert {name: totals[name] for name in ("net_minor", "tax_minor", "gross_minor")} == {
        name: taxed[name] for name in ("net_minor", "tax_minor", "gross_minor")
    }
    assert [(each["rate"], each["tax_minor"]) for each in taxed["tax_groups"]] == [("19", taxed["tax_minor"])]
    stale = owner.post(f"{address}/changes/confirm", {"token": shown["token"]})
    assert stale.status_code == 409
    assert stale.json()["code"] == "subscription.preview_stale"
    assert owner.post(f"{address}/changes/confirm", {"token": "x"}).status_code == 409
    (changed,) = owner.get(f"{address}/changes").json()
    assert (changed["kind"], changed["reason"], changed["body"]["quantity"]) == ("quantity", "They grow", "5")


def test_sb4_a_change_at_once_is_done_once_for_a_repeated_request(owner: Program, book: Living, plan_id: str) -> None:
    row = begun(owner, book, plan_id)
    address = f"/subscriptions/{row['id']}"
    change = {"kind": "add", "added": {"name": "Support", "price": {"kind": "flat", "amount": "7"}}, "reason": "Asked"}
    tag = owner.get(address)["ETag"]
    first = owner.post(f"{address}/changes", change, Idempotency_Key="once", If_Match=tag)
    again = owner.post(f"{address}/changes", change, Idempotency_Key="once", If_Match=tag)
    assert first.status_code == again.status_code == 200, first.content
    assert first.content == again.content
    assert len(owner.get(f"{address}/changes").json()) == 1
    late = owner.post(f"{address}/changes", {"kind": "pause"}, If_Match=tag)
    assert late.status_code == 412
    last = owner.post(f"{address}/changes", {"kind": "cancel", "when": "period_end"}).json()
    assert last["standing"]["state"] == "ending"
    refused = owner.post(f"{address}/changes", {"kind": "resume"})
    assert refused.status_code == 409
    assert refused.json()["code"] == "subscription.not_paused"


def test_handling_changes_and_leaves_the_rest(owner: Program, book: Living, plan_id: str) -> None:
    row = begun(owner, book, plan_id)
    address = f"/subscriptions/{row['id']}"
    changed = owner.ask(
        "PATCH", address, {"title": "Atelier", "is_reviewed": True}, If_Match=owner.get(address)["ETag"]
    )
    assert changed.status_code == 200, changed.content
    body = changed.json()
    assert (body["title"], body["is_reviewed"], body["bills_alone"]) == ("Atelier", True, False)
    assert owner.ask("PATCH", address, {"title": "X"}, If_Match='"old"').status_code == 412


def dry_tried(owner: Program) -> dict[str, Any]:
    """Ask for a dry run, twice, let the worker do it, and read what it came to."""
    asked = owner.post("/billing-runs/dry", {})
    assert (asked.status_code, asked.json()["until"], asked.json()["ended_at"]) == (202, None, None)
    assert owner.post("/billing-runs/dry", {}).json() == asked.json(), "the one that is under way"
    key = asked.json()["id"]
    dry_run.work(run_id=UUID(key), clock=book_now)
    read: dict[str, Any] = owner.get(f"/billing-runs/dry/{key}").json()
    assert (read["is_whole"], read["drafts"] <= read["documents"]) == (True, True)
    return read


def test_sb8_runs_are_tried_dry_asked_of_the_worker_and_read(owner: Program, book: Living, plan_id: str) -> None:
    before = dry_tried(owner)
    begun(owner, book, plan_id)
    dry = dry_tried(owner)
    assert dry["settled"] == before["settled"] + 1
    assert dry["documents"] == before["documents"] + 1
    paper = next(each for each in dry["first_documents"] if each not in before["first_documents"])
    assert paper["net_minor"] + paper["tax_minor"] == paper["total_minor"]
    assert sum(line["net_minor"] for line in paper["lines"]) == paper["net_minor"]
    assert [each["id"] for each in owner.get("/billing-runs/dry").json()][:2] == [dry["id"], before["id"]]
    asked = owner.post("/billing-runs", {})
    assert (asked.status_code, asked.json()) == (202, {"is_new": True})
    assert owner.post("/billing-runs", {}).json() == {"is_new": False}
    run = owner.get("/billing-runs").json()["rows"][0]
    assert owner.get(f"/billing-runs/{run['id']}").json() == run
    (aside,) = owner.get(f"/billing-runs/{run['id']}/set-aside").json()
    assert aside["code"] == "subscription.not_on_paper"
    assert aside in owner.get("/set-aside").json()
    assert owner.get(f"/subscriptions/{aside['subscription_id']}").json()["set_aside"] == aside["reason"]
    tried = owner.post(f"/subscriptions/{aside['subscription_id']}/try-again", {}).json()
    assert tried["is_billed"] is True
    assert owner.get("/set-aside").json() == []


def test_who_may_not_bill_or_change_is_refused(book: Living, plan_id: str) -> None:
    support, sales = of(book.members[Role.SUPPORT]), of(book.members[Role.SALES])
    assert support.get("/subscriptions").status_code == 200
    assert support.post("/subscriptions", entry(book, plan_id)).status_code == 403
    for path in ("/billing-runs", "/billing-runs/dry"):
        assert sales.post(path, {}).status_code == 403


def test_q13_a_program_offers_plans_and_items_for_choice(owner: Program, book: Living, plan_id: str) -> None:
    offered = {"plan_id": plan_id, "kind": "choice", "choice_group": "Package"}
    own = {"is_chosen": True, "optional_keys": ["seats"], "chosen_keys": ["seats"]}
    body = {"customer_id": str(book.customer.id), "currency": "EUR",
            "recurring": [{**offered, "item_keys": ["base"]}, {**offered, **own}]}  # fmt: skip
    made = owner.post("/quotes", body)
    assert made.status_code == 201, made.content
    small, large = made.json()["recurring"]
    assert [(each["choice"], each["is_taken"]) for each in (small, large)] == [("1", False), ("2", True)]
    assert [(each["choice"], each["is_taken"]) for each in large["items"] if each["choice"]] == [("2.seats", True)]
    refused = owner.post("/quotes", {**body, "recurring": [{**offered, "optional_keys": ["other"]}]})
    assert (refused.status_code, refused.json()["code"]) == (422, "quote.no_option")


def test_g7_a_renewal_names_what_it_renews(owner: Program, book: Living, plan_id: str) -> None:
    row = begun(owner, book, plan_id, last_day="2026-12-19")
    offer_renewals(at=NOW)
    (deal_id,) = owner.get(f"/subscriptions/{row['id']}").json()["renewal_deal_ids"]
    told = owner.get(f"/deals/{deal_id}").json()
    assert (told["renews_subscription_id"], told["renews_contract_id"]) == (row["id"], None)


def test_sb10_what_recurs_is_read_by_month_and_movement(owner: Program, book: Living, plan_id: str) -> None:
    before = owner.get("/recurring-revenue?months=2").json()
    row = begun(owner, book, plan_id)
    told = owner.get("/recurring-revenue?months=2").json()
    assert told["amount_minor"] - before["amount_minor"] == 5900
    this, last = told["months"]
    kinds = ("new", "expansion", "reactivation", "contraction", "churn")
    assert this["closing_minor"] == told["amount_minor"]
    assert this["opening_minor"] + sum(this[f"{kind}_minor"] for kind in kinds) == this["closing_minor"]
    assert last["closing_minor"] == this["opening_minor"]
    moved = owner.get("/recurring-revenue/movements?limit=200").json()["rows"]
    assert sum(each["amount_minor"] for each in moved) == this["closing_minor"] - this["opening_minor"]
    assert str(book.customer.id) in {each["customer_id"] for each in moved}
    owner.post(f"/subscriptions/{row['id']}/changes", {"kind": "cancel", "when": "period_end"})
    assert sum(owner.get("/recurring-revenue").json()["to_come"].values()) < 0
    assert owner.get("/recurring-revenue?currency=CHF").json()["amount_minor"] == 0
    assert owner.get("/recurring-revenue?currency=francs").status_code == 422
    one = owner.get("/recurring-revenue/movements?limit=1&until=2099-01-01").json()
    assert len(one["rows"]) == 1
    assert one["next"]


def test_sb13_programs_look_confirm_and_follow_who_goes_over(owner: Program, book: Living, plan_id: str) -> None:
    row, own = (
        begun(owner, book, plan_id),
        begun(owner, book, plan_id, prices={"seats": {"kind": "flat", "amount": "1"}}),
    )
    items = [{"key": "base", **BASE}, {"key": "seats", **SEATS, "price": {"kind": "per_unit", "amount": "12"}}]
    assert owner.ask("PATCH", f"/plans/{plan_id}", {"items": items}).status_code == 200
    asked = {"to_version": 2, "from_versions": [1]}
    some = owner.post(f"/plans/{plan_id}/migrations", {**asked, "subscription_ids": [own["id"]]}).json()
    assert [each["reason"] for each in some["sums"]] == ["own_price"]
    assert owner.post(f"/plan-migrations/{some['id']}/confirm").json()["code"] == "migration.nothing_moves"
    shown = owner.post(f"/plans/{plan_id}/migrations", asked)
    assert shown.status_code == 201, shown.content
    made = shown.json()
    assert [(each["outcome"], each["before_minor"], each["after_minor"]) for each in made["sums"]] == [
        ("planned", 5900, 6500), ("stays", 3000, 3000),
    ]  # fmt: skip
    listed = owner.get(f"/plan-migrations/{made['id']}/subscriptions?outcome=planned").json()["rows"]
    assert [(each["number"], each["counts_on"]) for each in listed] == [(row["number"], "2026-12-20")]
    assert owner.post(f"/plan-migrations/{made['id']}/confirm").status_code == 202
    migrate_plan.run(migration_id=UUID(made["id"]), clock=lambda: datetime.fromisoformat(made["shown_at"]))
    ended = owner.get(f"/plan-migrations/{made['id']}").json()
    assert ended["ended_at"]
    assert [each["outcome"] for each in ended["sums"]] == ["moved", "stays"]
    assert owner.get(f"/subscriptions/{row['id']}").json()["plan_version"] == 1, "until its next period"
