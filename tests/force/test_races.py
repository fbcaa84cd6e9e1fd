"""Many at once: numbers stay gapless, and the books stay in order."""

import pytest
from django.db import connection

from conto.apps.invoicing.models import Document
from conto.flows import verify_book
from tests.house import FreshBook
from tests.scene import set_scene

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
