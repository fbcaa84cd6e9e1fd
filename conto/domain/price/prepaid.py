"""Prepaid credit: drawn down oldest first, given back to what was drawn last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PrepaidCredit:
    """Money that was paid before it was used up: from a day on and, if it lapses, before another."""

    key: str
    granted_on: date
    left_minor: int
    lapses_on: date | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was taken from one credit (given back: below zero)."""

    key: str
    amount_minor: int


def draw_down(credits_left: Sequence[PrepaidCredit], amount_minor: int, on: date) -> tuple[Drawn, ...]:
    """Draw an amount from the credits that hold on a day, the oldest first, as far as they reach.

    Of two of one day the one that lapses first goes first, then the smaller key.

    Source: PR-13.
    """
    usable = [
        each
        for each in credits_left
        if each.granted_on <= on and each.left_minor > 0 and (each.lapses_on is None or on < each.lapses_on)
    ]
    drawn = []
    for credit in sorted(usable, key=lambda each: (each.granted_on, each.lapses_on or date.max, each.key)):
        if amount_minor <= 0:
            break
        part = min(credit.left_minor, amount_minor)
        drawn.append(Drawn(credit.key, part))
        amount_minor -= part
    return tuple(drawn)


def share_minor(of_minor: int, amount_minor: int, part_minor: int) -> int:
    """Tell what of a sum goes with a part of an amount, so that the shares of parts that make the whole make the sum.

    Whoever asks for a share takes the difference of two: that of all parts up to now and that of those before.

    Source: SB-14.
    """
    return (2 * of_minor * part_minor + amount_minor) // (2 * amount_minor)
