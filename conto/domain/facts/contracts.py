"""Facts about contracts: that something happened. What is agreed stands in the versions, for who may see those."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from conto.domain.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractAdded(Fact):
    """A contract is written down; with a number it is agreed."""

    subject_kind: ClassVar[str] = "contract"
    currency: str
    number: str = ""
    quote: str = ""  # the number of the quote that made it


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractAgreed(Fact):
    """A draft of a contract is agreed."""

    subject_kind: ClassVar[str] = "contract"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractChanged(Fact):
    """A contract has a new version."""

    subject_kind: ClassVar[str] = "contract"
    number: str
    version: int
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRenewed(Fact):
    """A contract that asks goes on for another term."""

    subject_kind: ClassVar[str] = "contract"
    number: str
    version: int
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractCancelled(Fact):
    """Notice is given; the contract runs out."""

    subject_kind: ClassVar[str] = "contract"
    number: str
    version: int
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEnded(Fact):
    """Both sides end a contract on a day."""

    subject_kind: ClassVar[str] = "contract"
    number: str
    version: int
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractResumed(Fact):
    """A notice is taken back."""

    subject_kind: ClassVar[str] = "contract"
    number: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractDropped(Fact):
    """A draft of a contract comes to nothing."""

    subject_kind: ClassVar[str] = "contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractDue(Fact):
    """The day comes near by which somebody decides about the next term of a contract."""

    subject_kind: ClassVar[str] = "contract"
    number: str
    decide_by: date
    owner_id: UUID | None = None
