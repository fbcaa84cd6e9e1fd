"""Journal recipes (J-1 to J-11): they balance by construction, and each item moves by what the paper says."""

from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conto.domain import journal
from conto.domain.invoice import DocumentInput, TaxGroup, compute, credit_rest, split_by_tax
from conto.domain.journal import AccountRole, Transfer, credit_effect, receivable_effect
from conto.domain.tax import TaxCategory
from tests.domain.documents import D, documents
from tests.domain.refusals import refused

A = AccountRole
INVOICE, PAYMENT, NOTE = UUID(int=1), UUID(int=2), UUID(int=3)
Row = tuple[AccountRole, AccountRole, int]


def group(net: int, tax: int, rate: str = "19") -> TaxGroup:
    return TaxGroup(TaxCategory.S if D(rate) else TaxCategory.Z, D(rate), None, None, net, tax)


def rows(transfers: tuple[Transfer, ...]) -> list[Row]:
    return [(t.debit, t.credit, t.amount_minor) for t in transfers]


def balances(transfers: tuple[Transfer, ...]) -> dict[AccountRole, int]:
    """Give the balance of each account, debits positive, without those at zero."""
    sums: Counter[AccountRole] = Counter()
    for t in transfers:
        sums[t.debit] += t.amount_minor
        sums[t.credit] -= t.amount_minor
    return {role: minor for role, minor in sums.items() if minor}


def test_j1_an_invoice_of_two_rates() -> None:
    entry = journal.invoice_issued(INVOICE, [group(10000, 1900), group(1000, 70, "7")])
    assert rows(entry) == [
        (A.RECEIVABLE, A.REVENUE, 10000),
        (A.RECEIVABLE, A.TAX_PAYABLE, 1900),
        (A.RECEIVABLE, A.REVENUE, 1000),
        (A.RECEIVABLE, A.TAX_PAYABLE, 70),
    ]
    assert [t.tax_rate for t in entry] == [D(19), D(19), D(7), D(7)]
    assert {t.receivable_id for t in entry} == {INVOICE}


def test_j1_a_document_of_zero_posts_nothing() -> None:
    assert journal.invoice_issued(INVOICE, [group(0, 0)]) == ()


@pytest.mark.parametrize(("rounding", "expected"), [(1, {A.ROUNDING: -1}), (-1, {A.ROUNDING: 1})])
def test_j1_rounding_has_its_own_account(rounding: int, expected: dict[AccountRole, int]) -> None:
    entry = journal.invoice_issued(INVOICE, [group(5039, 957)], rounding)
    assert balances(entry) == {A.RECEIVABLE: 5996 + rounding, A.REVENUE: -5039, A.TAX_PAYABLE: -957, **expected}


def test_j1_a_returned_line_of_another_rate_meets_the_others_and_the_receivable_is_never_credited() -> None:
    entry = journal.invoice_issued(INVOICE, [group(10000, 1900), group(-1000, -70, "7")])
    assert balances(entry) == {A.RECEIVABLE: 10830, A.REVENUE: -9000, A.TAX_PAYABLE: -1830}
    assert all(t.credit is not A.RECEIVABLE for t in entry)
    by_rate = {t.tax_rate: t for t in entry if t.debit is A.TAX_PAYABLE}
    assert by_rate[D(7)].amount_minor == 70


def test_j1_a_document_below_zero_is_not_posted() -> None:
    with refused("journal.below_zero"):
        journal.invoice_issued(INVOICE, [group(-1, 0)])


def test_j2_a_deposit_is_no_revenue() -> None:
    assert balances(journal.deposit_issued(INVOICE, [group(5000, 950)])) == {
        A.RECEIVABLE: 5950,
        A.DEPOSITS: -5000,
        A.TAX_PAYABLE: -950,
    }


def test_j3_the_final_invoice_turns_the_deposit_into_revenue() -> None:
    entry = journal.final_issued(INVOICE, [group(20000, 3800)], [group(5000, 950)])
    assert balances(entry) == {A.RECEIVABLE: 17850, A.DEPOSITS: 5000, A.REVENUE: -20000, A.TAX_PAYABLE: -2850}
    assert (A.DEPOSITS, A.REVENUE, 5000) in rows(entry)


def test_j3_a_deposit_that_covers_everything_leaves_no_receivable() -> None:
    entry = journal.final_issued(INVOICE, [group(5000, 950)], [group(5000, 950)])
    assert rows(entry) == [(A.DEPOSITS, A.REVENUE, 5000)]
    assert receivable_effect(entry) == 0


def test_j3_a_deposit_of_another_rate_gives_its_tax_back() -> None:
    entry = journal.final_issued(INVOICE, [group(10000, 1900)], [group(5000, 800, "16")])
    assert balances(entry) == {A.RECEIVABLE: 6100, A.DEPOSITS: 5000, A.REVENUE: -10000, A.TAX_PAYABLE: -1100}
    by_rate: Counter[Decimal | None] = Counter()
    for t in entry:
        by_rate[t.tax_rate] += t.amount_minor * ((t.credit is A.TAX_PAYABLE) - (t.debit is A.TAX_PAYABLE))
    assert by_rate == {D(19): 1900, D(16): -800}


def test_j4_a_credit_note_gives_the_customer_credit() -> None:
    entry = journal.credit_note_issued(NOTE, [group(10000, 1900)])
    assert rows(entry) == [(A.REVENUE, A.CUSTOMER_CREDIT, 10000), (A.TAX_PAYABLE, A.CUSTOMER_CREDIT, 1900)]
    assert {t.credit_id for t in entry} == {NOTE}
    deposit = journal.credit_note_issued(NOTE, [group(5000, 950)], income=A.DEPOSITS)
    assert balances(deposit)[A.DEPOSITS] == 5000


def test_j5_a_fee_is_our_cost_and_not_the_customers() -> None:
    entry = journal.payment_received(PAYMENT, 11900, A.GATEWAY_CLEARING, fee_minor=350)
    assert balances(entry) == {A.GATEWAY_CLEARING: 11550, A.FEES: 350, A.CUSTOMER_CREDIT: -11900}
    assert credit_effect(entry, PAYMENT) == 11900


def test_j5_money_goes_into_accounts_that_hold_money() -> None:
    with refused("journal.not_a_money_account"):
        journal.payment_received(PAYMENT, 1, A.REVENUE)
    with refused("journal.not_a_money_account"):
        journal.payment_refunded(PAYMENT, 1, A.REVENUE)
    with refused("journal.fee_too_high"):
        journal.payment_received(PAYMENT, 100, fee_minor=101)


def test_j6_j7_j8_a_payment_allocated_undone_and_refunded_leaves_nothing() -> None:
    story = (
        *journal.payment_received(PAYMENT, 5000),
        *journal.payment_allocated(PAYMENT, INVOICE, 3000),
        *journal.allocation_reversed(PAYMENT, INVOICE, 3000),
        *journal.payment_refunded(PAYMENT, 5000),
    )
    assert balances(story) == {}
    assert receivable_effect(story, INVOICE) == credit_effect(story, PAYMENT) == 0


def test_j9_an_early_discount_corrects_its_tax() -> None:
    entry = journal.early_discount_taken(INVOICE, split_by_tax([group(10000, 1900)], 238))
    assert rows(entry) == [(A.DISCOUNTS, A.RECEIVABLE, 200), (A.TAX_PAYABLE, A.RECEIVABLE, 38)]
    assert receivable_effect(entry, INVOICE) == -238


def test_j10_a_write_off_is_a_loss_with_or_without_its_tax() -> None:
    assert rows(journal.written_off(INVOICE, 11900)) == [(A.BAD_DEBT, A.RECEIVABLE, 11900)]
    entry = journal.written_off(INVOICE, 11900, [group(10000, 1900)])
    assert balances(entry) == {A.BAD_DEBT: 10000, A.TAX_PAYABLE: 1900, A.RECEIVABLE: -11900}
    assert {(transfer.tax_category, transfer.tax_rate) for transfer in entry} == {("S", Decimal(19))}


@pytest.mark.parametrize(("amount", "tax"), [(0, 0), (-1, 0), (100, 101)])
def test_j10_only_an_open_amount_is_written_off(amount: int, tax: int) -> None:
    with refused("journal.amount_not_positive"):
        journal.written_off(INVOICE, amount, [group(0, tax)])


def test_j11_a_reversal_is_the_exact_opposite() -> None:
    entry = journal.invoice_issued(INVOICE, [group(10000, 1900)], 1)
    assert balances((*entry, *journal.reversed_entry(entry))) == {}
    assert journal.reversed_entry(journal.reversed_entry(entry)) == entry


@pytest.mark.parametrize("amount", [0, -1])
def test_j1_a_transfer_moves_more_than_zero(amount: int) -> None:
    with refused("journal.amount_not_positive"):
        Transfer(A.BANK, A.REVENUE, amount)


@given(documents(with_returns=True))
def test_j1_the_receivable_moves_by_the_payable_total_of_any_document(document: DocumentInput) -> None:
    result = compute(document)
    totals = result.totals
    claim = totals.gross_minor + totals.rounding_minor
    assume(claim >= 0)
    entry = journal.invoice_issued(INVOICE, result.tax_groups, totals.rounding_minor)
    assert receivable_effect(entry, INVOICE) == claim
    found = balances(entry)
    assert found.get(A.REVENUE, 0) == -totals.net_minor
    assert found.get(A.TAX_PAYABLE, 0) == -totals.tax_minor
    assert found.get(A.ROUNDING, 0) == -totals.rounding_minor
    assert all(t.debit is not t.credit and t.credit is not A.RECEIVABLE for t in entry)
    for group_ in result.tax_groups:
        booked = sum(
            t.amount_minor * ((t.credit is A.TAX_PAYABLE) - (t.debit is A.TAX_PAYABLE))
            for t in entry
            if (t.tax_category, t.tax_rate) == (group_.category, group_.rate)
        )
        assert booked == group_.tax_minor


@given(documents(), st.integers(0, 100))
def test_j3_a_final_invoice_moves_by_what_is_left_to_pay(document: DocumentInput, percent: int) -> None:
    result = compute(document)
    totals = result.totals
    deducted = totals.gross_minor * percent // 100
    assume(totals.gross_minor + totals.rounding_minor >= deducted)
    parts = split_by_tax(result.tax_groups, deducted) if deducted else ()
    entry = journal.final_issued(INVOICE, result.tax_groups, parts, totals.rounding_minor)
    assert receivable_effect(entry, INVOICE) == totals.gross_minor - deducted + totals.rounding_minor
    assert balances(entry).get(A.DEPOSITS, 0) == sum(p.taxable_minor for p in parts)


@given(documents())
def test_j4_an_invoice_and_its_whole_credit_note_leave_equal_claims(document: DocumentInput) -> None:
    original = compute(document)
    assume(original.totals.gross_minor + original.totals.rounding_minor > 0)
    note = credit_rest(original, {})
    issued = journal.invoice_issued(INVOICE, original.tax_groups, original.totals.rounding_minor)
    credited = journal.credit_note_issued(NOTE, note.tax_groups, note.totals.rounding_minor)
    left = balances((*issued, *credited))
    claim = receivable_effect(issued, INVOICE)
    assert left == {A.RECEIVABLE: claim, A.CUSTOMER_CREDIT: -claim}


def test_j1_amounts_carry_no_fraction() -> None:
    entry = journal.invoice_issued(INVOICE, [group(10000, 1900)])
    assert all(isinstance(t.amount_minor, int) and not isinstance(t.amount_minor, Decimal) for t in entry)


def test_j6_an_allocation_moves_a_part_of_the_credit_to_the_invoice_and_back() -> None:
    (moved,) = journal.payment_allocated(PAYMENT, INVOICE, 5000)
    assert moved == Transfer(A.CUSTOMER_CREDIT, A.RECEIVABLE, 5000, INVOICE, PAYMENT)
    (back,) = journal.allocation_reversed(PAYMENT, INVOICE, 5000)
    assert back == Transfer(A.RECEIVABLE, A.CUSTOMER_CREDIT, 5000, INVOICE, PAYMENT)


def test_j5_a_fee_may_take_all_of_a_payment_but_no_more() -> None:
    assert rows(journal.payment_received(PAYMENT, 100, fee_minor=100)) == [(A.FEES, A.CUSTOMER_CREDIT, 100)]
    for fee in (101, -1):
        with refused("journal.fee_too_high"):
            journal.payment_received(PAYMENT, 100, fee_minor=fee)


def test_j2_and_j9_have_no_rounding_of_their_own() -> None:
    assert balances(journal.deposit_issued(INVOICE, [group(5039, 957)], -1)) == {
        A.RECEIVABLE: 5995, A.DEPOSITS: -5039, A.TAX_PAYABLE: -957, A.ROUNDING: 1,
    }  # fmt: skip
    taken = journal.early_discount_taken(INVOICE, [group(200, 38)])
    assert rows(taken) == [(A.DISCOUNTS, A.RECEIVABLE, 200), (A.TAX_PAYABLE, A.RECEIVABLE, 38)]


def test_j10_a_single_cent_can_be_written_off() -> None:
    assert rows(journal.written_off(INVOICE, 1)) == [(A.BAD_DEBT, A.RECEIVABLE, 1)]
    with refused("journal.amount_not_positive"):
        journal.written_off(INVOICE, 0)


def test_j5_a_refusal_names_the_account_and_the_amount() -> None:
    with refused("journal.not_a_money_account", role="revenue"):
        journal.payment_received(PAYMENT, 100, A.REVENUE)
    with refused("journal.amount_not_positive", amount=0):
        Transfer(A.BANK, A.CASH, 0)


def test_the_effects_of_one_item_leave_the_others_out() -> None:
    entry = (
        *journal.payment_received(PAYMENT, 900), *journal.payment_received(NOTE, 50),
        *journal.payment_allocated(PAYMENT, INVOICE, 300),
    )  # fmt: skip
    assert (credit_effect(entry), credit_effect(entry, PAYMENT), credit_effect(entry, NOTE)) == (650, 600, 50)
    assert (receivable_effect(entry), receivable_effect(entry, INVOICE), receivable_effect(entry, NOTE)) == (
        -300, -300, 0,
    )  # fmt: skip


def test_the_names_of_accounts_and_entries_are_kept_in_every_book_and_never_change() -> None:
    assert [role.value for role in A] == [
        "receivable", "customer_credit", "bank", "cash", "gateway_clearing", "revenue", "late_charges", "tax_payable",
        "deposits", "discounts", "bad_debt", "rounding", "fees", "exchange_gain", "exchange_loss", "opening",
        "inventory", "cost_of_goods", "stock_differences", "goods_received",
    ]  # fmt: skip
    assert [kind.value for kind in journal.EntryKind] == [
        "invoice_issued", "deposit_issued", "final_issued", "credit_note_issued", "payment_received",
        "payment_allocated", "allocation_reversed", "payment_refunded", "early_discount_taken", "written_off",
        "payment_reversed", "reversed", "opening", "goods_issued", "goods_returned", "goods_received",
        "stock_counted", "cost_corrected", "prepaid_released",
    ]  # fmt: skip


@pytest.mark.parametrize("role", A)
def test_j5_money_comes_into_bank_cash_and_the_provider_only(role: AccountRole) -> None:
    if role in {A.BANK, A.CASH, A.GATEWAY_CLEARING}:
        assert rows(journal.payment_received(PAYMENT, 5, role)) == [(role, A.CUSTOMER_CREDIT, 5)]
    else:
        with refused("journal.not_a_money_account"):
            journal.payment_received(PAYMENT, 5, role)
