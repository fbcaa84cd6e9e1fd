import itertools
from datetime import date
from decimal import Decimal

import eu_vat_rates_data
import pytest

from conto.domain.tax import EU_COUNTRIES, RateClass, rate_for
from conto.gateways.vat import european_rates, known_countries, rates_of
from conto.gateways.vat.rates import AS_OF

D = Decimal


@pytest.mark.parametrize("country", sorted(EU_COUNTRIES))
def test_t5_the_two_packages_agree_on_the_standard_rate_of_every_member_state(country: str) -> None:
    ours = rate_for(rates_of(country), country, "", RateClass.STANDARD, AS_OF)
    assert ours == D(str(eu_vat_rates_data.get_standard_rate(country)))


def test_t5_all_27_member_states_are_there() -> None:
    assert set(known_countries()) >= EU_COUNTRIES
    assert len(EU_COUNTRIES) == 27


@pytest.mark.parametrize(
    ("country", "day", "percent"),
    [
        ("DE", date(2020, 6, 30), "19"),
        ("DE", date(2020, 7, 1), "16"),
        ("DE", date(2020, 12, 31), "16"),
        ("DE", date(2021, 1, 1), "19"),
        ("RO", date(2025, 7, 31), "19"),
        ("RO", date(2025, 8, 1), "21"),
        ("EE", date(2025, 6, 30), "22"),
        ("EE", date(2025, 7, 1), "24"),
        ("GR", date(2024, 1, 1), "24"),
        ("CH", date(2023, 12, 31), "7.7"),
        ("CH", date(2024, 1, 1), "8.1"),
        ("GB", date(2026, 1, 1), "20"),
    ],
)
def test_t5_the_rate_of_a_day_is_the_one_in_force_that_day(country: str, day: date, percent: str) -> None:
    assert rate_for(rates_of(country), country, "", RateClass.STANDARD, day) == D(percent)


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("DE", {RateClass.REDUCED: "7"}),
        ("AT", {RateClass.REDUCED: "10", RateClass.REDUCED2: "13"}),
        ("FR", {RateClass.REDUCED: "5.5", RateClass.REDUCED2: "10", RateClass.SUPER_REDUCED: "2.1"}),
        ("PT", {RateClass.REDUCED: "6", RateClass.REDUCED2: "13"}),
        ("CH", {RateClass.REDUCED: "2.6", RateClass.REDUCED2: "3.8"}),
        ("DK", {}),
    ],
)
def test_t5_reduced_rates_are_those_of_the_mainland(country: str, expected: dict[RateClass, str]) -> None:
    today = date(2026, 11, 1)
    found = {
        rate.rate_class: rate.percent
        for rate in rates_of(country)
        if rate.rate_class is not RateClass.STANDARD and rate.is_valid_on(today)
    }
    assert {k: v for k, v in found.items() if k in expected} == {k: D(v) for k, v in expected.items()}
    assert (RateClass.REDUCED in found) == (RateClass.REDUCED in expected)


def test_t5_windows_of_one_rate_neither_overlap_nor_leave_a_hole() -> None:
    windows: dict[tuple[str, str, RateClass], list[tuple[date, date | None]]] = {}
    for rate in european_rates():
        windows.setdefault((rate.country, rate.region, rate.rate_class), []).append((rate.valid_from, rate.valid_until))
    for key, spans in windows.items():
        spans.sort()
        assert spans[-1][1] is None, key
        assert all(a[1] == b[0] for a, b in itertools.pairwise(spans)), key


def test_m1_no_rate_carries_the_noise_of_a_binary_fraction() -> None:
    assert all(rate.percent == round(rate.percent, 2) for rate in european_rates())
