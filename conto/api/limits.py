"""How many requests a key and an address may make in a minute, counted in the database for all processes together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from conto.api.problem import Refused
from conto.apps.integrations import actions

WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Count:
    """Where a caller stands in its minute."""

    most: int
    left: int
    seconds: int

    def headers(self) -> dict[str, str]:
        """Return what every answer says of the limit."""
        return {
            "RateLimit-Policy": f'"minute";q={self.most};w={WINDOW_SECONDS}',
            "RateLimit": f'"minute";r={self.left};t={self.seconds}',
        }


def count(key_id: UUID | None, address: str, now: datetime) -> Count:
    """Count a request of a key and its address.

    Raises: Refused 429 when either has made too many in this minute.
    """
    second = int(now.timestamp())
    begun = second - second % WINDOW_SECONDS
    most = {f"from:{address[:60]}": settings.API_REQUESTS_OF_ADDRESS}
    if key_id:
        most[f"key:{key_id}"] = settings.API_REQUESTS_OF_KEY
    made = actions.count_request(list(most), window_at=datetime.fromtimestamp(begun, UTC))
    left = {name: allowed - made[name] for name, allowed in most.items()}
    tightest = min(left, key=lambda name: left[name])
    found = Count(most[tightest], max(left[tightest], 0), begun + WINDOW_SECONDS - second)
    if left[tightest] < 0:
        headers = {"Retry-After": str(found.seconds), **found.headers()}
        detail = _("Too many requests. The next minute begins in %(seconds)s seconds.") % {"seconds": found.seconds}
        raise Refused(429, "too_many_requests", detail, headers)
    return found
