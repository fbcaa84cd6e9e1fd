"""Computing a document: rules M-1, M-2, T-2 to T-4, D-3, I-1."""

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from conto.domain.invoice import (
    Adjustment,
    ComputedDocument,
    DocumentInput,
    LineInput,
    PriceMode,
    TaxMode,
    compute,
    line_amount,
    net_price,
)
from conto.domain.money import round_fraction
from conto.domain.tax import TaxCategory, TaxTreatment
from tests.domain.documents import EXEMPT, S7, S19, ZERO_RATED, D, documents
from tests.domain.refusals import refused

NET, GROSS = PriceMode.NET, PriceMode.GROSS


def line(price: str, quantity: str = "1", tax: TaxTreatment = S19, position: int = 1, **more: object) -> LineInput:
    return LineInput(position, f"Item {position}", D(quantity), D(price), tax, **more)  # type: ignore[arg-type]


def computed(*lines: LineInput, mode: PriceMode = NET, **more: object) -> ComputedDocument:
    placed = tuple(replace(entry, position=i) for i, entry in enumerate(lines, 1))
    return compute(DocumentInput("EUR", mode, placed, **more))  # type: ignore[arg-type]


# --- lines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "price", "base", "currency", "minor"),
    [
        ("9", "249.95", "30", "EUR", 7499),  # 74.985
        ("3", "1999.95", "30", "EUR", 20000),  # 199.995
        ("-1", "324.995", "1", "EUR", -32500),
        ("1e12", "1e-12", "1", "EUR", 100),
        ("1", "0.004", "1", "EUR", 0),
        ("1", "1.5", "1", "JPY", 2),
        ("3", "0.0005", "1", "KWD", 2),
        ("1", "10", "3", "EUR", 333),
        ("123456789.123456", "9999999.123456789012", "1", "EUR", 123456778301934964),
    ],
)
def test_m1_a_line_is_exact_and_then_rounded_once(
    quantity: str, price: str, base: str, currency: str, minor: int
) -> None:
    assert line_amount(line(price, quantity, base_quantity=D(base)), currency) == minor


def test_m1_five_seats_in_one_line_cost_what_five_lines_of_one_cost_when_a_seat_is_whole_cents() -> None:
    together = computed(line("12.34", "5"))
    apart = computed(*[line("12.34")] * 5)
    assert together.totals == apart.totals


def test_m1_lines_of_fractions_of_a_cent_are_each_rounded() -> None:
    assert computed(*[line("0.004")] * 5).totals.net_minor == 0
    assert computed(line("0.004", "5")).totals.net_minor == 2


def test_d3_a_line_takes_its_percentage_before_its_fixed_allowance() -> None:
    entry = computed(line("100", "3", allowance_percent=D(10), allowance_minor=500)).lines[0]
    assert (entry.base_minor, entry.allowance_minor, entry.net_minor) == (30000, 3500, 26500)


def test_d3_a_percentage_comes_off_the_exact_amount_so_that_nothing_is_rounded_twice() -> None:
    # 0.333 x 5 = 1.665; less 10 % = 1.4985. Rounded first it would be 1.67 less 0.17 = 1.50 by luck, or 1.49.
    entry = computed(line("0.333", "5", allowance_percent=D(10))).lines[0]
    assert (entry.base_minor, entry.allowance_minor, entry.net_minor) == (167, 17, 150)
    entry = computed(line("0.335", "1", allowance_percent=D(50))).lines[0]
    assert entry.net_minor == 17  # 0.1675; from a rounded 0.34 it would be 0.17 as well, the allowance follows
    assert entry.allowance_minor == entry.base_minor - 17


def test_d3_an_allowance_takes_no_more_than_the_line() -> None:
    entry = computed(line("3", allowance_minor=500)).lines[0]
    assert (entry.net_minor, entry.allowance_minor) == (0, 300)


@pytest.mark.parametrize(
    "broken",
    [
        {"allowance_percent": D(101)},
        {"allowance_percent": D(-1)},
        {"allowance_minor": -1},
        {"charge_minor": -1},
        {"quantity": "-1", "allowance_minor": 1},
    ],
)
def test_d3_a_line_allowance_that_makes_no_sense_is_refused(broken: dict[str, object]) -> None:
    with refused("invoice.bad_line_allowance"):
        computed(line("10", **broken))  # type: ignore[arg-type]


def test_m1_a_price_for_no_units_is_refused() -> None:
    with refused("invoice.bad_base_quantity"):
        computed(line("10", base_quantity=D(0)))


# --- tax per group ----------------------------------------------------------------------------------------------------


def test_t2_tax_of_the_document_differs_from_the_sum_of_line_taxes_and_the_document_wins() -> None:
    # three lines of 0.33 at 7 %: 0.0231 each would be 0.02 x 3 = 0.06; 0.99 x 7 % = 0.0693 is 0.07
    result = computed(*[line("0.33", tax=S7)] * 3)
    assert result.totals.tax_minor == 7
    assert [entry.tax_minor for entry in result.lines] == [3, 2, 2]


def test_t2_each_category_and_rate_is_rounded_by_itself() -> None:
    result = computed(line("10.03"), line("10.03", tax=S7), line("5", tax=ZERO_RATED), line("5", tax=EXEMPT))
    assert [(g.category.value, str(g.rate), g.taxable_minor, g.tax_minor) for g in result.tax_groups] == [
        ("E", "0", 500, 0),
        ("S", "7", 1003, 70),
        ("S", "19", 1003, 191),
        ("Z", "0", 500, 0),
    ]


def test_t2_rates_that_are_equal_make_one_group_however_they_are_written() -> None:
    other = TaxTreatment(TaxCategory.S, D("19.00"), country="DE")
    assert len(computed(line("1"), line("1", tax=other)).tax_groups) == 1


def test_t2_one_exempt_group_keeps_all_its_reasons() -> None:
    other = TaxTreatment(TaxCategory.E, D(0), "VATEX-EU-132-1I", "Education", "DE")
    group = computed(line("1", tax=EXEMPT), line("1", tax=other)).tax_groups[0]
    assert (group.exemption_code, group.reason) == (None, "Education; Medical care")
    group = computed(line("1", tax=EXEMPT), line("1", tax=EXEMPT)).tax_groups[0]
    assert (group.exemption_code, group.reason) == ("VATEX-EU-132-1C", "Medical care")


@pytest.mark.parametrize(
    ("gross", "net", "tax", "rounding"),
    [("119", 10000, 1900, 0), ("59.97", 5039, 957, 1), ("0.01", 1, 0, 0), ("0.03", 3, 1, -1), ("10", 840, 160, 0)],
)
def test_t3_net_comes_out_of_the_gross_and_an_unreachable_cent_is_rounding(
    gross: str, net: int, tax: int, rounding: int
) -> None:
    totals = computed(line(gross), mode=GROSS).totals
    assert (totals.net_minor, totals.tax_minor, totals.rounding_minor) == (net, tax, rounding)
    assert totals.payable_minor == Fraction(gross) * 100


def test_t3_the_customer_pays_the_sum_of_the_prices_shown() -> None:
    result = computed(*[line("9.99", tax=S7)] * 7, line("19.99"), mode=GROSS)
    assert result.totals.payable_minor == 7 * 999 + 1999
    assert [entry.gross_minor for entry in result.lines] == [999] * 7 + [1999]


def test_t3_the_net_price_of_a_unit_is_exact_to_twelve_places() -> None:
    assert net_price(D("19.99"), D(19)) == D("16.798319327731")
    assert net_price(D("119"), D(19)) == D(100)


def test_t4_line_mode_rounds_each_line() -> None:
    result = computed(*[line("0.33", tax=S7)] * 3, tax_mode=TaxMode.LINE)
    assert result.totals.tax_minor == 6
    assert not result.tax_groups[0].is_base_times_rate
    gross = computed(*[line("0.35", tax=S7)] * 3, mode=GROSS, tax_mode=TaxMode.LINE)
    assert [(e.net_minor, e.tax_minor) for e in gross.lines] == [(33, 2)] * 3
    assert gross.totals.rounding_minor == 0


# --- allowances and charges of the document ---------------------------------------------------------------------------


def test_d1_percentages_come_before_fixed_amounts_whatever_their_order() -> None:
    ten, five = Adjustment(percent=D(10)), Adjustment(amount_minor=500)
    for allowances in ((ten, five), (five, ten)):
        assert computed(line("100"), allowances=allowances).totals.net_minor == 8500


def test_d2_an_allowance_takes_no_more_than_is_left() -> None:
    totals = computed(line("10"), allowances=(Adjustment(percent=D(50)), Adjustment(amount_minor=2000))).totals
    assert (totals.allowances_minor, totals.gross_minor) == (1000, 0)


def test_m2_an_allowance_is_spread_over_the_groups_and_conserved() -> None:
    result = computed(line("10"), line("20", tax=S7), allowances=(Adjustment(amount_minor=100),))
    assert [(a.tax.rate, a.amount_minor) for a in result.adjustments] == [(D(7), 67), (D(19), 33)]
    assert [(g.rate, g.taxable_minor) for g in result.tax_groups] == [(D(7), 1933), (D(19), 967)]


def test_d2_freight_bears_the_tax_it_is_given() -> None:
    result = computed(line("10", tax=S7), charges=(Adjustment(amount_minor=490, tax=S19, reason="Freight"),))
    assert [(g.rate, g.taxable_minor, g.tax_minor) for g in result.tax_groups] == [(D(7), 1000, 70), (D(19), 490, 93)]


def test_d2_a_charge_on_nothing_needs_its_own_tax() -> None:
    with refused("invoice.charge_without_tax"):
        computed(line("0"), charges=(Adjustment(amount_minor=490),))
    assert computed(line("0"), allowances=(Adjustment(amount_minor=490),)).totals.gross_minor == 0


@pytest.mark.parametrize("broken", [{"percent": D(101)}, {"percent": D(-1)}, {"amount_minor": -1}])
def test_d2_an_adjustment_that_makes_no_sense_is_refused(broken: dict[str, object]) -> None:
    with refused("invoice.bad_adjustment"):
        Adjustment(**broken)  # type: ignore[arg-type]


# --- totals -----------------------------------------------------------------------------------------------------------


def test_i1_prepaid_money_comes_off_the_end() -> None:
    totals = computed(line("100"), prepaid_minor=5000).totals
    assert (totals.gross_minor, totals.payable_minor) == (11900, 6900)


@pytest.mark.parametrize(("price", "payable"), [("10.02", 1000), ("10.03", 1005), ("10.05", 1005), ("0.02", 0)])
def test_i1_cash_rounding_is_a_visible_amount(price: str, payable: int) -> None:
    totals = computed(line(price, tax=ZERO_RATED), cash_rounding_minor=5).totals
    assert totals.payable_minor == payable
    assert totals.rounding_minor == payable - totals.gross_minor


def test_i1_a_document_of_nothing_is_a_document() -> None:
    totals = computed(line("10", allowance_percent=D(100))).totals
    assert (totals.gross_minor, totals.payable_minor) == (0, 0)


def _key(tax: TaxTreatment) -> tuple[TaxCategory, Decimal]:
    return tax.category, tax.rate


@given(documents(with_returns=True))
def test_i1_totals_obey_the_identities_of_en_16931(document: DocumentInput) -> None:
    result = compute(document)
    totals = result.totals
    assert totals.lines_net_minor == sum(e.net_minor for e in result.lines)  # BR-CO-10
    assert totals.allowances_minor == sum(a.amount_minor for a in result.adjustments if not a.is_charge)  # BR-CO-11
    assert totals.charges_minor == sum(a.amount_minor for a in result.adjustments if a.is_charge)  # BR-CO-12
    assert totals.net_minor == totals.lines_net_minor - totals.allowances_minor + totals.charges_minor  # BR-CO-13
    assert totals.tax_minor == sum(g.tax_minor for g in result.tax_groups)  # BR-CO-14
    assert totals.gross_minor == totals.net_minor + totals.tax_minor  # BR-CO-15
    assert totals.payable_minor == totals.gross_minor - totals.prepaid_minor + totals.rounding_minor  # BR-CO-16
    for group in result.tax_groups:  # BR-S-08 and its sisters, BR-CO-17
        own = [a for a in result.adjustments if _key(a.tax) == (group.category, group.rate)]
        mine = [e for e in result.lines if _key(e.tax) == (group.category, group.rate)]
        signed = [(a.amount_minor, a.tax_minor) if a.is_charge else (-a.amount_minor, -a.tax_minor) for a in own]
        assert group.taxable_minor == sum(e.net_minor for e in mine) + sum(net for net, _ in signed)
        assert group.tax_minor == sum(e.tax_minor for e in mine) + sum(tax for _, tax in signed)
        if document.tax_mode is TaxMode.DOCUMENT:
            assert group.tax_minor == round_fraction(group.taxable_minor * Fraction(group.rate) / 100)
    assert len({(g.category, g.rate) for g in result.tax_groups}) == len(result.tax_groups)
    assert all(a.amount_minor >= 0 for a in result.adjustments)


@given(documents())
def test_i1_each_line_adds_up(document: DocumentInput) -> None:
    for entry in compute(document).lines:
        assert entry.net_minor == entry.base_minor - entry.allowance_minor + entry.charge_minor
        if document.price_mode is NET:
            assert entry.amount_minor == entry.base_minor
            assert entry.gross_minor == entry.net_minor + entry.tax_minor


@given(documents())
def test_i1_the_order_of_the_lines_changes_no_total_and_no_group(document: DocumentInput) -> None:
    shuffled = list(document.lines)
    random.Random(7).shuffle(shuffled)
    one, other = compute(document), compute(replace(document, lines=tuple(shuffled)))
    assert one.totals.net_minor == other.totals.net_minor
    assert one.totals.payable_minor == other.totals.payable_minor
    assert [(g.taxable_minor, g.tax_minor) for g in one.tax_groups] == [
        (g.taxable_minor, g.tax_minor) for g in other.tax_groups
    ]


@given(documents(with_adjustments=False))
def test_t3_without_cash_rounding_a_group_misses_its_gross_by_a_cent_at_most(document: DocumentInput) -> None:
    gross = replace(document, price_mode=GROSS, cash_rounding_minor=0, prepaid_minor=0)
    result = compute(gross)
    shown = sum(line_amount(entry, document.currency) for entry in document.lines)
    assert result.totals.payable_minor == shown
    assert abs(result.totals.rounding_minor) <= len(result.tax_groups)


def reference(document: DocumentInput) -> tuple[int, int, int]:
    """Compute net, tax and payable in a second, slow way: exact fractions throughout."""
    scale = {"EUR": 100, "JPY": 1, "KWD": 1000}[document.currency]
    groups: dict[tuple[TaxCategory, Decimal], int] = {}
    for entry in document.lines:
        exact = Fraction(entry.quantity) * Fraction(entry.unit_price) / Fraction(entry.base_quantity) * scale
        amount = round_fraction(exact * (100 - Fraction(entry.allowance_percent)) / 100)
        amount -= min(entry.allowance_minor, amount)
        key = _key(entry.tax)
        groups[key] = groups.get(key, 0) + amount
    net = tax = 0
    for (_, rate), shown in groups.items():
        factor = 1 + Fraction(rate) / 100
        part = round_fraction(shown / factor) if document.price_mode is GROSS else shown
        net += part
        tax += round_fraction(part * (factor - 1))
    return net, tax, sum(groups.values()) if document.price_mode is GROSS else net + tax


@given(documents(with_adjustments=False))
def test_i1_a_second_slow_computation_agrees(document: DocumentInput) -> None:
    plain = replace(document, tax_mode=TaxMode.DOCUMENT, cash_rounding_minor=0, prepaid_minor=0)
    totals = compute(plain).totals
    assert (totals.net_minor, totals.tax_minor, totals.payable_minor) == reference(plain)
