"""Drafts: begun with the customer's profile, changed, discarded, copied."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from conto.apps.accounts.models import LegalEntity
from conto.apps.crm.models import Customer
from conto.apps.invoicing.entries import AllowanceEntry, DocumentKind, LineEntry
from conto.apps.invoicing.models import Document, Draft
from conto.domain.facts import Actor


def create_draft(
    *,
    customer: Customer,
    actor: Actor,
    at: datetime,
    kind: DocumentKind = "invoice",
    legal_entity: LegalEntity | None = None,
    lines: Sequence[LineEntry] = (),
    **fields: Any,
) -> Draft:
    """Begin a draft with everything that the customer's profile and the seller already say.

    `fields` are any of currency, price_mode, language, terms_days, early_discount_percent, early_discount_days,
    delivered_on, period_start_on, period_end_on, buyer_reference, order_reference, contract_reference, intro, notes,
    contact_id, series_id, template_id.
    """
    raise NotImplementedError


def change_draft(
    *, draft: Draft, changes: Mapping[str, Any], actor: Actor, at: datetime, expected_version: int | None = None
) -> Draft:
    """Change fields of a draft (those that `create_draft` names).

    Raises: Conflict `draft.changed_meanwhile` when `expected_version` is not the stored one.
    """
    raise NotImplementedError


def set_lines(
    *, draft: Draft, lines: Sequence[LineEntry], actor: Actor, at: datetime, expected_version: int | None = None
) -> Draft:
    """Replace the lines of a draft.

    Raises: Conflict `draft.changed_meanwhile`.
    """
    raise NotImplementedError


def set_allowances(
    *,
    draft: Draft,
    allowances: Sequence[AllowanceEntry],
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Draft:
    """Replace the discounts and charges on the whole draft.

    Raises: Conflict `draft.changed_meanwhile`.
    """
    raise NotImplementedError


def discard_draft(*, draft: Draft, actor: Actor, at: datetime) -> None:
    """Remove a draft; nothing was numbered or booked."""
    raise NotImplementedError


def copy_document(*, document: Document | Draft, actor: Actor, at: datetime) -> Draft:
    """Begin a draft with the lines, allowances and texts of a document or draft."""
    raise NotImplementedError
