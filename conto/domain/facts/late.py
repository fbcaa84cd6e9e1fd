"""Facts about late fees and late interest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from conto.domain.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCharged(Fact):
    """An invoice was charged a fee, or interest, for being paid late; the paper of it is a draft yet."""

    subject_kind: ClassVar[str] = "document"
    charge_kind: str
    currency: str
    amount_minor: int
    first_on: date | None = None
    last_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateChargeWaived(Fact):
    """What an invoice was charged for being paid late is not to be paid."""

    subject_kind: ClassVar[str] = "document"
    charge_kind: str
    currency: str
    amount_minor: int
    reason: str
    credit_note: str = ""  # its number, where the charge was on paper


@dataclass(frozen=True, slots=True, kw_only=True)
class LateExcluded(Fact):
    """An invoice is charged nothing more for being paid late."""

    subject_kind: ClassVar[str] = "document"
    number: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LateIncluded(Fact):
    """An invoice that was excluded is charged again for being paid late."""

    subject_kind: ClassVar[str] = "document"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LateExempted(Fact):
    """A customer is charged nothing for paying late."""

    subject_kind: ClassVar[str] = "customer"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LateExemptionEnded(Fact):
    """A customer who was exempt is charged again for paying late."""

    subject_kind: ClassVar[str] = "customer"
