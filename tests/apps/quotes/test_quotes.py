"""Quotes from draft to answer."""

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from conto.apps.accounts import actions as accounts
from conto.apps.audit.models import Fact
from conto.apps.catalog import actions as catalog
from conto.apps.catalog.entry import NewItem
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import LineEntry as DealLineEntry
from conto.apps.deals.entry import NewDeal
from conto.apps.quotes import actions as quotes
from conto.apps.quotes import queries
from conto.apps.quotes.models import Quote, QuoteLine
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role
from tests.domain.refusals import refused
from tests.offers import ANNA, BUYER, CHOICES, UNITS, drafted, offer, sent
from tests.scene import NOW, TODAY, Scene

LATER = NOW + timedelta(days=31)


def test_a_quote_takes_currency_language_and_validity_from_what_is_known(scene: Scene) -> None:
    quote = drafted(scene)
    assert (quote.currency, quote.language, quote.state, quote.number) == ("EUR", "de", "draft", "")
    assert quote.valid_until == TODAY + timedelta(days=30)
    assert quote.shown_total_minor == 121380  # 1,020.00 and 19 %


def test_q7_sending_freezes_hashes_and_numbers_without_gaps(scene: Scene) -> None:
    first, second = sent(scene), sent(scene, *UNITS)
    assert [first.number, second.number] == ["Q-2026-00001", "Q-2026-00002"]
    assert hashlib.sha256(first.body.encode()).digest() == bytes(first.sha256 or b"")
    content = queries.content_of(first, TODAY)
    assert content.sha256() == bytes(first.sha256 or b"").hex()
    assert [line.section for line in content.lines] == ["Work", "Running", "Running", "Running"]


def test_q1_a_sent_quote_is_changed_by_nobody_not_even_in_sql(scene: Scene) -> None:
    quote = sent(scene)
    with refused("quote.sent_stays"):
        quotes.change_quote(quote=quote, changes={"title": "Other"}, actor=SYSTEM, at=NOW)
    with refused("quote.sent_stays"):
        quotes.discard_quote(quote=quote, actor=SYSTEM, at=NOW)
    for statement in (
        "UPDATE quotes_quote SET body = body || ' '",
        "UPDATE quotes_quote SET valid_until = valid_until + 1",
        "UPDATE quotes_quote SET state = 'draft'",
        "UPDATE quotes_quoteline SET unit_price = 1",
        "DELETE FROM quotes_quoteline",
        "DELETE FROM quotes_quote",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_stale_form_is_refused_and_an_approval_ends_with_the_change(scene: Scene) -> None:
    quote = drafted(scene)
    quotes.change_quote(quote=quote, changes={"title": "Autumn"}, actor=SYSTEM, at=NOW, expected_revision=1)
    with refused("quote.changed_meanwhile"):
        quotes.change_quote(quote=quote, changes={"title": "Winter"}, actor=SYSTEM, at=NOW, expected_revision=1)


def test_q5_a_deep_discount_waits_for_somebody_else_who_approves_it(scene: Scene) -> None:
    seller = accounts.add_member(
        email="sam@example.com", name="Sam", role=Role.SALES, password="correct horse 9", language="en",
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    sam, ada = Actor(seller.id, "member", "Sam"), Actor(scene.owner.id, "member", "Ada")
    quotes.save_rules(
        legal_entity=scene.seller, valid_days=30, discount_limit_percent=Decimal(10), terms="", actor=ada, at=NOW
    )
    item = catalog.add_item(new=NewItem(code="D1", name="Day"), actor=SYSTEM, at=NOW)
    catalog.set_price(item=item, currency="EUR", amount=Decimal(100), valid_from=TODAY, actor=SYSTEM, at=NOW)
    quote = drafted(scene, offer("Day", "80", item_id=item.id))
    with refused("quote.needs_approval", discount="20", limit="10"):
        quotes.freeze_quote(quote=quote, actor=sam, at=NOW)
    quotes.ask_approval(quote=quote, actor=sam, at=NOW, note="A friend")
    assert [each.quote_id for each in queries.waiting_approvals(scene.owner)] == [quote.id]
    assert not queries.waiting_approvals(seller)
    with refused("quote.own_approval"):
        quotes.decide_approval(quote=quote, is_given=True, actor=sam, at=NOW)
    quotes.decide_approval(quote=quote, is_given=True, actor=ada, at=NOW)
    changed = quotes.change_quote(quote=quote, changes={"title": "More"}, actor=sam, at=NOW)
    with refused("quote.needs_approval"):
        quotes.freeze_quote(quote=changed, actor=sam, at=NOW)
    quotes.ask_approval(quote=quote, actor=sam, at=NOW)
    quotes.decide_approval(quote=quote, is_given=True, actor=ada, at=NOW)
    assert quotes.freeze_quote(quote=quote, actor=sam, at=NOW).state == "sent"


def test_q2_a_new_version_keeps_the_number_and_supersedes_the_one_before_when_it_is_sent(scene: Scene) -> None:
    first = sent(scene)
    second = quotes.renew_quote(quote=first, actor=SYSTEM, at=NOW)
    assert quotes.renew_quote(quote=first, actor=SYSTEM, at=NOW).id == second.id
    assert QuoteLine.objects.filter(quote=second).count() == len(CHOICES)
    assert Quote.objects.get(id=first.id).state == "sent"
    second = quotes.freeze_quote(quote=second, actor=SYSTEM, at=NOW)
    assert queries.label_of(second) == "Q-2026-00001/2"
    assert Quote.objects.get(id=first.id).state == "superseded"
    with refused("quote.superseded"):
        quotes.record_acceptance(quote=first, chosen={2}, signature=ANNA, actor=BUYER, at=NOW)


def test_q8_an_acceptance_keeps_who_when_from_where_and_the_hash(scene: Scene) -> None:
    quote = sent(scene)
    accepted = quotes.record_acceptance(quote=quote, chosen={3, 4}, signature=ANNA, actor=BUYER, at=NOW)
    assert (accepted.name, accepted.address, accepted.agent) == ("Anna Sommer", "203.0.113.7", "Safari")
    assert bytes(accepted.sha256) == bytes(quote.sha256 or b"")
    assert (accepted.chosen, accepted.total_minor) == ([3, 4], 160650)
    with refused("quote.already_accepted"):
        quotes.record_acceptance(quote=quote, chosen={2}, signature=ANNA, actor=BUYER, at=NOW)


def test_q1_an_expired_quote_can_be_declined_but_not_accepted(scene: Scene) -> None:
    quote = sent(scene)
    with refused("quote.expired"):
        quotes.record_acceptance(quote=quote, chosen={2}, signature=ANNA, actor=BUYER, at=LATER)
    quotes.decline_quote(quote=quote, actor=BUYER, at=LATER, reason="Too late")
    with refused("quote.declined"):
        quotes.decline_quote(quote=quote, actor=BUYER, at=LATER)
    found = queries.decline_of(quote)
    assert found is not None
    assert found.reason == "Too late"


def test_a_withdrawn_quote_is_accepted_by_nobody(scene: Scene) -> None:
    quote = quotes.withdraw_quote(quote=sent(scene), actor=SYSTEM, at=NOW)
    with refused("quote.withdrawn"):
        quotes.record_acceptance(quote=quote, chosen={2}, signature=ANNA, actor=BUYER, at=NOW)


def test_a_link_opens_until_it_ends_and_the_look_is_noted_once_a_day(scene: Scene) -> None:
    quote = sent(scene)
    link = quotes.create_link(quote=quote, actor=SYSTEM, at=NOW)
    for _ in range(2):
        assert quotes.see_link(token=link.token, at=NOW) is not None
    assert Fact.objects.filter(kind="quote_viewed", customer_id=scene.customer.id).count() == 1
    assert quotes.see_link(token=link.token, at=link.expires_at) is None
    with refused("quote.not_sent"):
        quotes.create_link(quote=drafted(scene), actor=SYSTEM, at=NOW)


def test_a_look_belongs_to_the_day_of_the_business(scene: Scene) -> None:
    quote = sent(scene)
    late = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # half past eleven in Berlin
    link = quotes.create_link(quote=quote, actor=SYSTEM, at=late)
    for minutes, looks in ((0, 1), (5, 1), (60, 2), (65, 2)):
        quotes.see_link(token=link.token, at=late + timedelta(minutes=minutes))
        assert Fact.objects.filter(kind="quote_viewed", customer_id=scene.customer.id).count() == looks


def test_the_list_shows_each_state_and_what_waits_for_an_answer(scene: Scene) -> None:
    drafted(scene)
    old, new = sent(scene), sent(scene, *UNITS)
    quotes.decline_quote(quote=old, actor=BUYER, at=NOW)

    def ids(state: queries.StateFilter, today: object = TODAY) -> list[object]:
        return [row.id for row in queries.quote_page(scene.owner, today=today, state=state).rows]  # type: ignore[arg-type]

    assert len(ids("all")) == 3
    assert ids("sent") == [new.id]
    assert ids("declined") == [old.id]
    assert ids("expired", TODAY + timedelta(days=60)) == [new.id]
    assert [(each.count, each.total_minor) for each in queries.totals(scene.owner, today=TODAY)] == [(1, 142514)]
    page = queries.quote_page(scene.owner, today=TODAY, limit=1)
    rest = queries.quote_page(scene.owner, today=TODAY, cursor=page.next_cursor)
    assert len(rest.rows) == 2


def test_a_quote_of_a_deal_takes_its_customer_person_currency_and_products(scene: Scene) -> None:
    seller = Actor(scene.owner.id, "member", scene.owner.name)
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    desk = catalog.add_item(new=NewItem(name="Desk", kind="product", supply="goods"), actor=SYSTEM, at=NOW)
    deal = deals.add_deal(customer=scene.customer, new=NewDeal(name="Office", currency="EUR"), actor=seller, at=NOW)
    products = [
        DealLineEntry(name="Desk", item_id=desk.id, quantity=Decimal(3), unit_price_minor=9_999),
        DealLineEntry(name="Set-up", quantity=Decimal("1.5"), unit_price_minor=3_333, discount_percent=Decimal(10)),
    ]
    deals.set_deal_lines(deal=deal, lines=products, actor=seller, at=NOW)
    deal.refresh_from_db()

    quote = quotes.create_quote_of_deal(deal=deal, actor=seller, at=NOW)

    assert (quote.deal_id, quote.customer_id, quote.owner_id) == (deal.id, scene.customer.id, deal.owner_id)
    assert (quote.title, quote.currency, quote.price_mode) == ("Office", "EUR", "net")
    lines = QuoteLine.objects.filter(quote=quote).order_by("position")
    assert [(line.name, line.item_id, line.supply) for line in lines] == [
        ("Desk", desk.id, "goods"),
        ("Set-up", None, "services"),
    ]
    document = queries.shown(quote, TODAY).document
    assert document is not None
    assert document.totals.net_minor == deal.value_minor == 29_997 + 4_500

    deals.win_deal(deal=deal, actor=seller, at=NOW)
    deal.refresh_from_db()
    with refused("deal.not_open"):
        quotes.create_quote_of_deal(deal=deal, actor=seller, at=NOW)
