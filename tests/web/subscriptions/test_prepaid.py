"""Prepaid credit on pages: sold and given, used, ended with a reason; refused in words; nothing where nothing is."""

import pytest
from django.test import Client

from conto.apps.accounts.models import Member
from conto.apps.invoicing.models import Document
from conto.apps.plans.models import Plan
from conto.apps.subscriptions.models import PrepaidCredit, PrepaidUse
from conto.apps.subscriptions.queries import credits_of
from conto.web.subscriptions.showing import shown_settlements
from tests.agreements import metered, prepaid
from tests.scene import NOW, Scene
from tests.web.subscriptions.test_pages import begun, client, plan, scene

pytestmark = pytest.mark.django_db
__all__ = ["client", "plan", "scene"]
TYPED = {"prepaid-amount": "50", "prepaid-kind": "sold", "prepaid-reason": "For 2027", "prepaid-last_day": ""}


def test_credit_is_sold_on_the_page_of_its_subscription_and_ended_there(client: Client, scene: Scene) -> None:
    row = metered(scene.customer, starts_on=NOW.date())
    address = f"/subscriptions/{row.id}"
    assert "Sell or give credit" in client.get(address).content.decode()
    assert client.post(f"{address}/prepaid", TYPED).status_code in {302, 303}
    assert Document.objects.get().kind == "deposit"
    page = client.get(address).content.decode()
    assert "For 2027" in page
    assert "DEP-2026-00001" in page
    card = f"/subscriptions/of/{scene.customer.id}"
    assert "Prepaid credit left" in client.get(card).content.decode()
    credit = PrepaidCredit.objects.get()
    ending = {"credit": str(credit.id), "end-1-reason": "", "end-1-pays_back": "on"}
    refused = client.post(f"{address}/prepaid", ending)
    assert refused.status_code == 422
    assert '<details class="mt-2" open>' in refused.content.decode()
    assert client.post(f"{address}/prepaid", {**ending, "end-1-reason": "Too much"}).status_code in {302, 303}
    credit.refresh_from_db()
    assert (credit.ended_kind, credit.ended_minor) == ("paid_back", 5000)
    assert Document.objects.get(kind="credit_note").net_minor == 5000
    assert "Too much" in client.get(address).content.decode()
    assert "Prepaid credit left" not in client.get(card).content.decode()


def test_what_credit_paid_stands_there_with_its_invoice(client: Client, scene: Scene) -> None:
    row = prepaid(scene.customer, 1, NOW)
    page = client.get(f"/subscriptions/{row.id}").content.decode()
    paper = Document.objects.filter(kind="invoice").order_by("ordinal")[0]
    assert f'href="/invoices/{paper.id}">{paper.number}</a>, line 2' in page
    billed = page.partition("What was billed")[2].partition('id="prepaid"')[0]
    assert billed.count("Prepaid credit") == PrepaidUse.objects.count() > 0, "the line that the invoice has"
    for each in shown_settlements(Member.objects.get(role="owner"), row, {}, credits_of(row, at=NOW)):
        assert sum(line.net_minor for line in (*each.lines, *each.drawn)) == each.net_minor
    assert "billed before" not in page.partition("What was billed")[0], "what was used is no correction to come"


def test_what_cannot_be_is_refused_in_words_and_nothing_is_written(client: Client, scene: Scene, plan: Plan) -> None:
    row = metered(scene.customer, starts_on=NOW.date())
    for wrong in ({"prepaid-amount": "0"}, {"prepaid-reason": ""}, {"prepaid-last_day": "2026-01-01"}):
        assert client.post(f"/subscriptions/{row.id}/prepaid", {**TYPED, **wrong}).status_code == 422
    Member.objects.filter(id=scene.owner.id).update(role="sales")
    assert "Sell or give credit" not in client.get(f"/subscriptions/{row.id}").content.decode()
    assert client.post(f"/subscriptions/{row.id}/prepaid", TYPED).status_code == 403
    Member.objects.filter(id=scene.owner.id).update(role="owner")
    fixed = begun(client, scene, plan)
    assert "Prepaid credit" not in client.get(f"/subscriptions/{fixed.id}").content.decode()
    assert PrepaidCredit.objects.count() == 0
