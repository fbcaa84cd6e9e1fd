"""One life: a company of a seed, founded in the open book and lived under faults, judged every day."""

import time
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as day_time
from pathlib import Path
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from conto.apps.accounts import queries
from conto.apps.audit.models import Fact
from conto.apps.bulk import refresh_statistics
from conto.gateways import payment as gateways
from conto.gateways.payment.sandbox.state import Memory
from conto.jobs.simulation import PARTS, found
from tests.simulation.checks import violations_of_everything, violations_today
from tests.simulation.trouble import Evening, Goodwill, TroubledCompany, TroubledGateway
from tests.simulation.wild_cast import wild_cast

FIRST_DAY = date(2024, 1, 1)
ZONE = ZoneInfo("Europe/Berlin")
EVERYTHING_EVERY_DAYS = 120
KEY = b"the simulation's own key, 32 byte"


@dataclass
class Told:
    """What became of a life."""

    seed: int
    days: int = 0
    happenings: int = 0
    checks: int = 0
    check_seconds: float = 0
    last_fact_id: UUID | None = None
    faults: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Tell it in one line."""
        cost = 1000 * self.check_seconds / max(1, self.checks)
        return (
            f"seed {self.seed}: {self.days} days, {self.happenings} happenings, {self.checks} checks of {cost:.0f} ms, "
            f"faults {self.faults}, refused politely {self.refused}"
        )


class BrokenLife(AssertionError):  # noqa: N818 -- named for what happened
    """A rule of the book is broken; says on which day of which seed."""


def live(seed: int, *, days: int, folder: Path, buyers: int = 4, faults: dict[str, int] | None = None) -> Told:
    """Live a company's life to its end, from where the book has it.

    Raises: BrokenLife.
    """
    cast = wild_cast(seed, buyers=buyers, days=days)
    if queries.business() is None:
        begins = datetime.combine(FIRST_DAY, day_time(0, 0, 1), tzinfo=ZONE)
        found(cast, at=begins, clock_ahead=min(timedelta(seconds=-1), begins - timezone.now()))
    business = queries.business()
    assert business is not None
    assert business.lived_until is not None
    told = Told(seed)
    gateway = TroubledGateway(Memory(folder / f"gateway-{seed}.sqlite"), "http://localhost:9", KEY)
    gateway.dice = Random(f"gateway {seed}")
    with gateways.reached_near(gateway):
        company = TroubledCompany(
            cast,
            seed=seed,
            first_day=FIRST_DAY,
            lived_until=business.lived_until,
            gateway=gateway,
            parts=(*PARTS, Evening, Goodwill),
            faults=faults,
        )
        day = business.lived_until.astimezone(ZONE).date()
        while day < FIRST_DAY + timedelta(days=days):
            _live_one(company, day, told)
            day += timedelta(days=1)
    told.faults, told.refused = dict(company.met), dict(company.refused)
    return told


def _live_one(company: TroubledCompany, day: date, told: Told) -> None:
    number = (day - FIRST_DAY).days
    happened = company.live_day(day)
    told.days += 1
    told.happenings += happened
    if number in {20, 90} or number % 365 == 364:
        refresh_statistics()
    broken: list[str] = []
    last = Fact.objects.order_by("-id").values_list("id", flat=True).first()
    if last != told.last_fact_id:  # a day on which nothing was written is as the day before
        told.last_fact_id = last
        begun = time.perf_counter()
        broken = violations_today()
        told.check_seconds += time.perf_counter() - begun
        told.checks += 1
    if number % EVERYTHING_EVERY_DAYS == EVERYTHING_EVERY_DAYS - 1:
        broken += violations_of_everything()
    if broken:
        raise BrokenLife(f"On {day} of seed {company.seed}: {broken}")
