"""Facts about the books themselves: closings and accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from conto.domain.facts.base import Changes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodClosed(Fact):
    """Nothing dated up to this day can be written any more."""

    subject_kind: ClassVar[str] = "legal_entity"
    closed_until: date
    was_closed_until: date | None = None
    account_count: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReopened(Fact):
    """Days that were closed are open again; nothing in `closed_until` means all of them."""

    subject_kind: ClassVar[str] = "legal_entity"
    closed_until: date | None
    was_closed_until: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(Fact):
    """A ledger account has another number or name."""

    subject_kind: ClassVar[str] = "account"
    changes: Changes
