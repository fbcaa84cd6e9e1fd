"""Prices as a service: the rules of billing answer for what a program hands in."""

from typing import Any

import pytest

from conto.domain.permissions import Permission, Role
from tests.api.programs import Program, of
from tests.web.living import Living

FLAT = {"kind": "flat", "currency": "EUR", "version": "basic", "amount": "249.95"}


def definition(**more: Any) -> dict[str, Any]:
    return {
        "currency": "EUR",
        "zone": "Europe/Berlin",
        "starts_on": "2027-04-01",
        "items": [{"key": "base", "price": FLAT | {"amount": "30"}}],
    } | more


def answer(owner: Program, kind: str, body: dict[str, Any]) -> Any:
    said = owner.post(f"/previews/{kind}", body)
    assert said.status_code == 200, said.content
    return said.json()


def test_pr14_a_price_is_rated_with_all_that_it_follows_from(owner: Program) -> None:
    said = answer(owner, "price", {"price": FLAT, "part": 9, "whole": 30, "language": "de"})
    assert said["amount_minor"] == 7499
    assert said["derivation"]["exact_minor"] == "14997/2"
    assert said["derivation"]["sentence"] == (
        "249,95\xa0€ für den ganzen Zeitraum, für 9 von 30 Tagen, 74,985\xa0€ gerundet auf 74,99\xa0€"
    )


def test_pr8_the_transactions_of_a_percentage_are_rated_each(owner: Program) -> None:
    fee = {"kind": "percentage", "currency": "EUR", "amount": "0.25", "percent": "1.5", "most_each": "3"}
    assert answer(owner, "price", {"price": fee, "transactions": ["100", "1000"]})["amount_minor"] == 475
    assert answer(owner, "price", {"price": fee, "quantity": "100"})["amount_minor"] == 175


def test_ch11_a_subscription_is_billed_until_a_day(owner: Program) -> None:
    plus = FLAT | {"amount": "60", "version": "plus"}
    change = {"key": "c1", "at": "2027-04-11T10:00:00Z", "kind": "price", "prices": {"base": plus}}
    said = answer(owner, "subscription", {"definition": definition(), "changes": [change], "until": "2027-05-01"})
    assert [(each["on"], each["net_minor"]) for each in said["invoices"]] == [
        ("2027-04-01", 3000),
        ("2027-04-11", 2000),
        ("2027-05-01", 6000),
    ]
    first, credit = said["invoices"][0]["lines"][0], said["invoices"][1]["lines"][0]
    assert credit["credits"] == [{"line": first["key"], "amount_minor": 2000}]
    assert {(each["totals"], len(each["tax_groups"])) for each in said["invoices"]} == {(None, 0)}


def test_sb7_a_subscription_is_previewed_with_the_taxes_of_its_items(owner: Program) -> None:
    items = [{"key": key, "price": FLAT | {"amount": price}} for key, price in (("base", "30"), ("book", "9.99"))]
    leave = {"key": "c1", "at": "2027-04-11T10:00:00Z", "kind": "cancel", "when": "now"}
    body = {"definition": definition(items=items), "until": "2027-05-01", "changes": [leave]}
    taxed = body | {"tax": {"rate": "19"}, "taxes": {"book": {"rate": "7"}}}
    first, given_back = answer(owner, "subscription", taxed)["invoices"]
    assert (first["totals"]["net_minor"], first["totals"]["tax_minor"], first["totals"]["gross_minor"]) == (
        3999, 570 + 70, 4639,
    )  # fmt: skip
    assert [(each["rate"], each["tax_minor"]) for each in first["tax_groups"]] == [("7", 70), ("19", 570)]
    assert (given_back["totals"], given_back["net_minor"] < 0) == (None, True), "notes are taxed as their invoices were"
    inside = answer(owner, "subscription", taxed | {"price_mode": "gross"})["invoices"][0]
    assert (inside["totals"]["gross_minor"], inside["totals"]["tax_minor"]) == (3999, 479 + 65)


def test_u3_pr13_usage_and_prepaid_credit_are_in_the_preview(owner: Program) -> None:
    calls = {"kind": "per_unit", "currency": "EUR", "version": "c", "amount": "0.5"}
    item = {"key": "calls", "price": calls, "measure": {"metric": "calls", "where": {"region": ["eu"]}}}
    credit = {"key": "top-up", "granted_on": "2027-04-01", "left_minor": 400}
    events = [
        {
            "key": f"e{n}",
            "metric": "calls",
            "at": "2027-04-09T10:00:00Z",
            "value": "10",
            "properties": {"region": where},
        }
        for n, where in enumerate(("eu", "us"))
    ]
    body = {"definition": definition(items=[item], prepaid=[credit]), "events": events, "until": "2027-05-01"}
    invoice = answer(owner, "subscription", body)["invoices"][0]
    assert (invoice["net_minor"], invoice["drawn"]) == (500, [{"key": "top-up", "amount_minor": 400}])


def test_i1_an_invoice_is_computed_with_its_discounts_and_taxes(owner: Program) -> None:
    lines = [
        {"quantity": "8", "unit_price": "100", "tax": {"rate": "19"}},
        {"unit_price": "19.90", "tax": {"rate": "7"}},
    ]
    said = answer(owner, "invoice", {"currency": "EUR", "lines": lines, "adjustments": [{"percent": "10"}]})
    assert {each["rate"]: each["tax_minor"] for each in said["tax_groups"]} == {"19": 13680, "7": 125}
    assert said["totals"]["net_minor"] == 73791
    assert said["totals"]["gross_minor"] == 73791 + 13680 + 125


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("price", {"price": FLAT | {"currency": "EUX"}}, "money.unknown_currency"),
        ("price", {"price": FLAT | {"amount": 1.5}}, "request.shape"),
        ("price", {"price": FLAT | {"kind": "barter"}}, "request.shape"),
        ("price", {"price": FLAT | {"kind": "volume"}}, "price.bad_tiers"),
        ("price", {"price": FLAT, "quantity": "-1"}, "price.negative_quantity"),
        ("price", {"price": FLAT, "surprise": 1}, "request.shape"),
        ("subscription", {"definition": definition(zone="Berlin"), "until": "2027-05-01"}, "request.shape"),
        ("subscription", {"definition": definition(), "until": "0001-01-01"}, "request.shape"),
        ("subscription", {"definition": definition(interval="day"), "until": "2028-04-01"}, "preview.too_long"),
        (
            "subscription",
            {
                "definition": definition(),
                "changes": [{"key": "z", "at": "2027-04-02T00:00:00Z", "kind": "zone"}],
                "until": "2027-05-01",
            },
            "subscription.no_zone",
        ),
        ("invoice", {"currency": "EUR", "lines": []}, "request.shape"),
        ("invoice", {"currency": "EUR", "lines": [{"unit_price": "1", "tax": {"category": "Z", "rate": "5"}}]},
         "tax.rate_not_allowed"),
    ],
)  # fmt: skip
def test_what_cannot_be_previewed_is_refused_with_its_reason(
    owner: Program, kind: str, body: dict[str, Any], code: str
) -> None:
    said = owner.post(f"/previews/{kind}", body)
    assert (said.status_code, said.json()["code"]) == (422, code), said.content


def test_a_key_without_the_scope_sees_no_preview(book: Living) -> None:
    program = of(book.members[Role.OWNER], [Permission.CUSTOMER_VIEW])
    assert program.post("/previews/price", {"price": FLAT}).status_code == 403
