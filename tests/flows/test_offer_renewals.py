"""What ends soon: a deal with a proposal, a task and a mail, once for each end (G-7)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from conto.apps.catalog import actions as catalog
from conto.apps.catalog.entry import NewItem
from conto.apps.contracts import actions as contracts
from conto.apps.contracts.actions import LineEntry as AgreedPrice
from conto.apps.contracts.actions import NewContract
from conto.apps.contracts.models import Contract
from conto.apps.crm import actions as crm
from conto.apps.deals import actions as deals
from conto.apps.deals.models import Activity, Deal, DealLine
from conto.apps.messaging.models import Mail
from conto.apps.plans import actions as plans
from conto.apps.plans import queries as plan_queries
from conto.apps.plans.actions import ItemEntry, NewPlan
from conto.apps.quotes import actions as quotes
from conto.apps.subscriptions.entries import ChangeEntry
from conto.apps.subscriptions.models import Subscription
from conto.apps.usage import actions as usage
from conto.apps.usage.entries import UsageEntry
from conto.domain.entitlement import Feature
from conto.domain.facts import SYSTEM
from conto.domain.plan import PlanTerms
from conto.flows import change_subscription
from conto.flows.offer_renewals import offer_renewals
from tests.agreements import metered, subscribed
from tests.scene import NOW, Scene, set_scene

WHO: dict[str, Any] = {"actor": SYSTEM, "at": NOW}
DAY = timedelta(days=1)


@pytest.fixture
def scene(db: None) -> Scene:
    deals.open_first_pipeline(language="en", **WHO)
    return set_scene()


def reminded(scene: Scene, **said: Any) -> None:
    known = {"legal_entity": scene.seller, "valid_days": 30, "discount_limit_percent": None, "terms": ""}
    quotes.save_rules(**{**known, "renewal_mails": True, **said, **WHO})


def agreed(scene: Scene, *, item: Any = None, **terms: Any) -> Contract:
    known = {"title": "Care", "starts_on": date(2026, 1, 1), "owner_id": scene.owner.id, "is_agreed": True, **terms}
    prices = [AgreedPrice("Care of the website", Decimal(90), unit_code="HUR", item_id=item and item.id)]
    return contracts.create_contract(customer=scene.customer, new=NewContract(**known), lines=prices, **WHO)


def test_g7_a_contract_that_ends_has_one_deal_one_task_and_one_mail_at_todays_prices(scene: Scene) -> None:
    reminded(scene)
    item = catalog.add_item(new=NewItem(name="Care", code="CARE"), **WHO)
    catalog.set_price(item=item, currency="EUR", amount=Decimal("95.50"), valid_from=date(2026, 11, 1), **WHO)
    row = agreed(scene, item=item, ends_on=date(2027, 1, 21))
    assert offer_renewals(at=NOW) == 1  # 60 days ahead
    deal = Deal.objects.get()
    assert (deal.customer_id, deal.owner_id, deal.source, deal.expected_close_on) == (
        scene.customer.id, scene.owner.id, "renewal", date(2027, 1, 21),
    )  # fmt: skip
    assert (deal.name, deal.value_minor, deal.currency) == ("Renewal: Care", 9_550, "EUR")
    task = Activity.objects.get()
    assert (task.deal_id, task.owner_id, task.due_at, task.done_at) == (deal.id, scene.owner.id, NOW, None)
    assert row.number in task.title
    assert "January 21, 2027" in task.title
    mail = Mail.objects.get(purpose="renewal")
    assert (mail.customer_id, mail.language, mail.subject_id) == (scene.customer.id, "de", row.family_id)
    assert mail.subject == "„Care“ endet am 21. Januar 2027"
    assert "Nordlicht Studio" in mail.text
    for later in (NOW, NOW + DAY, NOW + 30 * DAY):
        assert offer_renewals(at=later) == 0
    assert (Deal.objects.count(), Activity.objects.count(), Mail.objects.filter(purpose="renewal").count()) == (1, 1, 1)


@pytest.mark.parametrize(("terms", "is_offered"), [
    ({"ends_on": date(2027, 1, 22)}, False),  # a day too far
    ({"ends_on": date(2026, 11, 22)}, True),  # its last day
    ({"ends_on": date(2026, 11, 21)}, False),  # over
    ({}, False),  # goes on
    ({"renewal": "auto", "first_months": 12, "renewal_months": 12, "notice_days": 30}, False),  # by itself
    ({"renewal": "auto", "first_months": 12, "renewal_months": 12, "ends_on": date(2026, 12, 31)}, True),
    ({"renewal": "ask", "first_months": 12, "renewal_months": 12}, True),  # to 31 December
    ({"ends_on": date(2026, 12, 31), "is_agreed": False}, False),  # a draft
])  # fmt: skip
def test_g7_only_what_is_agreed_and_ends_within_the_days_is_offered(
    scene: Scene, terms: dict[str, Any], *, is_offered: bool
) -> None:
    agreed(scene, **terms)
    assert offer_renewals(at=NOW) == is_offered
    assert not Mail.objects.filter(purpose="renewal").exists(), "mails are off unless somebody turns them on"


def test_g7_each_term_is_offered_anew_and_none_when_it_is_off_or_the_customer_is_archived(scene: Scene) -> None:
    row = agreed(scene, renewal="ask", first_months=12, renewal_months=12)
    reminded(scene, renewal_days=0)
    assert offer_renewals(at=NOW) == 0
    reminded(scene, renewal_days=90, renewal_mails=False)
    assert offer_renewals(at=NOW) == 1
    contracts.renew_contract(contract=row, actor=SYSTEM, at=NOW)
    assert offer_renewals(at=NOW + 300 * DAY) == 0
    assert offer_renewals(at=NOW + 365 * DAY) == 1
    contracts.renew_contract(contract=Contract.objects.get(is_current=True), actor=SYSTEM, at=NOW)
    assert sorted(Deal.objects.values_list("expected_close_on", flat=True)) == [date(2026, 12, 31), date(2027, 12, 31)]
    crm.archive_customer(customer=scene.customer, reason="", **WHO)
    assert offer_renewals(at=NOW + 730 * DAY) == 0


@pytest.mark.parametrize(("delivery", "has_mail"), [("email_pdf", True), ("portal", True), ("post", False)])
def test_g7_who_gets_paper_gets_no_mail(scene: Scene, delivery: str, *, has_mail: bool) -> None:
    reminded(scene)
    crm.change_customer(customer=scene.customer, changes={"delivery_method": delivery, "language": "fr"}, **WHO)
    agreed(scene, ends_on=date(2026, 12, 31), owner_id=None)
    assert offer_renewals(at=NOW) == 1
    subjects = list(Mail.objects.filter(purpose="renewal").values_list("subject", flat=True))
    assert subjects == (["« Care » prend fin le 31 décembre 2026"] if has_mail else [])
    assert Deal.objects.get().owner_id == scene.owner.id, "of nobody: an owner of the book works on it"


def test_g7_a_subscription_is_offered_as_it_runs_at_what_its_plan_costs_today(scene: Scene) -> None:
    row = subscribed(scene.customer, ends_on=date(2027, 1, 20), starts_on=date(2026, 1, 20))
    cancelled = subscribed(scene.customer, 8, ends_on=date(2027, 1, 20), starts_on=date(2026, 11, 20))
    change_subscription.change_at_once(
        row=cancelled, entry=ChangeEntry(kind="cancel", when="period_end"), reason="No use", **WHO
    )
    plan = row.plan_version.plan if row.plan_version else None
    assert plan is not None
    plans.change_plan(plan=plan, changes={}, items=[
        ItemEntry(name="Base fee", price={"kind": "flat", "amount": "39"}),
        ItemEntry(name="Seats", price={"kind": "per_unit", "amount": "12"}, quantity=Decimal(1)),
    ], reason="Dearer", **WHO)  # fmt: skip
    assert offer_renewals(at=NOW) == 1
    line = DealLine.objects.get()
    assert (line.quantity, line.unit, line.unit_price_minor) == (12, "MON", 3_900 + 3 * 1_200)
    assert Deal.objects.get().value_minor == 12 * 7_500
    assert Subscription.objects.get(id=row.id).next_bill_on, "an offer changes nothing that runs"


def test_g7_who_has_nearly_used_up_a_limit_is_offered_the_next_plan(scene: Scene) -> None:
    calls = (Feature("calls", "Calls", Decimal(10), item="calls"),)
    row = metered(scene.customer, terms=PlanTerms(features=calls), ends_on=date(2027, 1, 20), owner_id=scene.owner.id)
    for code, name, limit in (("XL", "Extra large", 900), ("L", "Large", 50), ("S", "Small", 5)):
        terms = PlanTerms(features=(Feature("calls", "Calls", Decimal(limit), item="calls"),))
        items = [ItemEntry(name="Calls", price={"kind": "per_unit", "amount": "1"}, measure={"metric": "calls"})]
        plans.add_plan(new=NewPlan(code=code, name=name, currency="EUR", terms=terms), items=items, **WHO)
    assert len(plan_queries.versions_on_offer("EUR")) == 4
    used = UsageEntry(row.id, "call-1", "calls", NOW - DAY, Decimal(8), {})
    usage.record_events(entries=[used], **WHO)
    assert offer_renewals(at=NOW) == 1
    assert "They use 8 of 10: Calls. Offer the plan “Large”." in Activity.objects.get().text
