"""Leads as records that can have values of own fields."""

from uuid import UUID

from conto.apps.accounts import queries as accounts
from conto.apps.fields.entry import Record
from conto.domain.fields import Subject


def record_of(lead_id: UUID, currency: str | None = None) -> Record:
    """Return a lead as the record of its values; it is no customer's, even when it became one.

    `currency` is that of the business, for callers that know it.
    """
    return Record(subject=Subject.LEAD, id=lead_id, currency=home_currency() if currency is None else currency)


def home_currency() -> str:
    """Return the currency of amounts of leads that are entered without one."""
    business = accounts.business()
    return business.currency if business else ""
