"""Facts about quotes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from conto.domain.facts.base import Changes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteDrafted(Fact):
    """A quote is begun, or a new version of one."""

    subject_kind: ClassVar[str] = "quote"
    currency: str
    total_minor: int
    version: int = 1
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteChanged(Fact):
    """A draft of a quote changed."""

    subject_kind: ClassVar[str] = "quote"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteDiscarded(Fact):
    """A draft of a quote is gone; it was never sent."""

    subject_kind: ClassVar[str] = "quote"
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteApprovalAsked(Fact):
    """A discount above the limit waits for somebody who may approve it."""

    subject_kind: ClassVar[str] = "quote"
    discount_percent: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteApproved(Fact):
    """A discount above the limit was approved."""

    subject_kind: ClassVar[str] = "quote"
    discount_percent: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteApprovalRefused(Fact):
    """A discount above the limit was not approved."""

    subject_kind: ClassVar[str] = "quote"
    discount_percent: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteSent(Fact):
    """A quote is frozen and open to the customer."""

    subject_kind: ClassVar[str] = "quote"
    number: str
    version: int
    currency: str
    total_minor: int
    valid_until: date
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteMailed(Fact):
    """A quote went out by mail."""

    subject_kind: ClassVar[str] = "quote"
    number: str
    recipient: str
    message_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteSuperseded(Fact):
    """A newer version took the place of a quote."""

    subject_kind: ClassVar[str] = "quote"
    number: str
    by_id: UUID
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteWithdrawn(Fact):
    """The seller took a sent quote back."""

    subject_kind: ClassVar[str] = "quote"
    number: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLinkMade(Fact):
    """A link was made by which the customer sees a quote."""

    subject_kind: ClassVar[str] = "quote"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteViewed(Fact):
    """The customer looked at a quote."""

    subject_kind: ClassVar[str] = "quote"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteQuestionAsked(Fact):
    """The customer asks about a quote."""

    subject_kind: ClassVar[str] = "quote"
    number: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteQuestionAnswered(Fact):
    """A question about a quote is answered."""

    subject_kind: ClassVar[str] = "quote"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteAccepted(Fact):
    """The customer accepted a quote and signed it."""

    subject_kind: ClassVar[str] = "quote"
    number: str
    currency: str
    total_minor: int
    signed_by: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteBilled(Fact):
    """An accepted quote made an invoice."""

    subject_kind: ClassVar[str] = "quote"
    number: str
    document_id: UUID
    document_number: str = ""  # empty: it waits as a draft
    why_draft: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteContracted(Fact):
    """An accepted quote made a contract."""

    subject_kind: ClassVar[str] = "quote"
    number: str
    contract_id: UUID
    contract_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteSubscribed(Fact):
    """An accepted quote began a subscription."""

    subject_kind: ClassVar[str] = "quote"
    number: str
    subscription_id: UUID
    subscription_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteDeclined(Fact):
    """The customer declined a quote."""

    subject_kind: ClassVar[str] = "quote"
    number: str
    currency: str
    total_minor: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRulesChanged(Fact):
    """How quotes are made was changed."""

    subject_kind: ClassVar[str] = "quote_rules"
    changes: Changes
