"""When contracts renew, end and are departed from."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.contract import (
    AgreedPrice,
    BilledLine,
    ContractState,
    Priced,
    Renewal,
    Terms,
    allowed_to_agree,
    allowed_to_change,
    allowed_to_end,
    allowed_to_resume,
    cancelled_on,
    check_terms,
    decide_by,
    departure,
    earliest_end,
    is_in_force,
    last_day,
    next_renewal,
    renewed,
    state_on,
    term_start,
    version_on,
)
from tests.domain.refusals import assert_it_speaks, refused

DAY = timedelta(days=1)
ACTIVE, CANCELLED, ENDED, DRAFT = (
    ContractState.ACTIVE,
    ContractState.CANCELLED,
    ContractState.ENDED,
    ContractState.DRAFT,
)
YEARLY = Terms(date(2026, 1, 1), None, Renewal.AUTO, 12, 12, 30)
ASKS = Terms(date(2026, 1, 1), None, Renewal.ASK, 12, 12, 30)
OPEN = Terms(date(2026, 1, 1), None, Renewal.NONE, notice_days=14)
FIXED = Terms(date(2026, 1, 1), date(2026, 12, 31))

TERMS = st.builds(
    Terms,
    st.dates(date(2020, 1, 1), date(2032, 12, 31)),
    st.none() | st.dates(date(2033, 1, 1), date(2040, 12, 31)),
    st.sampled_from(Renewal),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 120),
    st.integers(0, 5),
)
DAYS = st.dates(date(2019, 1, 1), date(2041, 12, 31))


def test_g1_renewals_of_the_31st_come_back_after_short_months() -> None:
    monthly = Terms(date(2027, 1, 31), None, Renewal.AUTO, 1, 1)
    days, day = [], date(2027, 1, 31)
    for _ in range(4):
        renewal = next_renewal(monthly, day)
        assert renewal is not None
        day = renewal
        days.append(day)
    assert days == [date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30), date(2027, 5, 31)]


def test_g1_a_contract_of_the_29th_of_february_renews_on_it_in_leap_years() -> None:
    yearly = Terms(date(2024, 2, 29), None, Renewal.AUTO, 12, 12)
    assert [term_start(yearly, n) for n in range(1, 5)] == [
        date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)
    ]  # fmt: skip
    assert next_renewal(yearly, date(2027, 2, 28)) == date(2028, 2, 29)


def test_g1_a_longer_first_term_moves_all_that_follow() -> None:
    terms = Terms(date(2026, 5, 31), None, Renewal.AUTO, 24, 12)
    assert [term_start(terms, n) for n in range(3)] == [date(2026, 5, 31), date(2028, 5, 31), date(2029, 5, 31)]
    assert next_renewal(terms, date(2026, 6, 1)) == date(2028, 5, 31)


@given(TERMS, DAYS)
def test_g1_the_next_term_is_the_first_that_begins_later(terms: Terms, on: date) -> None:
    renewal = next_renewal(terms, on)
    if terms.renewal is Renewal.AUTO:
        expected = next(day for n in range(1, 400) if (day := term_start(terms, n)) > on)
        assert renewal == (None if terms.ends_on and terms.ends_on < expected else expected)
    elif terms.renewal is Renewal.NONE:
        assert renewal is None
    elif renewal is not None:
        assert renewal == term_start(terms, terms.renewals + 1) > on


def test_g2_a_contract_holds_from_its_first_day_to_its_last() -> None:
    assert [is_in_force(ACTIVE, FIXED, day) for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31),
            date(2027, 1, 1))] == [False, True, True, False]  # fmt: skip
    assert not is_in_force(DRAFT, FIXED, date(2026, 5, 1))
    assert is_in_force(CANCELLED, FIXED, date(2026, 5, 1))
    assert is_in_force(ACTIVE, YEARLY, date(2400, 1, 1))


def test_g2_one_that_asks_ends_with_its_term_until_somebody_renews_it() -> None:
    assert last_day(ASKS) == date(2026, 12, 31)
    assert state_on(ACTIVE, ASKS, date(2027, 1, 1)) is ENDED
    again = Terms(*[getattr(ASKS, name) for name in ASKS.__slots__[:-1]], renewed(ACTIVE, ASKS))
    assert last_day(again) == date(2027, 12, 31)
    assert state_on(ACTIVE, again, date(2027, 1, 1)) is ACTIVE
    with refused("contract.over"):
        renewed(ENDED, ASKS)
    with refused("contract.asks_nobody"):
        renewed(ACTIVE, YEARLY)


def test_g2_what_ends_by_agreement_runs_out_until_then() -> None:
    assert state_on(ENDED, FIXED, date(2026, 12, 31)) is CANCELLED
    assert state_on(ENDED, FIXED, date(2027, 1, 1)) is ENDED
    assert state_on(DRAFT, FIXED, date(2027, 1, 1)) is DRAFT


def test_g3_whole_days_of_notice_lie_before_the_next_term() -> None:
    assert decide_by(YEARLY, date(2026, 5, 1)) == date(2026, 12, 1)  # 2 to 31 December are thirty days
    assert decide_by(YEARLY, date(2026, 12, 1)) == date(2026, 12, 1)
    assert decide_by(YEARLY, date(2026, 12, 2)) == date(2027, 12, 1)
    assert earliest_end(YEARLY, date(2026, 12, 1)) == date(2026, 12, 31)
    assert earliest_end(YEARLY, date(2026, 12, 2)) == date(2027, 12, 31)
    assert earliest_end(OPEN, date(2026, 3, 1)) == date(2026, 3, 15)
    assert earliest_end(FIXED, date(2026, 3, 1)) == date(2026, 12, 31)
    assert earliest_end(FIXED, date(2027, 3, 1)) is None


def test_g3_one_that_asks_can_be_renewed_up_to_its_last_day() -> None:
    assert decide_by(ASKS, date(2026, 5, 1)) == date(2026, 12, 1)
    assert decide_by(ASKS, date(2026, 12, 2)) == date(2026, 12, 31)
    assert decide_by(ASKS, date(2027, 1, 1)) is None
    assert decide_by(FIXED, date(2026, 5, 1)) is None


@given(TERMS, DAYS)
def test_g3_notice_never_ends_a_contract_before_its_days_are_over(terms: Terms, on: date) -> None:
    ends, agreed = earliest_end(terms, on), last_day(terms)
    if ends is None:
        assert agreed is not None
        assert agreed < on
        return
    assert ends >= on
    if ends != agreed:
        assert (ends - on).days >= terms.notice_days
    if terms.renewal is Renewal.AUTO and ends != agreed:
        assert ends + DAY in {term_start(terms, n) for n in range(1, 400)}
        decided = decide_by(terms, on)
        assert decided is not None
        assert on <= decided == ends - timedelta(days=terms.notice_days)


def test_g3_notice_is_given_to_the_earliest_day_or_a_later_one() -> None:
    on = date(2026, 5, 1)
    assert cancelled_on(ACTIVE, YEARLY, on, None) == date(2026, 12, 31)
    assert cancelled_on(ACTIVE, YEARLY, on, date(2027, 6, 30)) == date(2027, 6, 30)
    with refused("contract.notice_too_short", earliest=date(2026, 12, 31)):
        cancelled_on(ACTIVE, YEARLY, on, date(2026, 12, 30))
    with refused("contract.not_running"):
        cancelled_on(CANCELLED, YEARLY, on, None)


def test_g4_the_first_day_of_what_is_agreed_stays() -> None:
    moved = Terms(date(2026, 2, 1), None, Renewal.AUTO, 12, 12, 30)
    allowed_to_change(DRAFT, YEARLY, moved)
    with refused("contract.start_is_fixed"):
        allowed_to_change(ACTIVE, YEARLY, moved)
    with refused("contract.over"):
        allowed_to_change(ENDED, YEARLY, YEARLY)
    with refused("contract.not_draft"):
        allowed_to_agree(ACTIVE)
    with refused("contract.no_notice"):
        allowed_to_resume(ACTIVE)
    with refused("contract.ends_before_start"):
        allowed_to_end(ACTIVE, YEARLY, date(2025, 12, 31))


def test_g4_the_newest_version_that_applies_counts() -> None:
    versions = [(1, date(2026, 1, 1)), (2, date(2026, 7, 1)), (3, date(2026, 4, 1))]
    days = (date(2025, 12, 31), date(2026, 2, 1), date(2026, 5, 1), date(2026, 8, 1))
    assert [version_on(versions, day) for day in days] == [None, 1, 3, 3]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (Terms(date(1899, 1, 1)), "contract.bad_start"),
        (Terms(date(2026, 1, 1), date(2025, 12, 31)), "contract.ends_before_start"),
        (Terms(date(2026, 1, 1), notice_days=731), "contract.bad_notice"),
        (Terms(date(2026, 1, 1), None, Renewal.AUTO, 0, 12), "contract.bad_months"),
        (Terms(date(2026, 1, 1), None, Renewal.ASK, 12, 601), "contract.bad_months"),
    ],
)
def test_g1_terms_that_cannot_be_are_refused(terms: Terms, code: str) -> None:
    with refused(code):
        check_terms(terms)


HOUR = AgreedPrice("C-2026-00001", "", "Consulting", "HUR", Decimal(90))


def _line(price: str, name: str = "consulting", unit: str = "HUR", **more: object) -> BilledLine:
    return BilledLine(1, "", name, unit, Decimal(price), **more)  # type: ignore[arg-type]


def test_g5_a_line_that_departs_from_its_contract_is_named_with_both_prices() -> None:
    assert departure(_line("90"), [HOUR], "EUR") is None
    found = departure(_line("95"), [HOUR], "EUR")
    assert found is not None
    assert found.text == "Contract C-2026-00001 agrees 90.00 EUR per HUR; line 1 says 95.00 EUR."
    assert (found.code, found.severity) == ("check.off_contract", "warn")
    other = departure(_line("720", unit="DAY"), [HOUR], "EUR")
    assert other is not None
    assert other.text == "Contract C-2026-00001 agrees 90.00 EUR per HUR; line 1 says 720.00 EUR per DAY."
    for each in (found, other):
        assert_it_speaks(each.message, each.params)


def test_g5_of_what_no_contract_speaks_there_is_no_departure() -> None:
    assert departure(_line("95", name="Travel"), [HOUR], "EUR") is None
    assert departure(_line("95"), [], "EUR") is None


def test_g5_an_item_is_compared_by_itself_and_only_without_one_by_its_name() -> None:
    by_item = AgreedPrice("C-1", "item-1", "Design day", "DAY", Decimal(800))
    other = BilledLine(1, "item-2", "Design day", "DAY", Decimal(850))
    assert departure(other, [by_item], "EUR") is None
    assert departure(BilledLine(1, "item-1", "Day of design", "DAY", Decimal(850)), [by_item], "EUR") is not None
    assert departure(BilledLine(1, "", "Design day", "DAY", Decimal(850)), [by_item], "EUR") is not None


def test_g5_one_contract_that_agrees_is_enough_and_the_deals_own_is_named_first() -> None:
    dear = AgreedPrice("C-2", "", "Consulting", "HUR", Decimal(110), is_of_deal=True)
    assert departure(_line("110"), [HOUR, dear], "EUR") is None
    found = departure(_line("100"), [HOUR, dear], "EUR")
    assert found is not None
    assert found.params["contract"] == "C-2"


def test_g5_discounts_count_and_taxed_prices_are_compared_in_cents() -> None:
    less = AgreedPrice("C-1", "", "Consulting", "HUR", Decimal(100), Decimal(10))
    assert departure(_line("90"), [less], "EUR") is None
    assert departure(_line("100", allowance_percent=Decimal(10)), [less], "EUR") is None
    assert departure(_line("95", allowance=Decimal(5)), [less], "EUR") is None
    assert departure(_line("100", whole_percent=Decimal(10)), [less], "EUR") is None
    assert departure(_line("100", allowance_percent=Decimal(5), whole_percent=Decimal(5)), [less], "EUR") is not None
    gross = _line("107.10", tax_rate=Decimal(19), is_gross=True)
    assert departure(gross, [HOUR], "EUR") is None
    assert departure(_line("107.11", tax_rate=Decimal(19), is_gross=True), [HOUR], "EUR") is not None
    taxed = AgreedPrice("C-1", "", "Consulting", "HUR", Decimal("107.10"), is_gross=True)
    assert departure(_line("90", tax_rate=Decimal(19)), [taxed], "EUR") is None


def test_g5_prices_keep_the_decimals_that_they_have() -> None:
    assert str(Priced(Decimal("0.0125"), "EUR")) == "0.0125 EUR"
    assert str(Priced(Decimal("90.000000"), "EUR")) == "90.00 EUR"
    assert str(Priced(Decimal(900), "JPY")) == "900 JPY"
