"""How many questions a page asks the database: written down, and the same for one row as for three."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conto.apps.accounts import actions as accounts
from conto.apps.crm import actions as crm
from conto.apps.deals.models import Deal
from conto.apps.fields import actions as fields
from conto.apps.fields import queries as own_fields
from conto.apps.integrations import actions as integrations
from conto.apps.invoicing import actions as invoicing
from conto.apps.projects.models import Project
from conto.apps.quotas import actions as quotas
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.flows import charge_late
from tests.agreements import agree, billed, offered, year_that_runs
from tests.goods import stocked
from tests.repeating import repeating
from tests.scene import line
from tests.web.living import (
    NOW,
    Living,
    add_customer,
    add_deal,
    add_item,
    add_lead,
    begin,
    bill,
    live,
    pay,
    tell,
    write_mail,
)
from tests.work import busy, worked

pytestmark = pytest.mark.django_db
MOST = 8
# Three of each count are asked by every page: the session, the member and the business.
LISTS = {
    "/": 8,
    "/customers/": 6,
    "/customers/?q=kupfer": 7,
    "/customers/?tag=wholesale&country=DE&order=newest": 6,
    "/customers/{customer_id}/": 8,
    "/leads/": 6,
    "/deals/": 8,
    "/deals/list": 7,
    "/deals/stages/{stage_id}/more?after=0_": 4,
    "/customers/{customer_id}/documents": 8,
    "/customers/{customer_id}/offers": 6,
    "/activities/?who=all": 6,
    "/customers/{customer_id}/people": 6,
    "/customers/{customer_id}/statement": 6,
    "/contracts/": 4,
    "/repeats/": 4,
    "/repeats/of/{customer_id}": 5,
    "/projects/": 7,
    "/projects/?state=unbilled": 8,
    "/projects/of/{customer_id}": 8,
    "/work/": 6,
    "/plans/": 6,
    "/plans/?view=coupons": 4,
    "/subscriptions/": 7,
    "/subscriptions/of/{customer_id}": 8,
    "/subscriptions/recurring": 8,
    "/subscriptions/recurring/movements?month=2026-11": 4,
    "/subscriptions/runs": 6,
    "/subscriptions/runs/{run_id}": 7,
    "/subscriptions/runs/dry/{dry_run_id}": 5,
    "/catalog/": 5,
    "/stock/": 5,
    "/stock/?view=low": 5,
    "/stock/margin": 6,
    "/stock/{stock_id}": 5,
    "/catalog/{item_id}/": 6,
    "/invoices/": 7,
    "/invoices/?state=draft": 5,
    "/invoices/?state=held": 5,
    "/invoices/?state=open": 6,
    "/invoices/?state=overdue": 6,
    "/invoices/?state=paid": 7,
    "/invoices/?state=credited": 5,
    "/invoices/?q=INV": 8,
    "/invoices/new": 4,
    "/invoices/rhythm": 5,
    "/targets/": 5,
    "/late-charges/": 6,
    "/payments/": 8,
    "/payments/?view=unallocated": 8,
    "/payments/?view=refunds": 6,
    "/outbox/": 6,
    "/search?q=kupfer": 8,
    "/search?q=INV-2026": 8,
    "/books/": 8,
    "/books/?kind=invoice_issued": 8,
    "/books/?account={ledger_account_id}": 8,
    "/books/?q=INV-2026-00001": 8,
    "/books/accounts": 6,
    "/books/accounts/{ledger_account_id}": 8,
    "/books/receivables": 6,
    "/books/tax": 7,
    "/books/tax/entries?currency=EUR&country=DE&category=S&rate=19&period=2026": 6,
    "/books/closing": 5,
    "/books/closing/{closing_id}": 6,
    "/settings/members": 5,
    "/settings/audit": 7,
    "/settings/tax": 4,
    "/settings/webhooks": 5,
    "/settings/webhooks/{endpoint_id}": 8,
}
# One record with everything around it; a draft is checked against all rules of issuing as it is shown.
RECORDS = {
    "/invoices/{document_id}": 15,
    "/invoices/{draft_id}": 40,
    "/invoices/batches/{batch_id}": 10,
    "/payments/{payment_id}": 10,
    "/deals/{deal_id}/": 20,
    "/customers/{customer_id}/beside": 19,
    "/leads/{lead_id}/": 14,
    "/contracts/{contract_id}": 8,
    "/repeats/{repeat_id}": 16,
    "/projects/{project_id}": 13,
    "/projects/{project_id}/bill": 6,
    "/plans/{plan_id}": 7,
    "/plans/{plan_id}/migrate": 7,
    "/plans/migrations/{migration_id}": 6,
    "/subscriptions/{subscription_id}": 27,
    "/subscriptions/{subscription_id}/features": 10,
    "/subscriptions/of/{customer_id}/features": 10,
    "/targets/{target_id}": 6,
}
COUNTS = LISTS | RECORDS


def put_fields_away() -> None:
    """Leave the book without fields of one's own in use, of which lists ask nothing then (`tests/apps/fields`)."""
    for row in sorted(own_fields.rows(), key=lambda row: row.kind != "formula"):
        fields.archive_field(field_id=row.id, actor=SYSTEM, at=NOW)


@pytest.fixture
def book() -> Living:
    living = live()
    bill(living.customer, NOW, terms_days=0)
    worked(Project.objects.get(id=living.ids["project_id"]), living.members[Role.OWNER])
    put_fields_away()
    return living


def measured(client: Client, book: Living) -> dict[str, int]:
    counts = {}
    for address in COUNTS:
        client.get(address.format(**book.ids))  # what is kept for later is asked once
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address.format(**book.ids))
        assert answer.status_code == 200, address
        counts[address] = len(asked.captured_queries)
    return counts


def add_more(book: Living) -> None:
    """Add two more of everything that stands in a list."""
    for n in (2, 3):
        quotas.set_target(
            period=year_that_runs(), measure="invoiced", amount_minor=n, currency="EUR",
            member=book.members[[Role.OWNER, Role.ADMIN][n - 2]], actor=SYSTEM, at=NOW,
        )  # fmt: skip
        customer = add_customer(n)
        offered(n)
        busy(customer, book.members[Role.SALES], n)
        billed(customer, n)
        stocked(add_item(n), book.entity)
        for whose in (customer, book.customer):
            begin(whose, NOW)
            repeating(whose, price=n)
            late = bill(whose, NOW, terms_days=0)
            bill(whose, NOW)
            paid = bill(whose, NOW)
            pay(paid, paid.payable_minor + 100)
            pay(late, 100)
            write_mail(whose, n)
            worked(Project.objects.get(id=book.ids["project_id"]), book.members[Role.OWNER], n)
            add_deal(whose, book.members[Role.SALES], n)
            agree(whose, Deal.objects.filter(customer=whose)[0])
            add_lead(book.members[Role.SALES], n)
            crm.write_note(customer=whose, body=f"Note {n}", actor=SYSTEM, at=NOW)
            crm.add_contact(customer=whose, given={"name": f"Person {n}"}, actor=SYSTEM, at=NOW)
        invoicing.set_lines(draft=book.draft, lines=[line(name=f"Line {m}") for m in range(3)], actor=SYSTEM, at=NOW)
        accounts.add_member(
            email=f"more{n}@berg.example", name=f"More {n}", role=Role.SALES, password="correct horse 9",
            language="en", actor=SYSTEM, at=NOW,
        )  # fmt: skip
        integrations.add_endpoint(url=f"https://example.com/hooks/{n}", description="", types=[], actor=SYSTEM, at=NOW)
        tell(book.customer, book.ids["endpoint_id"])
    charge_late.run(actor=SYSTEM, at=NOW + timedelta(days=45))


def test_pages_ask_as_often_for_three_rows_as_for_one(book: Living) -> None:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[Role.OWNER])
    one = measured(client, book)
    add_more(book)
    three = measured(client, book)
    assert {address: (one[address], three[address]) for address in COUNTS if one[address] != three[address]} == {}
    assert three == COUNTS
    assert {address: count for address, count in LISTS.items() if count > MOST} == {}
