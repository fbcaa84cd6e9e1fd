"""Send webhooks: make deliveries of what happened, ask each endpoint outside any transaction, note what it said."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from uuid import UUID

from django.conf import settings

from conto.apps.integrations import actions
from conto.apps.integrations.actions import Claim, Outcome
from conto.domain import webhooks
from conto.domain.facts import Actor
from conto.gateways.outgoing import Answer, NoAnswer, Outgoing

log = logging.getLogger(__name__)

PLACES = 16  # asked at once
SECONDS_A_RUN = 50
LOOK_AGAIN_SECONDS = 1  # for what happened meanwhile, however slow those being asked are

Clock = Callable[[], datetime]


@dataclass(slots=True)
class _Run:
    """Who is being asked right now, and by which thread."""

    flying: "dict[Future[Outcome], Claim]" = field(default_factory=dict)
    tried: int = 0

    @property
    def busy(self) -> Counter[UUID]:
        return Counter(claim.endpoint_id for claim in self.flying.values())


def send_due(*, book_clock: Clock, world_clock: Clock, client: Outgoing | None = None) -> int:
    """Send what is due until nothing is, or the run has taken its time, and return how many tries were made.

    Claims and notes are short transactions of this thread; the other threads only ask and touch no table. The book's
    clock says what is due; signatures carry the time of the world, by which receivers judge them.
    """
    run, ends = _Run(), time.monotonic() + SECONDS_A_RUN
    asking, is_first = client or our_client(), True
    with ThreadPoolExecutor(PLACES, thread_name_prefix="webhook") as pool:
        while True:
            at = book_clock()
            actions.relay_facts(at=at, puts_in_order=is_first)
            is_first = False
            if time.monotonic() < ends:
                for claim in actions.claim_due(at=at, busy=run.busy, places=PLACES - len(run.flying)):
                    run.flying[pool.submit(_ask, asking, claim, world_clock)] = claim
            if not run.flying:
                return run.tried
            done, _ = wait(run.flying, timeout=LOOK_AGAIN_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                claim = run.flying.pop(future)
                run.tried += 1
                with suppress(_Unforeseen):
                    actions.note_outcome(claim=claim, outcome=_outcome_of(future), at=book_clock())


def send_test(
    *, endpoint_id: UUID, actor: Actor, at: datetime, world_clock: Clock, client: Outgoing | None = None
) -> Outcome:
    """Send a test event to an endpoint at once, so that whoever asked reads what it answered."""
    claim = actions.make_test(endpoint_id=endpoint_id, actor=actor, at=at)
    outcome = _ask(client or our_client(), claim, world_clock)
    actions.note_outcome(claim=claim, outcome=outcome, at=at)
    return outcome


@cache
def our_client() -> Outgoing:
    """Return the client with the limits of this installation."""
    return Outgoing(allow_private=settings.ALLOW_PRIVATE_TARGETS)


class _Unforeseen(Exception):  # noqa: N818 - named for what happened
    """Asking failed in a way that nobody thought of; the claim runs out and another try follows."""


def _outcome_of(future: "Future[Outcome]") -> Outcome:
    try:
        return future.result()
    except Exception as error:
        log.exception("A webhook could not be sent")
        raise _Unforeseen from error


def _ask(client: Outgoing, claim: Claim, world_clock: Clock) -> Outcome:
    now = world_clock()
    headers = webhooks.headers_of(
        claim.secrets, message_id=claim.message_id, timestamp=int(now.timestamp()), body=claim.body
    )
    began = time.monotonic_ns()
    try:
        answer = client.ask("POST", claim.url, headers, claim.body)
    except NoAnswer as failure:
        return Outcome(failure.reason, milliseconds=_since(began), words=str(failure))
    waits = None
    if answer.status in webhooks.BUSY:
        waits = webhooks.asked_to_wait(answer.headers.get("retry-after", ""), now)
    return Outcome(
        _judged(answer.status),
        status=answer.status,
        milliseconds=_since(began),
        excerpt=_excerpt(answer),
        asked_to_wait=waits,
    )


def _judged(status: int) -> str:
    if 200 <= status < 300:
        return "taken"
    if 300 <= status < 400:
        return "redirected"  # never followed: it would lead where nobody has checked
    if status == webhooks.GONE:
        return "gone"
    return "busy" if status in webhooks.BUSY else "turned_away"


def _excerpt(answer: Answer) -> str:
    return answer.body[: actions.LONGEST_EXCERPT].decode("utf-8", "replace")


def _since(began: int) -> int:
    return (time.monotonic_ns() - began) // 1_000_000
