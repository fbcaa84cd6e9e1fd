"""The clock of the jobs: read here, at the entrance, and passed down."""

from datetime import datetime

from django.utils import timezone

from conto.apps.accounts import queries as accounts


def book_now() -> datetime:
    """Return what the book's clock shows now."""
    return accounts.book_time(accounts.business(), timezone.now())
