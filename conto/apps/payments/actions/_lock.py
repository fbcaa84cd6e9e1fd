"""One customer's money is moved by one transaction at a time."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection


def lock_money_of(customer_ids: Iterable[UUID]) -> None:
    """Make other movements of these customers' money wait until this transaction ends.

    The ledger refuses an over-allocation anyway; waiting lets the second of two see what the first has left open, so
    that it takes less instead of being refused.
    """
    with connection.cursor() as cursor:
        for customer_id in sorted(set(customer_ids)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 20))", [str(customer_id)])
