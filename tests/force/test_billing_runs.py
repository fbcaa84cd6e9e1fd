"""Billing runs that are killed, meet each other, and meet what cannot be billed: everybody else is billed once."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.crm.models import Customer
from conto.apps.invoicing.models import Document, Draft
from conto.apps.plans import queries as plans
from conto.apps.plans.models import Plan
from conto.apps.subscriptions import actions as subscriptions
from conto.apps.subscriptions.entries import NewSubscription
from conto.apps.subscriptions.models import BilledLine, SetAside, Settlement, Subscription, SubscriptionItem
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.flows import verify_book
from tests.agreements import subscribed
from tests.house import FreshBook
from tests.scene import NOW, set_scene

CUSTOMERS = 60
BILLED_AT = datetime(2026, 12, 25, 12, tzinfo=UTC)  # two periods of who began on 20 November
STARTS_ON = date(2026, 11, 20)
SEED, KILLS = 20261123, 8


@pytest.mark.force
def test_sb8_killed_runs_and_runs_at_once_bill_everybody_once_as_the_killed_dry_run_said(fresh_book: FreshBook) -> None:
    scene = set_scene()
    first = subscribed(scene.customer, starts_on=STARTS_ON)
    version = plans.version_for(Plan.objects.get())
    assert version is not None
    new = NewSubscription(plan_version=version, starts_on=STARTS_ON)
    rows = [first]
    for n in range(CUSTOMERS):
        customer = _customer(f"Customer {n}")
        rows += [subscriptions.subscribe(customer=customer, new=new, actor=SYSTEM, at=NOW) for _ in range(1 + n % 2)]
    poisoned = _with_a_price_that_nobody_can_read(rows[5], new)
    without_address = crm.add_customer(new=NewCustomer(name="Nowhere", currency="EUR"), actor=SYSTEM, at=NOW)
    nowhere = subscriptions.subscribe(customer=without_address, new=new, actor=SYSTEM, at=NOW)

    race = fresh_book.start("-m", "tests.force.billing_race", str(SEED), str(KILLS))
    assert race.wait(timeout=500) == 0

    billed = Counter(Settlement.objects.values_list("subscription", flat=True))
    assert billed == {**dict.fromkeys([row.id for row in rows], 2), nowhere.id: 2}
    assert set(BilledLine.objects.values_list("gross_minor", flat=True)) == {2900, 3000}
    assert BilledLine.objects.count() == 4 * (len(rows) + 1)
    aside = SetAside.objects.get(solved_at=None)
    assert (aside.subscription_id, aside.code) == (poisoned.id, "price.unknown_kind")
    documents = Document.objects.filter(kind="invoice")
    assert sum(documents.values_list("net_minor", flat=True)) == 2 * 5900 * len(rows)
    assert documents.count() == 2 * (CUSTOMERS + 1), "one invoice of a customer and day"
    assert list(Draft.objects.values_list("customer", flat=True)) == [without_address.id] * 2, "held, with a reason"
    assert not Subscription.objects.exclude(id=poisoned.id).exclude(next_bill_on=date(2027, 1, 20)).exists()
    assert [verdict for verdict in verify_book.verify() if verdict.violated] == []
    connection.close()


def _customer(name: str) -> Customer:
    made = crm.add_customer(new=NewCustomer(name=name, currency="EUR"), actor=SYSTEM, at=NOW)
    place = PostalAddress(country="DE", line1="Weg 1", postcode="10115", city="Berlin")
    crm.set_address(customer=made, kind="billing", address=place, actor=SYSTEM, at=NOW)
    return made


def _with_a_price_that_nobody_can_read(beside: Subscription, new: NewSubscription) -> Subscription:
    """Store a subscription as a fault or a hand in the database might leave it, for a customer who has others."""
    made = subscriptions.subscribe(customer=beside.customer, new=new, actor=SYSTEM, at=NOW)
    SubscriptionItem.objects.create(
        id=new_id(), subscription=made, position=3, key="odd", name="Odd", price={"kind": "guess"}
    )
    return made
