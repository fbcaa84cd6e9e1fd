"""Scores of leads learnt from the book (L-7): won and lost, paid and unpaid, discarded."""

from datetime import timedelta

import pytest

from conto.apps.accounts.models import Business
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewDeal
from conto.apps.deals.models import LostReason
from conto.apps.leads import actions as leads
from conto.apps.leads.entry import NewLead
from conto.domain.facts import SYSTEM, Actor
from conto.flows import receive_lead, score_leads
from tests.scene import NOW, Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor(scene: Scene) -> Actor:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    return Actor(scene.owner.id, "member", scene.owner.name)


def sell(actor: Actor, n: int, source: str, *, wins: bool) -> None:
    customer = crm.add_customer(new=NewCustomer(name=f"C {source} {n}", currency="EUR"), actor=SYSTEM, at=NOW)
    deal = deals.add_deal(customer=customer, new=NewDeal(name="X", source=source), actor=actor, at=NOW)
    if wins:
        deals.win_deal(deal=deal, actor=actor, at=NOW)
    else:
        reason = LostReason.objects.order_by("position")[0]
        deals.lose_deal(deal=deal, reason_id=reason.id, note="", actor=actor, at=NOW)


def test_l7_a_book_learns_from_its_deals_and_leads_and_says_the_counts(actor: Actor) -> None:
    early = receive_lead.receive(new=NewLead(name="A", source="fair"), actor=actor, at=NOW)
    assert early.reasons[0]["code"] == "too_little"
    for n in range(8):
        sell(actor, n, "fair", wins=n < 7)
        sell(actor, n, "web", wins=n < 1)
    for n in range(6):
        lost = leads.add_lead(new=NewLead(name=f"L {n}", company="L", source="web"), actor=actor, at=NOW)
        leads.discard_lead(lead=lost, reason="No", actor=actor, at=NOW)
    fair = receive_lead.receive(new=NewLead(name="B", company="B", source="Fair"), actor=actor, at=NOW)
    web = receive_lead.receive(new=NewLead(name="C", company="C", source="web"), actor=actor, at=NOW)
    assert fair.score is not None
    assert web.score is not None
    assert fair.score > 50
    assert web.score < 30
    source = next(each for each in fair.reasons if each["code"] == "source")
    assert (source["value"], source["good"], source["all"]) == ("fair", 7, 8)
    assert score_leads.score_leads(at=NOW) >= 1  # the early one knows more now
    early.refresh_from_db()
    assert early.reasons[0] == {"code": "base", "value": "", "points": early.reasons[0]["points"], "good": 8, "all": 22}
    learnt, tested = score_leads.how_good(at=NOW)
    assert (learnt.good, learnt.bad) == (8, 14)
    assert tested
    assert tested.high_good > tested.high / 2


def test_l7_who_buys_and_does_not_pay_is_no_good_customer(actor: Actor, scene: Scene) -> None:
    deal = deals.add_deal(customer=scene.customer, new=NewDeal(name="X"), actor=actor, at=NOW)
    deals.win_deal(deal=deal, actor=actor, at=NOW)
    assert [past.is_good for past in score_leads.history(NOW)] == [True]
    scene.issued(terms_days=0)
    later = NOW + timedelta(days=20)
    assert [past.is_good for past in score_leads.history(later)] == [True]
    assert [past.is_good for past in score_leads.history(NOW + timedelta(days=40))] == [False]
