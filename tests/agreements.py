"""Contracts, plans, targets and consent for tests, made by the real actions."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from conto.apps.accounts.models import Member, Team
from conto.apps.contracts import actions as contracts
from conto.apps.contracts.actions import LineEntry as AgreedPrice
from conto.apps.contracts.actions import NewContract
from conto.apps.crm import actions as crm
from conto.apps.crm.models import Contact, Customer
from conto.apps.deals.models import Deal
from conto.apps.plans import actions as plans
from conto.apps.plans import queries as plan_queries
from conto.apps.plans.actions import ItemEntry, NewCoupon, NewPlan
from conto.apps.quotas import actions as quotas
from conto.apps.subscriptions import actions as subscriptions
from conto.apps.subscriptions.entries import ChangeEntry, NewSubscription
from conto.apps.subscriptions.models import Subscription
from conto.apps.usage import actions as usage
from conto.apps.usage.entries import UsageEntry
from conto.domain.consent import ConsentEntry, Purpose, Way
from conto.domain.entitlement import Effect, Feature
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.plan import PlanTerms
from conto.flows import billing_run, change_subscription, dry_run, prepaid_credit

# What is asked of their pages besides the bare address.
ASKED_OF_AGREEMENTS = {
    "invoice_rhythm": ["?state=all", "?state=late&q=zzzz", "?sort=customer"],
    "contracts": ["?state=running", "?state=renewing", "?state=over", "?state=draft", "?q=zzzz"],
    "contract": ["?version=1"],
    "contract_new": ["?customer={customer_id}", "?deal={deal_id}"],
    "targets": ["?when=past"],
    "plans": ["?view=archived", "?view=coupons", "?q=zzzz"],
    "plan": ["?version=1"],
    "subscriptions": [
        "?state=running",
        "?state=scheduled",
        "?state=ended",
        "?state=set_aside",
        "?q=zzzz",
        "?customer={customer_id}",
        "?plan={plan_id}",
    ],
    "recurring": ["?currency=EUR"],
    "recurring_movements": ["?month=2026-11", "?month=2026-11&kind=new", "?month=coming", "?month=2020-01"],
    "subscription_new": ["?customer={customer_id}", "?customer={customer_id}&plan={plan_id}"],
    "subscription_change": [
        f"?kind={kind}"
        for kind in (
            "price",
            "add",
            "add&plan_item=seats",
            "add&item={item_id}",
            "remove",
            "interval",
            "pause",
            "resume",
            "cancel",
            "renew",
        )
    ],
}
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def agree(customer: Customer, deal: Deal) -> UUID:
    """Agree a contract, in its second version; another one is still a draft."""
    prices = [AgreedPrice("Care of the website", Decimal(90), unit_code="HUR")]
    new = NewContract(
        title="Care", starts_on=date(2026, 1, 31), renewal="auto", first_months=12, renewal_months=12,
        notice_days=60, clauses="Answers within a day.", is_agreed=True,
    )  # fmt: skip
    made = contracts.create_contract(customer=customer, new=new, lines=prices, deal=deal, actor=SYSTEM, at=NOW)
    contracts.change_contract(contract=made, changes={"notice_days": 30}, reason="As they asked", actor=SYSTEM, at=NOW)
    later = NewContract(title="Hosting", starts_on=date(2027, 1, 1))
    contracts.create_contract(customer=customer, new=later, lines=prices, actor=SYSTEM, at=NOW)
    return made.family_id


def subscribed(customer: Customer, n: int = 9, **more: Any) -> Subscription:
    """Let a customer take a plan: a base fee of 29.00 and three seats of 10.00, each month."""
    items = [
        ItemEntry(name="Base fee", price={"kind": "flat", "amount": "29"}),
        ItemEntry(name="Seats", price={"kind": "per_unit", "amount": "10"}, quantity=Decimal(3)),
    ]
    terms = PlanTerms(features=(Feature("exports", "Exports", Decimal(10)), Feature("sso", "Single sign-on")))
    plan = plans.add_plan(
        new=NewPlan(code=f"BASIC{n}", name=f"Basic {n}", currency="EUR", terms=terms), items=items, actor=SYSTEM,
        at=NOW,
    )  # fmt: skip
    version = plan_queries.version_for(plan)
    assert version is not None
    new = NewSubscription(plan_version=version, **{"starts_on": NOW.date(), **more})
    return subscriptions.subscribe(customer=customer, new=new, actor=SYSTEM, at=NOW)


def billed(customer: Customer, n: int) -> dict[str, UUID]:
    """Let a customer subscribe, be billed on a draft, and change; another subscription is set aside."""
    row = subscribed(customer, 10 * n, is_reviewed=True)
    dry, _is_new = dry_run.begin(actor=SYSTEM, at=NOW)
    dry_run.work(run_id=dry.id, clock=lambda: NOW)
    run = billing_run.run(actor=SYSTEM, at=NOW)
    row.refresh_from_db()
    later = ChangeEntry(kind="quantity", item="seats", quantity=Decimal(2), when="period_end")
    change_subscription.change_at_once(row=row, entry=later, actor=SYSTEM, at=NOW, reason="Fewer people")
    used = UsageEntry(row.id, f"call-{n}", "calls", NOW, Decimal(5), {"region": "eu"})
    usage.record_events(entries=[used, replace(used, key="taken back")], actor=SYSTEM, at=NOW)
    usage.record_events(entries=[replace(used, key="taken back", value=None, revision=1)], actor=SYSTEM, at=NOW)
    subscriptions.override_feature(
        row=row, feature=Feature("exports", "Exports", Decimal(20)), effect=Effect.GRANT, reason="As agreed",
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    aside = subscribed(customer, 10 * n + 1, starts_on=date(2027, 1, 1))
    refusal = RuleBroken("subscription.not_on_paper", "What this would credit is not issued yet. "
                         "Issue the draft first, then try again.")  # fmt: skip
    subscriptions.set_aside(row=aside, refusal=refusal, actor=SYSTEM, at=NOW, run_id=run.id)
    credit = prepaid_credit.grant(
        row=row, amount_minor=5000, reason="Prepaid for the year", is_sold=True, actor=SYSTEM, at=NOW
    )  # fmt: skip
    return {"subscription_id": row.id, "run_id": run.id, "dry_run_id": dry.id, "credit_id": credit.id}


def metered(
    customer: Customer, n: int = 0, *items: ItemEntry, terms: PlanTerms | None = None, **more: Any
) -> Subscription:
    """Let a customer take a plan by use: calls at 0.10 each beside a base fee of 29.00, or other items, each month."""
    items = items or (
        ItemEntry(name="Base fee", price={"kind": "flat", "amount": "29"}),
        ItemEntry(name="Calls", price={"kind": "per_unit", "amount": "0.10"}, measure={"metric": "calls"}),
    )
    plan = plans.add_plan(
        new=NewPlan(code=f"METER{n}", name=f"Meter {n}", currency="EUR", terms=terms or PlanTerms()), items=items,
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    version = plan_queries.version_for(plan)
    assert version is not None
    new = NewSubscription(plan_version=version, **{"starts_on": NOW.date(), **more})
    return subscriptions.subscribe(customer=customer, new=new, actor=SYSTEM, at=NOW)


def offered(n: int) -> dict[str, UUID]:
    """Offer a plan with a price of every shape, in its second version, and a coupon."""
    tiers = [{"up_to": "10", "unit_price": "5"}, {"up_to": None, "unit_price": "4", "flat_fee": "1"}]
    calls = {"kind": "package", "amount": "3", "package_size": "1000", "free_units": "100"}
    items = [
        ItemEntry(name="Base fee", price={"kind": "flat", "amount": "29"}),
        ItemEntry(name="Seats", price={"kind": "graduated", "tiers": tiers}, quantity=Decimal(3)),
        ItemEntry(name="Calls", price=calls, measure={"metric": "calls"}),
        ItemEntry(name="Set-up", price={"kind": "per_unit", "amount": "100"}, is_once=True),
    ]
    new = NewPlan(code=f"PRO{n}", name=f"Pro {n}", currency="EUR", description="For teams.")
    made = plans.add_plan(new=new, items=items, actor=SYSTEM, at=NOW)
    plans.change_plan(plan=made, changes={}, terms=PlanTerms(trial_days=14), reason="Trial", actor=SYSTEM, at=NOW)
    spring = NewCoupon(code=f"SPRING{n}", name="Spring", percent=Decimal(10), periods=3)
    coupon = plans.add_coupon(new=spring, actor=SYSTEM, at=NOW)
    return {"plan_id": made.id, "coupon_id": coupon.id}


def agree_to_news(person: Contact) -> None:
    """Note that a person agreed to be written to."""
    agreed = ConsentEntry(purpose=Purpose.NEWS, is_given=True, way=Way.BY_HAND, wording="You may write to me.")
    crm.note_consent(contact=person, entry=agreed, actor=SYSTEM, at=NOW)


def year_that_runs() -> str:
    """Return the year by the real clock, which pages go by: its targets are those shown first."""
    return str(timezone.now().year)


def aim(seller: Member, team: Team | None = None) -> UUID:
    """Set targets for a seller, a team and for everybody; return the seller's."""
    known = {"period": year_that_runs(), "measure": "invoiced", "currency": "EUR", "amount_minor": 100_000, "at": NOW}
    quotas.set_target(**{**known, "measure": "won"}, actor=SYSTEM)
    if team is not None:
        quotas.set_target(**known, team=team, actor=SYSTEM)
    return quotas.set_target(**known, member=seller, actor=SYSTEM).id


def prepaid(customer: Customer, n: int, at: datetime = NOW) -> Subscription:
    """Let prepaid credit pay what was used until a subscription ended and came late: one used up, one ended."""
    calls = ItemEntry(name="Calls", price={"kind": "per_unit", "amount": "0.10"}, measure={"metric": "calls"})
    row = metered(customer, n, calls, starts_on=at.date() - timedelta(days=10))
    for amount_minor, sells in ((1000, True), (3000, False), (700, True)):
        credit = prepaid_credit.grant(
            row=row, amount_minor=amount_minor, reason="Prepaid", is_sold=sells, actor=SYSTEM, at=at
        )  # fmt: skip
    used = UsageEntry(row.id, f"prepaid-{n}", "calls", at - timedelta(days=2), Decimal(250), {})
    usage.record_events(entries=[used], actor=SYSTEM, at=at)
    row.refresh_from_db()
    over = ChangeEntry(kind="cancel", when="now")
    change_subscription.change_at_once(row=row, entry=over, actor=SYSTEM, at=at)
    usage.record_events(
        entries=[replace(used, key="late", value=Decimal(5))], actor=SYSTEM, at=at + timedelta(minutes=1)
    )
    billing_run.try_again(row=row, at=at + timedelta(minutes=1))
    prepaid_credit.end(credit=credit, reason="They left", pays_back=False, actor=SYSTEM, at=at)
    return row
