"""Facts about programs that work with the book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from conto.domain.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyMade(Fact):
    """A member has a new key for a program."""

    subject_kind: ClassVar[str] = "api_key"
    name: str
    member_id: UUID
    last_four: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked(Fact):
    """A key of a program no longer opens anything."""

    subject_kind: ClassVar[str] = "api_key"
    name: str
    member_id: UUID
    last_four: str
