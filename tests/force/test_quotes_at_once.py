"""An accepted quote makes one contract, one subscription and one right invoice, whoever accepts it and dies."""

from decimal import Decimal

import pytest
from django.db import connection

from conto.apps.contracts.models import Contract
from conto.apps.invoicing.models import Document, Draft
from conto.apps.quotes.models import Quote, QuoteAcceptance
from conto.apps.subscriptions.models import Subscription
from conto.domain.contract import Renewal
from conto.domain.quote import ContractOffer
from conto.flows import verify_book
from tests.house import FreshBook
from tests.offers import UNITS, recurring, sent
from tests.scene import set_scene

QUOTES = 3


@pytest.mark.force
def test_i55_i64_killed_on_the_way_and_accepted_at_once_each_quote_makes_its_things_once(
    fresh_book: FreshBook,
) -> None:
    scene = set_scene()
    care = ContractOffer(None, 12, Renewal.AUTO, 12, 30)
    offered = [recurring(quantities={"mailboxes": Decimal(5)}, months=12)]
    for _ in range(QUOTES):
        sent(scene, *UNITS, issues_at_once=True, contract_terms=care, recurring=offered)
    assert fresh_book.start("-m", "tests.force.quote_race", "4").wait(timeout=120) == 0
    assert QuoteAcceptance.objects.count() == QUOTES
    made = [*Document.objects.values_list("quote", flat=True), *Draft.objects.values_list("quote", flat=True)]
    assert sorted(map(str, made)) == sorted(map(str, Quote.objects.values_list("id", flat=True)))
    assert Document.objects.exists()
    for document in Document.objects.all():
        assert (document.lines.get().quantity, document.payable_minor) == (24, 142514)
    agreed = {str(contract.quote_id): contract for contract in Contract.objects.all()}
    assert sorted(agreed) == sorted(map(str, made)), "I55: one contract of each quote"
    for contract in agreed.values():
        assert contract.lines.get().unit_price == UNITS[0].unit_price
    begun = Subscription.objects.order_by("number")
    assert sorted(str(row.quote_id) for row in begun) == sorted(map(str, made)), "I64: one subscription of each quote"
    assert [row.number for row in begun] == [f"S-2026-{n:05d}" for n in range(1, QUOTES + 1)], "no number is lost"
    assert {row.items.get(key="mailboxes").quantity for row in begun} == {5}
    assert [verdict for verdict in verify_book.verify() if verdict.violated] == []
    connection.close()
