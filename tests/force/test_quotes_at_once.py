"""A quote of 24 units that is accepted makes one right invoice, whoever accepts it how often and dies on the way."""

import pytest
from django.db import connection

from conto.apps.invoicing.models import Document, Draft
from conto.apps.quotes.models import Quote, QuoteAcceptance
from conto.flows import verify_book
from tests.house import FreshBook
from tests.offers import UNITS, sent
from tests.scene import set_scene

QUOTES = 3


@pytest.mark.force
def test_q9_killed_on_the_way_and_accepted_at_once_each_quote_makes_one_invoice(fresh_book: FreshBook) -> None:
    scene = set_scene()
    for _ in range(QUOTES):
        sent(scene, *UNITS, issues_at_once=True)
    assert fresh_book.start("-m", "tests.force.quote_race", "4").wait(timeout=120) == 0
    assert QuoteAcceptance.objects.count() == QUOTES
    made = [*Document.objects.values_list("quote", flat=True), *Draft.objects.values_list("quote", flat=True)]
    assert sorted(map(str, made)) == sorted(map(str, Quote.objects.values_list("id", flat=True)))
    assert Document.objects.exists()
    for document in Document.objects.all():
        assert (document.lines.get().quantity, document.payable_minor) == (24, 142514)
    assert [verdict for verdict in verify_book.verify() if verdict.violated] == []
    connection.close()
