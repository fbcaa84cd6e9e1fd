"""Two people push the same deal at the same moment: the second waits, and finds it where the first has put it."""

from datetime import timedelta
from threading import Thread
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from conto.apps.accounts import queries as accounts
from conto.apps.deals import actions as deals
from conto.apps.deals import queries
from conto.apps.deals.entry import NewDeal
from conto.apps.deals.models import Deal, Stage, StageVisit
from conto.domain.facts import SYSTEM
from tests.house import FreshBook, connect
from tests.scene import NOW, set_scene

LONGEST_SECONDS = 20


@pytest.mark.slow
def test_a_deal_that_is_being_moved_can_be_won_by_somebody_else(fresh_book: FreshBook) -> None:
    scene = set_scene()
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    owner = accounts.members()[0]
    deal = deals.add_deal(customer=scene.customer, new=NewDeal(name="Website", owner_id=owner.id), actor=SYSTEM, at=NOW)
    second = Stage.objects.select_related("pipeline").get(id=queries.stages_of(deal.pipeline_id)[1].id)
    failures: list[Exception] = []

    def win() -> None:
        try:
            deals.win_deal(deal=Deal.objects.get(id=deal.id), actor=SYSTEM, at=NOW + timedelta(hours=1))
        except Exception as failure:  # noqa: BLE001 -- told in the test's own thread
            failures.append(failure)
        finally:
            connection.close()

    other = Thread(target=win)
    with transaction.atomic():
        deals.move_deal(deal=deal, stage=second, actor=SYSTEM, at=NOW)
        other.start()
        _wait_until_somebody_waits(fresh_book)
    other.join()
    assert failures == []
    now = Deal.objects.get(id=deal.id)
    assert (now.state, now.stage_id) == ("won", second.id)
    assert StageVisit.objects.filter(deal=deal, left_at=None).count() == 0


def _wait_until_somebody_waits(book: FreshBook) -> None:
    ends_at = monotonic() + LONGEST_SECONDS
    with connect(book.admin_dsn) as admin:
        name = admin.info.dbname
        while monotonic() < ends_at:
            waiting = admin.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'", [name]
            ).fetchone()
            if waiting and waiting[0]:
                return
            sleep(0.01)
    raise AssertionError("nobody waits for the deal")
