"""Goods that move with documents, and what the book says of them afterwards."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conto.apps.audit.models import Fact
from conto.apps.catalog import actions as catalog
from conto.apps.catalog.entry import NewItem
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.invoicing.entries import AllowanceEntry, CreditPart, NewInvoice
from conto.apps.invoicing.models import Draft
from conto.apps.ledger import actions as ledger
from conto.apps.ledger.models import Account, Entry
from conto.apps.ledger.queries import trial_balance
from conto.apps.stock import actions as stock
from conto.apps.stock.models import LineCost, StockItem, StockMove
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.flows import credit_invoice, issue_document
from tests.domain.refusals import refused
from tests.goods import breaches, counted, kept, moves, now, product, received, shop, sold, standing
from tests.scene import NOW, TODAY, Scene, issue, line

pytestmark = pytest.mark.django_db
D = Decimal
HOW: dict[str, Any] = {"actor": SYSTEM, "at": NOW}


@pytest.fixture(autouse=True)
def in_order(db: None) -> Any:
    """Hold after each test that what the book promises of stock is so."""
    yield
    connection.check_constraints()
    assert breaches() == []


def booked(scene: Scene) -> dict[str, int]:
    """Return the balances of the accounts of stock."""
    roles = {"inventory", "cost_of_goods", "stock_differences", "goods_received", "opening"}
    balances = trial_balance(scene.seller, "EUR")
    return {each.role: each.balance_minor for each in balances if each.role in roles and each.balance_minor}


def credited(document: Any, parts: Any = "whole", **more: Any) -> Any:
    draft = invoicing.draft_credit_note(document=document, parts=parts, reason="Returned", **HOW)
    if more:
        draft = invoicing.change_draft(draft=draft, changes=more, **HOW)
    return issue_document.issue(draft=draft, **HOW)


def test_st1_st2_st6_goods_come_in_and_leave_with_the_invoice(scene: Scene) -> None:
    item, row = shop(scene)
    received(row, "5", 6500)
    invoice = scene.issued(sold(item, "3"), line(), sold(item, "2"))
    assert moves(row) == [
        ("receipt", D(10), 10000),
        ("receipt", D(5), 6500),
        ("issue", D(-3), -3300),
        ("issue", D(-2), -2200),
    ]
    assert booked(scene) == {"inventory": 11000, "goods_received": -16500, "cost_of_goods": 5500}
    entry = Entry.objects.get(kind="goods_issued")
    assert (entry.subject_id, entry.dated_on, entry.transfer_count) == (invoice.id, TODAY, 1)
    assert entry.transfers.get().customer_id is None
    assert [(move.position, move.entry_id) for move in StockMove.objects.filter(document_id=invoice.id)] == [
        (1, entry.id),
        (3, entry.id),
    ]


def test_st6_drafts_deposits_and_items_without_stock_move_nothing(scene: Scene) -> None:
    item, row = shop(scene)
    scene.draft(sold(item, "3"))
    other = product("Chair")
    scene.issued(sold(other))
    assert len(moves(row)) == 1
    assert not LineCost.objects.exists()


def test_st6_a_batch_moves_the_same_in_any_order(scene: Scene) -> None:
    item, row = shop(scene, "7", 1000)
    drafts = [scene.draft(sold(item, n, price)) for n, price in zip("1321", "5678", strict=True)]
    backwards = [draft.id for draft in reversed(drafts)]
    results = invoicing.issue_drafts(draft_ids=backwards, **HOW)
    assert all(result.is_issued for result in results)
    assert [value for _, _, value in moves(row)] == [1000, -143, -429, -285, -143]
    assert [m.document_id for m in row.moves.order_by("ordinal")[1:]] == [draft.id for draft in drafts]
    assert standing(row) == (D(0), 0)


def test_st6_a_run_that_bills_without_drafts_moves_goods_too(scene: Scene) -> None:
    item, row = shop(scene)
    fields = {"delivered_on": TODAY}
    new = NewInvoice(id=new_id(), customer_id=scene.customer.id, lines=[sold(item, "4")], fields=fields)
    (result,) = invoicing.issue_entries(legal_entity=scene.seller, new=[new], **HOW)
    assert result.is_issued, result.findings
    assert standing(row) == (D(6), 6000)


def test_st3_what_is_sold_below_zero_is_corrected_by_the_next_receipt(scene: Scene) -> None:
    item, row = shop(scene, "2", 2000)
    scene.issued(sold(item, "5"))
    assert standing(row) == (D(-3), -3000)
    received(row, "10", 12000)
    assert moves(row)[2:] == [("correction", D(0), -600), ("receipt", D(10), 12000)]
    assert booked(scene) == {"inventory": 8400, "goods_received": -14000, "cost_of_goods": 5600}
    correction = Entry.objects.get(kind="cost_corrected")
    assert correction.dated_on == TODAY


def test_st3_what_was_never_received_leaves_at_the_standard_cost_or_at_nothing(scene: Scene) -> None:
    known, unknown = product("Known", cost=D("7.50")), product("Unknown")
    first, second = kept(known, scene.seller), kept(unknown, scene.seller)
    scene.issued(sold(known, "2"), sold(unknown, "2"))
    assert standing(first) == (D(-2), -1500)
    assert standing(second) == (D(-2), 0)
    received(second, "2", 500)
    assert moves(second)[1:] == [("correction", D(0), -500), ("receipt", D(2), 500)]


def test_st4_goods_come_back_in_parts_that_sum_to_what_left(scene: Scene) -> None:
    item, row = shop(scene, "3", 1000)
    invoice = scene.issued(sold(item, "3"))
    for _ in range(3):
        credited(invoice, {1: CreditPart(quantity=D(1))})
    assert [value for kind, _, value in moves(row) if kind == "return"] == [333, 334, 333]
    assert standing(row) == (D(3), 1000)
    assert booked(scene) == {"inventory": 1000, "goods_received": -1000}
    assert Entry.objects.filter(kind="goods_returned").count() == 3


def test_st4_goods_stay_when_the_credit_says_so_or_credits_an_amount(scene: Scene) -> None:
    item, row = shop(scene)
    invoice = scene.issued(sold(item, "3"))
    credited(invoice, {1: CreditPart(quantity=D(1))}, goods_stay=True)
    credited(invoice, {1: CreditPart(amount_minor=500)})
    assert standing(row) == (D(7), 7000)
    credited(invoice, {1: CreditPart(quantity=D(1))})
    assert standing(row) == (D(8), 8000)
    assert list(LineCost.objects.order_by("document_id").values_list("quantity", "net_minor", "cost_minor")) == [
        (D(3), 4500, 3000),
        (D(0), -1500, 0),
        (D(0), -500, 0),
        (D(-1), -1500, -1000),
    ]


def test_st4_what_never_left_from_stock_does_not_come_back(scene: Scene) -> None:
    item = product()
    invoice = scene.issued(sold(item, "3"))
    row = kept(item, scene.seller, "2", 2000)
    credit_invoice.credit(document=invoice, reason="Returned", **HOW)
    assert standing(row) == (D(2), 2000)


def test_st4_a_credit_after_stock_has_ended_moves_nothing_and_keeps_the_cost(scene: Scene) -> None:
    item, row = shop(scene, "3", 1000)
    invoice = scene.issued(sold(item, "3"))
    stock.end_stock(stock_item=row, **HOW)
    credit_invoice.credit(document=invoice, reason="Returned", **HOW)
    assert moves(row)[-1] == ("issue", D(-3), -1000)
    assert LineCost.objects.latest("document_id").cost_minor == 0


def test_st4_a_line_below_zero_brings_goods_in_at_the_average(scene: Scene) -> None:
    item, row = shop(scene, "10", 9990)
    invoice = scene.issued(sold(item, "4"), sold(item, "-1"))
    assert moves(row)[1:] == [("issue", D(-4), -3996), ("return", D(1), 999)]
    assert Entry.objects.get(kind="goods_issued").transfer_count == 2
    assert [c.cost_minor for c in LineCost.objects.filter(document_id=invoice.id).order_by("position")] == [3996, -999]


def test_st5_counts_are_booked_as_differences_with_their_reason(scene: Scene) -> None:
    _, row = shop(scene)
    assert counted(row, "10") is None
    missing = counted(row, "8", reason="Two broken")
    assert missing is not None
    assert missing.reason == "Two broken"
    counted(row, "9")
    counted(row, "9", "800")
    assert moves(row)[1:] == [("count", D(-2), -2000), ("count", D(1), 1000), ("count", D(0), -1800)]
    assert booked(scene) == {"inventory": 7200, "goods_received": -10000, "stock_differences": 2800}
    assert Fact.objects.filter(kind="stock_counted").count() == 3


def test_st5_a_count_says_why(scene: Scene) -> None:
    _, row = shop(scene)
    with refused("entry.missing"):
        counted(row, "8", reason=" ")
    with refused("entry.too_long"):
        counted(row, "8", reason="x" * 301)
    with refused("stock.bad_count"):
        counted(row, "-1")
    with refused("stock.bad_cost"):
        counted(row, "1", "-1")


def test_st6_more_than_on_hand_is_warned_of_and_summed_by_item(scene: Scene) -> None:
    item, row = shop(scene, "4", 4000)
    draft = scene.draft(sold(item, "3"), sold(item, "2"))
    (found,) = [each for each in documents.findings(draft, TODAY) if each.code == "stock.more_than_on_hand"]
    assert (found.severity, found.params) == ("warn", {"name": "Desk lamp", "wanted": "5", "on_hand": "4"})
    stock.change_stock(stock_item=row, may_go_below_zero=False, reorder_level=D(2), **HOW)
    (found,) = [each for each in documents.findings(draft, TODAY) if each.code == "stock.more_than_on_hand"]
    assert found.severity == "block"
    fine = scene.draft(sold(item, "4"))
    assert "stock.more_than_on_hand" not in {each.code for each in documents.findings(fine, TODAY)}


def test_st6_in_a_batch_the_last_pieces_are_sold_once(scene: Scene) -> None:
    item, row = shop(scene, "5", 5000, may_go_below_zero=False)
    drafts = [scene.draft(sold(item, "3", price)) for price in "56"] + [scene.draft(line("77"))]
    results = invoicing.issue_drafts(draft_ids=[draft.id for draft in drafts], **HOW)
    assert [result.is_issued for result in results] == [True, False, True]
    assert results[1].findings[0].code == "stock.more_than_on_hand"
    assert standing(row) == (D(2), 2000)


def test_st7_the_cost_of_a_line_is_kept_with_its_net(scene: Scene) -> None:
    item, _ = shop(scene)
    hours = catalog.add_item(new=NewItem(name="Advice", cost=D(40)), **HOW)
    unknown = catalog.add_item(new=NewItem(name="Unknown"), **HOW)
    draft = scene.draft(sold(item, "3"), line("95", "2", item_id=hours.id), line(item_id=unknown.id))
    invoicing.set_allowances(draft=draft, allowances=[AllowanceEntry("Loyal", percent=D(10))], **HOW)
    invoice = issue(draft)
    costs = LineCost.objects.filter(document_id=invoice.id).order_by("position")
    assert [(c.position, c.net_minor, c.cost_minor, c.is_stocked) for c in costs] == [
        (1, 4050, 3000, True),
        (2, 17100, 8000, False),
    ]
    catalog.change_item(item=hours, changes={"cost": D(50)}, **HOW)
    credited(invoice, {2: CreditPart(quantity=D(1))})
    back = LineCost.objects.latest("document_id")
    assert (back.quantity, back.net_minor, back.cost_minor) == (D(-1), -8550, -4000)


def test_st7_a_document_in_another_currency_has_a_cost_and_no_margin(scene: Scene) -> None:
    item, row = shop(scene)
    scene.issued(sold(item, "2"), currency="USD")
    cost = LineCost.objects.get()
    assert (cost.currency, cost.net_minor, cost.cost_minor) == ("EUR", None, 2000)
    assert standing(row) == (D(8), 8000)


def test_st8_stock_begins_and_ends_with_nothing_on_hand(scene: Scene) -> None:
    item, row = shop(scene)
    with refused("stock.kept_already"):
        stock.begin_stock(item=item, legal_entity=scene.seller, **HOW)
    with refused("stock.still_on_hand"):
        stock.end_stock(stock_item=row, **HOW)
    counted(row, "0")
    stock.end_stock(stock_item=row, **HOW)
    with refused("stock.not_kept"):
        received(row, "1", 100)
    scene.issued(sold(item))
    again = stock.begin_stock(item=item, legal_entity=scene.seller, reorder_level=D(5), **HOW)
    assert again.id == row.id
    assert standing(row) == (D(0), 0)
    service = catalog.add_item(new=NewItem(name="Advice"), **HOW)
    with refused("stock.not_goods"):
        stock.begin_stock(item=service, legal_entity=scene.seller, **HOW)
    with refused("stock.bad_level"):
        stock.change_stock(stock_item=now(row), may_go_below_zero=True, reorder_level=D(-1), **HOW)
    kinds = ["stock_begun", "goods_received", "stock_counted", "stock_ended", "stock_begun"]
    facts = Fact.objects.filter(subject_id=item.id, kind__regex="stock|goods").order_by("id")
    assert [fact.kind for fact in facts] == kinds
    assert "10000" not in str([fact.body for fact in facts])


def test_st8_the_accounts_of_stock_come_with_it_beside_those_of_the_firm(scene: Scene) -> None:
    ledger.open_accounts(legal_entity=scene.seller, currency="EUR")
    assert not Account.objects.filter(role="inventory").exists()
    bank = Account.objects.get(legal_entity=scene.seller, role="bank", currency="EUR")
    ledger.change_account(account=bank, code="1400", name="Sparkasse", **HOW)
    shop(scene)
    assert Account.objects.get(role="inventory").code == "1401"
    ledger.open_stock_accounts(legal_entity=scene.seller, currency="EUR")
    assert Account.objects.filter(role="inventory").count() == 1


def taken_back(move: StockMove, reason: str = "Typed wrong") -> StockMove:
    return stock.reverse_receipt(move=move, reason=reason, **HOW)


def test_st10_a_wrong_receipt_is_taken_back_exactly_and_once(scene: Scene) -> None:
    _, row = shop(scene)
    wrong = received(row, "10", 100000, reference="LS 10")
    assert standing(row) == (20, 110000)
    back = taken_back(wrong)
    assert (back.kind, back.quantity, back.value_minor, back.reverses_id) == ("reversal", -10, -100000, wrong.id)
    assert standing(row) == (10, 10000)
    assert booked(scene) == {"inventory": 10000, "goods_received": -10000}
    assert Fact.objects.get(kind="receipt_reversed").body["reason"] == "Typed wrong"
    with refused("stock.reversed_already"):
        taken_back(wrong)
    with refused("stock.reference_reversed"):
        received(row, "10", 10000, reference="LS 10")
    for move, reason, code in ((back, "why", "stock.no_receipt"), (wrong, " ", "entry.missing"),
                               (wrong, "x" * 301, "entry.too_long")):  # fmt: skip
        with refused(code):
            taken_back(move, reason)


def test_st10_what_was_there_before_conto_goes_back_to_the_opening_balances(scene: Scene) -> None:
    row = kept(product(), scene.seller)
    taken_back(received(row, "2", 2000, is_opening=True))
    assert (standing(row), booked(scene)) == ((0, 0), {})


@pytest.mark.parametrize(
    ("before", "sold_first", "cost_minor", "leaves", "left"),
    [
        (10000, "", 100000, "5", "stock.reversal_value"),  # 5 would be worth − 175.00
        (10000, "", 11000, "5", (5, 4750)),
        (10000, "", 10000, "18", "stock.receipt_sold"),
        (10000, "13", 12000, "", "stock.receipt_covered"),
    ],
)
def test_st10_it_is_refused_where_the_value_would_be_wrong(
    scene: Scene, before: int, sold_first: str, cost_minor: int, leaves: str, left: Any
) -> None:
    item, row = shop(scene, "10", before)
    if sold_first:
        scene.issued(sold(item, sold_first))
    move = received(row, "10", cost_minor)
    if leaves:
        scene.issued(sold(item, leaves))
    was = standing(row)
    if isinstance(left, str):
        with refused(left):
            taken_back(move)
    else:
        taken_back(move)
    assert standing(row) == (was if isinstance(left, str) else left)


def test_st9_a_reference_is_received_once(scene: Scene) -> None:
    _, row = shop(scene)
    first = received(row, "5", 5000, reference="LS 77")
    assert received(row, "9", 9, reference=" LS  77") == first
    assert standing(row) == (D(15), 15000)
    with refused("stock.future_day"):
        received(row, "1", 1, on=TODAY + timedelta(days=1))
    with refused("stock.bad_cost"):
        received(row, "1", -1)
    with refused("stock.bad_quantity"):
        received(row, "0", 1)
    with refused("entry.too_long"):
        received(row, "1", 1, reference="x" * 101)


def test_st1_what_was_there_before_is_booked_against_the_opening_balances(scene: Scene) -> None:
    _, row = shop(scene, "")
    received(row, "4", 4000, is_opening=True)
    assert booked(scene) == {"inventory": 4000, "opening": -4000}


def test_st1_a_receipt_in_a_closed_period_is_refused(scene: Scene) -> None:
    _, row = shop(scene)
    ledger.close_period(legal_entity=scene.seller, until=date(2026, 10, 31), **HOW)
    with refused("ledger.period_closed"):
        received(row, "1", 100, on=date(2026, 10, 31))


def test_st6_what_has_no_stock_asks_nothing_more_and_a_batch_as_often_as_one(scene: Scene) -> None:
    plain = product("Chair")
    item, _ = shop(scene)

    def asked(*drafts: Draft) -> int:
        with CaptureQueriesContext(connection) as queries:
            results = invoicing.issue_drafts(draft_ids=[draft.id for draft in drafts], **HOW)
        assert all(result.is_issued for result in results), results
        return len(queries)

    asked(scene.draft(line("7")))
    without = asked(scene.draft(line("8")), scene.draft(sold(plain, price="9")))
    one = asked(scene.draft(line("10"), sold(item)))
    many = asked(*[scene.draft(line(str(20 + n)), sold(item)) for n in range(3)])
    assert one == many
    assert StockItem.objects.get().move_count == 5
    assert one - without == 3  # hold the stock; store moves; store costs
