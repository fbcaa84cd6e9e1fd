"""The terms of a stored version, in the words of the rules."""

from conto.apps.contracts.models import Contract
from conto.domain.contract import Renewal, Terms


def terms_of(row: Contract) -> Terms:
    """Return how long a version of a contract holds."""
    return Terms(
        row.starts_on,
        row.ends_on,
        Renewal(row.renewal),
        row.first_months,
        row.renewal_months,
        row.notice_days,
        row.renewals,
    )
