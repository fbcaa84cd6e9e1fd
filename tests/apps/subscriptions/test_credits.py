"""What is taken back of an invoice that bears credits itself: every cent, and by no note above its invoice."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from conto.apps.invoicing.models import Document, DocumentLine, Draft
from conto.apps.subscriptions.entries import ChangeEntry
from conto.apps.subscriptions.models import BilledLine, SetAside, Subscription
from conto.domain.facts import SYSTEM
from conto.flows import change_subscription
from tests.apps.subscriptions.test_billing import SEATS, begun, bills, noon, run_on
from tests.scene import Scene

DAY = date(2026, 11, 22)


def change(row: Subscription, on: date, **entry: Any) -> None:
    row.refresh_from_db()
    change_subscription.change_at_once(row=row, entry=ChangeEntry(**entry), actor=SYSTEM, at=noon(on))


def seats(row: Subscription, on: date, quantity: int) -> None:
    change(row, on, kind="quantity", item="seats", quantity=Decimal(quantity), when="now")


def notes() -> list[tuple[str, int, list[int]]]:
    found = Document.objects.filter(kind="credit_note").select_related("corrects").order_by("number")
    return [
        (note.corrects.number, note.net_minor, [line.net_minor for line in note.lines.order_by("position")])
        for note in found
        if note.corrects is not None
    ]


def test_sb5_what_an_upgrade_cannot_give_back_comes_from_the_invoice_before_it(scene: Scene) -> None:
    row = begun(scene, SEATS)
    run_on(DAY)
    seats(row, date(2026, 12, 1), 4)
    assert bills() == [("invoice", 3000), ("invoice", 700)]
    assert list(DocumentLine.objects.filter(document__net_minor=700).values_list("net_minor", flat=True)) == [
        -2100,
        2800,
    ]
    change(row, date(2026, 12, 7), kind="cancel", when="now")
    assert not Draft.objects.exists()
    assert notes() == [("INV-2026-00001", 1300, [1300]), ("INV-2026-00002", 700, [-1300, 2000])]


def test_sb5_what_has_nothing_left_gives_nothing_and_needs_no_note(scene: Scene) -> None:
    row = begun(scene, SEATS)
    run_on(DAY)
    seats(row, date(2026, 12, 1), 4)
    seats(row, date(2026, 12, 7), 1)
    seats(row, date(2026, 12, 15), 4)
    change(row, date(2026, 12, 17), kind="cancel", when="now")
    assert not Draft.objects.exists()
    assert all(minor > 0 for _kind, minor in bills())


@pytest.mark.parametrize("mode", ["net", "gross"])
def test_sb5_every_cent_of_a_course_of_changes_comes_back(scene: Scene, mode: str) -> None:
    steps = st.lists(st.tuples(st.integers(0, 6), st.integers(1, 9)), min_size=1, max_size=6)

    @settings(max_examples=6, deadline=None)
    @given(steps=steps, leaves_after=st.integers(0, 4))
    def lived(steps: list[tuple[int, int]], leaves_after: int) -> None:
        with transaction.atomic():
            row = begun(scene, SEATS, price_mode=mode)
            assert row.price_mode == mode
            run_on(DAY)
            day = DAY
            for days, quantity in steps:
                day += timedelta(days=days)
                row.refresh_from_db()
                if quantity != _quantity_of(row):
                    seats(row, day, quantity)
            change(row, day + timedelta(days=leaves_after), kind="cancel", when="now")
            connection.check_constraints()
            assert not Draft.objects.exists()
            assert not SetAside.objects.exists()
            assert _on_paper(mode) == _billed()
            for invoice in Document.objects.filter(kind="invoice"):
                credited = Document.objects.filter(corrects=invoice)
                assert sum(note.gross_minor for note in credited) <= invoice.gross_minor
            transaction.set_rollback(True)

    lived()


def _quantity_of(row: Subscription) -> int:
    last = BilledLine.objects.filter(gross_minor__gt=0).order_by("settlement__ordinal").last()
    assert last is not None
    return int(last.charge.quantity_pico) // 10**12


def _billed() -> int:
    return sum(line.gross_minor - line.discount_minor for line in BilledLine.objects.all())


def _on_paper(mode: str) -> int:
    total = 0
    for document in Document.objects.all():
        minor = document.payable_minor if mode == "gross" else document.net_minor
        total += minor if document.kind == "invoice" else -minor
    return total
