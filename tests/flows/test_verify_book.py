"""The verification itself: a book in order passes, and every rule is seen to fail when its rule is broken."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from conto.apps.accounts.models import Member
from conto.apps.catalog import actions as catalog
from conto.apps.catalog.entry import NewItem
from conto.apps.contracts import actions as contracts
from conto.apps.contracts.actions import LineEntry as AgreedPrice
from conto.apps.contracts.actions import NewContract
from conto.apps.crm import actions as crm
from conto.apps.deals import actions as deals
from conto.apps.deals import queries as deal_queries
from conto.apps.deals.entry import LineEntry as DealLine
from conto.apps.deals.entry import NewActivity, NewDeal
from conto.apps.integrations import actions as integrations
from conto.apps.integrations.actions import KeptAnswer, Repeatable
from conto.apps.invoicing.models import Document
from conto.apps.ledger import actions as ledger
from conto.apps.payments import actions as payments
from conto.apps.quotes import actions as quotes
from conto.config.home import Home
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Permission
from conto.domain.quote import ContractOffer
from conto.domain.repeat import Does
from conto.flows import accept_quote, billing_run, credit_invoice, record_usage, verify_book
from conto.flows.record_usage import SentEvent
from tests import house
from tests.agreements import metered, prepaid, subscribed
from tests.charged_late import charged_late
from tests.collecting import saved, tried
from tests.goods import busy_shop
from tests.house import FreshBook, connect
from tests.offers import ANNA, BUYER, recurring, sent
from tests.repeating import made, repeating
from tests.retained import cared_for
from tests.scene import NOW, TODAY, Scene, line, set_scene
from tests.work import busy

# How each rule is broken, with all guards of the database switched off.
BREAKS = {
    "I02": "DELETE FROM ledger_transfer WHERE ordinal = 1",
    "I04": "UPDATE ledger_transfer SET currency = 'USD'",
    "I05": "DELETE FROM invoicing_document WHERE kind = 'invoice'",
    "I06": "UPDATE ledger_openitem SET charged_minor = charged_minor + 1 WHERE side = 'receivable'",
    "I07": "UPDATE invoicing_documentline SET net_minor = net_minor + 1",
    "I08": "UPDATE invoicing_documenttax SET tax_minor = tax_minor + 1",
    "I09": "UPDATE invoicing_document SET ordinal = ordinal + 50 WHERE kind = 'invoice'",
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
    "I45": "DELETE FROM deals_stagevisit",
    "I46": "UPDATE deals_dealline SET unit_price_minor = unit_price_minor + 1",
    "I47": "UPDATE deals_deal SET won_at = NULL WHERE state = 'won'",
    "I48": "UPDATE deals_activity SET done_at = now()",
    "I49": "UPDATE quotes_quote SET state = 'sent' WHERE state = 'accepted'",
    "I50": "UPDATE quotes_quote SET body = body || ' ' WHERE state <> 'draft'",
    "I51": "UPDATE quotes_quotecounter SET last_ordinal = last_ordinal + 1",
    "I52": "DELETE FROM audit_fact WHERE kind = 'quote_billed'",
    "I53": "UPDATE contracts_contract SET is_current = false",
    "I54": "UPDATE contracts_contractcounter SET last_ordinal = last_ordinal + 1",
    "I55": "UPDATE contracts_contract SET quote_id = NULL",
    "I56": "UPDATE subscriptions_subscriptioncounter SET last_ordinal = last_ordinal + 1",
    "I57": "UPDATE subscriptions_billedcharge SET gross_minor = gross_minor + 1",
    "I58": "UPDATE subscriptions_settlement SET net_minor = net_minor + 1",
    "I59": "UPDATE subscriptions_billedline SET position = position + 7",
    "I60": "UPDATE usage_dailyusage SET total = total + 1",
    "I61": "UPDATE usage_usageevent SET metric = 'others' WHERE revision = 1",
    "I70": "DELETE FROM invoicing_draftline; DELETE FROM invoicing_draft WHERE bound_lines > 0",
    "I71": "UPDATE projects_billedwork SET minutes = minutes + 1",
    "I73": "UPDATE projects_changeorder SET amount_minor = -amount_minor - 900000 WHERE amount_minor > 0",
    "I74": "UPDATE projects_billedmilestone SET amount_minor = amount_minor + 1",
    "I72": "UPDATE projects_projectcounter SET last_ordinal = last_ordinal + 1",
    "I77": "UPDATE projects_retainerperiod SET document_id = gen_random_uuid()",
    "I78": "UPDATE projects_coveredwork SET minutes = minutes + 100000",
    "I75": "UPDATE repeats_repeat SET made_count = made_count + 1",
    "I76": "UPDATE repeats_repeat SET legal_entity_id = gen_random_uuid()",
    "I80": "UPDATE stock_stockitem SET move_count = move_count + 1",
    "I81": "UPDATE stock_stockmove SET quantity_after = quantity_after + 1 WHERE kind = 'receipt'",
    "I82": "UPDATE stock_stockmove SET value_minor = value_minor + 1 WHERE kind = 'issue'",
    "I83": "UPDATE stock_linecost SET cost_minor = cost_minor + 1",
    "I91": "UPDATE late_latecharge SET amount_minor = amount_minor + 1",
    "I92": "UPDATE late_latecharge SET currency = 'USD'",
    "I93": "UPDATE late_latewaiver SET credit_note_id = customer_id",
    "I97": "UPDATE payments_charge SET ended_at = NULL",
    "I98": "UPDATE payments_collection SET attempts = attempts + 1",
    "I110": "UPDATE subscriptions_prepaiduse SET amount_minor = amount_minor + 1",
    "I111": "UPDATE ledger_transfer t SET amount_minor = t.amount_minor + 1 FROM ledger_entry e "
    "WHERE e.id = t.entry_id AND e.kind = 'prepaid_released'",
    "I62": "UPDATE subscriptions_recurringmovement SET kind = 'reactivation' WHERE kind = 'new'",
    "I64": "UPDATE subscriptions_subscription SET quote_id = NULL",
}
# Some promises are of several parts, each seen to be broken.
FURTHER_BREAKS = (
    (
        "I45",
        """INSERT INTO deals_stagevisit (id, deal_id, stage_id, entered_at)
        SELECT gen_random_uuid(), id, stage_id, now() FROM deals_deal WHERE state = 'won'""",
    ),
    ("I45", "UPDATE deals_stagevisit SET stage_id = gen_random_uuid() WHERE left_at IS NULL"),
    ("I45", "UPDATE deals_stagevisit SET left_at = left_at + interval '9 days' WHERE left_at IS NOT NULL"),
    ("I47", "UPDATE deals_deal SET lost_reason_id = NULL WHERE state = 'lost'"),
    ("I49", "DELETE FROM quotes_quoteacceptance"),
    ("I49", "UPDATE quotes_quoteacceptance SET total_minor = total_minor + 1"),
    ("I49", "UPDATE quotes_quoteacceptance SET sha256 = decode('00', 'hex')"),
    ("I49", "UPDATE quotes_quote SET state = 'accepted' WHERE state = 'superseded'"),
    ("I50", "UPDATE quotes_quote SET sha256 = decode('00', 'hex') WHERE state = 'sent'"),
    ("I51", "UPDATE quotes_quote SET number = 'Q-2026-00007' WHERE version = 2"),
    ("I53", "UPDATE contracts_contract SET version = version + 1 WHERE is_current"),
    ("I53", "DELETE FROM contracts_contract WHERE version = 1"),
    ("I53", "DELETE FROM contracts_contractline"),
    ("I53", "UPDATE contracts_contract SET number = 'C-9' WHERE is_current AND quote_id IS NULL"),
    ("I80", "UPDATE stock_stockitem SET quantity = quantity + 1"),
    ("I81", "DELETE FROM stock_stockmove WHERE ordinal = 1"),
    ("I82", "UPDATE stock_stockitem SET value_minor = value_minor + 1 WHERE quantity > 0"),
    ("I83", "DELETE FROM stock_linecost WHERE is_stocked"),
    ("I83", "DELETE FROM stock_stockmove WHERE kind = 'return'"),
    ("I83", "UPDATE stock_stockmove SET quantity = quantity - 1 WHERE kind = 'issue'"),
    ("I70", "UPDATE projects_billedwork SET position = 99"),
    ("I73", "UPDATE projects_billedprice SET held_minor = held_minor + 1"),
    ("I73", "UPDATE projects_fixedprice SET accepted_by = 'x', accepted_on = now(), accepted_at = now()"),
    ("I73", "UPDATE projects_milestone SET percent = 99 WHERE percent IS NOT NULL"),
    ("I74", "UPDATE projects_billedprice SET line_count = line_count + 1"),
    ("I72", "UPDATE projects_project SET number = 'P-2026-00077' WHERE name = 'Website 1'"),
    ("I54", "UPDATE contracts_contract SET number = 'C-2026-00007' WHERE quote_id IS NULL"),
    ("I55", "UPDATE quotes_quote SET contract_terms = NULL"),
    ("I55", "UPDATE contracts_contractline SET name = 'Another'"),
    ("I56", "UPDATE subscriptions_subscription SET number = 'S-2026-00007' WHERE number = 'S-2026-00001'"),
    ("I57", "DELETE FROM subscriptions_billedline WHERE number = 1"),
    ("I57", "UPDATE subscriptions_billedline SET number = number + 5"),
    ("I57", "UPDATE subscriptions_billedcharge SET left_minor = '{}'"),
    ("I58", "UPDATE subscriptions_subscription SET settled_count = settled_count + 1"),
    ("I58", "UPDATE subscriptions_settlement SET settled_on = settled_on + 99"),
    ("I59", "UPDATE subscriptions_billedline SET position = 1"),
    ("I59", "UPDATE invoicing_documentline SET amount_minor = amount_minor + 1"),
    ("I60", "DELETE FROM usage_dailyusage"),
    ("I60", "DELETE FROM usage_usageevent WHERE revision = 1"),
    ("I60", "UPDATE usage_usageevent SET value = value + 1 WHERE revision = 1"),
    ("I60", "UPDATE usage_dailyusage SET last_key = 'another'"),
    ("I62", "UPDATE subscriptions_recurringmovement SET amount_minor = -amount_minor"),
    ("I64", "UPDATE quotes_quote SET recurring = '[]'"),
    ("I64", "UPDATE subscriptions_subscription SET plan_version_id = gen_random_uuid() WHERE quote_id IS NOT NULL"),
    ("I75", "DELETE FROM repeats_repeatline"),
    ("I75", "UPDATE repeats_repeat SET version = version + 1"),
    ("I78", "UPDATE projects_coveredwork SET minutes = minutes - 1"),
    ("I78", "UPDATE projects_retainerperiod SET lapses_on = starts_on"),
    ("I78", "UPDATE projects_retainerclosing SET bill_id = NULL"),
    ("I91", "DELETE FROM late_latewaiver; DELETE FROM late_latecharge"),
    ("I92", "UPDATE late_latecharge SET customer_id = gen_random_uuid()"),
    ("I93", "UPDATE invoicing_document SET source = '' WHERE source = 'late_charges'"),
    ("I97", "UPDATE payments_savedmethod SET customer_id = gen_random_uuid()"),
    ("I98", "UPDATE payments_collection SET state = 'collected'"),
    ("I98", "UPDATE payments_collection SET state = 'trying'"),
    ("I110", "UPDATE subscriptions_prepaiduse SET position = 99"),
    ("I110", "UPDATE subscriptions_subscription SET drawn = '[]' WHERE has_prepaid"),
    ("I110", "UPDATE subscriptions_prepaidcredit SET amount_minor = 1"),
    ("I111", "UPDATE subscriptions_prepaidcredit SET net_minor = net_minor + 1 WHERE document_id IS NOT NULL"),
    ("I111", "DELETE FROM ledger_entry WHERE kind = 'prepaid_released'"),
    ("I52", "DELETE FROM invoicing_draft WHERE quote_id IS NOT NULL"),
    ("I52", "UPDATE invoicing_document SET quote_id = NULL"),
    ("I52", "UPDATE audit_fact SET kind = 'quote_billed' WHERE kind = 'quote_sent'"),
    ("I52", "UPDATE audit_factpayload SET body = body - 'document_id' || '{\"document_id\": \"none\"}'"),
)
WITHOUT_CHECKS = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT conrelid::regclass AS held_by, conname FROM pg_constraint
        WHERE contype = 'c' AND connamespace = 'public'::regnamespace
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.held_by, one.conname); END LOOP;
END $$
"""
BY_CONSTRUCTION = {"I01", "I03"}  # a transfer has two sides of one amount: no row can break these


@pytest.fixture(scope="module")
def lived(home: Home, template_book: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of a book that has everything which a rule is about, made once and copied for each test."""
    name = f"t_{os.getpid()}_lived"
    house.copy_book(home, template_book, name)
    with django_db_blocker.unblock(), house.default_connection_on(name):
        _live()
    yield name
    house.drop_book(home, name)


@pytest.fixture
def lived_book(home: Home, lived: str, django_db_blocker: DjangoDbBlocker) -> Iterator[FreshBook]:
    """A copy of the book in which all has happened, to break."""
    name = f"t_{os.getpid()}_fresh"
    house.copy_book(home, lived, name)
    with django_db_blocker.unblock(), house.default_connection_on(name):
        yield FreshBook(name, house.environment_of(name))
    house.drop_book(home, name)


def _live() -> None:
    """Let there be invoices, payments, an undone allocation, a refund, a credit note and all that is sold and used."""
    scene = set_scene()
    busy_shop(scene)
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
    charged, excluded = (scene.issued(line(price), terms_days=0) for price in ("1000", "1001"))
    saved(scene.customer, at=NOW)
    for code in ("", "card_declined"):
        tried(scene.issued(line("61")), at=NOW, failure_code=code)
    crm.set_bank_detail(customer=scene.customer, holder="", iban="DE02120300000000202051", actor=SYSTEM, at=NOW)
    catalog.add_item(new=NewItem(name="Oil change"), actor=SYSTEM, at=NOW)
    ledger.close_period(legal_entity=scene.seller, until=TODAY - timedelta(days=1), actor=SYSTEM, at=NOW)
    assert Document.objects.get(id=first.id).number
    _sell(scene)
    _agree(scene)
    subscribed(scene.customer, starts_on=TODAY)
    billing_run.run(actor=SYSTEM, at=NOW + timedelta(days=3))
    repeating(scene.person, does=Does.ISSUE, price=777)
    assert made(at=NOW + timedelta(days=3)) == 1
    prepaid(scene.customer, 7, NOW + timedelta(days=3))
    _use(scene)
    busy(scene.customer, scene.owner)
    cared_for(scene.customer, scene.owner)
    _ask_by_api(scene.owner)
    charged_late(charged, excluded, scene.person, at=NOW)


def _sell(scene: Scene) -> None:
    """Let deals be open, won and lost, and quotes be sent, made anew and accepted, with a deposit."""
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    new = NewDeal(name="Website", owner_id=scene.owner.id)
    won, lost, still = (deals.add_deal(customer=scene.customer, new=new, actor=SYSTEM, at=NOW) for _ in range(3))
    deals.set_deal_lines(deal=still, lines=[DealLine(name="Day", unit_price_minor=78000)], actor=SYSTEM, at=NOW)
    call = NewActivity(title="Call", due_at=NOW + timedelta(days=2))
    deals.add_activity(customer=scene.customer, new=call, deal=still, actor=SYSTEM, at=NOW)
    stages = deal_queries.stages_of(won.pipeline_id)
    deals.move_deal(deal=won, stage=stages[1], actor=SYSTEM, at=NOW + timedelta(days=1))
    reason = deal_queries.lost_reasons()[0]
    deals.lose_deal(deal=lost, reason_id=reason.id, actor=SYSTEM, at=NOW + timedelta(days=1))
    first = sent(scene, deal_id=won.id, billing_rule="deposit", deposit_percent=Decimal(30), issues_at_once=True)
    second = quotes.renew_quote(quote=first, actor=SYSTEM, at=NOW)
    made = {"contract_terms": ContractOffer(months=12), "recurring": [recurring()]}
    second = quotes.change_quote(quote=second, changes=made, actor=SYSTEM, at=NOW)
    second = quotes.freeze_quote(quote=second, actor=SYSTEM, at=NOW)
    accept_quote.accept(quote=second, chosen={2}, signature=ANNA, actor=BUYER, at=NOW + timedelta(days=2))
    sent(scene)


def _agree(scene: Scene) -> None:
    """Let a contract be agreed and changed."""
    new = NewContract(title="Care", starts_on=TODAY, is_agreed=True)
    prices = [AgreedPrice("Consulting", Decimal(90))]
    made = contracts.create_contract(customer=scene.customer, new=new, lines=prices, actor=SYSTEM, at=NOW)
    contracts.change_contract(contract=made, changes={"notice_days": 14}, actor=SYSTEM, at=NOW)


def _use(scene: Scene) -> None:
    """Let something be used, and corrected."""
    row = metered(scene.person)
    calls = [SentEvent(row.number, key, "calls", NOW, Decimal(5), revision=n) for key in ("a", "b") for n in (0, 1)]
    record_usage.record(events=[calls[0], calls[2]], member=scene.owner, actor=SYSTEM, at=NOW)
    record_usage.record(events=[replace(calls[1], value=Decimal(9))], member=scene.owner, actor=SYSTEM, at=NOW)


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
    rules = {rule.id: rule for rule in verify_book.BY_SQL}
    assert rules.keys() == BREAKS.keys() | BY_CONSTRUCTION
    unseen = []
    for number, broken in (*BREAKS.items(), *FURTHER_BREAKS):
        with unguarded.transaction(force_rollback=True):
            unguarded.execute(WITHOUT_CHECKS)
            assert unguarded.execute(broken).rowcount > 0, f"{number} broke nothing"
            if not unguarded.execute(rules[number].violations).fetchall():
                unseen.append(broken)
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
        ("I63", "UPDATE subscriptions_recurringmovement SET counts_on = counts_on + 1"),
        ("I63", "UPDATE subscriptions_recurringmovement SET amount_minor = amount_minor + 1"),
        ("I63", "DELETE FROM subscriptions_recurringmovement"),
        ("I63", "UPDATE subscriptions_subscriptionitem SET quantity = quantity + 1 WHERE measure IS NULL"),
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
