"""Remember requests that may be sent twice.

A request is named by its key and its idempotency key. Who gets the lock of that name works; who does not is told that
the first is still running. The answer is kept in the transaction of the work, so that either both are there or none.

Work that asks somebody outside cannot be in one transaction: its row is committed as under way first (`is_outside`),
and what it makes has an id that follows from the request, so that trying again finds it instead of doing it again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from conto.apps.bulk.composed import prepared_cursor
from conto.apps.integrations.models import RememberedRequest
from conto.apps.integrations.refusals import StillRunning
from conto.domain.errors import RuleBroken

KEPT_FOR = timedelta(days=7)
STALLED_AFTER = timedelta(minutes=15)
_IDS = UUID("6d7c9a52-6a3e-4f0e-9a59-6a55f0a8b1c4")
# First the lock of the name, then the row: who has the lock and finds a row finds one that is done or was cut off.
_BEGIN = """
WITH held AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 7)) AS is_mine),
    begun AS (
        INSERT INTO integrations_rememberedrequest
            (api_key_id, idempotency_key, request_sha256, method, path, locked_at, headers, kept_until)
        SELECT %s, %s, %s, %s, %s, %s, '{}', %s FROM held WHERE is_mine
        ON CONFLICT (api_key_id, idempotency_key) DO NOTHING RETURNING id
    )
SELECT is_mine, EXISTS (SELECT FROM begun) FROM held
"""
_DONE = """
UPDATE integrations_rememberedrequest SET done_at = %s, status = %s, headers = %s, body = %s
WHERE api_key_id = %s AND idempotency_key = %s AND done_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that may be sent twice."""

    api_key_id: UUID
    idempotency_key: str
    request_sha256: bytes
    method: str
    path: str

    def id_of(self, what: str) -> UUID:
        """Return the id of a thing that this request makes: the same each time it is sent."""
        name = f"{self.api_key_id}:{self.idempotency_key}:{self.request_sha256.hex()}:{what}"
        return uuid5(_IDS, name)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a request was answered."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def begin(request: Repeatable, *, at: datetime) -> KeptAnswer | None:
    """Take a request up, inside the transaction of its work; return the kept answer when it was done before.

    Raises: StillRunning `idempotency.in_flight`; RuleBroken `idempotency.other_request`.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            _BEGIN,
            [
                f"{request.api_key_id}:{request.idempotency_key}",
                request.api_key_id,
                request.idempotency_key,
                request.request_sha256,
                request.method,
                request.path[:500],
                at,
                at + KEPT_FOR,
            ],
        )
        is_mine, is_first = cursor.fetchone()
    if not is_mine:
        raise _still_running()
    return None if is_first else _kept(request)


@transaction.atomic
def begin_outside(request: Repeatable, *, at: datetime) -> KeptAnswer | None:
    """Take up a request whose work asks somebody outside: it is committed as under way before the work.

    Raises: StillRunning `idempotency.in_flight`; RuleBroken `idempotency.other_request`.
    """
    return begin(request, at=at)


def finish(request: Repeatable, answer: KeptAnswer, *, at: datetime) -> None:
    """Keep the answer of a request."""
    with prepared_cursor() as cursor:
        cursor.execute(
            _DONE,
            [
                at,
                answer.status,
                json.dumps(dict(answer.headers)),
                answer.body,
                request.api_key_id,
                request.idempotency_key,
            ],
        )


def let_go(request: Repeatable) -> None:
    """Forget a request that came to nothing, so that it can be sent again."""
    RememberedRequest.objects.filter(
        api_key_id=request.api_key_id, idempotency_key=request.idempotency_key, done_at=None
    ).delete()


def release_stalled(*, now: datetime) -> int:
    """Let go of requests whose worker died on the way; sending them again goes on from what they made."""
    return RememberedRequest.objects.filter(done_at=None, locked_at__lt=now - STALLED_AFTER).delete()[0]


def forget_requests(*, now: datetime) -> int:
    """Drop the answers that were kept long enough."""
    return RememberedRequest.objects.filter(done_at__isnull=False, kept_until__lt=now).delete()[0]


def _kept(request: Repeatable) -> KeptAnswer:
    row = RememberedRequest.objects.get(api_key_id=request.api_key_id, idempotency_key=request.idempotency_key)
    if bytes(row.request_sha256) != request.request_sha256:
        raise RuleBroken(
            "idempotency.other_request",
            "This idempotency key was used for another request. Use a fresh key for a new request.",
        )
    if row.done_at is None or row.status is None or row.body is None:
        raise _still_running()
    return KeptAnswer(row.status, bytes(row.body), row.headers)


def _still_running() -> StillRunning:
    return StillRunning(
        "idempotency.in_flight", "The first request with this idempotency key is still running. Ask again in a moment."
    )
