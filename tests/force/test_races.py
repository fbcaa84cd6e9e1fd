"""Many at once: numbers stay gapless, and the books stay in order."""

import time
from datetime import timedelta

import pytest
from django.db import connection

from conto.apps.invoicing.models import Document
from conto.apps.ledger import actions as ledger
from conto.apps.ledger.models import Entry
from conto.domain.facts import SYSTEM
from conto.flows import verify_book
from tests.house import FreshBook
from tests.scene import NOW, TODAY, set_scene

PROCESSES = 8
EACH = 500


@pytest.mark.force
def test_8_processes_issue_4000_invoices_in_one_series_without_gap_or_double(fresh_book: FreshBook) -> None:
    set_scene()
    race = fresh_book.start("-m", "tests.force.issue_race", str(PROCESSES), str(EACH))
    assert race.wait(timeout=300) == 0
    ordinals = list(Document.objects.order_by("ordinal").values_list("ordinal", flat=True))
    assert ordinals == list(range(1, PROCESSES * EACH + 1))
    broken = [verdict for verdict in verify_book.verify() if verdict.violated]
    assert broken == []
    connection.close()


@pytest.mark.force
def test_c1_a_period_is_closed_while_four_processes_post_into_it_and_nothing_slips_in(fresh_book: FreshBook) -> None:
    seller = set_scene().seller
    day = TODAY - timedelta(days=1)
    race = fresh_book.start("-m", "tests.force.closing_race", "4", day.isoformat())
    deadline = time.monotonic() + 60
    while Entry.objects.filter(dated_on=day).count() < 100 and time.monotonic() < deadline:
        time.sleep(0.05)
    closing = ledger.close_period(legal_entity=seller, until=day, actor=SYSTEM, at=NOW)
    posted = Entry.objects.filter(dated_on=day).count()
    assert posted >= 100
    assert race.wait(timeout=60) == 0
    assert Entry.objects.filter(dated_on=day).count() == posted
    assert {(debited, credited) for _, debited, credited in closing.totals} == {(posted * 100, 0), (0, posted * 100)}
    assert [verdict for verdict in verify_book.verify() if verdict.violated] == []
    connection.close()
