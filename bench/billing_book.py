"""A book with customers who have subscribed, made by COPY where that is quicker: `python -m bench.billing_book NUMBER`.

A third has one plan of three items (flat, seats, graduated), a third the same prorated with a coupon, a third with a
reduced rate for one item. All of it is due on the day on which the bench bills.
"""

import os
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")
django.setup()

from django.db import transaction  # noqa: E402 -- needs Django
from psycopg.types.json import Jsonb  # noqa: E402

from conto.apps.accounts import actions as accounts  # noqa: E402
from conto.apps.accounts import queries as accounts_queries  # noqa: E402
from conto.apps.accounts.queries import BankAccountDetails, SellerDetails  # noqa: E402
from conto.apps.bulk import copy_rows, refresh_statistics  # noqa: E402
from conto.apps.crm import actions as crm  # noqa: E402
from conto.apps.crm.entry import NewCustomer, PostalAddress  # noqa: E402
from conto.apps.crm.models import Customer  # noqa: E402
from conto.apps.plans import actions as plans  # noqa: E402
from conto.apps.plans import queries as plan_queries  # noqa: E402
from conto.apps.plans.actions import ItemEntry, NewCoupon, NewPlan  # noqa: E402
from conto.apps.subscriptions import actions  # noqa: E402
from conto.apps.subscriptions.entries import NewSubscription  # noqa: E402
from conto.apps.subscriptions.models import Subscription, SubscriptionCounter, SubscriptionItem  # noqa: E402
from conto.domain.facts import SYSTEM  # noqa: E402
from conto.domain.ids import new_id  # noqa: E402

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
CHUNK = 2_000
TIERS = [{"up_to": "10", "unit_price": "5"}, {"up_to": "50", "unit_price": "4"}, {"up_to": None, "unit_price": "3"}]


def main(number: int) -> None:
    """Make the book."""
    _complete_seller()
    versions = [_version(n) for n in range(3)]
    plans.add_coupon(new=NewCoupon(code="SPRING", percent=Decimal(10), periods=12), actor=SYSTEM, at=AT)
    for start in range(0, number, CHUNK):
        _write(range(start, min(start + CHUNK, number)), versions)
    one = Subscription.objects.select_related("legal_entity").first()
    if one is not None:
        SubscriptionCounter.objects.create(legal_entity=one.legal_entity, year=AT.year, last_ordinal=number)
    refresh_statistics()
    actions.write_missing_movements(at=AT)


def _complete_seller() -> None:
    """Give the seller what its invoices need: without it the check list would hold every one of them."""
    details = SellerDetails(
        name="Bench", legal_name="Bench GmbH", country="DE", currency="EUR", zone="Europe/Berlin", language="de",
        line1="Weg 1", postcode="10115", city="Berlin", email="bench@example.com", vat_number="DE136695976",
    )  # fmt: skip
    entity = accounts_queries.legal_entities()[0]
    accounts.change_legal_entity(legal_entity_id=entity.id, seller=details, actor=SYSTEM, at=AT)
    account = BankAccountDetails(holder="Bench GmbH", currency="EUR", iban="DE89370400440532013000")
    accounts.set_bank_account(legal_entity_id=entity.id, details=account, actor=SYSTEM, at=AT)


def _version(n: int) -> Any:
    items = [
        ItemEntry(name="Base fee", price={"kind": "flat", "amount": "29.00"}),
        ItemEntry(name="Seats", price={"kind": "per_unit", "amount": "9.90"}, quantity=Decimal(3 + n)),
        ItemEntry(
            name="Mailboxes", price={"kind": "graduated", "tiers": TIERS}, quantity=Decimal(17),
            rate_class="reduced" if n == 2 else "standard",
        ),
    ]  # fmt: skip
    new = NewPlan(code=f"BENCH{n}", name=f"Bench {n}", currency="EUR")
    plan = plans.add_plan(new=new, items=items, actor=SYSTEM, at=AT)
    version = plan_queries.version_for(plan)
    assert version is not None
    return version


@transaction.atomic
def _write(numbers: range, versions: list[Any]) -> None:
    rows = [
        NewCustomer(
            name=f"Customer {n}", kind="company", currency="EUR", source="bench", external_ref=str(n), created_at=AT,
            billing=PostalAddress(country="DE", line1=f"Weg {n}", postcode="10115", city="Berlin"),
        )
        for n in numbers
    ]  # fmt: skip
    crm.import_customers(rows=rows, actor=SYSTEM, at=AT)
    refs = [str(n) for n in numbers]
    customers = {row.external_ref: row for row in Customer.objects.filter(source="bench", external_ref__in=refs)}
    subscriptions: list[tuple[Any, ...]] = []
    items: list[tuple[Any, ...]] = []
    terms: dict[int, Any] = {}
    for n in numbers:
        if n % 3 not in terms:
            new = NewSubscription(
                plan_version=versions[n % 3], starts_on=date(2026, 11, 12 if n % 3 == 1 else 1),
                anchor_on=date(2026, 11, 1), coupon_codes=["SPRING"] if n % 3 == 1 else (),
            )  # fmt: skip
            terms[n % 3] = actions.terms_for(customer=customers[str(n)], new=new, at=AT)
        made = terms[n % 3]
        key = new_id()
        own = {"id": key, "number": f"S-2026-{n + 1:05d}", "customer_id": customers[str(n)].id}
        subscriptions.append(tuple(_value({**made.row.__dict__, **own}, name) for name in _OF_SUBSCRIPTION))
        items += [
            tuple(_value({**item.__dict__, "id": new_id(), "subscription_id": key}, name) for name in _OF_ITEM)
            for item in made.items
        ]
    copy_rows(Subscription, _OF_SUBSCRIPTION, subscriptions)
    copy_rows(SubscriptionItem, _OF_ITEM, items)


_JSON = frozenset({"coupons", "drawn", "price", "measure", "ramp"})
_OF_SUBSCRIPTION = tuple(each.attname for each in Subscription._meta.concrete_fields)  # noqa: SLF001 -- documented API
_OF_ITEM = tuple(each.attname for each in SubscriptionItem._meta.concrete_fields)  # noqa: SLF001 -- as above


def _value(row: dict[str, Any], name: str) -> Any:
    value = row[name]
    return Jsonb(value) if name in _JSON and value is not None else value


if __name__ == "__main__":
    main(int(sys.argv[1]))
