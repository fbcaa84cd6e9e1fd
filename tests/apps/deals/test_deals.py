"""Deals (S-1 … S-4): through their stages, won, lost, open again; what is planned and said; the board and lists."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conto.apps.audit.models import Fact
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import EntryRefused
from conto.apps.deals import actions as deals
from conto.apps.deals import queries
from conto.apps.deals.entry import LineEntry, NewActivity, NewDeal, StageEntry
from conto.apps.deals.models import Deal, DealFollower, LostReason, Pipeline, Stage, StageVisit
from conto.apps.deals.queries import DealFilters, board
from conto.apps.deals.queries.board import CARDS
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from tests.apps.deals.conftest import Shop
from tests.domain.refusals import refused
from tests.scene import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def kinds(deal: Deal) -> list[str]:
    return list(Fact.objects.filter(subject_id=deal.id).order_by("id").values_list("kind", flat=True))


def test_a_new_book_sells_with_four_stages_once(shop: Shop) -> None:
    deals.open_first_pipeline(language="de", actor=SYSTEM, at=NOW)
    assert [(s.name, s.probability_percent) for s in shop.stages] == [
        ("Qualified", 20), ("Meeting", 40), ("Proposal", 60), ("Negotiation", 80),
    ]  # fmt: skip
    assert Pipeline.objects.count() == 1
    assert LostReason.objects.count() == 5


def test_a_deal_stands_on_top_of_its_stage_and_in_the_timeline_of_its_customer(shop: Shop) -> None:
    first, second = shop.deal("One"), shop.deal("Two", value_minor=500)
    assert second.rank < first.rank
    assert (second.currency, second.owner_id) == ("EUR", shop.seller.id)
    fact = Fact.objects.get(kind="deal_added", subject_id=second.id)
    assert fact.customer_id == shop.scene.customer.id
    assert [(v.stage_name, v.left_at) for v in queries.visits_of(first.id)] == [("Qualified", None)]


def test_what_cannot_stand_is_named_field_by_field(shop: Shop) -> None:
    with pytest.raises(EntryRefused) as caught:
        shop.deal(" ", value_minor=-1, currency="XXQ")
    assert set(caught.value.by_field) == {"name", "value_minor", "currency"}
    with refused("deal.contact_elsewhere"):
        shop.deal(contact_id=new_id())
    with refused("stage.unknown"):
        deals.add_deal(
            customer=shop.scene.customer, new=NewDeal(name="X", stage_id=new_id()), actor=shop.actor, at=NOW
        )  # fmt: skip
    assert Deal.objects.count() == 0


def test_s1_a_move_closes_one_visit_and_opens_another(shop: Shop) -> None:
    deal = shop.deal()
    deals.move_deal(deal=deal, stage=shop.stages[1], actor=shop.actor, at=NOW + DAY)
    deals.move_deal(deal=deal, stage=shop.stages[0], actor=shop.actor, at=NOW + 3 * DAY)
    spans = [(v.stage_name, v.span(NOW + 4 * DAY)) for v in queries.visits_of(deal.id)]
    assert spans == [("Qualified", DAY), ("Meeting", 2 * DAY), ("Qualified", DAY)]
    assert kinds(deal) == ["deal_added", "deal_moved", "deal_moved"]


def test_s1_a_stage_refuses_a_deal_that_lacks_what_it_asks_for(shop: Shop) -> None:
    shop.ask(0, checklist=["Budget asked"])
    shop.ask(2, required_fields=["value", "products"])
    deal = shop.deal()
    with pytest.raises(RuleBroken) as caught:
        deals.move_deal(deal=deal, stage=shop.stages[3], actor=shop.actor, at=NOW)
    found = [finding.code for finding in caught.value.params["findings"]]
    assert found == ["deal.value_missing", "deal.products_missing", "deal.not_ticked"]
    assert kinds(deal) == ["deal_added"]
    deals.set_deal_lines(deal=deal, lines=[LineEntry(name="Day", unit_price_minor=1)], actor=shop.actor, at=NOW)
    deals.tick_checklist(deal=deal, label="Budget asked", is_done=True, actor=shop.actor, at=NOW)
    deals.move_deal(deal=deal, stage=shop.stages[3], actor=shop.actor, at=NOW)
    assert Deal.objects.get(id=deal.id).stage_id == shop.stages[3].id


def test_a_deal_that_somebody_moved_meanwhile_is_not_moved_blindly(shop: Shop) -> None:
    deal = shop.deal()
    deals.move_deal(deal=deal, stage=shop.stages[1], actor=shop.actor, at=NOW)
    with refused("deal.moved_meanwhile", stage="Meeting"):
        deals.move_deal(
            deal=deal, stage=shop.stages[2], from_stage_id=shop.stages[0].id, actor=shop.actor, at=NOW
        )  # fmt: skip
    with refused("deal.changed_meanwhile"):
        deals.change_deal(deal=deal, changes={"name": "X"}, version=1, actor=shop.actor, at=NOW)


def test_cards_keep_the_order_in_which_they_were_laid_however_often(shop: Shop) -> None:
    cards = [shop.deal(str(n)) for n in range(4)]
    wanted = [card.id for card in reversed(cards)]
    for _ in range(45):  # more often than the room between two cards can be halved
        mover, above = wanted[-1], wanted[0]
        deal = Deal.objects.get(id=mover)
        deals.move_deal(deal=deal, stage=shop.stages[0], below_id=above, actor=shop.actor, at=NOW)
        wanted = [wanted[0], mover, *[each for each in wanted[1:] if each != mover]]
        assert list(Deal.objects.order_by("rank").values_list("id", flat=True)) == wanted
    assert {kind for card in cards for kind in kinds(card)} == {"deal_added"}


def test_a_won_deal_is_left_alone_until_it_is_open_again(shop: Shop) -> None:
    deal = shop.deal(value_minor=900)
    deals.win_deal(deal=deal, actor=shop.actor, at=NOW)
    assert not StageVisit.objects.filter(deal=deal, left_at=None).exists()
    for again in (
        lambda: deals.win_deal(deal=deal, actor=shop.actor, at=NOW),
        lambda: deals.move_deal(deal=deal, stage=shop.stages[1], actor=shop.actor, at=NOW),
        lambda: deals.change_deal(deal=deal, changes={"value_minor": 1}, actor=shop.actor, at=NOW),
        lambda: deals.set_deal_lines(deal=deal, lines=[], actor=shop.actor, at=NOW),
    ):
        with refused("deal.not_open"):
            again()
    deals.change_deal(deal=deal, changes={"name": "Website, done"}, actor=shop.actor, at=NOW)
    deals.reopen_deal(deal=deal, actor=shop.actor, at=NOW + DAY)
    assert (deal.state, deal.won_at) == ("open", None)
    assert len(queries.visits_of(deal.id)) == 2


def test_a_deal_is_lost_for_a_reason(shop: Shop) -> None:
    deal, reason = shop.deal(), LostReason.objects.order_by("position")[0]
    with refused("lost_reason.unknown"):
        deals.lose_deal(deal=deal, reason_id=new_id(), actor=shop.actor, at=NOW)
    deals.lose_deal(deal=deal, reason_id=reason.id, note="Too dear", actor=shop.actor, at=NOW)
    row = Deal.objects.get(id=deal.id)
    assert (row.state, row.lost_reason, row.lost_note) == ("lost", reason, "Too dear")
    deals.reopen_deal(deal=deal, actor=shop.actor, at=NOW)
    assert Deal.objects.get(id=deal.id).lost_reason is None


def test_s4_products_make_the_value(shop: Shop) -> None:
    deal = shop.deal(value_minor=5)
    lines = [
        LineEntry(name="Day", quantity=Decimal("1.5"), unit_price_minor=3333, discount_percent=Decimal(10)),
        LineEntry(name="Trip", quantity=Decimal(3), unit_price_minor=9999),
    ]
    deals.set_deal_lines(deal=deal, lines=lines, actor=shop.actor, at=NOW)
    assert Deal.objects.get(id=deal.id).value_minor == 4500 + 29997
    assert [row.amount_minor for row in queries.lines_of(deal.id)] == [4500, 29997]
    with refused("deal.value_of_lines"):
        deals.change_deal(deal=deal, changes={"value_minor": 1}, actor=shop.actor, at=NOW)
    with pytest.raises(EntryRefused) as caught:
        deals.set_deal_lines(deal=deal, lines=[LineEntry(name="", quantity=Decimal(0))], actor=shop.actor, at=NOW)
    assert set(caught.value.by_field) == {"lines.0.name", "lines.0.quantity"}
    assert len(queries.lines_of(deal.id)) == 2


def test_s3_the_next_step_is_the_earliest_that_is_not_done(shop: Shop) -> None:
    deal = shop.deal()

    def plan(title: str, days: int) -> Any:
        new = NewActivity(title=title, kind="call", due_at=NOW + days * DAY)
        return deals.add_activity(customer=shop.scene.customer, new=new, deal=deal, actor=shop.actor, at=NOW)

    def next_step() -> Any:
        return Deal.objects.get(id=deal.id).next_step_at

    later, sooner = plan("Later", 5), plan("Sooner", 2)
    assert next_step() == NOW + 2 * DAY
    deals.finish_activity(activity=sooner, outcome="Will think", actor=shop.actor, at=NOW + DAY)
    assert next_step() == NOW + 5 * DAY
    assert Deal.objects.get(id=deal.id).last_activity_at == NOW + DAY
    deals.change_activity(activity=later, changes={"due_at": NOW + 9 * DAY}, actor=shop.actor, at=NOW)
    assert next_step() == NOW + 9 * DAY
    with refused("activity.already_done"):
        deals.finish_activity(activity=sooner, actor=shop.actor, at=NOW)
    deals.reopen_activity(activity=sooner, actor=shop.actor, at=NOW)
    assert next_step() == NOW + 2 * DAY
    facts = Fact.objects.filter(subject_id=sooner.id).values_list("kind", "customer_id")
    assert {customer for _kind, customer in facts} == {shop.scene.customer.id}


def test_s3_deals_that_slip_are_found(shop: Shop) -> None:
    quiet, busy = shop.deal("Quiet"), shop.deal("Busy")
    later = NOW + 20 * DAY
    new = NewActivity(title="Call", due_at=later)
    done = deals.add_activity(customer=shop.scene.customer, new=new, deal=busy, actor=shop.actor, at=NOW)
    deals.add_activity(customer=shop.scene.customer, new=new, deal=quiet, actor=shop.actor, at=NOW)
    deals.finish_activity(activity=done, actor=shop.actor, at=later)

    def listed(slips: str) -> list[str]:
        page = queries.deal_page(shop.seller, DealFilters(slips=slips), later + DAY)
        return [deal.name for deal in page.rows]

    assert (listed("silent"), listed("no_step"), listed("overdue")) == (["Quiet"], ["Busy"], ["Quiet"])
    found = queries.slipping_deals(shop.seller, later + DAY)
    assert {(each.deal.name, each.is_silent) for each in found} == {("Quiet", True), ("Busy", False)}


def test_a_deal_is_handed_over_with_what_is_to_be_done(shop: Shop) -> None:
    deal = shop.deal()
    new = NewActivity(title="Call", due_at=NOW)
    task = deals.add_activity(customer=shop.scene.customer, new=new, deal=deal, actor=shop.actor, at=NOW)
    deals.hand_over_deal(deal=deal, owner_id=shop.scene.owner.id, note="Knows them", actor=shop.actor, at=NOW)
    task.refresh_from_db()
    assert (Deal.objects.get(id=deal.id).owner_id, task.owner_id) == (shop.scene.owner.id,) * 2
    assert DealFollower.objects.get(deal=deal).member_id == shop.seller.id
    deals.unfollow_deal(deal=deal, member_id=shop.seller.id, actor=shop.actor, at=NOW)
    assert kinds(deal)[-2:] == ["deal_handed_over", "deal_unfollowed"]
    with refused("member.not_active"):
        deals.hand_over_deal(deal=deal, owner_id=new_id(), actor=shop.actor, at=NOW)


def test_who_is_named_in_a_comment_follows_the_deal(shop: Shop) -> None:
    deal = shop.deal()
    comment = deals.add_comment(deal=deal, text="@ada lovelace, please look.", actor=shop.actor, at=NOW + DAY)
    assert comment.mentions == [shop.scene.owner.id]
    assert [each.member_id for each in queries.followers_of(deal.id)] == [shop.scene.owner.id]
    assert Deal.objects.get(id=deal.id).last_activity_at == NOW + DAY
    with refused("comment.empty"):
        deals.add_comment(deal=deal, text=" ", actor=shop.actor, at=NOW)


def test_s2_the_board_shows_count_value_and_weighted_value_by_currency(shop: Shop) -> None:
    for currency, value in (("EUR", 3), ("EUR", 1000), ("USD", 500)):
        shop.deal(currency=currency, value_minor=value, stage=1)
    deals.win_deal(deal=shop.deal(stage=1), actor=shop.actor, at=NOW)
    columns = queries.board_of(shop.seller, shop.stages, DealFilters(pipeline_id=shop.pipeline.id), NOW)
    assert [column.count for column in columns] == [0, 3, 0, 0]
    sums = [(s.currency, s.count, s.value_minor, s.weighted_minor) for s in columns[1].sums]
    assert sums == [("EUR", 2, 1003, 401), ("USD", 1, 500, 200)]


def test_the_board_asks_two_questions_and_goes_on_where_it_ended(shop: Shop) -> None:
    for n in range(CARDS + 3):
        shop.deal(f"Deal {n}")
    with CaptureQueriesContext(connection) as asked:
        columns = queries.board_of(shop.seller, shop.stages, DealFilters(pipeline_id=shop.pipeline.id), NOW)
    assert len(asked.captured_queries) == 2
    first = columns[0]
    rest = queries.more_cards(shop.seller, first.stage, DealFilters(), first.after, NOW)
    assert (len(first.cards), len(rest.cards), rest.after) == (CARDS, 3, "")
    assert not {card.id for card in first.cards} & {card.id for card in rest.cards}
    assert queries.more_cards(shop.seller, first.stage, DealFilters(), "nonsense_", NOW).cards == ()


@pytest.mark.parametrize("text", ["deal 1", "roof", "a", "nothing", "100%"])
def test_a_text_finds_the_same_totals_and_cards_as_the_columns_one_by_one(shop: Shop, text: str) -> None:
    for n in range(CARDS + 8):
        shop.deal(f"Deal {n}", stage=n % 3 // 2, currency="USD" if n % 5 else "EUR", value_minor=n * 37)
    shop.deal("Roof", stage=2)
    deals.win_deal(deal=shop.deal("Roof 1"), actor=shop.actor, at=NOW)
    filters = DealFilters(pipeline_id=shop.pipeline.id, text=text)
    columns = queries.board_of(shop.seller, shop.stages, filters, NOW)
    totals = board.board_totals(shop.seller, filters, NOW)
    assert {column.stage.id: column.sums for column in columns if column.sums} == totals
    for column in columns:
        alone = queries.more_cards(shop.seller, column.stage, filters, f"{-(1 << 60)}_{UUID(int=0)}", NOW)
        assert (column.cards, column.after) == (alone.cards, alone.after)
    assert queries.board_of(None, shop.stages, filters, NOW)[0].cards == ()


@pytest.mark.parametrize("order", queries.ORDERS)
def test_lists_go_on_by_key_in_every_order(shop: Shop, order: Any) -> None:
    for n in range(7):
        deal = shop.deal(f"Deal {n % 3}", value_minor=n % 2, expected_close_on=NOW.date() if n % 2 else None)
        if n % 3:
            new = NewActivity(title="Call", due_at=NOW + n % 2 * DAY)
            deals.add_activity(customer=shop.scene.customer, new=new, deal=deal, actor=shop.actor, at=NOW)
    seen, after = [], None
    while True:
        page = queries.deal_page(shop.seller, DealFilters(order=order), NOW, after, size=2)
        seen += [row.id for row in page.rows]
        after = page.after
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 7


def test_a_pipeline_changes_without_losing_what_went_through_it(shop: Shop) -> None:
    deal = shop.deal(stage=3)
    entries = [StageEntry(id=s.id, name=s.name, probability_percent=s.probability_percent) for s in shop.stages]
    with refused("stage.has_deals", count=1, stage="Negotiation"):
        deals.change_pipeline(pipeline=shop.pipeline, name="Sales", stages=entries[:3], actor=shop.actor, at=NOW)
    deals.win_deal(deal=deal, actor=shop.actor, at=NOW)
    swapped = [
        StageEntry(id=shop.stages[1].id, name="Qualified", probability_percent=10, silent_after_days=3),
        StageEntry(id=shop.stages[0].id, name="Meeting", probability_percent=30, required_fields=("value",)),
        StageEntry(name="Trial", probability_percent=50, checklist=("Tried", "Tried", " ")),
    ]
    deals.change_pipeline(pipeline=shop.pipeline, name="Selling", stages=swapped, actor=shop.actor, at=NOW)
    found = queries.stages_of(shop.pipeline.id)
    assert [(s.name, s.position, s.checklist) for s in found] == [
        ("Qualified", 1, []), ("Meeting", 2, []), ("Trial", 3, ["Tried"]),
    ]  # fmt: skip
    assert Stage.objects.get(id=shop.stages[3].id).is_archived
    deals.reopen_deal(deal=deal, actor=shop.actor, at=NOW)
    assert deal.stage_id == found[0].id
    assert deals.change_pipeline(
        pipeline=shop.pipeline, name="Selling", actor=shop.actor, at=NOW,
        stages=[StageEntry(id=s.id, **{f: getattr(s, f) for f in (
            "name", "probability_percent", "silent_after_days", "required_fields", "checklist")}) for s in found],
    ) is None  # fmt: skip
    with pytest.raises(EntryRefused):
        deals.add_pipeline(
            name="Y", stages=[StageEntry(name="A", probability_percent=101)], actor=shop.actor, at=NOW
        )  # fmt: skip


def test_a_pipeline_is_archived_when_nothing_stands_in_it_and_another_is_there(shop: Shop) -> None:
    with refused("pipeline.last_one"):
        deals.archive_pipeline(pipeline=shop.pipeline, actor=shop.actor, at=NOW)
    stages = [StageEntry(name="A", probability_percent=5)]
    with refused("pipeline.name_taken"):
        deals.add_pipeline(name="Sales", stages=stages, actor=shop.actor, at=NOW)
    other = deals.add_pipeline(name="Partners", stages=stages, actor=shop.actor, at=NOW)
    deal = shop.deal()
    with refused("pipeline.has_deals"):
        deals.archive_pipeline(pipeline=shop.pipeline, actor=shop.actor, at=NOW)
    deals.move_deal(deal=deal, stage=queries.stages_of(other.id)[0], actor=shop.actor, at=NOW)
    assert Deal.objects.get(id=deal.id).pipeline_id == other.id
    deals.archive_pipeline(pipeline=shop.pipeline, actor=shop.actor, at=NOW)
    deals.restore_pipeline(pipeline=shop.pipeline, actor=shop.actor, at=NOW)


def test_lost_reasons_are_archived_not_lost(shop: Shop) -> None:
    assert deals.set_lost_reasons(names=["Price", "Too late", " "], actor=shop.actor, at=NOW)
    assert [reason.name for reason in queries.lost_reasons()] == ["Price", "Too late"]
    assert deals.set_lost_reasons(names=["Price", "Too late"], actor=shop.actor, at=NOW) is None
    assert LostReason.objects.count() == 6
    with refused("lost_reason.none"):
        deals.set_lost_reasons(names=[], actor=shop.actor, at=NOW)


def test_an_activity_is_of_the_deals_own_customer(shop: Shop) -> None:
    with refused("activity.deal_elsewhere"):
        deals.add_activity(
            customer=shop.scene.person, new=NewActivity(title="X"), deal=shop.deal(), actor=shop.actor, at=NOW
        )  # fmt: skip
    person = crm.add_contact(customer=shop.scene.person, given={"name": "Eva"}, actor=SYSTEM, at=NOW)
    with refused("deal.contact_elsewhere"):
        deals.change_deal(deal=shop.deal(), changes={"contact_id": person.id}, actor=shop.actor, at=NOW)


def test_nobody_is_shown_a_deal_that_their_role_does_not_see(shop: Shop) -> None:
    deal = shop.deal()
    shop.seller.is_active = False
    assert queries.deal_for(shop.seller, deal.id) is None
    assert queries.deal_for(None, deal.id) is None
    assert queries.slipping_deals(None, NOW) == []


def test_s3_a_clock_that_goes_back_does_not_turn_the_history_around(shop: Shop) -> None:
    deal = shop.deal()
    deals.move_deal(deal=deal, stage=shop.stages[1], actor=shop.actor, at=NOW + DAY)
    deals.move_deal(deal=deal, stage=shop.stages[2], actor=shop.actor, at=NOW)
    deals.win_deal(deal=deal, actor=shop.actor, at=NOW)
    deals.reopen_deal(deal=deal, actor=shop.actor, at=NOW - DAY)
    stays = [(visit.stage_name, visit.entered_at, visit.left_at) for visit in queries.visits_of(deal.id)]
    late = NOW + DAY
    assert stays[0] == ("Qualified", NOW, late)
    assert sorted(stays[1:], key=str) == sorted(
        [("Meeting", late, late), ("Proposal", late, late), ("Proposal", late, None)], key=str
    )
