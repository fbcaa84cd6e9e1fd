"""How a credit is spread: what is also taken back is as much as is needed, and no more than is there."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from conto.domain.subscription import LeftLine, also_taken_back

RATES = st.sampled_from([Fraction(0), Fraction(7), Fraction("8.1"), Fraction(19)])


def line(position: int, left_minor: int, rate: int = 19, *, is_kept: bool = False) -> LeftLine:
    return LeftLine(position, left_minor, Fraction(rate), is_kept)


def test_sb5_the_example_of_the_rule() -> None:
    lines = [line(1, -2100), line(2, 2800)]
    assert also_taken_back(lines, {2: 2000}, is_gross=False) == {1: 1300}
    assert also_taken_back(lines, {2: 700}, is_gross=False) == {}
    assert also_taken_back(lines, {2: 2800}, is_gross=False) == {1: 2100}


def test_sb5_what_is_taken_back_already_is_not_taken_again() -> None:
    lines = [line(1, -2100), line(2, 2800)]
    assert also_taken_back(lines, {1: -1300, 2: 2000}, is_gross=False) == {}
    assert also_taken_back(lines, {1: -1300, 2: 2500}, is_gross=False) == {1: 500}


def test_sb5_lines_of_the_same_rate_come_first_and_then_the_last_on_paper() -> None:
    lines = [line(1, -500), line(2, -500), line(3, -500, 7), line(4, 1600)]
    assert also_taken_back(lines, {4: 700}, is_gross=False) == {2: 500, 1: 100}
    assert also_taken_back(lines, {4: 1200}, is_gross=False) == {2: 500, 1: 500, 3: 100}


def test_sb5_a_line_that_nothing_is_known_of_stays() -> None:
    assert also_taken_back([line(1, -500, is_kept=True), line(2, 600)], {2: 300}, is_gross=True) == {}


@given(
    above=st.lists(st.tuples(st.integers(1, 10**6), RATES, st.integers(0, 100)), min_size=1, max_size=5),
    below=st.lists(st.tuples(st.integers(1, 10**6), RATES), max_size=5),
    is_gross=st.booleans(),
)
def test_sb5_afterwards_the_note_is_not_above_the_invoice(
    above: list[tuple[int, Fraction, int]], below: list[tuple[int, Fraction]], *, is_gross: bool
) -> None:
    lines = [LeftLine(n, minor, rate) for n, (minor, rate, _part) in enumerate(above, 1)]
    lines += [LeftLine(n, -minor, rate) for n, (minor, rate) in enumerate(below, len(above) + 1)]
    wanted = {n: minor * part // 100 for n, (minor, _rate, part) in enumerate(above, 1)}
    back = also_taken_back(lines, wanted, is_gross=is_gross)
    assert set(back) <= {each.position for each in lines if each.left_minor < 0}
    assert all(0 < minor <= -lines[position - 1].left_minor for position, minor in back.items())
    note = {each.position: wanted.get(each.position, 0) - back.get(each.position, 0) for each in lines}
    everything = sum(back.values()) == sum(minor for minor, _rate in below)
    for weigh in (_gross, _net):
        left = sum((weigh(each.left_minor, each.rate, is_gross=is_gross) for each in lines), Fraction(0))
        given_back = sum((weigh(note[each.position], each.rate, is_gross=is_gross) for each in lines), Fraction(0))
        assert given_back <= left or everything


def _gross(minor: int, rate: Fraction, *, is_gross: bool) -> Fraction:
    return Fraction(minor) if is_gross else minor * (1 + rate / 100)


def _net(minor: int, rate: Fraction, *, is_gross: bool) -> Fraction:
    return minor / (1 + rate / 100) if is_gross else Fraction(minor)
