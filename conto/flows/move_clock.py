"""Move the clock of a sandbox book: a step at a time, and whatever would have happened by then happens, in order.

What happens with time is a list, `HAPPEN_WITH_TIME`: the same functions that the worker runs by its own clock. Work
that comes later (billing runs, reminders) adds its function here, and practicing it comes by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from conto.apps.accounts import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.flows import billing_run, charge_late, checkout, deliver_mail, issue_waiting, make_repeats, refund_payment

LONGEST = timedelta(days=400)
STOPS_HOUR = 6  # each day is reached in its early morning, when nobody has begun to work yet
MAILS_A_DAY = 200


@dataclass(frozen=True, slots=True)
class Step:
    """The clock at one moment of its way, and what happened there: how many, by name."""

    at: datetime
    share: int  # of the way, in percent
    happened: dict[str, int]


def _deliver_mails(at: datetime) -> int:
    tried = 0
    while tried < MAILS_A_DAY and deliver_mail.deliver_next(at=at):
        tried += 1
    return tried


# Each is told the moment and returns how much it did; done twice it does nothing more.
HAPPEN_WITH_TIME: dict[str, Callable[[datetime], int]] = {
    "mails": _deliver_mails,
    "payments": lambda at: checkout.reconcile(at=at),
    "bills": lambda at: billing_run.run_if_due(actor=SYSTEM, at=at),
    "repeats": lambda at: make_repeats.make_due(actor=SYSTEM, at=at),
    "issued": lambda at: issue_waiting.issue_waiting(actor=SYSTEM, at=at),
    "late": lambda at: charge_late.run_if_due(actor=SYSTEM, at=at),
    "refunds": lambda at: refund_payment.reconcile(at=at),
}


def check(*, to: datetime, at: datetime) -> None:
    """Refuse a way that leads back or too far.

    Raises: RuleBroken `business.clock_back`, `clock.too_far`.
    """
    if to <= at:
        raise RuleBroken("business.clock_back", "The clock moves forward only.")
    if to - at > LONGEST:
        raise RuleBroken("clock.too_far", "At most %(days)s days at once.", days=LONGEST.days)


def next_stop(*, to: datetime, at: datetime, zone: str) -> datetime:
    """Return where the clock is moved next on its way: morning by morning."""
    here = ZoneInfo(zone)
    tomorrow = at.astimezone(here).date() + timedelta(days=1)
    return min(to, datetime.combine(tomorrow, time(STOPS_HOUR), tzinfo=here))


def move(*, to: datetime, start: datetime, actor: Actor, at: datetime) -> Step:
    """Move the clock, which shows `at`, by one step of the way from `start` to `to`, and let happen what is due there.

    Called again with what the clock shows then, until the step's share is 100. A way that is broken off leaves the
    clock where it stands, with all that happened up to there.

    Raises: Conflict in a real book, or while a demo company lives its past; RuleBroken as `check`.
    """
    check(to=to, at=at)
    business = queries.business()
    stop = next_stop(to=to, at=at, zone=business.zone if business else "UTC")
    actions.move_clock(to=stop, actor=actor, at=at)
    happened = {name: act(stop) for name, act in HAPPEN_WITH_TIME.items()}
    share = 100 if stop >= to else int(100 * (stop - start) / (to - start))
    return Step(stop, share, happened)
