"""Whole companies live for two years under every fault we know, and every rule of the book holds on every day.

A longer run, with processes and the database killed: `python -m tests.simulation --years 200 --seed 1`.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from conto.apps.audit.models import Fact
from conto.apps.contracts.models import Contract
from conto.apps.invoicing.models import Document, WriteOff
from conto.apps.ledger.models import Closing
from conto.apps.payments.models import Checkout, Payment, Refund
from conto.apps.quotas.models import Quota
from conto.config.home import Home
from tests import house
from tests.house import FreshBook
from tests.simulation.checks import violations_of_everything
from tests.simulation.life import live
from tests.simulation.trouble import FAULTS, REPEATS

DAYS = 731  # 24 months
CUTS = {"none": 2, "cut off before the commit": 1, "cut off after the commit": 1}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_rule_holds_on_every_day_of_two_years(fresh_book: FreshBook, tmp_path: Path, seed: int) -> None:
    told = live(seed, days=DAYS, folder=tmp_path)
    print(told)  # noqa: T201 -- the seed, the faults and the cost of the checks, when something is wrong
    assert violations_of_everything() == [], told
    assert told.days == DAYS
    assert set(told.faults) == {*FAULTS, *REPEATS}, told
    assert set(Document.objects.values_list("kind", flat=True)) >= {"invoice", "credit_note"}, told
    assert Document.objects.count() > 40, told
    assert min(model.objects.count() for model in (Payment, Refund, Checkout, WriteOff)) > 0, told
    made = Contract.objects.filter(quote__isnull=False)
    assert {"active", "cancelled"} <= set(made.values_list("state", flat=True)), told
    assert made.filter(version__gt=1).exists(), told
    assert set(Quota.objects.values_list("span", flat=True)) == {"month", "quarter", "year"}, told
    assert {"target_set", "target_changed", "target_removed", "contract_renewed"} <= set(
        Fact.objects.values_list("kind", flat=True)
    ), told
    assert Closing.objects.filter(kind="closed").count() >= 7, told  # eight quarters, the last of them not over yet


def test_a_life_is_the_same_for_the_same_seed_also_when_it_is_cut_off_again_and_again(
    fresh_book: FreshBook, home: Home, template_book: str, tmp_path: Path
) -> None:
    live(7, days=120, folder=tmp_path, buyers=3, faults={"none": 1})
    calm = _story()
    name = f"t_{os.getpid()}_cut"
    house.copy_book(home, template_book, name)
    with house.default_connection_on(name):
        (tmp_path / "cut").mkdir()
        live(7, days=120, folder=tmp_path / "cut", buyers=3, faults=CUTS)
        assert _story() == calm
    house.drop_book(home, name)
    assert len(calm) > 30


def _story() -> list[tuple[Any, ...]]:
    told = Fact.objects.exclude(kind__in=["payment_started", "payment_failed"]).order_by("at", "kind", "id")
    return list(told.values_list("at", "kind", "actor_name", "payload__body__number", "payload__body__amount_minor"))
