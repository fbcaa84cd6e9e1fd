"""How a customer and the business stand: owed, late, expected, collected, and how quickly is paid."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from conto.domain.money import round_half_away

EXPECTED_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A customer's figures in one currency."""

    currency: str
    owed_minor: int = 0
    open_count: int = 0
    late_minor: int = 0
    late_count: int = 0
    oldest_due_on: date | None = None
    credit_minor: int = 0
    expected_minor: int = 0  # open and due within the next days, what is late included
    expected_count: int = 0
    collected_minor: int = 0  # received in twelve months, less what went back
    collected_count: int = 0

    @property
    def net_minor(self) -> int:
        """What is owed after all credit."""
        return self.owed_minor - self.credit_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A customer's figures in every currency, and the pace of paying."""

    standings: tuple[Standing, ...]
    days_to_pay: int | None  # mean over twelve months, weighted by amount
    days_to_pay_before: int | None  # the twelve months before
    document_count: int
    draft_count: int

    def standing(self, currency: str) -> Standing:
        """Return the figures in one currency."""
        return next((each for each in self.standings if each.currency == currency), Standing(currency=currency))


_RELATION = """
SELECT
 (SELECT coalesce(json_agg(x), '[]') FROM (
    SELECT o.currency,
      sum(o.open_minor) FILTER (WHERE o.side = 'receivable') AS owed,
      count(*) FILTER (WHERE o.side = 'receivable') AS open_count,
      sum(o.open_minor) FILTER (WHERE o.side = 'credit') AS credit,
      sum(o.open_minor) FILTER (WHERE d.due_on < %(today)s) AS late,
      count(*) FILTER (WHERE d.due_on < %(today)s) AS late_count,
      min(d.due_on) AS oldest,
      sum(o.open_minor) FILTER (WHERE d.due_on <= %(soon)s) AS expected,
      count(*) FILTER (WHERE d.due_on <= %(soon)s) AS expected_count
    FROM ledger_openitem o LEFT JOIN invoicing_document d ON d.id = o.item_id AND o.side = 'receivable'
    WHERE o.customer_id = %(id)s AND o.open_minor > 0 GROUP BY o.currency) x),
 (SELECT coalesce(json_agg(x), '[]') FROM (
    SELECT currency, sum(amount) AS collected, count(*) AS collected_count FROM (
      SELECT currency, amount_minor AS amount FROM payments_payment
       WHERE customer_id = %(id)s AND received_on > %(year_ago)s AND received_on <= %(today)s
      UNION ALL
      SELECT currency, -amount_minor FROM payments_refund
       WHERE customer_id = %(id)s AND refunded_on > %(year_ago)s AND refunded_on <= %(today)s) moved
    GROUP BY currency) x),
 (SELECT json_build_array(
      sum(a.amount_minor::numeric * (a.allocated_on - d.issued_on)) FILTER (WHERE a.allocated_on > %(year_ago)s)
        / nullif(sum(a.amount_minor) FILTER (WHERE a.allocated_on > %(year_ago)s), 0),
      sum(a.amount_minor::numeric * (a.allocated_on - d.issued_on)) FILTER (WHERE a.allocated_on <= %(year_ago)s)
        / nullif(sum(a.amount_minor) FILTER (WHERE a.allocated_on <= %(year_ago)s), 0))
  FROM invoicing_document d JOIN payments_allocation a ON a.document_id = d.id AND a.payment_id IS NOT NULL
  LEFT JOIN payments_allocationreversal r ON r.allocation_id = a.id
  WHERE d.customer_id = %(id)s AND d.issued_on > %(three_years_ago)s AND a.allocated_on > %(two_years_ago)s
    AND r.allocation_id IS NULL),
 (SELECT count(*) FROM invoicing_document WHERE customer_id = %(id)s),
 (SELECT count(*) FROM invoicing_draft WHERE customer_id = %(id)s)
"""


def relation_of(customer_id: UUID, today: date) -> Relation:
    """Return how a customer stands today, with one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _RELATION,
            {
                "id": customer_id,
                "today": today,
                "soon": today + timedelta(days=EXPECTED_DAYS),
                "year_ago": today - timedelta(days=365),
                "two_years_ago": today - timedelta(days=730),
                "three_years_ago": today - timedelta(days=1095),
            },
        )
        open_sums, collected, pace, document_count, draft_count = cursor.fetchone()
    figures: dict[str, dict[str, Any]] = {}
    for row in open_sums:
        figures.setdefault(row["currency"], {}).update(
            owed_minor=int(row["owed"] or 0),
            open_count=row["open_count"],
            credit_minor=int(row["credit"] or 0),
            late_minor=int(row["late"] or 0),
            late_count=row["late_count"],
            oldest_due_on=date.fromisoformat(row["oldest"]) if row["oldest"] else None,
            expected_minor=int(row["expected"] or 0),
            expected_count=row["expected_count"],
        )
    for row in collected:
        figures.setdefault(row["currency"], {}).update(
            collected_minor=int(row["collected"]), collected_count=row["collected_count"]
        )
    now, before = (None if days is None else round_half_away(Decimal(str(days))) for days in pace)
    return Relation(
        standings=tuple(Standing(currency=currency, **values) for currency, values in sorted(figures.items())),
        days_to_pay=now,
        days_to_pay_before=before,
        document_count=document_count,
        draft_count=draft_count,
    )
