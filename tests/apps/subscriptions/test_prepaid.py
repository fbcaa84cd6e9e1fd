"""Prepaid credit: given or sold, used by what is measured, on paper, in the books, and ended."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from conto.apps.bulk.invariants import ask
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document, DocumentLine, Draft
from conto.apps.ledger import queries as ledger
from conto.apps.plans.actions import ItemEntry
from conto.apps.subscriptions import queries
from conto.apps.subscriptions.models import PrepaidCredit, PrepaidUse, Subscription
from conto.apps.subscriptions.queries.invariants import INVARIANTS
from conto.domain import journal
from conto.domain.facts import SYSTEM
from conto.domain.price import PrepaidCredit as Credit
from conto.domain.price import Price, PriceKind, share_minor
from conto.domain.subscription import Definition, Event, Item, Measure, bill, paper_of
from conto.flows import billing_run, prepaid_credit, record_usage
from conto.flows.record_usage import SentEvent
from tests.agreements import metered
from tests.domain.refusals import refused
from tests.scene import Scene

STARTS = date(2026, 11, 22)
CALLS = ItemEntry(name="Calls", price={"kind": "per_unit", "amount": "0.10"}, measure={"metric": "calls"})
LATER = date(2027, 1, 22)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def use(scene: Scene, row: Subscription, key: str, value: int | None, on: date, revision: int = 0) -> None:
    calls = None if value is None else Decimal(value)
    sent = SentEvent(row.number, key, "calls", noon(on), calls, revision=revision)
    record_usage.record(events=[sent], member=scene.owner, actor=SYSTEM, at=noon(on))


def run_on(day: date) -> Any:
    return billing_run.run(actor=SYSTEM, at=noon(day))


def granted(row: Subscription, amount_minor: int, on: date = STARTS, **more: Any) -> Any:
    return prepaid_credit.grant(
        row=row, amount_minor=amount_minor, reason=f"Credit of {amount_minor}", actor=SYSTEM, at=noon(on), **more
    )


def standing(row: Subscription, on: date) -> list[tuple[int, int, int]]:
    row.refresh_from_db()
    return [(each.used_minor, each.lapsed_minor, each.left_minor) for each in queries.credits_of(row, at=noon(on))]


def balances(scene: Scene) -> dict[str, int]:
    rows = ledger.trial_balance(scene.seller, "EUR")
    return {row.role: row.balance_minor for row in rows if row.balance_minor}


def latest() -> Document:
    return Document.objects.exclude(kind="deposit").order_by("-issued_at", "-ordinal")[0]


def sound() -> None:
    connection.check_constraints()
    for each in INVARIANTS:
        assert ask(each).shown == (), each.id


def test_sb14_what_was_sold_is_no_revenue_until_it_is_used(scene: Scene) -> None:
    row = metered(scene.customer, starts_on=STARTS)
    credit = granted(row, 5000, is_sold=True)
    sold = Document.objects.get(kind="deposit")
    assert (sold.net_minor, sold.tax_minor, sold.source) == (5000, 950, "prepaid_credit")
    assert balances(scene) == {"receivable": 5950, "deposits": -5000, "tax_payable": -950}
    run_on(STARTS)
    use(scene, row, "a", 300, date(2026, 12, 1))
    run_on(date(2026, 12, 22))
    paper = latest()
    assert (paper.net_minor, paper.tax_minor) == (2900, 551)  # the base fee; 30.00 of calls are paid
    assert balances(scene)["deposits"] == -2000
    assert balances(scene)["revenue"] == -(2900 + 2900 + 3000)
    assert standing(row, date(2026, 12, 22)) == [(3000, 0, 2000)]
    (told,) = PrepaidUse.objects.filter(credit=credit)
    line = DocumentLine.objects.get(document_id=told.document_id, position=told.position)
    assert (line.name, line.net_minor, line.tax_rate, told.amount_minor) == ("Prepaid-Guthaben", -3000, 19, 3000)
    use(scene, row, "b", 250, date(2026, 12, 30))
    run_on(LATER)
    assert latest().net_minor == 2900 + 2500 - 2000
    assert (standing(row, LATER), balances(scene).get("deposits")) == ([(5000, 0, 0)], None)
    sound()


def test_sb14_what_was_given_lowers_what_is_used_and_goes_the_oldest_first(scene: Scene) -> None:
    row = metered(scene.customer, 0, CALLS, starts_on=STARTS)
    granted(row, 1000, last_day=date(2027, 1, 31))
    granted(row, 4000, on=date(2026, 11, 23))
    run_on(STARTS)
    use(scene, row, "a", 300, date(2026, 12, 1))
    run_on(date(2026, 12, 22))
    paper = latest()
    assert (paper.net_minor, paper.tax_minor, paper.payable_minor) == (0, 0, 0)
    assert list(paper.lines.order_by("position").values_list("net_minor", flat=True)) == [3000, -1000, -2000]
    assert standing(row, LATER) == [(2000, 0, 2000), (1000, 0, 0)]
    assert balances(scene) == {}
    sound()


def test_sb14_a_correction_gives_back_on_paper_and_never_in_money_too(scene: Scene) -> None:
    row = metered(scene.customer, 0, CALLS, starts_on=STARTS)
    granted(row, 2000, is_sold=True)
    run_on(STARTS)
    use(scene, row, "a", 500, date(2026, 12, 1))
    run_on(date(2026, 12, 22))
    assert latest().net_minor == 3000
    before = balances(scene)
    use(scene, row, "a", 100, date(2026, 12, 23), revision=1)
    run_on(LATER)
    assert standing(row, LATER) == [(0, 0, 2000)]
    made = list(Document.objects.exclude(kind="deposit").order_by("issued_at", "ordinal")[1:])
    assert sorted((each.kind, each.net_minor) for each in made) == [("credit_note", 2000), ("invoice", 0)]
    now = balances(scene)
    assert (before.get("deposits"), now["deposits"]) == (None, -2000)
    assert now["revenue"] == -1000
    sound()


def test_sb14_what_lapses_becomes_revenue_and_what_is_paid_back_does_not(scene: Scene) -> None:
    row = metered(scene.customer, 0, CALLS, starts_on=STARTS)
    granted(row, 1000, is_sold=True, last_day=date(2026, 12, 24))
    credit = granted(row, 4000, is_sold=True)
    run_on(STARTS)
    use(scene, row, "a", 130, date(2026, 12, 1))
    assert prepaid_credit.lapse(at=noon(date(2026, 12, 25))) == 0  # a day that it pays for is not billed yet
    run_on(date(2026, 12, 22))
    assert standing(row, date(2026, 12, 22)) == [(300, 0, 3700), (1000, 0, 0)]
    granted(row, 500, is_sold=True, on=date(2026, 12, 22), last_day=date(2026, 12, 24))
    assert prepaid_credit.lapse(at=noon(date(2026, 12, 24))) == 0
    assert prepaid_credit.lapse(at=noon(date(2026, 12, 25))) == 2
    assert prepaid_credit.lapse(at=noon(date(2026, 12, 25))) == 0
    assert standing(row, date(2026, 12, 25)) == [(0, 500, 0), (300, 0, 3700), (1000, 0, 0)]
    assert balances(scene)["deposits"] == -3700
    at = noon(date(2026, 12, 26))
    with refused("prepaid.no_ending_reason"):
        prepaid_credit.end(credit=credit, reason=" ", pays_back=False, actor=SYSTEM, at=at)
    credit = queries.credit_for(row, credit.id)
    prepaid_credit.end(credit=credit, reason="They move away", pays_back=True, actor=SYSTEM, at=at)
    note = latest()
    assert (note.kind, note.net_minor, note.corrects_id) == ("credit_note", 3700, credit.document_id)
    assert "deposits" not in balances(scene)
    assert balances(scene)["revenue"] == -(1300 + 500)
    with refused("prepaid.ended"):
        prepaid_credit.end(credit=credit, reason="Again", pays_back=False, actor=SYSTEM, at=at)
    use(scene, row, "b", 100, date(2026, 12, 28))
    run_on(LATER)
    assert latest().net_minor == 1000
    sound()


def test_sb14_credit_that_was_sold_is_credited_and_deducted_by_nobody_else(scene: Scene) -> None:
    row = metered(scene.customer, 0, CALLS, starts_on=STARTS)
    granted(row, 1000, is_sold=True)
    given = granted(row, 1000)
    sold = Document.objects.get(kind="deposit")
    with refused("credit.of_prepaid_credit"):
        invoicing.draft_credit_note(document=sold, actor=SYSTEM, at=noon(STARTS))
    with refused("deposit.not_fitting"):
        invoicing.draft_final(customer=scene.customer, deposits=[sold], actor=SYSTEM, at=noon(STARTS))
    with refused("prepaid.was_given"):
        prepaid_credit.end(credit=given, reason="Too much", pays_back=True, actor=SYSTEM, at=noon(STARTS))
    for more, code in (
        ({"amount_minor": 0}, "prepaid.not_above_zero"),
        ({"last_day": date(2026, 11, 21)}, "prepaid.over"),
        ({"reason": " "}, "prepaid.no_reason"),
    ):
        with refused(code):
            prepaid_credit.grant(**{"row": row, "amount_minor": 5, "reason": "x", "actor": SYSTEM,
                                    "at": noon(STARTS), "is_sold": True, **more})  # fmt: skip
    assert (Document.objects.count(), Draft.objects.count(), len(standing(row, STARTS))) == (1, 0, 2)


def test_sb14_the_database_lets_no_more_be_used_than_there_is(scene: Scene) -> None:
    row = metered(scene.customer, 0, CALLS, starts_on=STARTS)
    granted(row, 1000)
    run_on(STARTS)
    use(scene, row, "a", 50, date(2026, 12, 1))
    run_on(date(2026, 12, 22))
    told = PrepaidUse.objects.get()
    with pytest.raises(DatabaseError, match="500 is used of 400"), transaction.atomic():
        _end_by_hand(told.credit_id)


def _end_by_hand(credit_id: Any) -> None:
    PrepaidCredit.objects.filter(id=credit_id).update(ended_on=STARTS, ended_kind="lapsed", ended_minor=600)
    connection.check_constraints()


def test_j17_prepaid_credit_becomes_revenue_with_the_tax_of_its_deposit_and_back() -> None:
    (there,), (back,) = (journal.prepaid_released(minor, "S", Decimal(19)) for minor in (30, -20))
    assert (there.debit, there.credit, there.amount_minor, there.tax_rate) == ("deposits", "revenue", 30, 19)
    assert (back.debit, back.credit, back.amount_minor, back.tax_category) == ("revenue", "deposits", 20, "S")


@given(
    st.integers(1, 10**6), st.integers(1, 10**6), st.lists(st.integers(0, 10**6), max_size=8), st.sampled_from([7, 19])
)
def test_sb14_shares_of_any_parts_make_the_whole(amount: int, net: int, cuts: list[int], rate: int) -> None:
    net = min(net, amount * 100 // (100 + rate)) or 1
    ends = [0, *sorted(cut % (amount + 1) for cut in cuts), amount]
    shares = [share_minor(net, amount, end) for end in ends]
    assert (shares[0], shares[-1]) == (0, net)
    assert shares == sorted(shares)


USES = st.lists(st.tuples(st.integers(1, 400), st.integers(0, 60)), min_size=1, max_size=6)
CREDITS = st.lists(
    st.tuples(st.integers(1, 5000), st.integers(0, 90), st.none() | st.integers(1, 60)), min_size=1, max_size=4
)


@settings(max_examples=25, deadline=None)
@given(USES, CREDITS, st.lists(st.integers(0, 400), max_size=3))
def test_sb14_given_is_used_and_left_at_any_time_and_the_invoices_say_the_same(
    uses: list[tuple[int, int]], given_: list[tuple[int, int, int | None]], corrections: list[int]
) -> None:
    """Whatever is used and corrected: credits hold what they say, and paper asks for what they do not pay."""
    prepaid = tuple(
        Credit(f"c{n}", STARTS + timedelta(days=day), amount, days and STARTS + timedelta(days=day + days))
        for n, (amount, day, days) in enumerate(given_)
    )
    events = [
        Event(f"e{n}", "calls", noon(STARTS + timedelta(days=day)), Decimal(value))
        for n, (value, day) in enumerate(uses)
    ]
    events += [
        replace(events[n % len(uses)], value=Decimal(value), revision=n + 1,
                known_at=noon(STARTS + timedelta(days=65 + 20 * n)))
        for n, value in enumerate(corrections)
    ]  # fmt: skip
    price = Price("p", PriceKind.PER_UNIT, "EUR", Decimal("0.10"))
    calls = Item("calls", price, measure=Measure("calls"), timing="arrears")
    agreed = Definition("EUR", "UTC", STARTS, (calls,), prepaid=prepaid)
    made = bill(agreed, usage=events, until=STARTS + timedelta(days=200))
    drawn: dict[str, int] = {}
    asked = 0
    for invoice in made.invoices:
        for each in invoice.drawn:
            drawn[each.key] = drawn.get(each.key, 0) + each.amount_minor
        for credit in prepaid:
            assert 0 <= drawn.get(credit.key, 0) <= credit.left_minor
        paper = paper_of([invoice], "EUR")
        shown = sum(round(line.quantity * line.unit_price * 100) for line in paper.lines) - (
            invoice.drawn_minor if paper.lines else 0
        )
        noted = sum(each.amount_minor for each in paper.credits)
        assert shown >= 0
        assert shown - noted == invoice.net_minor - invoice.drawn_minor
        asked += shown - noted
    total = sum(invoice.net_minor for invoice in made.invoices)
    assert asked == total - sum(drawn.values())
    assert asked >= 0
