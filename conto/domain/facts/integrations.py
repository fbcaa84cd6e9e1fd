"""Facts about programs that work with the book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from conto.domain.facts.base import Changes, Fact


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


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpointAdded(Fact):
    """Facts are told to one more program elsewhere."""

    subject_kind: ClassVar[str] = "webhook"
    url: str
    kinds: tuple[str, ...] = ()  # none: all


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpointChanged(Fact):
    """An endpoint's address, wanted kinds or state changed."""

    subject_kind: ClassVar[str] = "webhook"
    url: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSecretRotated(Fact):
    """An endpoint has a new secret; the old one signs too for a day."""

    subject_kind: ClassVar[str] = "webhook"
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpointRemoved(Fact):
    """Nothing is told to an endpoint any more, and what was told is forgotten."""

    subject_kind: ClassVar[str] = "webhook"
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDisabled(Fact):
    """The system stopped telling an endpoint: it is gone, or took nothing for days."""

    subject_kind: ClassVar[str] = "webhook"
    url: str
    reason: str
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTested(Fact):
    """Somebody sent a test event to an endpoint."""

    subject_kind: ClassVar[str] = "webhook"
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReplayed(Fact):
    """Somebody had deliveries of an endpoint sent again."""

    subject_kind: ClassVar[str] = "webhook"
    url: str
    deliveries: int
