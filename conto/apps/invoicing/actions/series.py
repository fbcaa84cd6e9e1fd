"""Number series and document templates."""

from datetime import datetime
from typing import Any

from conto.apps.accounts.models import LegalEntity
from conto.apps.invoicing.models import DocumentTemplate, NumberSeries
from conto.domain.facts import Actor


def save_series(  # noqa: PLR0913 -- a series has these parts
    *,
    legal_entity: LegalEntity,
    kind: str,
    prefix: str,
    actor: Actor,
    at: datetime,
    width: int = 5,
    is_yearly: bool = True,
    start_ordinal: int = 1,
    series: NumberSeries | None = None,
) -> NumberSeries:
    """Add or change the default series of a kind (invoice, credit_note, deposit).

    The start is for the year of `at`, later years start at 1. A series that has given numbers keeps its pattern and
    cannot go back.

    Raises: RuleBroken `series.started`, `numbering.bad_prefix`; Conflict `series.prefix_taken`.
    """
    raise NotImplementedError


def save_template(
    *,
    legal_entity: LegalEntity,
    name: str,
    actor: Actor,
    at: datetime,
    template: DocumentTemplate | None = None,
    **fields: Any,
) -> DocumentTemplate:
    """Add or change a template: accent_color, paper, columns, texts, is_default."""
    raise NotImplementedError
