"""Deals as records that can have values of own fields."""

from typing import TYPE_CHECKING

from conto.apps.fields.entry import Record
from conto.domain.fields import Subject

if TYPE_CHECKING:
    from conto.apps.deals.models import Deal


def record_of(deal: "Deal") -> Record:
    """Return a deal as the record of its values."""
    return Record(subject=Subject.DEAL, id=deal.id, currency=deal.currency, customer_id=deal.customer_id)
