"""Repeating invoices for programs: agreed, foreseen, changed, paused; only who may issue lets them issue."""

from typing import Any

from conto.domain.permissions import Role
from tests.api.programs import Program, of
from tests.repeating import made as made_by
from tests.repeating import on
from tests.web.living import Living


def entry(book: Living, **more: Any) -> dict[str, Any]:
    line = {"name": "Support {month}", "unit_price": "100"}
    return {
        "customer_id": str(book.customer.id), "title": "Support", "next_on": "2099-01-31", "lines": [line], **more,
    }  # fmt: skip


def test_ri1_ri8_an_invoice_repeats_and_what_comes_is_told_to_the_cent(owner: Program, book: Living) -> None:
    made = owner.post("/repeats", entry(book, most_invoices=3, allowances=[{"reason": "Treue", "percent": "10"}]))
    assert made.status_code == 201, made.content
    row = made.json()
    assert (row["state"], row["does"], row["anchor_on"]) == ("active", "draft", "2099-01-31")
    coming = owner.get(f"/repeats/{row['id']}/coming").json()
    assert [(each["due_on"], each["payable_minor"]) for each in coming] == [
        ("2099-01-31", 10710), ("2099-02-28", 10710), ("2099-03-31", 10710),
    ]  # fmt: skip
    changed = owner.ask("PATCH", f"/repeats/{row['id']}", {"most_invoices": None, "ends_on": "2099-02-28"}).json()
    assert (changed["version"], changed["most_invoices"], changed["allowances"]) == (2, None, row["allowances"])
    assert len(owner.get(f"/repeats/{row['id']}/coming").json()) == 2
    for act, state in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        assert owner.post(f"/repeats/{row['id']}/{act}", {}).json()["state"] == state
    assert owner.ask("PATCH", f"/repeats/{row['id']}", {"title": "X"}).status_code == 409


def test_ri3_what_a_day_made_is_told_with_its_draft(owner: Program, book: Living) -> None:
    source = owner.post("/repeats", {
        "source_id": str(book.document.id), "title": "Again", "next_on": "2026-11-20", "does": "draft",
    }).json()  # fmt: skip
    assert [line["name"] for line in source["lines"]], "the lines are those of the invoice"
    made_by(at=on(book.document.issued_on))
    made = owner.get(f"/repeats/{source['id']}/invoices").json()
    assert [(each["ordinal"], each["due_on"], each["is_draft"]) for each in made] == [(1, "2026-11-20", True)]
    assert owner.get(f"/drafts/{made[0]['document_id']}").json()["period_start_on"] == "2026-11-20"


def test_ri5_ri6_what_cannot_be_agreed_or_is_not_allowed_is_refused(owner: Program, book: Living) -> None:
    wrong = owner.post("/repeats", entry(book, lines=[{"name": "{mnoth}", "unit_price": "1"}]))
    assert (wrong.status_code, wrong.json()["code"]) == (422, "repeat.unknown_word")
    assert owner.post("/repeats", {"title": "X", "next_on": "2099-01-31"}).json()["code"] == "repeat.no_customer"
    seller = of(book.members[Role.SALES])
    for does in ("issue", "send"):
        assert seller.post("/repeats", entry(book, does=does)).json()["code"] == "permission.missing_too"
    mine = owner.post("/repeats", entry(book, does="issue")).json()
    assert seller.ask("PATCH", f"/repeats/{mine['id']}", {"title": "Y"}).status_code == 403, (
        "it would issue other words"
    )
    assert owner.ask("PATCH", f"/repeats/{mine['id']}", {"title": "Y"}).json()["title"] == "Y"
