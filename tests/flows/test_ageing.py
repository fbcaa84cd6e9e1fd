"""The receivables ledger at any day: what was open then, by how late it was."""

from datetime import UTC, date, datetime, timedelta

import pytest

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document
from conto.apps.invoicing.queries.ageing import aged_customers, aged_totals, open_documents
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions as payments
from conto.domain.facts import SYSTEM
from tests.scene import NOW, TODAY, Scene, line, set_scene


@pytest.fixture
def scene(db: None) -> Scene:
    return set_scene()


def bill(scene: Scene, due_on: date, price: str) -> Document:
    """Issue an invoice that is due on a day, two weeks before."""
    issued_on = due_on - timedelta(days=14)
    at = datetime(issued_on.year, issued_on.month, issued_on.day, 10, tzinfo=UTC)
    draft = invoicing.create_draft(
        customer=scene.customer, lines=[line(price)], terms_days=14, delivered_on=issued_on, actor=SYSTEM, at=at
    )
    return invoicing.issue_draft(draft=draft, actor=SYSTEM, at=at)


@pytest.mark.parametrize(
    ("looked_at", "column"),
    [
        (date(2026, 3, 31), 0),
        (date(2026, 4, 1), 1),
        (date(2026, 4, 30), 1),
        (date(2026, 5, 1), 2),
        (date(2026, 6, 30), 4),
    ],
)
def test_c8_what_is_open_stands_in_the_column_of_its_days_late(scene: Scene, looked_at: date, column: int) -> None:
    bill(scene, date(2026, 3, 31), "100")
    (total,) = aged_totals(scene.seller, looked_at)
    assert [place for place, minor in enumerate(total.columns) if minor] == [column]
    assert total.open_minor == 11900


def test_c8_the_past_is_as_it_was_and_always_the_balance_of_the_control_accounts(scene: Scene) -> None:
    first = bill(scene, date(2026, 8, 31), "100")
    bill(scene, date(2026, 9, 30), "200")
    scene.issued(line("50"), customer=scene.person)
    payments.receive_payment(
        customer=scene.customer,
        legal_entity=scene.seller,
        method="cash",
        amount_minor=50_000,
        currency="EUR",
        received_on=TODAY,
        allocate_to=[(first.id, 11900)],
        actor=SYSTEM,
        at=NOW,
    )
    for on in (date(2026, 8, 16), date(2026, 8, 17), date(2026, 9, 20), TODAY - timedelta(days=1), TODAY):
        totals = aged_totals(scene.seller, on)
        balances = {row.role: row.balance_minor for row in ledger.trial_balance(scene.seller, "EUR", on)}
        assert sum(total.open_minor for total in totals) == balances["receivable"], on
        assert sum(total.credit_minor for total in totals) == -balances["customer_credit"], on
        assert sum(row.open_minor for row in open_documents(scene.seller, on)) == balances["receivable"], on
    assert {row.number for row in open_documents(scene.seller, TODAY - timedelta(days=1))} >= {first.number}
    assert first.number not in {row.number for row in open_documents(scene.seller, TODAY)}


def test_c8_customers_come_page_by_page_by_name(scene: Scene) -> None:
    scene.issued(line("50"), customer=scene.person)
    scene.issued(line("60"))
    first = aged_customers(scene.seller, TODAY, limit=1)
    second = aged_customers(scene.seller, TODAY, cursor=first.next_cursor, limit=1)
    assert [row.name for row in (*first.rows, *second.rows)] == ["Anna Sommer", "Müller & Söhne"]
    assert second.next_cursor == ""
