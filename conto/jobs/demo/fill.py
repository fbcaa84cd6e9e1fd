"""Fill the demo book: the company is founded a year ago and lives up to now, a day in each transaction."""

import logging
import zoneinfo
from collections.abc import Callable
from datetime import datetime, time, timedelta
from time import sleep

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries
from conto.apps.bulk import refresh_statistics
from conto.domain.errors import Conflict, RuleBroken
from conto.gateways import payment as gateways
from conto.gateways.payment.sandbox.near import NearGateway
from conto.gateways.payment.sandbox.state import Memory
from conto.jobs.demo.agreements import agreements_of
from conto.jobs.demo.cast import CAST, PASSWORD
from conto.jobs.demo.collected import collected_of
from conto.jobs.demo.desk import desk_of
from conto.jobs.demo.goods import goods_of
from conto.jobs.demo.held import held_of
from conto.jobs.demo.late import late_of
from conto.jobs.demo.leads import leads_of
from conto.jobs.demo.letters import letters_of
from conto.jobs.demo.own import own_of
from conto.jobs.demo.pipeline import pipeline_of
from conto.jobs.demo.plans import plans_of
from conto.jobs.demo.repeats import repeats_of
from conto.jobs.demo.subscriptions import subscriptions_of
from conto.jobs.demo.work import work_of
from conto.jobs.simulation import PARTS, Company, Happening, found

log = logging.getLogger(__name__)
Say = Callable[[str], None]
SEED = 20
DAYS = 365
PAPERS_DAYS = 60  # the papers of longer ago are made when somebody asks for them; a visitor shall not wait for them
ZONE = zoneinfo.ZoneInfo(CAST.seller.zone)
OPENS, CLOSES = time(6), time(20)
COUNTED_AFTER_DAYS = {20, 90, DAYS}  # the database plans by what it has counted
MOST_TRIES = 5
_BY_HAND = (
    desk_of,
    pipeline_of,
    own_of,
    letters_of,
    leads_of,
    plans_of,
    subscriptions_of,
    collected_of,
    agreements_of,
    work_of,
    repeats_of,
    goods_of,
    held_of,
    late_of,
)


def fill(say: Say = print, at: datetime | None = None) -> None:
    """Make the demo company and let it live up to `at`, which is now.

    A book that has lived stays as it is. A life that was cut off goes on where it was.

    Raises: Conflict `demo.used_book` in a book that somebody else works in; nothing is written.
    """
    now = at or timezone.now()
    _refuse_a_used_book()
    if queries.business() is None:
        first_day = now.astimezone(ZONE).date() - timedelta(days=DAYS)
        begins = datetime.combine(first_day, OPENS, tzinfo=ZONE)
        found(CAST, at=begins, clock_ahead=begins - timezone.now())
    say(f"Demo log-ins, all with the password {PASSWORD}: " + ", ".join(login.email for login in CAST.logins))
    business = queries.business()
    if business is None or not business.is_being_lived:
        say("The demo company is here already.")
        return
    _live_up_to(now, say)
    say("The demo company has lived up to now.")


def _refuse_a_used_book() -> None:
    business = queries.business()
    is_used = queries.has_member() if business is None else business.lived_until is None
    if is_used:
        raise Conflict(
            "demo.used_book",
            "This book is in use. The demo company moves into an empty book only: nothing was changed.",
        )


class DemoCompany(Company):
    """A company in a book that visitors work in meanwhile: what their work stands against does not happen."""

    def do(self, happening: Happening) -> None:
        """Let one thing happen; a refusal is noted and the life goes on."""
        try:
            with transaction.atomic():
                super().do(happening)
        except RuleBroken as refusal:
            log.warning("%s at %s: %s", happening.key, happening.at, refusal.code)
            self.lived_until = happening.at


def _live_up_to(now: datetime, say: Say) -> None:
    gateway = NearGateway(
        Memory(settings.SANDBOX_GATEWAY_STATE), settings.SANDBOX_GATEWAY_URL, settings.SANDBOX_GATEWAY_KEY
    )
    tries = 0
    with gateways.reached_near(gateway):
        while True:
            try:
                _go_on(now, gateway, say)
            except OperationalError as trouble:  # a visitor's transaction was in the way, or the server went down
                tries += 1
                if tries > MOST_TRIES:
                    raise
                log.warning("The life of the demo company was interrupted: %s", trouble)
                connection.close()
                sleep(tries)
            else:
                return


def _go_on(now: datetime, gateway: NearGateway, say: Say) -> None:
    """Take the life up where the book has it, and live it day by day."""
    business = queries.business()
    if business is None or business.lived_until is None or business.set_up_at is None:
        return
    first_day, today = business.set_up_at.astimezone(ZONE).date(), now.astimezone(ZONE).date()
    last_day = first_day + timedelta(days=DAYS)
    company = DemoCompany(
        CAST,
        seed=SEED,
        first_day=first_day,
        lived_until=business.lived_until,
        gateway=gateway,
        parts=(*PARTS, *(part(last_day) for part in _BY_HAND)),
        papers_from=today - timedelta(days=PAPERS_DAYS),
    )
    day = business.lived_until.astimezone(ZONE).date()
    while day <= today:
        with transaction.atomic():
            company.live_day(day, now)
            evening = min(now, datetime.combine(day, CLOSES, tzinfo=ZONE))
            is_over = day == today
            accounts.note_life(until=evening, clock_ahead=timedelta(0) if is_over else evening - timezone.now())
        if (day - first_day).days in COUNTED_AFTER_DAYS:
            refresh_statistics()
        day += timedelta(days=1)
        if day.day == 1:
            say(f"The demo company lives: {day:%B %Y} …")
