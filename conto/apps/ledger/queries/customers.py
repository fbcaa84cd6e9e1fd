"""What customers owe and what they have as credit."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from conto.apps.ledger.models import OpenItem


@dataclass(frozen=True, slots=True)
class Balance:
    """What a customer owes us and what we owe the customer, in one currency."""

    owed_minor: int = 0
    credit_minor: int = 0

    @property
    def net_minor(self) -> int:
        """What the customer owes after using all credit."""
        return self.owed_minor - self.credit_minor


@dataclass(frozen=True, slots=True)
class CustomerPosting:
    """The effect of one entry on a customer's balance."""

    entry_id: UUID
    dated_on: date
    at: datetime
    kind: str
    subject_id: UUID
    currency: str
    effect_minor: int
    balance_minor: int
    memo: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A customer's account in one currency over a span of days."""

    currency: str
    since: date | None
    until: date
    opening_minor: int
    closing_minor: int
    postings: tuple[CustomerPosting, ...]


def customer_balances(customer_ids: Iterable[UUID]) -> dict[UUID, dict[str, Balance]]:
    """Give the balances of customers per currency; customers without open items are left out."""
    sums: dict[UUID, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    rows = (
        OpenItem.objects.filter(customer_id__in=list(customer_ids), open_minor__gt=0)
        .values_list("customer_id", "currency", "side")
        .annotate(total=Sum("open_minor"))
        .order_by("customer_id", "currency")
    )
    for customer_id, currency, side, total in rows:
        sums[customer_id][currency][side] = total
    return {
        customer_id: {
            currency: Balance(sides.get("receivable", 0), sides.get("credit", 0))
            for currency, sides in currencies.items()
        }
        for customer_id, currencies in sums.items()
    }


_POSTINGS = """
SELECT e.id, e.dated_on, e.at, e.kind, e.subject_id, p.currency, p.effect,
    sum(p.effect) OVER (PARTITION BY p.currency ORDER BY e.dated_on, e.at, e.id)::bigint, e.memo
FROM (
    SELECT t.entry_id, t.currency, sum(
        CASE WHEN d.role IN ('receivable', 'customer_credit') THEN t.amount_minor ELSE 0 END
        - CASE WHEN c.role IN ('receivable', 'customer_credit') THEN t.amount_minor ELSE 0 END
    )::bigint AS effect
    FROM ledger_transfer t
    JOIN ledger_account d ON d.id = t.debit_account_id
    JOIN ledger_account c ON c.id = t.credit_account_id
    WHERE t.customer_id = %s
    GROUP BY t.entry_id, t.currency
) p JOIN ledger_entry e ON e.id = p.entry_id
WHERE e.dated_on <= coalesce(%s, e.dated_on)
ORDER BY e.dated_on, e.at, e.id
"""


def customer_postings(customer_id: UUID, until: date | None = None) -> list[CustomerPosting]:
    """Give all entries of a customer with the running balance per currency, the oldest first.

    An allocation moves credit to an invoice, so its effect on the balance is 0.
    """
    with connection.cursor() as cursor:
        cursor.execute(_POSTINGS, [customer_id, until])
        return [CustomerPosting(*row) for row in cursor.fetchall()]


def statement(customer_id: UUID, *, currency: str, as_of: date, since: date | None = None) -> Statement:
    """Give a customer's account in a currency: opening balance, movements, closing balance."""
    everything = [p for p in customer_postings(customer_id, as_of) if p.currency == currency and p.effect_minor]
    shown = tuple(p for p in everything if since is None or p.dated_on >= since)
    closing = everything[-1].balance_minor if everything else 0
    opening = closing - sum(p.effect_minor for p in shown)
    return Statement(currency, since, as_of, opening, closing, shown)
