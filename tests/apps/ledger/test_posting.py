import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction

from conto.apps.ledger import actions as ledger
from conto.apps.ledger import queries
from conto.apps.ledger.models import Account, Entry, OpenItem
from conto.domain import journal
from conto.domain.errors import Conflict
from conto.domain.ids import new_id
from conto.domain.invoice import TaxPart
from conto.domain.journal import EntryKind
from conto.domain.tax import TaxCategory
from tests.scene import NOW, TODAY, Scene, set_scene


@pytest.fixture
def scene(db: None) -> Scene:
    return set_scene()


def entry(
    scene: Scene,
    kind: EntryKind,
    subject_id: UUID,
    transfers: Sequence[journal.Transfer],
    on: date = TODAY,
    currency: str = "EUR",
) -> ledger.NewEntry:
    return ledger.NewEntry(new_id(), scene.seller.id, currency, kind, on, subject_id, transfers, NOW, scene.customer.id)


def invoice(scene: Scene, net: int, tax: int, on: date = TODAY) -> UUID:
    key = new_id()
    parts = [TaxPart(TaxCategory.S, Decimal(19), net, tax)]
    ledger.post_many([entry(scene, EntryKind.INVOICE_ISSUED, key, journal.invoice_issued(key, parts), on)])
    return key


def payment(scene: Scene, amount: int, on: date = TODAY) -> UUID:
    key = new_id()
    ledger.post_many([entry(scene, EntryKind.PAYMENT_RECEIVED, key, journal.payment_received(key, amount), on)])
    return key


def allocation(scene: Scene, credit: UUID, receivable: UUID, amount: int) -> ledger.NewEntry:
    return entry(scene, EntryKind.PAYMENT_ALLOCATED, new_id(), journal.payment_allocated(credit, receivable, amount))


def test_accounts_of_a_currency_open_by_themselves_once(scene: Scene) -> None:
    for _ in range(2):
        ledger.open_accounts(legal_entity=scene.seller, currency="CHF")
    assert Account.objects.filter(currency="CHF").count() == len(ledger.STANDARD_CHART)
    opened = {account.role for account in Account.objects.filter(currency="CHF")}
    assert opened == set(journal.AccountRole) - set(ledger.STOCK_CHART), "those of stock open when stock is kept"


def test_j6_more_than_is_open_cannot_be_settled_whoever_asks(scene: Scene) -> None:
    bill, money = invoice(scene, 1000, 190), payment(scene, 5000)
    ledger.post_many([allocation(scene, money, bill, 1000)])
    with pytest.raises(Conflict, match="More would be settled"):
        ledger.post_many([allocation(scene, money, bill, 191)])


def test_a_credit_cannot_be_spent_twice(scene: Scene) -> None:
    money = payment(scene, 100)
    bills = [invoice(scene, 100, 19), invoice(scene, 100, 19)]
    with pytest.raises(Conflict):
        ledger.post_many([allocation(scene, money, bill, 80) for bill in bills])


def test_j11_an_entry_is_reversed_exactly_and_once(scene: Scene) -> None:
    bill, money = invoice(scene, 1000, 190), payment(scene, 1190)
    posted = allocation(scene, money, bill, 1190)
    ledger.post_many([posted])
    original = Entry.objects.get(id=posted.id)
    undone = ledger.reverse(entry=original, dated_on=TODAY, at=NOW)
    assert [t.movement for t in queries.transfers_of_entry(undone.id)] == list(
        journal.reversed_entry(t.movement for t in queries.transfers_of_entry(original.id))
    )
    assert queries.open_by_document([bill, money]) == {bill: 1190, money: 1190}
    with pytest.raises(Conflict, match="already reversed"):
        ledger.reverse(entry=original, dated_on=TODAY, at=NOW)


def test_the_folio_runs_and_the_statement_closes_on_the_same_balance(scene: Scene) -> None:
    bill = invoice(scene, 1000, 190, TODAY - timedelta(days=20))
    money = payment(scene, 500, TODAY - timedelta(days=5))
    ledger.post_many([allocation(scene, money, bill, 500)])
    postings = queries.customer_postings(scene.customer.id)
    assert [(p.effect_minor, p.balance_minor) for p in postings] == [(1190, 1190), (-500, 690), (0, 690)]
    statement = queries.statement(scene.customer.id, currency="EUR", as_of=TODAY, since=TODAY - timedelta(days=10))
    assert (statement.opening_minor, statement.closing_minor) == (1190, 690)
    balance = queries.customer_balances([scene.customer.id])[scene.customer.id]["EUR"]
    assert (balance.owed_minor, balance.credit_minor, balance.net_minor) == (690, 0, 690)


@pytest.mark.parametrize("seed", range(3))
def test_i30_open_items_and_balances_are_the_sums_of_random_postings(scene: Scene, seed: int) -> None:
    dice = random.Random(seed)
    expected: dict[UUID, int] = defaultdict(int)
    bills: list[UUID] = []
    moneys: list[UUID] = []
    for _ in range(40):
        if dice.random() < 0.4 or not bills or not moneys:
            amount = dice.randint(1, 10**6)
            if dice.random() < 0.5 or not bills:
                bills.append(invoice(scene, amount, 0))
                expected[bills[-1]] = amount
            else:
                moneys.append(payment(scene, amount))
                expected[moneys[-1]] = amount
            continue
        bill, money = dice.choice(bills), dice.choice(moneys)
        part = dice.randint(1, 10**6)
        if part <= min(expected[bill], expected[money]):
            ledger.post_many([allocation(scene, money, bill, part)])
            expected[bill] -= part
            expected[money] -= part
        else:
            with pytest.raises(Conflict), transaction.atomic():
                ledger.post_many([allocation(scene, money, bill, part)])
    assert dict(OpenItem.objects.values_list("item_id", "open_minor")) == dict(expected)
    owed, credit = sum(expected[key] for key in bills), sum(expected[key] for key in moneys)
    trial = {row.role: row.balance_minor for row in queries.trial_balance(scene.seller, "EUR")}
    assert (trial["receivable"], -trial["customer_credit"]) == (owed, credit)
    assert sum(trial.values()) == 0
    assert queries.customer_postings(scene.customer.id)[-1].balance_minor == owed - credit
