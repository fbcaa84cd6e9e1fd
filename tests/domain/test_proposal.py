"""Proposals of a quote: terms for those who pay late, the usual discount for those who buy steadily."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.quote import (
    BillingRule,
    PastInvoice,
    Proposed,
    discount_given,
    needs_approval,
    payment_habit,
    proposals,
    purchase_habit,
)
from tests.domain.test_quote import TODAY, content, line

Made = dict[Proposed, Decimal | int]


def paid(days_late: int, *, due: date = TODAY - timedelta(days=100), percent: str = "0") -> PastInvoice:
    return PastInvoice(due - timedelta(days=14), due, due + timedelta(days=days_late), False, Decimal(percent))


def unpaid(days: int) -> PastInvoice:
    due = TODAY - timedelta(days=days)
    return PastInvoice(due - timedelta(days=14), due, None, True)


def bought(months: int, *percents: str, days_late: int = 0) -> list[PastInvoice]:
    made = []
    for n in range(months):
        year, month = divmod(TODAY.year * 12 + TODAY.month - 1 - n, 12)
        day = date(year, month + 1, 1)
        made.append(PastInvoice(day, day, day + timedelta(days=days_late), False, Decimal(percents[n % len(percents)])))
    return made


def proposed(past: list[PastInvoice], *, limit: str | None = None, **draft: Any) -> Made:
    found = proposals(
        content(line(1), **{"terms_days": 30} | draft), past, today=TODAY, limit_percent=limit and Decimal(limit)
    )
    return {each.kind: each.days if each.kind is Proposed.TERMS else each.percent for each in found}


DEPOSIT: dict[str, Any] = {"billing_rule": BillingRule.DEPOSIT, "deposit_percent": Decimal(40)}


@pytest.mark.parametrize(
    ("past", "draft", "wanted"),
    [
        ([paid(n) for n in (20, 25, 18, 22, 19, 21, 24, 19)], {}, {Proposed.DEPOSIT: 50, Proposed.TERMS: 7}),
        ([paid(8), paid(0), paid(16)], DEPOSIT, {Proposed.TERMS: 14}),
        ([paid(40), paid(35)], {}, {}),
        ([paid(0), paid(0), paid(0), unpaid(31)], {"terms_days": 7}, {Proposed.DEPOSIT: 50}),
        ([paid(20)] * 4, {"billing_rule": BillingRule.ON_DELIVERY, "terms_days": 5}, {}),
    ],
)
def test_q10_who_pays_late_is_asked_for_a_deposit_and_shorter_terms(
    past: list[PastInvoice], draft: dict[str, Any], wanted: Made
) -> None:
    assert proposed(past, **draft) == wanted


def test_q10_the_reason_names_days_and_invoices() -> None:
    past = [paid(n) for n in (20, 25, 18, 22, 19, 21, 24, 19)]
    reason = proposals(content(line(1)), past, today=TODAY, limit_percent=None)[0].reason
    assert reason.message % reason.params == "They pay 21 days late on average, over 8 invoices."


def test_q10_what_was_credited_or_is_not_due_yet_counts_for_nothing() -> None:
    credited = PastInvoice(TODAY - timedelta(90), TODAY - timedelta(60), None, False)
    coming = PastInvoice(TODAY, TODAY + timedelta(14), None, True)
    assert payment_habit([credited, coming, paid(1), paid(2)], TODAY) is None


@pytest.mark.parametrize(
    ("past", "limit", "wanted"),
    [
        (bought(12, "5", "5", "0"), "10", {Proposed.DISCOUNT: 5}),
        (bought(11, "15"), "10", {Proposed.DISCOUNT: 15}),
        (bought(9, "5"), "10", {}),
        (bought(12, "0"), None, {}),
    ],
)
def test_q11_who_buys_steadily_gets_the_discount_they_mostly_had(
    past: list[PastInvoice], limit: str | None, wanted: Made
) -> None:
    assert proposed(past, limit=limit) == wanted


def test_q11_who_pays_late_gets_no_discount_and_two_as_frequent_ones_mean_the_lower() -> None:
    assert Proposed.DISCOUNT not in proposed(bought(12, "5", days_late=9))
    assert purchase_habit(bought(12, "5", "7"), TODAY).discount_percent == 5


def test_q11_a_draft_that_discounts_already_is_left_alone() -> None:
    assert proposed(bought(12, "5"), discount_percent=Decimal(5)) == {}
    own = content(line(1, allowance_percent=Decimal(3)))
    assert proposals(own, bought(12, "5"), today=TODAY, limit_percent=None) == ()


def test_q11_the_discount_of_lines_and_whole_count_together() -> None:
    lines = [(10_000, 1_000), (10_000, 1_000)]
    assert discount_given(lines, lines_net_minor=18_000, allowances_minor=1_800) == 19
    assert discount_given([], lines_net_minor=0, allowances_minor=0) == 0


@given(st.integers(10, 12), st.integers(1, 1000), st.integers(0, 1000))
def test_q5_a_proposal_above_the_limit_always_says_so(months: int, tenths: int, limit_tenths: int) -> None:
    percent, limit = Decimal(tenths) / 10, Decimal(limit_tenths) / 10
    draft = content(line(1))
    for each in proposals(draft, bought(months, str(percent)), today=TODAY, limit_percent=limit):
        taken = content(line(1), discount_percent=each.percent)
        assert each.needs_approval == needs_approval(taken, limit)
