"""Facts about leads: who may buy one day, what was said and done, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from conto.domain.facts.base import Changes, Fact

ROUTING_RULES = UUID(int=2)  # the rules as a whole, in the facts about them


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadAdded(Fact):
    """Somebody may buy one day."""

    subject_kind: ClassVar[str] = "lead"
    name: str
    source: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadChanged(Fact):
    """Something about a lead changed: its details, owner, next step or state."""

    subject_kind: ClassVar[str] = "lead"
    name: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRouted(Fact):
    """A rule, or a form, said who looks after a lead."""

    subject_kind: ClassVar[str] = "lead"
    name: str
    rule: str
    owner_id: UUID
    owner_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadNoted(Fact):
    """A member wrote down something about a lead."""

    subject_kind: ClassVar[str] = "lead"
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadConsentAsked(Fact):
    """A mail asks the person whether it was they who filled in the form."""

    subject_kind: ClassVar[str] = "lead"
    name: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadConsentGiven(Fact):
    """The person agreed to be written to, or to the measuring of letters."""

    subject_kind: ClassVar[str] = "lead"
    name: str
    text: str
    is_confirmed: bool = False  # by the link in a mail
    purpose: str = "news"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadDiscarded(Fact):
    """Nothing will come of a lead."""

    subject_kind: ClassVar[str] = "lead"
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadReopened(Fact):
    """Something may come of a discarded lead after all."""

    subject_kind: ClassVar[str] = "lead"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadConverted(Fact):
    """A lead became a customer with a contact and a deal."""

    subject_kind: ClassVar[str] = "lead"
    name: str
    contact_id: UUID | None = None
    deal_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFormAdded(Fact):
    """There is one more form for strangers to fill in."""

    subject_kind: ClassVar[str] = "lead_form"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFormChanged(Fact):
    """A form for strangers changed."""

    subject_kind: ClassVar[str] = "lead_form"
    name: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingChanged(Fact):
    """The rules that say who looks after which lead changed."""

    subject_kind: ClassVar[str] = "routing"
    changes: Changes
