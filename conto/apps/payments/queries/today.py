"""What the home page asks of payments: what came in this month, and what customers have as credit."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.ledger import queries as ledger
from conto.apps.payments.models import Payment
from conto.apps.payments.queries.lists import payments
from conto.domain.permissions import Permission


@dataclass(frozen=True, slots=True)
class Collected:
    """What came in over some days in one currency."""

    currency: str
    amount_minor: int
    count: int


@dataclass(frozen=True, slots=True)
class CreditLeft:
    """What a customer has paid or been credited beyond what is owed."""

    customer_id: UUID
    customer_name: str
    currency: str
    amount_minor: int


def collected(member: Member, first: date, last: date) -> list[Collected]:
    """Return what came in from one day to another, both counted, per currency."""
    rows = (
        payments(member)
        .filter(received_on__gte=first, received_on__lte=last)
        .order_by()
        .values_list("currency")
        .annotate(total=Sum("amount_minor"), n=Count("id"))
        .order_by("-total")
    )
    return [Collected(*row) for row in rows]


def collected_by_month(member: Member, currency: str, first: date, last: date) -> dict[date, int]:
    """Return what came in per month in one currency, by the first day of the month; a month without any is missing."""
    rows = (
        payments(member)
        .filter(currency=currency, received_on__gte=first, received_on__lte=last)
        .order_by()
        .annotate(month=TruncMonth("received_on"))
        .values_list("month")
        .annotate(total=Sum("amount_minor"))
    )
    return dict(rows)


def payments_between(member: Member, currency: str, first: date, last: date) -> list[Payment]:
    """Return the payments that make up what came in, the latest first."""
    return list(payments(member).filter(currency=currency, received_on__gte=first, received_on__lte=last))


def credit_left(member: Member, limit: int = 5) -> list[CreditLeft]:
    """Return who has credit that settles nothing yet, the most first."""
    if not member.may(Permission.PAYMENT_VIEW):
        return []
    rows = (
        ledger.open_items("credit")
        .filter(crm.sight_of(member))
        .values_list("customer_id", "customer__name", "currency")
        .annotate(left=Sum("open_minor"))
        .order_by("-left")[:limit]
    )
    return [CreditLeft(*row) for row in rows]
