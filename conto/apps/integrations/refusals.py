"""Refusals of this area that have a kind of their own."""

from datetime import timedelta

from conto.domain.errors import Conflict

AGAIN_AFTER = timedelta(seconds=1)


class StillRunning(Conflict):
    """The first request with this idempotency key has not ended yet: ask again in a moment."""
