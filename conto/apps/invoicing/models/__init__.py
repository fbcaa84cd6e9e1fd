"""Drafts that can change, documents that cannot, and what belongs to them."""

from conto.apps.invoicing.models.batches import IssueBatch
from conto.apps.invoicing.models.documents import (
    CheckOverride,
    Document,
    DocumentAllowance,
    DocumentLine,
    DocumentTax,
    Party,
    Prepayment,
)
from conto.apps.invoicing.models.drafts import Draft, DraftAllowance, DraftLine
from conto.apps.invoicing.models.guarding import GuardianSettings, MinimumAmount
from conto.apps.invoicing.models.series import DocumentTemplate, NumberCounter, NumberSeries
from conto.apps.invoicing.models.surroundings import Attachment, PortalLink, Question, Rendering, WriteOff

__all__ = [
    "Attachment",
    "CheckOverride",
    "Document",
    "DocumentAllowance",
    "DocumentLine",
    "DocumentTax",
    "DocumentTemplate",
    "Draft",
    "DraftAllowance",
    "DraftLine",
    "GuardianSettings",
    "IssueBatch",
    "MinimumAmount",
    "NumberCounter",
    "NumberSeries",
    "Party",
    "PortalLink",
    "Prepayment",
    "Question",
    "Rendering",
    "WriteOff",
]
