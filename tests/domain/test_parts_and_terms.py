"""Deposits (I-3), discounts for paying early (I-4) and due days (I-5)."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.invoice import (
    Deposit,
    DocumentInput,
    EarlyStep,
    LineInput,
    PaymentTerms,
    PriceMode,
    TaxGroup,
    compute,
    deductions,
    describe_terms,
    discount_available,
    discount_parts,
    discount_steps,
    due_on,
    parse_terms,
    split_by_tax,
)
from conto.domain.tax import TaxCategory
from tests.domain.documents import S19, D, documents
from tests.domain.refusals import refused

ONE = UUID(int=1)
TWO = UUID(int=2)
ISSUED = date(2027, 1, 15)
TERMS = parse_terms("2/10 net 30")


def group(net: int, tax: int, rate: str = "19") -> TaxGroup:
    return TaxGroup(TaxCategory.S if D(rate) else TaxCategory.Z, D(rate), None, None, net, tax)


def test_i4_two_ten_net_thirty_on_119() -> None:
    assert discount_available(11900, TERMS, ISSUED, date(2027, 1, 25)) == 238
    assert discount_available(11900, TERMS, ISSUED, date(2027, 1, 26)) == 0
    parts = discount_parts([group(10000, 1900)], 238)
    assert [(p.taxable_minor, p.tax_minor) for p in parts] == [(200, 38)]


def test_i4_the_sooner_step_is_worth_more() -> None:
    terms = parse_terms("2/14 3/7 net 30")
    paid = [date(2027, 1, 22), date(2027, 1, 23), date(2027, 1, 29), date(2027, 1, 30)]
    assert [discount_available(10000, terms, ISSUED, day) for day in paid] == [300, 200, 200, 0]
    assert [(last, minor) for _, last, minor in discount_steps(10000, terms, ISSUED)] == [
        (date(2027, 1, 22), 300),
        (date(2027, 1, 29), 200),
    ]


def test_i4_a_discount_over_two_rates_loses_no_cent() -> None:
    # 2 % of 119.00 + 10.70 = 2.594, so 2.59 over 100.00 / 19.00 / 10.00 / 0.70
    parts = discount_parts([group(10000, 1900), group(1000, 70, "7")], 259)
    assert [(p.taxable_minor, p.tax_minor) for p in parts] == [(200, 38), (20, 1)]


@given(documents(with_adjustments=False), st.decimals("0.01", "10", places=2))
def test_i4_the_parts_of_a_discount_sum_to_it(document: DocumentInput, percent: Decimal) -> None:
    result = compute(document)
    discount = discount_available(
        result.totals.gross_minor, PaymentTerms(30, (EarlyStep(percent, 10),)), ISSUED, ISSUED
    )
    parts = discount_parts(result.tax_groups, discount)
    assert sum(p.taxable_minor + p.tax_minor for p in parts) == discount
    assert all(p.taxable_minor >= 0 and p.tax_minor >= 0 for p in parts)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("2/10 net 30", "2/10 net 30"),
        ("2% 10 days, net 30", "2/10 net 30"),
        ("3/7 2/14 n/30", "3/7 2/14 net 30"),
        ("2,5/10 net 30", "2.5/10 net 30"),
        ("net 14", "net 14"),
        ("Net 10 EOM", "net 10 eom"),
        ("due on receipt", "net 0"),
        ("2/10", "2/10 net 10"),
    ],
)
def test_i4_terms_are_read_and_written(text: str, short: str) -> None:
    terms = parse_terms(text)
    assert describe_terms(terms) == short
    assert parse_terms(short) == terms


@pytest.mark.parametrize("text", ["soon", "net", "2/10 net thirty", "net -3", "10 EUR"])
def test_i4_terms_that_nobody_can_read_are_refused(text: str) -> None:
    if text == "net":
        assert parse_terms(text) == PaymentTerms(0)
        return
    with refused("terms.unreadable"):
        parse_terms(text)


def test_i4_terms_that_make_no_sense_are_refused() -> None:
    with refused("terms.discount_after_due"):
        PaymentTerms(7, (EarlyStep(D(2), 10),))
    with refused("terms.bad_steps"):
        PaymentTerms(30, (EarlyStep(D(2), 7), EarlyStep(D(3), 14)))
    with refused("terms.bad_discount"):
        EarlyStep(D(0), 7)
    with refused("terms.bad_days"):
        PaymentTerms(-1)


@pytest.mark.parametrize(
    ("terms", "day"),
    [
        ("net 30", date(2027, 2, 14)),
        ("net 0", ISSUED),
        ("net 10 eom", date(2027, 2, 10)),
        ("net 0 eom", date(2027, 1, 31)),
    ],
)
def test_i5_the_due_day_counts_from_the_issue_date_or_from_the_end_of_its_month(terms: str, day: date) -> None:
    assert due_on(parse_terms(terms), ISSUED) == day


def test_i3_a_paid_deposit_comes_off_the_final_invoice_with_its_tax() -> None:
    (part,) = deductions(23800, [Deposit(ONE, "DEP-1", (group(5000, 950),), 5950, 5950)])
    assert (part.amount_minor, part.left_minor) == (5950, 0)
    assert [(p.taxable_minor, p.tax_minor) for p in part.parts] == [(5000, 950)]


def test_i3_only_what_was_paid_of_a_deposit_comes_off() -> None:
    (part,) = deductions(23800, [Deposit(ONE, "DEP-1", (group(5000, 950),), 5950, 1190)])
    assert [(p.taxable_minor, p.tax_minor) for p in part.parts] == [(1000, 190)]


def test_i3_a_deposit_that_exceeds_the_final_invoice_leaves_a_rest() -> None:
    first, second = deductions(
        5950,
        [
            Deposit(ONE, "DEP-1", (group(4000, 760),), 4760, 4760),
            Deposit(TWO, "DEP-2", (group(2000, 380),), 2380, 2380),
        ],
    )
    assert (first.amount_minor, first.left_minor) == (4760, 0)
    assert (second.amount_minor, second.left_minor) == (1190, 1190)
    assert sum(p.taxable_minor + p.tax_minor for p in second.parts) == 1190


def test_i3_a_deposit_is_not_overdrawn() -> None:
    with refused("invoice.deposit_overdrawn"):
        deductions(100, [Deposit(ONE, "DEP-1", (group(5000, 950),), 5950, 5951)])


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**5)), min_size=1, max_size=5), st.integers(0, 10**6))
def test_i4_any_amount_splits_without_loss(pairs: list[tuple[int, int]], amount: int) -> None:
    groups = [group(net, tax) for net, tax in pairs]
    whole = sum(net + tax for net, tax in pairs)
    if not whole:
        assert split_by_tax(groups, 0) == ()
        if amount:
            with refused("invoice.nothing_to_split"):
                split_by_tax(groups, amount)
        return
    assert sum(p.taxable_minor + p.tax_minor for p in split_by_tax(groups, min(amount, whole))) == min(amount, whole)


def test_i4_terms_of_an_invoice_with_prices_including_tax_use_what_is_paid() -> None:
    totals = compute(DocumentInput("EUR", PriceMode.GROSS, (LineInput(1, "A", D(3), D("19.99"), S19),))).totals
    assert discount_available(totals.payable_minor, TERMS, ISSUED, ISSUED) == 120


def test_i3_a_deduction_says_of_which_deposit_and_takes_nothing_off_nothing() -> None:
    first = Deposit(ONE, "DEP-1", (group(100, 19),), 119, 119)
    empty = Deposit(TWO, "DEP-2", (group(100, 19),), 119, 0)
    taken, none = deductions(100, [first, empty])
    assert (taken.deposit_id, taken.number, taken.amount_minor, taken.left_minor) == (ONE, "DEP-1", 100, 19)
    assert (none.deposit_id, none.number, none.amount_minor, none.parts, none.left_minor) == (TWO, "DEP-2", 0, (), 0)
    for nothing in (0, -5):
        (left,) = deductions(nothing, [first])
        assert (left.amount_minor, left.parts, left.left_minor) == (0, (), 119)
    for available in (-1, 120):
        with refused("invoice.deposit_overdrawn", number="DEP-1"):
            deductions(100, [Deposit(ONE, "DEP-1", (group(100, 19),), 119, available)])


def test_i4_a_part_knows_its_tax_group() -> None:
    parts = split_by_tax([group(100, 19), group(50, 0, "0")], 169)
    assert [(p.category, p.rate) for p in parts] == [(TaxCategory.S, D(19)), (TaxCategory.Z, D(0))]


def test_i4_terms_at_the_edges() -> None:
    assert PaymentTerms(3650).net_days == 3650
    assert PaymentTerms(0, (EarlyStep(D(2), 0),)).early[0].within_days == 0
    assert PaymentTerms(14, (EarlyStep(D(2), 14),)).net_days == 14
    assert PaymentTerms(0, (EarlyStep(D(2), 14),), from_month_end=True).from_month_end
    for days in (-1, 3651):
        with refused("terms.bad_days", max=3650):
            PaymentTerms(days)
    for percent, days in ((D(0), 3), (D(100), 3), (D(2), -1)):
        with refused("terms.bad_discount"):
            EarlyStep(percent, days)
    for steps in (
        (EarlyStep(D(3), 7), EarlyStep(D(2), 7)),
        (EarlyStep(D(3), 7), EarlyStep(D(3), 14)),
        (EarlyStep(D(2), 7), EarlyStep(D(3), 14)),
    ):
        with refused("terms.bad_steps"):
            PaymentTerms(30, steps)
    with refused("terms.discount_after_due"):
        PaymentTerms(13, (EarlyStep(D(2), 14),))
    with refused("terms.unreadable", text="some day"):
        parse_terms("some day")


@pytest.mark.parametrize("text", ["", "at once", "due on receipt", "on receipt", "immediately", "net", "cod"])
def test_i4_what_is_due_at_once_has_many_names(text: str) -> None:
    assert parse_terms(text.title()) == PaymentTerms(0)
