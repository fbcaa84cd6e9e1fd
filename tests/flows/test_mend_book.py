"""What can be made anew is broken behind Conto's back, found, mended and found in order."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from conto.apps.audit.models import Fact
from conto.apps.catalog import actions as catalog
from conto.apps.catalog.entry import NewItem
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewActivity, NewDeal
from conto.apps.integrations import actions as integrations
from conto.apps.integrations.actions import Repeatable
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Permission
from conto.flows import mend_book, record_usage, verify_book
from conto.flows.record_usage import SentEvent
from tests.agreements import metered
from tests.goods import shop
from tests.house import FreshBook, connect
from tests.scene import NOW, line, set_scene

# What the owner of the tables, with the guards switched off, breaks; each is mended by its rule.
BREAKS = {
    "I15": "UPDATE ledger_openitem SET open_minor = open_minor - 1",
    "I29": "UPDATE ledger_openitem SET open_minor = 0",
    "I30": "DELETE FROM ledger_openitem",
    "I20b": "DELETE FROM audit_factseal; DELETE FROM audit_factposition",
    "I24": "UPDATE integrations_rememberedrequest SET locked_at = now() - interval '1 day'",
    "I42": "DELETE FROM crm_searchtoken WHERE token = 'muller'; UPDATE crm_searchtoken SET is_person = true",
    "I43": "UPDATE crm_customer SET sort_key = 'zzz'",
    "I44": "UPDATE catalog_item SET sort_key = 'zzz'",
    "I48": "UPDATE deals_deal SET next_step_at = now()",
    "I60": "UPDATE usage_dailyusage SET total = total + 1",
    "I80": "UPDATE stock_stockitem SET quantity = quantity + 1, value_minor = value_minor + 1",
    "I62": "UPDATE subscriptions_recurringmovement SET kind = 'churn'",
    "I63": "UPDATE subscriptions_recurringmovement SET amount_minor = amount_minor + 1",
}


@pytest.fixture
def unguarded(fresh_book: FreshBook) -> Iterator[psycopg.Connection]:
    """A book with two invoices, an item, a deal and a request under way, and a connection that no guard applies to."""
    scene = set_scene()
    scene.issued(line("100"))
    scene.issued(line("40", "3"))
    shop(scene)
    item = NewItem(name="Ölwechsel", kind="service")
    catalog.add_item(new=item, actor=SYSTEM, at=NOW)
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    new = NewDeal(name="Website", owner_id=scene.owner.id)
    deal = deals.add_deal(customer=scene.customer, new=new, actor=SYSTEM, at=NOW)
    call = NewActivity(title="Call", due_at=NOW + timedelta(days=2))
    deals.add_activity(customer=scene.customer, new=call, deal=deal, actor=SYSTEM, at=NOW)
    used = SentEvent(metered(scene.customer).number, "e1", "calls", NOW)
    record_usage.record(events=[used], member=scene.owner, actor=SYSTEM, at=NOW)
    made = integrations.make_key(
        member=scene.owner, name="Shop", scopes=[Permission.CUSTOMER_VIEW], lasts_days=1, actor=SYSTEM, at=NOW, now=NOW
    )
    integrations.begin(Repeatable(made.key.id, "order-1", b"0" * 32, "POST", "/api/v1/customers"), at=NOW)
    with connect(fresh_book.admin_dsn) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE integrations_rememberedrequest SET locked_at = now()")
        yield connection


def _broken() -> set[str]:
    return {verdict.id for verdict in verify_book.verify() if verdict.violated}


def test_whatever_can_be_made_anew_is_found_mended_and_in_order_again(unguarded: psycopg.Connection) -> None:
    assert BREAKS.keys() == mend_book.FIXES.keys()
    assert _broken() == set()
    for rule, broken in BREAKS.items():
        unguarded.execute(broken)  # type: ignore[call-overload]
        if rule != "I20b":  # facts are put in order and sealed by every check
            assert rule in _broken()
        mend_book.mend(rule, actor=SYSTEM, now=NOW + timedelta(days=400), at=NOW)
        assert _broken() == set(), rule
    told = [fact.payload.body for fact in Fact.objects.filter(kind="book_mended").order_by("id")]
    assert [each["rule"] for each in told] == list(BREAKS)
    assert all(each["rows"] > 0 for each in told)


def test_every_rule_has_a_fix_or_words_on_what_to_do(unguarded: psycopg.Connection) -> None:
    rules = {verdict.id for verdict in verify_book.verify()}
    assert rules == mend_book.FIXES.keys() | mend_book.ADVICE.keys()
    assert not mend_book.FIXES.keys() & mend_book.ADVICE.keys()


def test_what_was_written_down_is_never_made_up(unguarded: psycopg.Connection) -> None:
    with pytest.raises(RuleBroken, match="I07 cannot be mended by Conto"):
        mend_book.mend("I07", actor=SYSTEM, now=NOW, at=NOW)
    unguarded.execute("UPDATE ledger_transfer SET opens_item = false")
    with pytest.raises(RuleBroken, match="wrong itself"):
        mend_book.mend("I30", actor=SYSTEM, now=NOW, at=NOW)
    assert not Fact.objects.filter(kind="book_mended").exists()


def test_the_command_says_what_to_do_and_does_it(fresh_book: FreshBook, unguarded: psycopg.Connection) -> None:
    unguarded.execute("UPDATE ledger_openitem SET open_minor = open_minor - 1")
    told = fresh_book.conto("verify")
    assert told.returncode == 1
    assert "conto verify --fix I30" in told.stderr
    told = fresh_book.conto("verify", "--fix", "I30")
    assert (told.returncode, "I30: 2 made anew." in told.stderr) == (0, True), told.stderr
