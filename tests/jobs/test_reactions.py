"""What matters reaches somebody at once: a notice on the first page, a mail to the owners or to whom it concerns."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.accounts.queries import BankAccountDetails
from conto.apps.audit import actions, queries
from conto.apps.audit.models import Alert, AlertRule, Fact
from conto.apps.contracts import actions as contracts
from conto.apps.contracts.actions import LineEntry as AgreedPrice
from conto.apps.contracts.actions import NewContract
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewActivity, NewDeal
from conto.apps.deals.models import Deal
from conto.apps.messaging import actions as messaging
from conto.apps.messaging.models import Mail
from conto.domain import facts
from conto.domain.alerts import ALERTING_KINDS, EVENTS, events_told
from conto.domain.devices import device_of
from conto.domain.facts import FACTS, SYSTEM, Actor, Origin
from conto.domain.ids import new_id
from conto.domain.period import add_months
from conto.domain.permissions import Role
from conto.flows.raise_alerts import TITLES
from conto.flows.set_up_book import Numbers, set_up_book
from conto.jobs.reactions import react
from tests.web.living import SELLER

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DESK = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone) Safari/605"

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga() -> Member:
    member = accounts.add_first_owner(email="olga@example.com", name="Olga", password="correct-horse-battery", at=NOW)
    set_up_book(seller=SELLER, bank_account=None, numbers=Numbers(), actor=SYSTEM, at=NOW)
    messaging.set_mail_server(
        host="mail.example", port=587, security="starttls", username="", password="", from_address="a@b.example",
        from_name="", actor=SYSTEM, at=NOW,
    )  # fmt: skip
    caught_up()
    return member


def caught_up() -> int:
    actions.put_in_order()
    return react(at=NOW)


def sign_in(member: Member, agent: str, address: str) -> None:
    actor = Actor(member.id, "member", member.name, Origin("web", address, agent))
    actions.record(facts.MemberSignedIn(subject_id=member.id, address=address), actor=actor, at=NOW)
    caught_up()
    caught_up()


def test_every_event_has_a_title_and_its_kinds_are_known() -> None:
    assert TITLES.keys() == {event.name for event in EVENTS}
    to_come = {"mfa_removed", "role_changed", "integrity_found"}
    assert ALERTING_KINDS - FACTS.keys() <= to_come


def told(kind: str, **body: Any) -> list[str]:
    return [event.name for event in events_told(kind, body)]


def test_only_what_matters_is_told() -> None:
    assert told("member_changed", changes={"role": ["sales", "admin"]}) == ["role_raised"]
    assert told("member_changed", changes={"role": ["admin", "support"]}) == []
    assert told("member_changed", changes={"name": ["A", "B"]}) == []
    assert told("business_changed", changes={"bank_account.iban": ["… 1", "… 2"]}) == ["bank_changed"]
    assert told("customer_changed", changes={"iban": ["", "… 2051"]}) == ["bank_changed"]
    assert told("customer_changed", changes={"name": ["A", "B"]}) == []
    assert told("member_invited", role="sales") == []
    assert told("member_invited", role="admin") == ["owner_invited"]


def test_a_device_is_known_by_its_browser_system_and_network() -> None:
    assert device_of(DESK, "192.0.2.7") == "Firefox, Linux · 192.0.2.0/24"
    assert device_of(DESK, "192.0.2.7") == device_of(DESK.replace("140", "141"), "192.0.2.99")
    assert device_of("", "2001:db8:1:2::3") == "2001:db8:1::/48"
    assert device_of("curl/8.5", "::ffff:192.0.2.7") == "curl · 192.0.2.0/24"
    assert device_of("", "nonsense") == ""


def test_a_sign_in_from_a_new_device_is_told_once(olga: Member) -> None:
    sign_in(olga, DESK, "192.0.2.7")
    assert not Alert.objects.exists(), "the first one is no news"
    sign_in(olga, DESK, "192.0.2.99")
    assert not Alert.objects.exists()
    sign_in(olga, PHONE, "198.51.100.7")
    sign_in(olga, PHONE, "198.51.100.7")
    assert [alert.event for alert in Alert.objects.all()] == ["new_device"]
    mail = Mail.objects.get(purpose="alert")
    assert (mail.to_address, mail.subject) == ("olga@example.com", "Sign-in from a new device")
    assert "198.51.100.0/24" in mail.text
    assert "Safari, iOS" in mail.text


def test_rules_say_who_hears_and_their_change_is_a_fact(olga: Member) -> None:
    sam = accounts.add_member(
        email="sam@example.com", name="Sam", role=Role.ADMIN, password="correct horse 9", actor=SYSTEM, at=NOW
    )
    caught_up()
    assert Mail.objects.get(purpose="alert").to_address == "olga@example.com"
    client = Client(SERVER_NAME="localhost")
    client.force_login(olga)
    chosen = {"mail_key_made": "on", "page_member_added": "on", "to_key_made": str(sam.id), "to_exported": "nobody"}
    client.post("/settings/alerts", chosen)
    rules = queries.alert_rules()
    assert rules["key_made"] == queries.Rule("key_made", True, False, (str(sam.id),))
    assert rules["exported"] == queries.Rule("exported", False, False)
    changed = Fact.objects.filter(kind="alert_rule_changed", actor_id=olga.id)
    assert changed.count() == AlertRule.objects.count() > 3
    made = facts.ApiKeyMade(subject_id=new_id(), name="Till", member_id=olga.id, last_four="abcd", scopes=())
    actions.record(made, actor=SYSTEM, at=NOW)
    caught_up()
    assert Mail.objects.filter(purpose="alert", to_address="sam@example.com").count() == 1


def test_notices_wait_on_the_first_page_until_somebody_has_seen_them(olga: Member) -> None:
    accounts.add_member(
        email="sam@example.com", name="Sam", role=Role.SALES, password="correct horse 9", actor=SYSTEM, at=NOW
    )
    caught_up()
    client = Client(SERVER_NAME="localhost")
    client.force_login(olga)
    assert "A new member works here" in client.get("/settings/alerts/notices").content.decode()
    alert = Alert.objects.get()
    client.post("/settings/alerts/seen", {"alert": [str(alert.id), "nonsense"]})
    alert.refresh_from_db()
    assert alert.seen_by == "Olga"
    assert "A new member" not in client.get("/settings/alerts/notices").content.decode()
    seller = Client(SERVER_NAME="localhost")
    seller.force_login(Member.objects.get(email="sam@example.com"))
    assert "<section" not in seller.get("/settings/alerts/notices").content.decode()
    assert seller.post("/settings/alerts/seen").status_code == 403


def test_nothing_is_told_twice(olga: Member) -> None:
    accounts.add_member(
        email="sam@example.com", name="Sam", role=Role.SALES, password="correct horse 9", actor=SYSTEM, at=NOW
    )
    actions.put_in_order()
    assert react(at=NOW) == 1
    assert react(at=NOW) == 0
    assert Mail.objects.filter(purpose="alert").count() == 1


def test_what_a_book_lived_through_long_ago_is_history_and_no_news(olga: Member) -> None:
    def key_made(days_ago: int) -> int:
        at = NOW - timedelta(days=days_ago)
        made = facts.ApiKeyMade(subject_id=new_id(), name="Shop", scopes=(), member_id=olga.id, last_four="ab12")
        actions.record(made, actor=SYSTEM, at=at)
        before = Alert.objects.count(), Mail.objects.count()
        caught_up()
        return Alert.objects.count() - before[0] + Mail.objects.count() - before[1]

    assert key_made(days_ago=91) == 0
    assert key_made(days_ago=90) == 2


def a_deal(owner: Member, **more: Any) -> Deal:
    customer = crm.add_customer(new=NewCustomer(name="Kupferblau"), actor=SYSTEM, at=NOW - timedelta(days=40))
    new = NewDeal(name="Website", owner_id=owner.id, **more)
    return deals.add_deal(customer=customer, new=new, actor=SYSTEM, at=NOW - timedelta(days=30))


def test_s3_the_owner_of_a_deal_that_slips_hears_of_it_once_until_something_is_done(olga: Member) -> None:
    sam = accounts.add_member(
        email="sam@example.com", name="Sam", role=Role.SALES, password="correct-horse-9", actor=SYSTEM, at=NOW
    )
    deal = a_deal(sam)
    assert deals.note_slipping(at=NOW) == 1
    assert deals.note_slipping(at=NOW + timedelta(days=1)) == 0, "told once"
    caught_up()
    (mail,) = Mail.objects.filter(purpose="alert", subject="A deal of yours slips")
    assert mail.to_address == "sam@example.com"
    assert f"/deals/{deal.id}/" in mail.text
    assert "no_step" in mail.text
    assert str(sam.id) not in mail.text
    assert not Alert.objects.filter(event="deal_slips").exists()
    deals.add_comment(deal=deal, text="Called them", actor=SYSTEM, at=NOW + timedelta(days=2))
    call = NewActivity(title="Call", due_at=NOW + timedelta(days=3), owner_id=sam.id)
    deals.add_activity(customer=deal.customer, new=call, deal=deal, actor=SYSTEM, at=NOW + timedelta(days=2))
    assert deals.note_slipping(at=NOW + timedelta(days=3)) == 0, "in order, and the step may be done today"
    assert deals.note_slipping(at=NOW + timedelta(days=5)) == 1, "overdue"
    deals.win_deal(deal=deal, actor=SYSTEM, at=NOW + timedelta(days=5))
    assert deals.note_slipping(at=NOW + timedelta(days=99)) == 0


def test_g3_who_looks_after_a_contract_hears_once_that_its_day_of_notice_comes_near(olga: Member) -> None:
    sam = accounts.add_member(
        email="sam@example.com", name="Sam", role=Role.SALES, password="correct-horse-9", actor=SYSTEM, at=NOW
    )
    customer = crm.add_customer(new=NewCustomer(name="Kupferblau"), actor=SYSTEM, at=NOW)
    renews = NOW.date() + timedelta(days=70)
    new = NewContract(
        title="Care", starts_on=add_months(renews, -12), renewal="auto", first_months=12, renewal_months=12,
        notice_days=30, owner_id=sam.id, is_agreed=True,
    )  # fmt: skip
    prices = [AgreedPrice("Care", Decimal(90), unit_code="HUR")]
    made = contracts.create_contract(customer=customer, new=new, lines=prices, actor=SYSTEM, at=NOW)
    assert contracts.note_due(at=NOW) == 0, "39 days are left"
    near = NOW + timedelta(days=12)
    assert contracts.note_due(at=near) == 1
    assert contracts.note_due(at=near + timedelta(days=1)) == 0, "told once"
    actions.put_in_order()
    react(at=near)
    (mail,) = Mail.objects.filter(purpose="alert", subject="Decide about a contract of yours")
    assert mail.to_address == "sam@example.com"
    assert f"/contracts/{made.family_id}" in mail.text
    assert (renews - timedelta(days=31)).isoformat() in mail.text
    assert str(sam.id) not in mail.text


def test_whom_a_comment_names_gets_a_mail_in_their_language(olga: Member) -> None:
    actor = Actor(olga.id, "member", olga.name)
    jana = accounts.add_member(
        email="jana@example.com", name="Jana", role=Role.SALES, password="correct-horse-9", language="de",
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    deal = a_deal(jana)
    deals.add_comment(deal=deal, text="@Jana and @Olga: they call on Monday.", actor=actor, at=NOW)
    caught_up()
    (mail,) = Mail.objects.filter(purpose="mention")
    assert (mail.to_address, mail.subject) == ("jana@example.com", "Olga erwähnt Sie: Website")
    assert "they call on Monday" in mail.text
    assert f"/deals/{deal.id}/" in mail.text


def test_the_bank_account_that_the_book_was_set_up_with_is_no_news_and_the_next_one_is(db: None) -> None:
    bank = BankAccountDetails(holder="Berg Studio", currency="EUR", iban="DE89370400440532013000")
    entity = set_up_book(seller=SELLER, bank_account=bank, numbers=Numbers(prefix="INV"), actor=SYSTEM, at=NOW)
    caught_up()
    caught_up()
    assert not Alert.objects.filter(event="bank_changed").exists()
    later = NOW + timedelta(minutes=1)
    other = BankAccountDetails(holder="Berg Studio", currency="EUR", iban="DE02120300000000202051")
    accounts.set_bank_account(legal_entity_id=entity.id, details=other, actor=SYSTEM, at=later)
    caught_up()
    caught_up()
    assert Alert.objects.filter(event="bank_changed").count() == 1
