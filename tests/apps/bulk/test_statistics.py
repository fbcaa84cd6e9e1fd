"""Counting rows anew: tables that grew are counted, others are left as they are."""

import psycopg

from conto.apps.bulk import refresh_statistics
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.domain.facts import SYSTEM
from tests.house import FreshBook
from tests.scene import NOW, set_scene


def counted(book: FreshBook, table: str) -> int:
    """Return how many rows the database believes in."""
    with psycopg.connect(book.admin_dsn) as admin:
        found = admin.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table]).fetchone()
        assert found is not None
        return int(found[0])


def add_customers(numbers: range) -> None:
    """Add customers, a few hundred of whom fill some pages of their table."""
    rows = [
        NewCustomer(name=f"Customer {n}", currency="EUR", source="shop", external_ref=str(n), created_at=NOW)
        for n in numbers
    ]
    crm.import_customers(rows=rows, actor=SYSTEM, at=NOW)


def test_what_grew_is_counted_and_what_did_not_is_not(fresh_book: FreshBook) -> None:
    set_scene()
    add_customers(range(300))
    refresh_statistics()
    there = counted(fresh_book, "crm_customer")
    assert there > 300
    with psycopg.connect(fresh_book.admin_dsn, autocommit=True) as admin:
        admin.execute("UPDATE pg_class SET reltuples = 7 WHERE relname IN ('crm_customer', 'audit_fact')")
    refresh_statistics()
    assert counted(fresh_book, "crm_customer") == 7, "it did not grow"
    add_customers(range(300, 700))
    refresh_statistics()
    assert counted(fresh_book, "crm_customer") == there + 400
    assert counted(fresh_book, "audit_fact") > 7
