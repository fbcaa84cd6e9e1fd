"""What prepaid credit does to the books when it is used or ends: a deposit becomes revenue."""

from datetime import datetime
from uuid import UUID

from conto.apps.ledger import actions as ledger
from conto.apps.subscriptions.models import PrepaidCredit, Subscription
from conto.domain import journal
from conto.domain.ids import new_id
from conto.domain.journal import EntryKind
from conto.domain.money import ZERO
from conto.domain.period import local_day
from conto.domain.price import share_minor


def release_of(
    credit: PrepaidCredit, row: Subscription, before_minor: int, after_minor: int, *, subject_id: UUID, at: datetime
) -> list[ledger.NewEntry]:
    """Return the entry for what of a credit was used between two sums; none where it was given, not sold.

    What comes back to a credit that has ended has ended with it.

    Source: SB-14, J-17.
    """
    if credit.document_id is None or credit.ended_on is not None:
        return []
    net_minor = share_minor(credit.net_minor, credit.amount_minor, after_minor) - share_minor(
        credit.net_minor, credit.amount_minor, before_minor
    )
    return entry_of(credit, row, net_minor, subject_id=subject_id, at=at)


def entry_of(
    credit: PrepaidCredit, row: Subscription, net_minor: int, *, subject_id: UUID, at: datetime
) -> list[ledger.NewEntry]:
    """Return the entry that makes so much of a deposit revenue; none for nothing."""
    if not net_minor:
        return []
    entity = row.legal_entity
    transfers = journal.prepaid_released(net_minor, credit.tax_category, credit.tax_rate or ZERO)
    return [
        ledger.NewEntry(
            new_id(), entity.id, row.currency, EntryKind.PREPAID_RELEASED, local_day(at, entity.zone), subject_id,
            transfers, at, row.customer_id,
        )
    ]  # fmt: skip
