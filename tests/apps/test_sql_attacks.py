"""Attacks on the book straight in SQL, as the application's role: the database itself refuses every one.

The list follows what other billing systems were found to accept: unbalanced and late postings, rewritten documents,
borrowed numbers, money spent twice, a rewritten past.
"""

from dataclasses import dataclass
from decimal import Decimal

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from conto.apps.invoicing.models import Document
from conto.apps.payments import actions as payments
from conto.apps.payments.models import Payment
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from tests.scene import NOW, TODAY, Scene, line


@dataclass
class Book:
    """An issued invoice of 119.00, paid by half from a payment of 80.00, and a second customer with an invoice."""

    invoice: Document
    other: Document
    payment: Payment

    def run(self, attack: str) -> None:
        """Run an attack, its deferred checks included, in a transaction that is rolled back."""
        known = {
            "invoice": self.invoice.id,
            "other": self.other.id,
            "payment": self.payment.id,
            "entry": self.invoice.entry_id,
            "new": new_id(),
            "new2": new_id(),
        }
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack, known)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)


@pytest.fixture
def book(scene: Scene) -> Book:
    invoice = scene.issued(line("100"))
    other = scene.issued(line("40"), customer=scene.person)
    payment = payments.receive_payment(
        customer=scene.customer,
        legal_entity=scene.seller,
        method="card",
        amount_minor=8000,
        currency="EUR",
        received_on=TODAY,
        allocate_to=[(invoice.id, 5000)],
        gateway="sandbox",
        gateway_ref="pay_1",
        actor=SYSTEM,
        at=NOW,
    )
    return Book(invoice, other, payment)


def copied(table: str, where: str, **changes: str) -> str:
    """Write the INSERT of a row copied from another, with some columns changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
        columns = [name for (name,) in cursor.fetchall()]
    values = ", ".join(changes.get(name, f'"{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {where}"


PLAIN = {
    "an empty entry that declares a transfer": (
        "INSERT INTO ledger_entry (id, legal_entity_id, kind, dated_on, at, subject_id, transfer_count, memo) "
        "SELECT %(new)s, legal_entity_id, 'opening', dated_on, at, %(new2)s, 1, '' FROM ledger_entry "
        "WHERE id = %(entry)s"
    ),
    "a posted transfer changed": "UPDATE ledger_transfer SET amount_minor = 1 WHERE entry_id = %(entry)s",
    "a posted transfer deleted": "DELETE FROM ledger_transfer WHERE entry_id = %(entry)s",
    "the ledger emptied": "TRUNCATE ledger_transfer CASCADE",
    "an entry backdated": "UPDATE ledger_entry SET dated_on = '2020-01-01' WHERE id = %(entry)s",
    "an entry deleted": "DELETE FROM ledger_entry WHERE id = %(entry)s",
    "an open item written down": "UPDATE ledger_openitem SET open_minor = 0 WHERE item_id = %(invoice)s",
    "an issued document changed": "UPDATE invoicing_document SET payable_minor = 1 WHERE id = %(invoice)s",
    "an issued document un-issued": "UPDATE invoicing_document SET number = '' WHERE id = %(invoice)s",
    "an issued document deleted": "DELETE FROM invoicing_document WHERE id = %(invoice)s",
    "a line of an issued document changed": (
        "UPDATE invoicing_documentline SET name = 'Other' WHERE document_id = %(invoice)s"
    ),
    "a line of an issued document deleted": "DELETE FROM invoicing_documentline WHERE document_id = %(invoice)s",
    "a tax group changed": "UPDATE invoicing_documenttax SET tax_minor = 0 WHERE document_id = %(invoice)s",
    "a number counter set back": "UPDATE invoicing_numbercounter SET last_ordinal = last_ordinal - 1",
    "a payment changed": "UPDATE payments_payment SET amount_minor = 9 WHERE id = %(payment)s",
    "an allocation deleted": "DELETE FROM payments_allocation WHERE payment_id = %(payment)s",
    "a fact rewritten": "UPDATE audit_fact SET actor_name = 'Nobody'",
    "a fact deleted": "DELETE FROM audit_fact",
    "what a fact says rewritten": "UPDATE audit_factpayload SET body = '{}'",
    "a guard switched off": "ALTER TABLE ledger_transfer DISABLE TRIGGER ALL",
    "all guards switched off": "SET session_replication_role = replica",
    "a guard dropped": "DROP TRIGGER transfer_moves_open_items ON ledger_transfer",
    "a frozen party changed": "UPDATE invoicing_party SET body = '{}'",
    "a customer removed": "DELETE FROM crm_customer",
    "an account removed": "DELETE FROM ledger_account",
}
OF_INVOICE = "document_id = %(invoice)s"
ENTRY_1 = "entry_id = %(entry)s AND ordinal = 1"
COPIED: dict[str, tuple[str, str, dict[str, str]]] = {
    "a late transfer to a closed entry": ("ledger_transfer", ENTRY_1, {"ordinal": "transfer_count + 1"}),
    "a late transfer under a larger count": (
        "ledger_transfer",
        ENTRY_1,
        {"ordinal": "transfer_count + 1", "transfer_count": "transfer_count + 1"},
    ),
    "a transfer of nothing": ("ledger_transfer", ENTRY_1, {"entry_id": "%(new)s", "amount_minor": "0"}),
    "a transfer below zero": ("ledger_transfer", ENTRY_1, {"entry_id": "%(new)s", "amount_minor": "-5"}),
    "a transfer to itself": (
        "ledger_transfer",
        ENTRY_1,
        {"entry_id": "%(new)s", "credit_account_id": "debit_account_id"},
    ),
    "a transfer in a foreign currency": ("ledger_transfer", ENTRY_1, {"entry_id": "%(new)s", "currency": "'USD'"}),
    "a transfer without its entry": (
        "ledger_transfer",
        ENTRY_1,
        {"entry_id": "%(new)s", "transfer_count": "1", "receivable_id": "%(new2)s"},
    ),
    "a line added to an issued document": (
        "invoicing_documentline",
        OF_INVOICE,
        {"position": "line_count + 1"},
    ),
    "a line added under a larger count": (
        "invoicing_documentline",
        OF_INVOICE,
        {"position": "line_count + 1", "line_count": "line_count + 1"},
    ),
    "a tax group added": (
        "invoicing_documenttax",
        OF_INVOICE,
        {"position": "tax_count + 1", "tax_count": "tax_count + 1", "rate": "7", "tax_minor": "700"},
    ),
    "a wrong tax": (
        "invoicing_documenttax",
        OF_INVOICE,
        {"document_id": "%(new)s", "tax_minor": "tax_minor + 1"},
    ),
    "a wrong line amount": (
        "invoicing_documentline",
        OF_INVOICE,
        {"document_id": "%(new)s", "amount_minor": "amount_minor + 1", "net_minor": "net_minor + 1"},
    ),
    "a number given twice": ("invoicing_document", "id = %(invoice)s", {"id": "%(new)s", "entry_id": "%(new2)s"}),
    "a number that no counter gave": (
        "invoicing_document",
        "id = %(invoice)s",
        {"id": "%(new)s", "ordinal": "999", "number": "'INV-999'"},
    ),
    "the entry of another document": (
        "invoicing_document",
        "id = %(invoice)s",
        {"id": "%(new)s", "ordinal": "2", "number": "'X'", "entry_id": "entry_id"},
    ),
    "a payment reference used again": (
        "payments_payment",
        "id = %(payment)s",
        {"id": "%(new)s", "entry_id": "%(new2)s", "checkout_id": "NULL"},
    ),
    "a payment that nothing posted": (
        "payments_payment",
        "id = %(payment)s",
        {"id": "%(new)s", "gateway_ref": "'other'", "checkout_id": "NULL"},
    ),
    "an allocation that nothing moved": (
        "payments_allocation",
        "payment_id = %(payment)s",
        {"id": "%(new)s", "amount_minor": "1"},
    ),
    "an allocation to a stranger's invoice": (
        "payments_allocation",
        "payment_id = %(payment)s",
        {"id": "%(new)s", "document_id": "%(other)s"},
    ),
    "an entry posted twice for one document": (
        "ledger_entry",
        "id = %(entry)s",
        {"id": "%(new)s", "transfer_count": "0"},
    ),
}
# An entry of its own whose one transfer spends more than there is, or somebody else's money.
SPEND = """
INSERT INTO ledger_transfer (entry_id, ordinal, transfer_count, legal_entity_id, currency, debit_account_id,
    credit_account_id, amount_minor, customer_id, receivable_id, credit_id, opens_item)
SELECT %(new)s, 1, 1, d.legal_entity_id, 'EUR', d.id, c.id, {amount}, {customer}, {receivable}, %(payment)s, false
FROM ledger_account d, ledger_account c, invoicing_document i
WHERE d.role = 'customer_credit' AND c.role = 'receivable' AND i.id = {receivable}
"""
SPENT = {
    "more allocated than the invoice has open": {"amount": "7500", "customer": "i.customer_id", "to": "%(invoice)s"},
    "more allocated than the payment has left": {"amount": "3001", "customer": "i.customer_id", "to": "%(invoice)s"},
    "one customer's money for another": {"amount": "100", "customer": "i.customer_id", "to": "%(other)s"},
}


# A statement that is wrong in itself is no attack: it would be refused whatever the guards are.
MISTAKES = ("42601", "42703", "42P01", "42883", "42804", "22P02")


def assert_refused(book: Book, statement: str) -> None:
    """Run an attack and see that a guard, not a slip of the pen, stops it."""
    with pytest.raises(DatabaseError) as refusal:
        book.run(statement)
    assert isinstance(refusal.value.__cause__, psycopg.Error)
    assert refusal.value.__cause__.sqlstate not in MISTAKES, refusal.value


@pytest.mark.parametrize("attack", PLAIN)
def test_the_database_refuses(book: Book, attack: str) -> None:
    assert_refused(book, PLAIN[attack])


@pytest.mark.parametrize("attack", COPIED)
def test_the_database_refuses_to_take(book: Book, attack: str) -> None:
    table, where, changes = COPIED[attack]
    assert_refused(book, copied(table, where, **changes))


@pytest.mark.parametrize("attack", SPENT)
def test_the_database_refuses_to_spend(book: Book, attack: str) -> None:
    spent = SPENT[attack]
    statement = SPEND.format(amount=spent["amount"], customer=spent["customer"], receivable=spent["to"])
    assert_refused(book, statement)


def test_two_prices_of_one_item_never_overlap(book: Book) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_item (id, kind, code, name, sort_key, description, unit_code, supply, rate_class, "
            "created_at, changed_at) VALUES (%s, 'service', '', 'A', 'a', '', 'C62', 'services', 'standard', now(), "
            "now()) RETURNING id",
            [new_id()],
        )
        (item,) = cursor.fetchone()
        price = "INSERT INTO catalog_price VALUES (%s, 'EUR', 'net', %s, '[2026-01-01,2026-07-01)', %s)"
        columns = "(id, currency, price_mode, amount, valid, item_id)"
        price = price.replace("VALUES", f"{columns} VALUES")
        cursor.execute(price, [new_id(), Decimal(5), item])
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(price, [new_id(), Decimal(6), item])


def test_the_attacks_that_change_nothing_would_pass(book: Book) -> None:
    """The harness itself lets a lawful statement through, so a refusal above is a refusal."""
    book.run("UPDATE crm_customer SET website = 'example.com'")
