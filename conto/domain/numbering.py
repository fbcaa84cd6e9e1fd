"""Document numbers: a pattern of the series, a year and an ordinal."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conto.domain.errors import RuleBroken

_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._-]{0,19}|")
MAX_WIDTH = 12


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """How the numbers of a series look: INV-2026-00042 is prefix INV, width 5, yearly."""

    prefix: str
    width: int
    yearly: bool

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise RuleBroken(
                "numbering.bad_prefix",
                "A prefix has at most 20 letters, digits and / . _ -, and starts with a letter or digit: %(prefix)s",
                prefix=self.prefix,
            )
        if not 1 <= self.width <= MAX_WIDTH:
            raise RuleBroken("numbering.bad_width", "A number has 1 to %(max)s digits.", max=MAX_WIDTH)

    def stem(self, year: int) -> str:
        """Give everything before the ordinal (the same for one series and year)."""
        parts = [self.prefix] if self.prefix else []
        if self.yearly:
            parts.append(f"{year:04d}")
        return "-".join([*parts, ""]) if parts else ""


def number_for(pattern: NumberPattern, year: int, ordinal: int) -> str:
    """Write the number of an ordinal; a number that outgrows its width gets longer.

    Raises: RuleBroken `numbering.bad_ordinal` for an ordinal below 1.
    Source: N-1.
    """
    if ordinal < 1:
        raise RuleBroken("numbering.bad_ordinal", "Numbers start at 1, not at %(ordinal)s.", ordinal=ordinal)
    return f"{pattern.stem(year)}{ordinal:0{pattern.width}d}"


def numbers_for(pattern: NumberPattern, year: int, first: int, count: int) -> list[str]:
    """Write a run of `count` numbers that starts at the ordinal `first`.

    Source: N-1.
    """
    if count < 1:
        return []
    number_for(pattern, year, first)  # refuses an ordinal below 1
    stem, width = pattern.stem(year), pattern.width
    return [f"{stem}{ordinal:0{width}d}" for ordinal in range(first, first + count)]
