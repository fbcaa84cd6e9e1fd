"""Facts about checking the book: what was asked of it and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from conto.domain.facts.base import Fact

BOOK_ITSELF = UUID(int=0)  # the subject of facts about the whole book


@dataclass(frozen=True, slots=True, kw_only=True)
class BookMended(Fact):
    """What is made of other records was made anew, since a rule was broken there; so many rows were wrong."""

    subject_kind: ClassVar[str] = "book"
    rule: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookVerified(Fact):
    """Every rule of the book was checked; `findings` names the broken ones with their first breaches."""

    subject_kind: ClassVar[str] = "book"
    rules: int
    violated: int
    findings: tuple[str, ...]
