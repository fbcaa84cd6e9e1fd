"""Targets: what counts for whom, what a member sees of it, and that nothing is lost on the way from the ledger."""

from datetime import date
from random import Random
from typing import Any

import pytest
from django.db import connection

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.audit.models import Fact
from conto.apps.crm.models import Customer
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewDeal
from conto.apps.deals.models import Deal
from conto.apps.invoicing.models import Document
from conto.apps.payments import actions as payments
from conto.apps.payments.models import Payment
from conto.apps.quotas import actions, queries
from conto.apps.quotas.models import Quota
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.domain.sight import Area, Reach
from conto.flows import credit_invoice
from tests.domain.refusals import refused
from tests.scene import NOW, TODAY, Scene, issue, line

ZONE = "Europe/Berlin"
YEAR = f"{TODAY:%Y}"
FIRST, LAST = date(TODAY.year, 1, 1), date(TODAY.year, 12, 31)


def member(name: str) -> Member:
    return accounts.add_member(
        email=f"{name}@example.com", name=name, role=Role.SALES, password="correct-horse-9", actor=SYSTEM, at=NOW
    )


def target(**more: Any) -> Quota:
    known = {"period": YEAR, "measure": "collected", "amount_minor": 100_000, "currency": "EUR"} | more
    return actions.set_target(**known, actor=SYSTEM, at=NOW)


def reached(row: Quota) -> int:
    return queries.reached([row], zone=ZONE)[row.id]


def pay(scene: Scene, amount: int, **more: Any) -> Payment:
    known = {"method": "cash", "currency": "EUR", "received_on": TODAY, "allocate_to": "oldest"} | more
    return payments.receive_payment(
        customer=scene.customer, legal_entity=scene.seller, amount_minor=amount, actor=SYSTEM, at=NOW, **known
    )


def deal_of(scene: Scene, owner: Member) -> Deal:
    if not Deal.objects.exists():
        deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    return deals.add_deal(
        customer=scene.customer, new=NewDeal(name="Care", owner_id=owner.id, value_minor=500), actor=SYSTEM, at=NOW
    )


def test_z2_a_payment_counts_for_whom_it_settles_and_its_rest_for_whose_customer_it_is(scene: Scene) -> None:
    sam, ada = member("sam"), member("mia")
    Customer.objects.filter(id=scene.customer.id).update(owner=ada)
    document = issue(scene.draft(line("58.82"), deal_id=deal_of(scene, sam).id))
    paid = pay(scene, 10_000)
    assert document.payable_minor == 7_000
    his, hers, all_of_it = target(member=sam), target(member=ada), target()
    assert (reached(his), reached(hers), reached(all_of_it)) == (7_000, 3_000, 10_000)
    payments.refund(payment=paid, amount_minor=2_000, method="cash", refunded_on=TODAY, actor=SYSTEM, at=NOW)
    assert (reached(his), reached(hers), reached(all_of_it)) == (7_000, 1_000, 8_000)
    payments.reverse_allocation(allocation=paid.allocations.get(), actor=SYSTEM, at=NOW)
    assert (reached(his), reached(hers), reached(all_of_it)) == (0, 8_000, 8_000)


def test_z2_credit_notes_take_away_and_each_currency_stands_for_itself(scene: Scene) -> None:
    billed, dollars = target(measure="invoiced"), target(measure="invoiced", currency="USD")
    document = issue(scene.draft(line("100")))
    assert (reached(billed), reached(dollars)) == (11_900, 0)
    issue(scene.draft(line("10"), currency="USD"))
    assert (reached(billed), reached(dollars)) == (11_900, 1_190)
    credit_invoice.credit(document=document, reason="late", actor=SYSTEM, at=NOW)
    assert (reached(billed), reached(dollars)) == (0, 1_190)


def test_z2_a_won_deal_counts_for_its_owner_and_the_team(scene: Scene) -> None:
    sam, ada = member("sam"), member("mia")
    team = accounts.add_team(name="North", actor=SYSTEM, at=NOW)
    accounts.change_member(member_id=sam.id, team_id=team.id, actor=SYSTEM, at=NOW)
    deals.win_deal(deal=deal_of(scene, sam), actor=SYSTEM, at=NOW)
    deals.win_deal(deal=deal_of(scene, ada), actor=SYSTEM, at=NOW)
    month = f"{TODAY:%Y-%m}"
    assert reached(target(measure="won", period=month, member=sam)) == 500
    assert reached(target(measure="won", period=month, team=team)) == 500
    assert reached(target(measure="won", period=month)) == 1_000
    assert reached(target(measure="won", period=f"{TODAY.year + 1}")) == 0


@pytest.mark.parametrize("seed", range(3))
def test_z2_people_and_the_rest_together_are_what_the_ledger_says_and_rows_add_up(scene: Scene, seed: int) -> None:
    dice = Random(seed)
    sam, ada = member("sam"), member("mia")
    Customer.objects.filter(id=scene.customer.id).update(owner=dice.choice([None, ada]))
    owned = [None, deal_of(scene, sam), deal_of(scene, ada)]
    documents: list[Document] = []
    for _ in range(8):
        whose = dice.choice(owned)
        draft = scene.draft(line(str(dice.randint(1, 300))), deal_id=whose.id if whose else None)
        documents.append(issue(draft))
        paid = pay(scene, dice.randint(1, 30_000))
        if dice.random() < 0.4 and paid.allocations.exists():
            payments.reverse_allocation(allocation=paid.allocations.all()[0], actor=SYSTEM, at=NOW)
            payments.refund(payment=paid, amount_minor=1, method="cash", refunded_on=TODAY, actor=SYSTEM, at=NOW)
    credit_invoice.credit(document=dice.choice(documents), reason="late", actor=SYSTEM, at=NOW)
    for measure, told in (("invoiced", ledger_invoiced()), ("collected", ledger_collected())):
        parts = queries.divided(measure, "EUR", FIRST, LAST, zone=ZONE)
        whole = target(measure=measure)
        behind = queries.counted(scene.owner, whole, zone=ZONE)
        assert sum(parts.values()) == told == reached(whole)
        assert sum(row.amount_minor for row in behind.rows) == told
        for who in (sam, ada):
            assert reached(target(measure=measure, member=who)) == parts.get(who.id, 0)


def ledger_invoiced() -> int:
    """What receivables rose by with invoices, less what credit notes gave to customers."""
    return asked(
        """SELECT coalesce(sum(CASE WHEN d.kind = 'credit_note' THEN -t.amount_minor ELSE t.amount_minor END), 0)
        FROM ledger_transfer t JOIN invoicing_document d ON d.entry_id = t.entry_id
            JOIN ledger_account a
                ON a.id = CASE WHEN d.kind = 'credit_note' THEN t.credit_account_id ELSE t.debit_account_id END
        WHERE a.role = CASE WHEN d.kind = 'credit_note' THEN 'customer_credit' ELSE 'receivable' END"""
    )


def ledger_collected() -> int:
    """What came into the places where money lies, less what went out of them."""
    money = "('bank', 'cash', 'gateway_clearing')"
    return asked(
        f"""SELECT coalesce(sum(CASE WHEN a.role IN {money} THEN t.amount_minor ELSE -t.amount_minor END), 0)
        FROM ledger_transfer t JOIN ledger_account a ON a.id = t.debit_account_id
            JOIN ledger_account b ON b.id = t.credit_account_id
        WHERE (a.role IN {money}) <> (b.role IN {money})"""
    )


def asked(question: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])


def test_z4_sellers_see_their_own_targets_and_their_teams_and_no_stranger_behind_a_figure(scene: Scene) -> None:
    sam, ada = member("sam"), member("mia")
    team = accounts.add_team(name="North", actor=SYSTEM, at=NOW)
    for who in (sam, ada):
        accounts.change_member(member_id=who.id, team_id=team.id, actor=SYSTEM, at=NOW)
    accounts.set_reaches(wanted={(Role.SALES, Area.DEALS): Reach.OWN}, actor=SYSTEM, at=NOW)
    deals.win_deal(deal=deal_of(scene, ada), actor=SYSTEM, at=NOW)
    deals.win_deal(deal=deal_of(scene, sam), actor=SYSTEM, at=NOW)
    his, hers = target(member=sam, measure="won"), target(member=ada, measure="won")
    both, everybodys = target(team=team, measure="won"), target(measure="won")
    sam = Member.objects.get(id=sam.id)
    assert {each.id for each in queries.visible_to(sam)} == {his.id, both.id}
    assert queries.target_for(sam, hers.id) is None
    assert queries.target_for(scene.owner, everybodys.id) is not None
    behind = queries.counted(sam, both, zone=ZONE)
    assert [row.amount_minor for row in behind.rows] == [500]
    assert (behind.hidden_count, behind.hidden_minor) == (1, 500)


def test_z1_there_is_one_target_of_a_kind_and_each_writing_is_told(scene: Scene) -> None:
    row = target()
    with refused("target.exists"):
        target()
    with refused("target.of_one"):
        target(member=scene.owner, team=accounts.add_team(name="North", actor=SYSTEM, at=NOW))
    actions.change_target(target=row, amount_minor=5, actor=SYSTEM, at=NOW)
    actions.change_target(target=row, amount_minor=5, actor=SYSTEM, at=NOW)
    actions.remove_target(target=row, actor=SYSTEM, at=NOW)
    with refused("target.gone"):
        actions.remove_target(target=row, actor=SYSTEM, at=NOW)
    kinds = Fact.objects.filter(kind__startswith="target_").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["target_set", "target_changed", "target_removed"]
