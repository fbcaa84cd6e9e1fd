"""Drafts computed: amounts and tax while they are being edited, and what is issued."""

from dataclasses import dataclass
from datetime import date

from conto.apps.invoicing.models import Draft
from conto.domain.errors import Finding
from conto.domain.invoice import ComputedDocument
from conto.domain.tax import TaxTreatment


@dataclass(frozen=True, slots=True)
class ComputedDraft:
    """A draft with its amounts; `document` is missing when it cannot be computed, and `problems` say why."""

    document: ComputedDocument | None
    treatments: tuple[TaxTreatment | None, ...]  # by line
    due_on: date
    problems: tuple[Finding, ...]


def computed(draft: Draft, on: date) -> ComputedDraft:
    """Compute a draft as if it were issued on a day."""
    raise NotImplementedError
