"""How credits are spread over invoices that bear credits themselves: no note may be more than its invoice has left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class LeftLine:
    """A line of an issued invoice as a credit finds it.

    `left_minor` is in the invoice's price mode and below zero for a line that credits an earlier invoice; `rate` is the
    tax rate in percent. A line that `is_kept` is never taken back by itself.
    """

    position: int
    left_minor: int
    rate: Fraction
    is_kept: bool = False


def also_taken_back(lines: Sequence[LeftLine], wanted: Mapping[int, int], *, is_gross: bool) -> dict[int, int]:
    """Tell how much of which credit lines of an invoice a note must take back too, by position; mostly nothing.

    An invoice of −21.00 and +28.00 asks for 7.00, and no note may give back more. Where 20.00 of the 28.00 are wanted,
    13.00 of the −21.00 are taken back with them, to be credited where the −21.00 was. `wanted` is by position, below
    zero where a credit line is taken back already. Lines taxed like what is wanted come first, then the last on paper.

    Units: minor units in the invoice's price mode; what is returned is above zero and whole, rounded up.
    Source: SB-5.
    """
    rates = {line.rate for line in lines if wanted.get(line.position, 0) > 0}
    below = sorted(
        (line for line in lines if line.left_minor < 0 and not line.is_kept),
        key=lambda line: (line.rate not in rates, -line.position),
    )
    back: dict[int, int] = {}
    for weigh in (_gross_of, _net_of):
        missing = sum(
            (
                weigh(wanted.get(line.position, 0) - back.get(line.position, 0) - line.left_minor, line.rate, is_gross)
                for line in lines
            ),
            Fraction(0),
        )
        for line in below:
            room = wanted.get(line.position, 0) - back.get(line.position, 0) - line.left_minor
            part = min(room, _up(missing / weigh(1, line.rate, is_gross)))
            if part > 0:
                back[line.position] = back.get(line.position, 0) + part
                missing -= weigh(part, line.rate, is_gross)
    return back


def _gross_of(minor: int, rate: Fraction, is_gross: bool) -> Fraction:  # noqa: FBT001 -- one of two of a shape
    return Fraction(minor) if is_gross else minor * (1 + rate / 100)


def _net_of(minor: int, rate: Fraction, is_gross: bool) -> Fraction:  # noqa: FBT001 -- one of two of a shape
    return minor / (1 + rate / 100) if is_gross else Fraction(minor)


def _up(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
