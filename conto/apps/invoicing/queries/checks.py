"""The check list before issuing."""

from datetime import date

from conto.apps.invoicing.models import Draft
from conto.domain.errors import Finding


def findings(draft: Draft, on: date) -> list[Finding]:
    """List what stands against issuing a draft on a day, the blocking ones first."""
    raise NotImplementedError
