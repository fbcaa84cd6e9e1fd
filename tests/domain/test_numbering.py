import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.numbering import NumberPattern, number_for, numbers_for
from tests.domain.refusals import refused


@pytest.mark.parametrize(
    ("pattern", "ordinal", "number"),
    [
        (NumberPattern("INV", 5, yearly=True), 42, "INV-2026-00042"),
        (NumberPattern("INV", 5, yearly=False), 42, "INV-00042"),
        (NumberPattern("", 4, yearly=True), 7, "2026-0007"),
        (NumberPattern("", 1, yearly=False), 7, "7"),
        (NumberPattern("RE/A", 3, yearly=True), 1234, "RE/A-2026-1234"),
    ],
)
def test_n1_a_number_is_prefix_year_and_ordinal(pattern: NumberPattern, ordinal: int, number: str) -> None:
    assert number_for(pattern, 2026, ordinal) == number


@given(st.integers(1, 10**6), st.integers(0, 50), st.integers(1, 8))
def test_n1_a_run_of_numbers_is_the_single_ones_without_gap_or_double(
    first: int,
    count: int,
    width: int,
) -> None:
    pattern = NumberPattern("INV", width, yearly=first % 2 == 0)
    run = numbers_for(pattern, 2026, first, count)
    assert run == [number_for(pattern, 2026, first + i) for i in range(count)]
    assert len(set(run)) == count


def test_n1_numbers_start_at_one() -> None:
    with refused("numbering.bad_ordinal"):
        number_for(NumberPattern("INV", 5, yearly=True), 2026, 0)
    with refused("numbering.bad_ordinal"):
        numbers_for(NumberPattern("INV", 5, yearly=True), 2026, 0, 1)


@pytest.mark.parametrize("prefix", ["-A", "A B", "Ä", "A" * 21, "\n", "=1+1"])
def test_n2_a_prefix_is_plain(prefix: str) -> None:
    with refused("numbering.bad_prefix"):
        NumberPattern(prefix, 5, yearly=True)


@pytest.mark.parametrize("width", [0, 13])
def test_n2_a_width_is_sane(width: int) -> None:
    with refused("numbering.bad_width"):
        NumberPattern("INV", width, yearly=True)


def test_q7_quotes_are_numbered_like_invoices() -> None:
    assert number_for(NumberPattern("Q", 5, yearly=True), 2026, 7) == "Q-2026-00007"
