from datetime import date, timedelta
from decimal import Decimal

import pytest

from conto.domain.period import Interval
from conto.domain.price import PrepaidCredit, Tier, explain, plain_english
from conto.domain.subscription import Coupon, RampStep, Timing, When, bill
from tests.domain.refusals import refused
from tests.domain.subscriptions import (
    APRIL,
    NOW,
    agreed,
    at,
    change,
    item,
    metered,
    price,
    seats,
    to,
    told,
    total,
    used,
)

D = Decimal
FEBRUARY = date(2027, 2, 1)
MAY = date(2027, 5, 1)


def test_ch1_a_charge_adds_up_to_its_rounded_amount_in_whatever_steps_it_is_billed() -> None:
    paused = [change("pause", at(2, 11)), change("resume", at(2, 20), "c2")]
    made = bill(agreed(starts_on=FEBRUARY), paused, until=date(2027, 2, 28))
    assert told(made) == [("01 Feb", [3000]), ("11 Feb", [-1929]), ("20 Feb", [965])]
    last = made.invoices[2].lines[0]
    assert (last.starts_on, last.ends_on) == (date(2027, 2, 20), date(2027, 3, 1))


def test_ch1_what_a_subscription_cannot_be() -> None:
    with refused("subscription.other_currency", item="base"):
        agreed(item(price=price("1", currency="USD")))
    with refused("subscription.same_item"):
        agreed(item("1"), item("2"))
    with refused("price.negative_quantity"):
        agreed(item(quantity=D(-1)))
    with refused("subscription.measured_once"):
        agreed(item(is_once=True, measure=metered(price("1")).measure))
    with refused("subscription.ends_before_start"):
        agreed(ends_on=date(2027, 3, 1))
    with refused("period.bad_count"):
        agreed(count=0)
    with refused("price.below_zero"):
        agreed(commitment=D(-1))
    with refused("discount.percent_or_amount"):
        Coupon("x")
    with refused("discount.out_of_range"):
        Coupon("x", percent=D(101))


@pytest.mark.parametrize(
    "wrong",
    [to("1", at(4, 2), item="other"), change("quantity", at(4, 2), item="other"), change("add", at(4, 2), item="x")],
)
def test_ch1_a_change_of_an_item_that_is_not_there_is_refused(wrong: object) -> None:
    with refused("subscription.no_item"):
        bill(agreed(), [wrong], until=MAY)  # type: ignore[list-item]


def test_ch1_a_change_cannot_bring_what_a_definition_cannot_be() -> None:
    with refused("price.negative_quantity"):
        bill(agreed(), [seats("-1", at(4, 2))], until=MAY)
    with refused("subscription.other_currency"):
        wrong = change("price", at(4, 2), prices=(("base", price("1", currency="USD")),))
        bill(agreed(), [wrong], until=MAY)
    with refused("period.naive_instant"):
        bill(agreed(), [to("1", at(4, 2).replace(tzinfo=None), known_at=at(4, 2))], until=MAY)


def test_ch2_more_counts_now_and_less_from_the_next_period() -> None:
    assert told(bill(agreed(), [to("60", at(4, 11))], until=MAY))[1:] == [("11 Apr", [-2000, 4000]), ("01 May", [6000])]
    assert told(bill(agreed(), [to("15", at(4, 11))], until=MAY))[1:] == [("01 May", [1500])]
    five = agreed(item("10", "per_unit", quantity=D(5)))
    assert told(bill(five, [seats("3", at(4, 11))], until=MAY))[1:] == [("01 May", [3000])]


def test_ch2_a_downgrade_counts_when_the_subscription_or_the_change_says() -> None:
    now = told(bill(agreed(downgrade=When.NOW), [to("15", at(4, 11))], until=MAY))
    assert now[1:] == [("11 Apr", [-2000, 1000]), ("01 May", [1500])]
    assert now == told(bill(agreed(), [to("15", at(4, 11), when=NOW)], until=MAY))
    kept = agreed(item(), item("20", key="late", timing=Timing.ARREARS), downgrade=When.NOW_WITHOUT_CREDIT)
    less = change("price", at(4, 11), prices=(("base", price("15")), ("late", price("10"))))
    made = bill(kept, [less], until=MAY)
    assert told(made) == [("01 Apr", [3000]), ("01 May", [667, 667, 1500])]


def test_ch2_what_is_decided_later_replaces_what_was_to_come() -> None:
    both = [to("15", at(4, 11)), to("60", at(4, 21), "c2")]
    assert told(bill(agreed(), both, until=MAY)) == [("01 Apr", [3000]), ("21 Apr", [-1000, 2000]), ("01 May", [6000])]


def test_ch2_a_year_that_costs_less_than_twelve_months_waits() -> None:
    yearly = change("interval", at(4, 11), interval=Interval.YEAR, prices=(("base", price("300")),))
    assert told(bill(agreed(), [yearly], until=MAY)) == [("01 Apr", [3000]), ("01 May", [30000])]


def test_ch3_used_and_unused_are_what_was_billed() -> None:
    made = bill(agreed(starts_on=date(2027, 1, 31)), [to("60", at(2, 10))], until=date(2027, 2, 27))
    credit, charge = made.invoices[1].lines
    assert (credit.net_minor, charge.net_minor) == (-1929, 3857)
    assert credit.is_credit
    assert credit.credits == ((1, 1929),)
    assert credit.key == "base/2027-01-31/flat-30/1000000000000/2"
    assert explain(credit.why, plain_english()) == (
        "EUR 30 for the whole period, for 10 of 28 days, EUR 10.71428571428571 rounded to EUR 10.71, "
        "less EUR 30.00 billed before"
    )


def test_ch3_a_credit_takes_the_newest_lines_first_and_never_more_than_is_left() -> None:
    story = [change("pause", at(4, 11)), change("resume", at(4, 16), "c2"), change("cancel", at(4, 21), "c3", when=NOW)]
    made = bill(agreed(item("30")), story, until=MAY)
    assert told(made) == [("01 Apr", [3000]), ("11 Apr", [-2000]), ("16 Apr", [1500]), ("21 Apr", [-1000])]
    assert made.invoices[3].lines[0].credits == ((3, 1000),)


def test_ch4_quantities_prorate_by_their_days() -> None:
    three = agreed(item("10", "per_unit", quantity=D(3)), starts_on=date(2027, 1, 31))
    assert told(bill(three, [seats("5", at(2, 15))], until=date(2027, 2, 27)))[1:] == [("15 Feb", [-1393, 2321])]


def test_ch4_items_come_now_and_go_with_the_period() -> None:
    story = [
        change("add", at(4, 11), added=item("15", key="more")),
        change("remove", at(4, 21), "c2", item="more"),
    ]
    assert told(bill(agreed(), story, until=MAY))[1:] == [("11 Apr", [1000]), ("01 May", [3000])]
    at_once = [story[0], change("remove", at(4, 21), "c2", item="more", when=NOW)]
    assert told(bill(agreed(), at_once, until=MAY))[1:] == [("11 Apr", [1000]), ("21 Apr", [-500]), ("01 May", [3000])]
    again = [*at_once, change("add", at(4, 26), "c3", added=item("30", key="more"))]
    assert total(bill(agreed(), again, until=date(2027, 4, 30))) == 3000 + 500 + 500
    undone = [story[0], change("remove", at(4, 11, 15), "c2", item="more")]
    assert total(bill(agreed(), undone, until=date(2027, 4, 30))) == 3000


def test_ch4_a_pause_without_credit_keeps_what_was_paid_for() -> None:
    story = [change("pause", at(4, 11), when=When.NOW_WITHOUT_CREDIT), change("resume", at(6, 1), "c2")]
    both = agreed(item(), item("30", key="late", timing=Timing.ARREARS))
    assert told(bill(both, story, until=date(2027, 6, 1))) == [
        ("01 Apr", [3000]),
        ("01 May", [1000]),
        ("01 Jun", [3000]),
    ]


def test_ch5_the_days_of_a_trial_are_not_billed() -> None:
    trial = agreed(item(), metered(price("1", "per_unit")), starts_on=date(2027, 1, 20), trial_days=14)
    calls = [used("7", at(1, 25)), used("5", at(2, 10))]
    assert told(bill(trial, usage=calls, until=date(2027, 3, 3))) == [("03 Feb", [3000]), ("03 Mar", [500, 3000])]


def test_ch5_a_trial_ends_with_its_local_day_and_the_calendar_bills_the_rest() -> None:
    line = bill(
        agreed(starts_on=date(2027, 1, 20), trial_days=14, is_calendar_aligned=True), until=date(2027, 2, 3)
    ).invoices[0].lines[0]  # fmt: skip
    assert (line.why.part, line.why.whole, line.net_minor) == (26, 28, 2786)


def test_ch5_a_change_of_plan_keeps_the_start_of_the_trial() -> None:
    trial = agreed(starts_on=date(2027, 1, 20), trial_days=14)
    assert told(bill(trial, [to("60", at(1, 25))], until=date(2027, 2, 5))) == [("03 Feb", [6000])]


def test_ch5_ch6_who_cancels_in_the_trial_pays_nothing() -> None:
    trial = agreed(starts_on=date(2027, 1, 20), trial_days=14, is_calendar_aligned=True)
    assert told(bill(trial, [change("cancel", at(1, 25))], until=MAY)) == []


@pytest.mark.parametrize(
    ("when", "lines"),
    [(None, []), (NOW, [("11 Apr", [-2000])]), (When.NOW_WITHOUT_CREDIT, [])],
)
def test_ch6_a_subscription_ends_with_its_period_or_at_once(when: When | None, lines: list) -> None:
    ended = [change("cancel", at(4, 11), when=when)]
    assert told(bill(agreed(), ended, until=date(2027, 7, 1))) == [("01 Apr", [3000]), *lines]


def test_ch6_renewed_in_time_there_is_no_gap_and_later_there_is() -> None:
    cancelled = change("cancel", at(4, 11))
    in_time = [cancelled, change("renew", at(4, 25), "c2")]
    assert told(bill(agreed(), in_time, until=MAY)) == [("01 Apr", [3000]), ("01 May", [3000])]
    late = [cancelled, change("renew", at(5, 22), "c2", ends_on=date(2027, 6, 11))]
    assert told(bill(agreed(), late, until=date(2027, 8, 1))) == [
        ("01 Apr", [3000]),
        ("22 May", [968]),
        ("01 Jun", [1000]),
    ]


def test_ch6_what_happens_after_the_end_has_no_effect() -> None:
    story = [
        change("cancel", at(4, 11), when=NOW), change("resume", at(4, 12), "c2"), change("pause", at(4, 13), "c3"),
        to("60", at(4, 14), "c4"), change("cancel", at(4, 15), "c5"),
    ]  # fmt: skip
    assert total(bill(agreed(), story, until=date(2027, 8, 1))) == 1000


def test_ch7_what_is_billed_once_is_never_prorated() -> None:
    set_up = agreed(item(), item("99", key="set-up", is_once=True))
    ended = [change("cancel", at(4, 11), when=NOW)]
    assert told(bill(set_up, ended, until=date(2027, 8, 1))) == [("01 Apr", [3000, 9900]), ("11 Apr", [-2000])]
    assert total(bill(set_up, [change("cancel", at(4, 1), when=NOW)], until=MAY)) == 0
    later = [change("add", at(4, 20), added=item("99", key="set-up", is_once=True))]
    assert told(bill(agreed(), later, until=date(2027, 4, 30)))[1:] == [("20 Apr", [9900])]


def test_ch8_another_interval_begins_a_new_rhythm() -> None:
    yearly = change("interval", at(4, 11), interval=Interval.YEAR, prices=(("base", price("365")),))
    made = bill(agreed(), [yearly], until=date(2027, 7, 1))
    assert told(made) == [("01 Apr", [3000]), ("11 Apr", [-2000, 36500])]
    line = made.invoices[1].lines[1]
    assert (line.starts_on, line.ends_on) == (date(2027, 4, 11), date(2028, 4, 11))


def test_ch8_or_keeps_its_anchor_or_the_calendars() -> None:
    yearly = change("interval", at(4, 11), interval=Interval.YEAR, prices=(("base", price("366")),))
    kept = bill(agreed(keeps_anchor=True), [yearly], until=MAY).invoices[1].lines[1]
    assert (kept.why.part, kept.why.whole) == (356, 366)
    aligned = bill(agreed(is_calendar_aligned=True), [yearly], until=MAY).invoices[1].lines[1]
    assert (aligned.why.part, aligned.why.whole) == (265, 365)


def test_ch8_the_interval_that_stands_changes_nothing() -> None:
    same = [change("interval", at(4, 11), interval=Interval.MONTH)]
    assert told(bill(agreed(), same, until=MAY)) == told(bill(agreed(), until=MAY))


def test_ch9_a_change_that_arrives_twice_counts_once() -> None:
    up = to("60", at(4, 11))
    assert told(bill(agreed(), [up, up], until=MAY)) == told(bill(agreed(), [up], until=MAY))
    with refused("subscription.same_change", key="c1"):
        bill(agreed(), [up, to("61", at(4, 11))], until=MAY)


def test_ch9_up_and_back_costs_nothing_also_when_it_was_billed_between() -> None:
    up, back = to("60", at(4, 11, 10)), to("30", at(4, 11, 10, 40), "c2")
    assert told(bill(agreed(), [up, back], until=date(2027, 4, 30))) == [("01 Apr", [3000])]
    first = bill(agreed(), [up], until=date(2027, 4, 11))
    second = bill(agreed(), [up, back], until=date(2027, 4, 30), billed=first.billed)
    assert told(second) == [("11 Apr", [2000, -4000])]
    assert total(first) + total(second) == 3000


def test_ch10_a_ramp_has_its_prices_by_period() -> None:
    ramp = (RampStep(2, price("20")), RampStep(4, price("30")))
    made = bill(agreed(item("10", ramp=ramp)), until=date(2027, 9, 1))
    assert [lines for _day, lines in told(made)] == [[1000], [1000], [2000], [2000], [3000], [3000]]
    left = bill(agreed(item("10", ramp=ramp)), [to("50", at(4, 11))], until=date(2027, 9, 1))
    assert [lines for _day, lines in told(left)][2:] == [[5000]] * 5


def test_ch11_a_change_is_billed_on_its_day_or_with_the_next_period() -> None:
    made = bill(agreed(bills_changes_now=False), [to("60", at(4, 11))], until=MAY)
    assert told(made) == [("01 Apr", [3000]), ("01 May", [-2000, 4000, 6000])]


def test_ch11_a_preview_is_the_bill() -> None:
    story = [to("60", at(4, 11)), change("cancel", at(5, 15), "c2", when=NOW)]
    preview = bill(agreed(), story, until=date(2027, 7, 1))
    billed, made = None, []
    for day in range(120):
        step = bill(agreed(), story, until=date(2027, 4, 1) + timedelta(days=day), billed=billed)
        billed = step.billed
        made += step.invoices
    assert tuple(made)[: len(preview.invoices)] == preview.invoices
    assert len(made) == len(preview.invoices)


def test_d4_a_percentage_follows_its_charge_and_an_amount_goes_to_what_replaces_it() -> None:
    percent = bill(agreed(coupons=(Coupon("p", D(10), periods=None),)), [to("60", at(4, 11))], until=MAY)
    assert told(percent) == [("01 Apr", [2700]), ("11 Apr", [-1800, 3600]), ("01 May", [5400])]
    fixed = bill(agreed(coupons=(Coupon("f", amount_minor=1000, periods=None),)), [to("60", at(4, 11))], until=MAY)
    assert told(fixed) == [("01 Apr", [2000]), ("11 Apr", [-1200, 3200]), ("01 May", [5000])]


def test_d4_a_coupon_holds_for_its_periods_from_its_own_first_one() -> None:
    two = agreed(coupons=(Coupon("p", D(50), periods=2, starts_on=date(2027, 5, 10)),), trial_days=3)
    assert [lines for _day, lines in told(bill(two, until=date(2027, 8, 10)))] == [
        [3000],
        [1500],
        [1500],
        [3000],
        [3000],
    ]


def test_d4_a_coupon_takes_no_more_than_is_left_and_only_from_its_items() -> None:
    own = Coupon("own", amount_minor=9900, items=frozenset({"base"}))
    made = bill(agreed(item(), item("20", key="b"), coupons=(own, Coupon("all", D(10)))), until=date(2027, 4, 1))
    assert told(made) == [("01 Apr", [0, 1800])]


def test_d4_what_a_lower_price_has_no_room_for_goes_to_the_charges_that_stayed() -> None:
    offer = agreed(item(), item("20", key="b"), coupons=(Coupon("f", amount_minor=4500, periods=None),))
    before = bill(offer, until=APRIL)
    assert told(before) == [("01 Apr", [300, 200])]
    lower = to("5", at(4, 1), when=NOW)
    after = bill(offer, [lower], until=date(2027, 4, 2), billed=before.billed)
    assert told(after) == [("01 Apr", [0, -200, -300])]
    assert total(before) + total(after) == total(bill(offer, [lower], until=date(2027, 4, 2))) == 0


def test_pr13_what_was_used_draws_prepaid_credit_and_a_correction_gives_it_back() -> None:
    credit = (PrepaidCredit("new", date(2027, 4, 2), 5000), PrepaidCredit("old", date(2027, 4, 1), 800))
    volume = price("0", "volume", tiers=_tiers("15", "1", "0.9"))
    calls = [used("15", at(4, 10)), used("1", at(4, 12), known_at=at(5, 5))]
    made = bill(agreed(metered(volume), prepaid=credit), usage=calls, until=date(2027, 6, 1))
    assert [[(each.key, each.amount_minor) for each in invoice.drawn] for invoice in made.invoices] == [
        [("old", 800), ("new", 700)],
        [("new", -60)],
    ]
    assert [(each.net_minor, each.drawn_minor) for each in made.invoices] == [(1500, 1500), (-60, -60)]


@pytest.mark.parametrize(("percent", "extra"), [(0, 3000), (25, 3000)])
def test_pr15_what_is_missing_to_the_commitment_is_billed_after_the_period(percent: int, extra: int) -> None:
    coupons = (Coupon("p", D(percent), periods=None),) if percent else ()
    promised = agreed(item("70"), item("5", key="once", is_once=True), commitment=D(100), coupons=coupons)
    made = bill(promised, until=MAY)
    assert [line.net_minor for line in made.invoices[1].lines if line.kind == "commitment"] == [extra]
    half = bill(promised, [change("cancel", at(4, 16), when=NOW)], until=date(2027, 8, 1))
    assert [each.net_minor for one in half.invoices for each in one.lines if each.kind == "commitment"] == [1500]


def _tiers(bound: str, first: str, rest: str) -> tuple[Tier, ...]:
    return (Tier(D(bound), D(first)), Tier(None, D(rest)))
