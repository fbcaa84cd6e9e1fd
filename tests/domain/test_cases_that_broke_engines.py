"""Cases in which real billing engines went wrong, each by its name.

The one of a refund above what was paid is in tests/apps/payments/test_payments.py, where refunds are.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from conto.domain.invoice import DocumentInput, LineInput, PriceMode, TaxMode, compute
from conto.domain.money import round_half_away, share
from conto.domain.period import Interval, Period, Rhythm, seconds_of
from conto.domain.price import Tier, rate
from conto.domain.subscription import Aggregate, Coupon, Measure, Proration, bill
from conto.domain.tax import TaxCategory, TaxTreatment
from tests.domain.subscriptions import NOW, agreed, at, change, item, metered, price, seats, to, told, total, used

D = Decimal
VAT = TaxTreatment(TaxCategory.S, D(19), None, None, "DE")


def test_p1_anchor_31_january() -> None:
    made = bill(agreed(starts_on=date(2027, 1, 31)), until=date(2027, 5, 1))
    assert [day for day, _lines in told(made)] == ["31 Jan", "28 Feb", "31 Mar", "30 Apr"]
    assert total(made) == 4 * 3000


def test_p1_anchor_29_february() -> None:
    made = bill(agreed(starts_on=date(2024, 2, 29), interval=Interval.YEAR), until=date(2028, 3, 1))
    assert [f"{each.on}" for each in made.invoices] == [
        "2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29",
    ]  # fmt: skip


@pytest.mark.parametrize(("day", "hours"), [(date(2027, 3, 28), 23), (date(2027, 10, 31), 25)])
def test_p4_day_of_23_and_25_hours(day: date, hours: int) -> None:
    start = day.replace(day=1)
    by_second = agreed(item("31"), starts_on=start, proration=Proration.SECOND)
    of = seconds_of(Rhythm(start, Interval.MONTH).period(0), "Europe/Berlin")
    ended = change("cancel", datetime(day.year, day.month, day.day, 22, 30, tzinfo=UTC), when=NOW)
    assert seconds_of(Period(day, day + timedelta(days=1)), "Europe/Berlin") == hours * 3600
    made = bill(by_second, [ended], until=date(2027, 12, 31))
    gone = datetime(day.year, day.month, day.day, 22, 30, tzinfo=UTC) - at(day.month, 1, 0) + timedelta(hours=1)
    offset = timedelta(hours=1) if day.month == 10 else timedelta()
    assert total(made) == round_half_away(D(3100) * int((gone + offset).total_seconds()) / of)


def test_ch9_run_at_a_quarter_past_midnight_repeated_three_times() -> None:
    story = [to("60", at(4, 11))]
    billed, made = None, []
    for _again in range(3):
        for until in (date(2027, 4, 1), date(2027, 4, 11), date(2027, 5, 1)):
            step = bill(agreed(), story, until=until, billed=billed)
            made += step.invoices
            billed = step.billed
    assert tuple(made) == bill(agreed(), story, until=date(2027, 5, 1)).invoices


def test_p2_p7_midnight_in_greenwich_is_the_day_before_in_los_angeles() -> None:
    west = agreed(item("28"), metered(price("1", "per_unit")), zone="America/Los_Angeles", starts_on=date(2027, 2, 1))
    midnight = datetime(2027, 2, 8, tzinfo=UTC)
    made = bill(west, [change("cancel", midnight, when=NOW)], [used("1", midnight)], until=date(2027, 3, 1))
    assert told(made) == [("01 Feb", [2800]), ("07 Feb", [-2200])]


def test_ch9_two_upgrades_within_an_hour() -> None:
    first, second = to("60", at(4, 11, 10)), to("90", at(4, 11, 10, 50), "c2")
    at_once = bill(agreed(), [first, second], until=date(2027, 4, 30))
    assert told(at_once)[1:] == [("11 Apr", [-2000, 6000])]
    one = bill(agreed(), [first], until=date(2027, 4, 11))
    two = bill(agreed(), [first, second], until=date(2027, 4, 30), billed=one.billed)
    assert told(two) == [("11 Apr", [6000, -4000])]
    assert total(one) + total(two) == total(at_once)


def test_ch6_start_upgrade_and_cancel_on_one_day() -> None:
    story = [to("60", at(4, 1, 9)), change("cancel", at(4, 1, 17), "c2", when=NOW)]
    assert told(bill(agreed(), story, until=date(2027, 6, 1))) == []
    one = bill(agreed(), story[:1], until=date(2027, 4, 1))
    two = bill(agreed(), story, until=date(2027, 6, 1), billed=one.billed)
    assert [total(one), total(two)] == [6000, -6000]


def test_ch5_trial_end_on_the_billing_day() -> None:
    aligned = agreed(starts_on=date(2027, 1, 18), trial_days=14, is_calendar_aligned=True)
    made = bill(aligned, until=date(2027, 3, 1))
    assert told(made) == [("01 Feb", [3000]), ("01 Mar", [3000])]


def test_p7_change_of_zone() -> None:
    moved = change("zone", at(4, 15, 0), zone="Pacific/Auckland")
    calls = [used("1", at(4, 30, 23)), used("10", at(4, 30, 11))]
    made = bill(agreed(item(), metered(price("1", "per_unit"))), [moved], calls, until=date(2027, 6, 1))
    assert told(made) == [("01 Apr", [3000]), ("01 May", [1000, 3000]), ("01 Jun", [100, 3000])]


@pytest.mark.parametrize(("amount", "days", "line"), [("249.95", 9, 7499), ("1999.95", 3, 20000)])
def test_m1_p6_halves_of_cents_in_parts_of_thirty_days(amount: str, days: int, line: int) -> None:
    ended = agreed(item(amount), ends_on=date(2027, 4, 1) + timedelta(days=days))
    assert total(bill(ended, until=date(2027, 6, 1))) == line


def test_m1_minus_324_995() -> None:
    assert round_half_away(D("-32499.5")) == -32500


def test_pr1_five_seats_in_one_line_or_five_lines_of_one() -> None:
    seat = price("0.333", "per_unit")
    together = bill(agreed(item(price=seat, quantity=D(5))), until=date(2027, 4, 1))
    alone = bill(agreed(*(item(price=seat, key=str(n)) for n in range(5))), until=date(2027, 4, 1))
    assert [total(together), total(alone)] == [167, 165]


def _document(mode: TaxMode) -> int:
    lines = tuple(LineInput(n, "x", D(1), D("0.02"), VAT) for n in range(1, 11))
    return compute(DocumentInput("EUR", PriceMode.NET, lines, tax_mode=mode)).totals.tax_minor


def test_t2_tax_of_the_document_that_is_not_the_sum_of_the_lines() -> None:
    assert [_document(TaxMode.DOCUMENT), _document(TaxMode.LINE)] == [4, 0]


def test_m1_lines_of_less_than_half_a_cent() -> None:
    cheap = price("0.004", "per_unit")
    made = bill(agreed(*(item(price=cheap, key=str(n)) for n in range(5))), until=date(2027, 4, 1))
    assert told(made) == []
    assert total(bill(agreed(item(price=cheap, quantity=D(5))), until=date(2027, 4, 1))) == 2


def test_pr1_a_tiny_price_of_a_huge_quantity() -> None:
    huge = item(price=price("0.000000000001", "per_unit"), quantity=D(10) ** 12)
    assert total(bill(agreed(huge), until=date(2027, 4, 1))) == 100


def test_m2_five_yen_in_three_parts() -> None:
    assert share(5, [1, 1, 1]) == [2, 2, 1]


def test_pr5_u8_sixteen_units_cost_less_than_fifteen_and_one_event_comes_late() -> None:
    volume = price("0", "volume", tiers=(Tier(D(15), D(1)), Tier(None, D("0.9"))))
    assert rate(volume, D(15)).amount_minor > rate(volume, D(16)).amount_minor
    calls = [used("1", at(4, day)) for day in range(1, 16)] + [used("1", at(4, 20), known_at=at(5, 9))]
    made = bill(agreed(metered(volume)), usage=calls, until=date(2027, 6, 1))
    assert told(made) == [("01 May", [1500]), ("01 Jun", [-60])]


def test_ch3_no_more_is_credited_than_was_billed() -> None:
    story = [to("60", at(4, 11)), change("cancel", at(4, 11, 13), "c2", when=NOW), seats("0", at(4, 12), "c3")]
    first = bill(agreed(), story[:1], until=date(2027, 4, 11))
    after = bill(agreed(), story, until=date(2027, 9, 1), billed=first.billed)
    assert total(first) + total(after) == 1000
    assert all(account.net_minor >= 0 for account in after.billed.accounts.values())


def test_ch3_d4_credit_of_a_discounted_line_in_three_parts() -> None:
    less = agreed(
        item("0.35", "per_unit", quantity=D(9)), coupons=(Coupon("p", D(10), periods=None),), downgrade=NOW
    )  # fmt: skip
    story = [seats("6", at(4, 11), "a"), seats("3", at(4, 16), "b"), seats("0", at(4, 21), "c")]
    made = bill(less, story, until=date(2027, 4, 30))
    credited = -sum(each.net_minor for one in made.invoices for each in one.lines if each.is_credit)
    charged = sum(each.net_minor for one in made.invoices for each in one.lines if not each.is_credit)
    assert 0 < credited <= charged
    by_charge: dict[object, int] = {}
    for one in made.invoices:
        for each in one.lines:
            by_charge[each.charge] = by_charge.get(each.charge, 0) + each.net_minor
    exact = {9: D("0.35") * 9 * 10 / 30, 6: D("0.35") * 6 * 5 / 30, 3: D("0.35") * 3 * 5 / 30}
    for charge, net in by_charge.items():
        gross = round_half_away(exact[charge.quantity // 10**12] * 100)  # type: ignore[attr-defined]
        assert net == gross - round_half_away(D(gross) / 10)


def test_ch9_u5_three_events_at_one_instant() -> None:
    last = metered(price("1", "per_unit"), Measure("calls", Aggregate.LAST))
    three = [used(value, at(4, 9), key) for key, value in (("a", "1"), ("b", "2"), ("c", "3"))]
    changes = [to(amount, at(4, 11), key) for key, amount in (("x", "60"), ("y", "45"), ("z", "90"))]
    bills = {
        tuple(map(str, told(bill(agreed(item(), last), some, events, until=date(2027, 5, 1)))))
        for some in permutations(changes)
        for events in permutations(three)
    }
    assert len(bills) == 1
    assert total(bill(agreed(last), usage=three, until=date(2027, 5, 1))) == 300


def test_i5_a_deposit_that_exceeds_the_final_invoice() -> None:
    lines = (LineInput(1, "x", D(1), D(100), VAT),)
    final = compute(DocumentInput("EUR", PriceMode.NET, lines, prepaid_minor=15000)).totals
    assert (final.gross_minor, final.payable_minor) == (11900, -3100)
