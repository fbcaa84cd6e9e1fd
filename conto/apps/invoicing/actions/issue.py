"""Issuing: computed, numbered, booked and frozen in one transaction; one document is a batch of one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from conto.apps.invoicing.models import Document, Draft
from conto.domain.errors import Finding
from conto.domain.facts import Actor


@dataclass(frozen=True, slots=True)
class IssueResult:
    """What became of one draft: a document with its number, or set aside with the reason."""

    draft_id: UUID
    document_id: UUID | None = None
    number: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def is_issued(self) -> bool:
        """Whether the draft became a document."""
        return self.document_id is not None


def issue_draft(
    *,
    draft: Draft,
    actor: Actor,
    at: datetime,
    overrides: Mapping[str, str] | None = None,
    issued_on: date | None = None,
) -> Document:
    """Issue a draft: number it, book it, freeze it. The draft is gone, its id is the document's.

    `overrides` gives the reason for each warning that may be passed over. `issued_on` defaults to today in the zone
    of the legal entity.

    Raises: Conflict `draft.already_issued`; RuleBroken `draft.has_findings` with params `findings`.
    """
    raise NotImplementedError


def issue_drafts(
    *, draft_ids: Iterable[UUID], actor: Actor, at: datetime, issued_on: date | None = None
) -> list[IssueResult]:
    """Issue drafts in transactions of 500; those that cannot are set aside with their findings.

    Warnings set a draft aside too, unless the draft stores an override for them.
    """
    raise NotImplementedError
