"""The verification itself: a book in order passes, and every rule is seen to fail when its rule is broken."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.db import transaction

from conto.apps.accounts.models import Member
from conto.apps.catalog import actions as catalog
from conto.apps.catalog.entry import NewItem
from conto.apps.crm import actions as crm
from conto.apps.integrations import actions as integrations
from conto.apps.integrations.actions import KeptAnswer, Repeatable
from conto.apps.integrations.queries.invariants import INVARIANTS as OF_REQUESTS
from conto.apps.invoicing.models import Document
from conto.apps.invoicing.queries.invariants import INVARIANTS as OF_DOCUMENTS
from conto.apps.ledger import actions as ledger
from conto.apps.ledger.queries.invariants import INVARIANTS as OF_LEDGER
from conto.apps.payments import actions as payments
from conto.apps.payments.queries.invariants import INVARIANTS as OF_PAYMENTS
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Permission
from conto.flows import credit_invoice, verify_book
from tests.house import FreshBook, connect
from tests.scene import NOW, TODAY, line, set_scene

# How each rule is broken, with all guards of the database switched off.
BREAKS = {
    "I02": "DELETE FROM ledger_transfer WHERE ordinal = 1",
    "I04": "UPDATE ledger_transfer SET currency = 'USD'",
    "I05": "DELETE FROM invoicing_document WHERE kind = 'invoice'",
    "I06": "UPDATE ledger_openitem SET charged_minor = charged_minor + 1 WHERE side = 'receivable'",
    "I07": "UPDATE invoicing_documentline SET net_minor = net_minor + 1",
    "I08": "UPDATE invoicing_documenttax SET tax_minor = tax_minor + 1",
    "I09": "UPDATE invoicing_document SET ordinal = ordinal + 5 WHERE kind = 'invoice'",
    "I39": "UPDATE ledger_transfer SET tax_rate = 7 WHERE tax_rate = 19",
    "I40": "UPDATE ledger_transfer SET tax_category = NULL WHERE tax_category IS NOT NULL",
    "I10": "UPDATE invoicing_document SET issued_on = issued_on - 30 WHERE ordinal = 2",
    "I12": "UPDATE payments_allocation SET amount_minor = 999999",
    "I13": "UPDATE payments_allocation SET amount_minor = amount_minor + 1",
    "I14": "UPDATE payments_allocation SET customer_id = gen_random_uuid()",
    "I15": "UPDATE ledger_openitem SET open_minor = open_minor + 1",
    "I16": "UPDATE invoicing_document SET gross_minor = 999999 WHERE kind = 'credit_note'",
    "I17": "UPDATE ledger_transfer t SET amount_minor = 1 FROM ledger_entry e "
    "WHERE e.id = t.entry_id AND e.reverses_id IS NOT NULL",
    "I18": "UPDATE payments_payment SET amount_minor = amount_minor + 1",
    "I19": "DELETE FROM audit_fact WHERE kind = 'invoice_issued'",
    "I24": "UPDATE integrations_rememberedrequest SET done_at = NULL, status = NULL, body = NULL, "
    "locked_at = now() - interval '1 day'",
    "I29": "UPDATE ledger_openitem SET open_minor = open_minor - 1 WHERE side = 'receivable'",
    "I30": "UPDATE ledger_openitem SET open_minor = open_minor - 1",
    "I31": "UPDATE payments_refund SET amount_minor = 999999",
}
WITHOUT_CHECKS = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT conrelid::regclass AS held_by, conname FROM pg_constraint
        WHERE contype = 'c' AND connamespace = 'public'::regnamespace
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.held_by, one.conname); END LOOP;
END $$
"""
BY_CONSTRUCTION = {"I01", "I03"}  # a transfer has two sides of one amount: no row can break these


@pytest.fixture
def lived_book(fresh_book: FreshBook) -> FreshBook:
    """A book with invoices, payments, an undone allocation, a refund and a credit note."""
    scene = set_scene()
    first = scene.issued(line("100"), line("7", rate_class="reduced"))
    second = scene.issued(line("40", "3"))
    paid = payments.receive_payment(
        customer=scene.customer,
        legal_entity=scene.seller,
        method="bank_transfer",
        amount_minor=20_000,
        currency="EUR",
        received_on=TODAY,
        allocate_to="oldest",
        actor=SYSTEM,
        at=NOW,
    )
    undone = paid.allocations.order_by("id")[0]
    payments.reverse_allocation(allocation=undone, actor=SYSTEM, at=NOW)
    payments.refund(payment=paid, amount_minor=500, method="bank_transfer", refunded_on=TODAY, actor=SYSTEM, at=NOW)
    credit_invoice.credit(document=second, reason="late", actor=SYSTEM, at=NOW)
    crm.set_bank_detail(customer=scene.customer, holder="", iban="DE02120300000000202051", actor=SYSTEM, at=NOW)
    catalog.add_item(new=NewItem(name="Oil change"), actor=SYSTEM, at=NOW)
    ledger.close_period(legal_entity=scene.seller, until=TODAY - timedelta(days=1), actor=SYSTEM, at=NOW)
    assert Document.objects.get(id=first.id).number
    _ask_by_api(scene.owner)
    return fresh_book


def _ask_by_api(owner: Member) -> None:
    """Let a program have asked once under an idempotency key."""
    made = integrations.make_key(
        member=owner, name="Shop", scopes=[Permission.CUSTOMER_VIEW], lasts_days=1, actor=SYSTEM, at=NOW, now=NOW
    )
    asked = Repeatable(made.key.id, "order-1", b"0" * 32, "POST", "/api/v1/customers")
    with transaction.atomic():
        assert integrations.begin(asked, at=NOW) is None
        integrations.finish(asked, KeptAnswer(201, b"{}", {}), at=NOW)


@pytest.fixture
def unguarded(lived_book: FreshBook) -> Iterator[psycopg.Connection]:
    """A connection of the server's superuser, to whom no guard of the book applies."""
    with connect(lived_book.admin_dsn) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def test_a_book_in_order_passes_every_rule(lived_book: FreshBook) -> None:
    verdicts = verify_book.verify()
    assert [verdict for verdict in verdicts if verdict.violated] == []
    assert len(verdicts) == len({verdict.id for verdict in verdicts}) >= 25
    assert {verdict.id for verdict in verdicts if not verdict.checked} == set()


def test_every_rule_is_seen_to_fail(unguarded: psycopg.Connection) -> None:
    rules = {rule.id: rule for rule in (*OF_LEDGER, *OF_DOCUMENTS, *OF_PAYMENTS, *OF_REQUESTS)}
    assert rules.keys() == BREAKS.keys() | BY_CONSTRUCTION
    unseen = []
    for number, broken in BREAKS.items():
        with unguarded.transaction(force_rollback=True):
            unguarded.execute(WITHOUT_CHECKS)
            assert unguarded.execute(broken).rowcount > 0, f"{number} broke nothing"
            if not unguarded.execute(rules[number].violations).fetchall():
                unseen.append(number)
    assert unseen == []


@pytest.mark.parametrize(
    ("number", "broken"),
    [
        ("I20", "UPDATE audit_factpayload SET body = '{\"total_minor\": 1}'"),
        ("I37", "UPDATE invoicing_documentline SET name = 'Something else'"),
        ("I37", "UPDATE invoicing_party SET sha256 = decode('00', 'hex') WHERE body->>'name' LIKE 'Müller%'"),
        ("I38", "UPDATE invoicing_party SET body = body || '{\"name\": \"Other\"}' WHERE body->>'name' LIKE 'Müller%'"),
        ("I28", "UPDATE ledger_closing SET sha256 = decode('00', 'hex')"),
        ("I28", "UPDATE ledger_closedperiod SET closed_until = NULL"),
        ("I28", "UPDATE ledger_entry SET dated_on = dated_on - 3 WHERE kind = 'invoice_issued'"),
        ("I34", "GRANT UPDATE ON invoicing_document TO conto_app"),
        ("I41", "UPDATE crm_bankdetail SET iban_sealed = '1.c29tZXRoaW5nIGVsc2U='"),
        ("I21", "ALTER TABLE crm_customer ADD COLUMN score double precision"),
    ],
)
def test_a_rewritten_past_is_noticed(
    lived_book: FreshBook, unguarded: psycopg.Connection, number: str, broken: str
) -> None:
    unguarded.execute(broken)
    assert number in {verdict.id for verdict in verify_book.verify() if verdict.violated}


def test_the_command_says_each_rule_with_its_count_and_fails_when_one_is_broken(
    lived_book: FreshBook, unguarded: psycopg.Connection
) -> None:
    told = lived_book.conto("verify")
    assert told.returncode == 0, told.stderr
    assert "I09" in told.stderr
    unguarded.execute("UPDATE invoicing_numbercounter SET last_ordinal = last_ordinal + 1")
    told = lived_book.conto("verify")
    assert told.returncode == 1
    assert "FAIL I09" in told.stderr
