"""What deals brought (S-5, S-6): every invoice and payment moves them, and each figure is the sum of its rows."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.test.utils import CaptureQueriesContext

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewActivity, NewDeal
from conto.apps.deals.models import Deal
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document
from conto.apps.payments import actions as payments
from conto.apps.payments.models import Allocation
from conto.apps.payments.queries import of_deals, results
from conto.domain.cash import CashState, cash_state
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.flows import credit_invoice
from tests.scene import NOW, TODAY, Scene, line

BERLIN = ZoneInfo("Europe/Berlin")
YEAR_AGO = TODAY - timedelta(days=365)


def won(scene: Scene, name: str = "Website", owner: Member | None = None) -> Deal:
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    new = NewDeal(name=name, value_minor=100_00, currency="EUR", owner_id=(owner or scene.owner).id)
    deal = deals.add_deal(customer=scene.customer, new=new, actor=SYSTEM, at=NOW)
    deals.win_deal(deal=deal, actor=SYSTEM, at=NOW)
    return Deal.objects.get(id=deal.id)


def pay(scene: Scene, document: Document, amount_minor: int) -> None:
    payments.receive_payment(
        customer=scene.customer, legal_entity=scene.seller, method="bank_transfer", amount_minor=amount_minor,
        currency="EUR", received_on=TODAY, allocate_to=[(document.id, amount_minor)], actor=SYSTEM, at=NOW,
    )  # fmt: skip


def state(scene: Scene, deal: Deal) -> CashState:
    """Return the state, which page, board and rule must agree on."""
    money = of_deals.money_of_deal(scene.owner, deal)
    assert money is not None
    assert money.state is cash_state(
        invoiced_minor=money.invoiced_minor, collected_minor=money.collected_minor, open_minor=money.open_minor
    )
    on_board = [each.state for each in of_deals.won_board(scene.owner, since=YEAR_AGO, zone=BERLIN) if each.cards]
    assert on_board == [money.state]
    return money.state


def test_s5_a_won_deal_goes_on_with_its_invoices_and_payments_and_back(scene: Scene) -> None:
    deal = won(scene)
    assert state(scene, deal) is CashState.TO_INVOICE
    document = scene.issued(line("100"), deal_id=deal.id)
    assert state(scene, deal) is CashState.INVOICED
    pay(scene, document, 50_00)
    assert state(scene, deal) is CashState.PART_PAID
    pay(scene, document, 69_00)
    assert state(scene, deal) is CashState.COLLECTED
    for allocation in Allocation.objects.filter(document=document):
        payments.reverse_allocation(allocation=allocation, actor=SYSTEM, at=NOW)
    assert state(scene, deal) is CashState.INVOICED
    invoicing.write_off(document=document, reason="bankrupt", actor=SYSTEM, at=NOW)
    assert state(scene, deal) is CashState.CLOSED


def test_s5_what_is_credited_is_not_invoiced_and_a_deal_credited_whole_is_to_be_invoiced_again(scene: Scene) -> None:
    deal = won(scene)
    document = scene.issued(line("100"), deal_id=deal.id)
    note = credit_invoice.credit(
        document=document, reason="returned", actor=SYSTEM, at=NOW,
        overrides=dict.fromkeys(("check.zero_total", "check.similar_document"), "as agreed"),
    )  # fmt: skip
    assert note.deal_id == deal.id
    money = of_deals.money_of_deal(scene.owner, deal)
    assert money is not None
    assert (money.invoiced_minor, money.collected_minor, money.open_minor) == (0, 0, 0)
    assert state(scene, deal) is CashState.TO_INVOICE
    scene.issued(line("30"), deal_id=deal.id)
    assert state(scene, deal) is CashState.INVOICED


def test_s6_rows_are_of_the_currency_that_is_asked_for(scene: Scene) -> None:
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    for currency, value in (("EUR", 5), ("USD", 7)):
        new = NewDeal(name=f"In {currency}", value_minor=value, currency=currency, owner_id=scene.owner.id)
        deals.add_deal(customer=scene.customer, new=new, actor=SYSTEM, at=NOW)
    for currency, value in (("EUR", 5), ("USD", 7)):
        rows = results.rows_of_result(
            scene.owner, "created", owner_id=scene.owner.id, currency=currency, first=TODAY, last=TODAY, zone=BERLIN
        )
        assert [row.amount_minor for row in rows] == [value]


def test_s5_the_board_asks_twice_whatever_stands_on_it(scene: Scene) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            of_deals.won_board(scene.owner, since=YEAR_AGO, zone=BERLIN)
        return len(queries)

    won(scene)
    asked()  # whose deals the member sees is asked once
    one = asked()
    for n in range(2):
        scene.issued(line("100"), deal_id=won(scene, f"More {n}").id)
    assert asked() == one == 2
    columns = {column.state: column for column in of_deals.won_board(scene.owner, since=YEAR_AGO, zone=BERLIN)}
    (sums,) = columns[CashState.INVOICED].sums
    assert (sums.count, sums.invoiced_minor, sums.open_minor) == (2, 238_00, 238_00)


def test_s6_each_figure_of_a_seller_is_the_sum_of_its_rows(scene: Scene) -> None:
    sam = accounts.add_member(
        email="sam@example.com", name="Sam", role=Role.SALES, password="correct horse 9", actor=SYSTEM, at=NOW
    )
    first, second = won(scene), won(scene, "Shop", owner=sam)
    document = scene.issued(line("100"), deal_id=first.id)
    pay(scene, document, 119_00)
    other = scene.issued(line("50"), deal_id=second.id)
    pay(scene, other, 9_50)
    done = deals.add_activity(
        customer=scene.customer, new=NewActivity(title="Call", kind="call", owner_id=sam.id), deal=second,
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    deals.finish_activity(activity=done, outcome="", actor=SYSTEM, at=NOW)
    scene.issued(line("900"))  # of no deal: of no seller
    span = {"first": TODAY.replace(day=1), "last": TODAY}
    found = results.results(scene.owner, **span, zone=BERLIN)
    told = {(name, each.owner_id): (each.count, each.amount_minor) for name, some in found.items() for each in some}
    assert told == {
        ("activities", sam.id): (1, 0),
        ("created", scene.owner.id): (1, 100_00),
        ("created", sam.id): (1, 100_00),
        ("won", scene.owner.id): (1, 100_00),
        ("won", sam.id): (1, 100_00),
        ("invoiced", scene.owner.id): (1, 119_00),
        ("invoiced", sam.id): (1, 59_50),
        ("collected", scene.owner.id): (1, 119_00),
        ("collected", sam.id): (1, 9_50),
    }
    for name, some in found.items():
        for each in some:
            rows = results.rows_of_result(
                scene.owner, name, owner_id=each.owner_id, currency=each.currency, **span, zone=BERLIN
            )
            assert (len(rows), sum(row.amount_minor for row in rows)) == (each.count, each.amount_minor)


def test_s5_who_sees_no_money_sees_no_won_board(scene: Scene) -> None:
    won(scene)
    mia = accounts.add_member(
        email="mia@example.com", name="Mia", role=Role.MARKETING, password="correct horse 9", actor=SYSTEM, at=NOW
    )
    assert not any(column.count for column in of_deals.won_board(mia, since=YEAR_AGO, zone=BERLIN))
