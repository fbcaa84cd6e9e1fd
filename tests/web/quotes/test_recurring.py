"""What recurs of a quote on the pages of the seller and of the customer."""

import re
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from conto.apps.plans import actions as plans
from conto.apps.plans.models import PlanVersion
from conto.apps.quotes import actions as quotes
from conto.apps.quotes.models import Quote
from conto.apps.subscriptions.models import Subscription
from conto.domain.facts import SYSTEM
from tests.offers import UNITS, drafted, offer, plan, recurring
from tests.scene import Scene

PART = {"headers": {"HX-Request": "true"}}


def typed(version: PlanVersion, **more: str) -> dict[str, str]:
    rows = (("care", "Care", "flat", "29", "1"), ("mailboxes", "Mailboxes", "per_unit", "10", "3"),
            ("traffic", "Traffic", "per_unit", "0.10", "1"))  # fmt: skip
    known = {"plan": str(version.plan_id), "title": "", "starts_on": "", "months": "", "trial_days": "", "coupons": ""}
    for n, (key, name, kind, amount, quantity) in enumerate(rows):
        known |= {f"items-{n}-key": key, f"items-{n}-name": name, f"items-{n}-kind": kind,
                  f"items-{n}-amount": amount, f"items-{n}-quantity": quantity}  # fmt: skip
    return known | more


def test_q12_a_plan_is_offered_changed_and_taken_out_in_the_browser(client: Client, scene: Scene) -> None:
    version, quote = plan(), drafted(scene, *UNITS)
    assert "Offer a plan" in client.get(f"/quotes/{quote.id}/edit").content.decode()
    address = f"/quotes/{quote.id}/recurring"
    page = client.get(address).content.decode()
    assert "Plan CARE (CARE)" in page
    assert 'name="items-1-quantity" value="3"' in page
    shown = client.post(address, typed(version, act="preview", **{"items-1-quantity": "5"}), **PART).content.decode()
    assert "5 × Mailboxes" in shown
    assert "94.01" in shown, "79.00 with 19 % tax"
    assert client.post(address, typed(version, months="12", **{"items-1-quantity": "5"})).status_code == 303
    quote.refresh_from_db()
    assert (quote.shown_monthly_minor, quote.recurring[0]["quantities"]["mailboxes"]) == (7900, "5")
    page = client.get(f"{address}?part=1").content.decode()
    assert 'name="items-1-quantity" value="5"' in page
    assert 'name="months" value="12"' in page
    cheaper = typed(version, **{"items-1-amount": "8", "items-2-is_left_out": "on"})
    assert client.post(f"{address}?part=1", cheaper).status_code == 303
    quote.refresh_from_db()
    assert quote.recurring[0]["item_keys"] == ["care", "mailboxes"]
    assert quote.recurring[0]["prices"] == {"mailboxes": {"kind": "per_unit", "amount": "8"}}
    for there in (f"/quotes/{quote.id}", f"/quotes/{quote.id}/edit"):
        assert "every month" in client.get(there).content.decode()
    assert "A month" in client.get(f"/quotes/{quote.id}").content.decode()
    assert "a month" in client.get("/quotes/").content.decode()
    assert client.post(f"{address}?part=1", {"act": "remove"}).status_code == 303
    quote.refresh_from_db()
    assert quote.recurring == []


def test_q12_what_cannot_be_offered_is_told_beside_what_was_typed(client: Client, scene: Scene) -> None:
    version, quote = plan(), drafted(scene, *UNITS)
    address = f"/quotes/{quote.id}/recurring"
    refused = client.post(address, typed(version, coupons="NONE", title="Mine"))
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "The coupon NONE is not given out." in page
    assert 'value="Mine"' in page
    told = client.post(address, typed(version, act="preview", coupons="NONE"), **PART).content.decode()
    assert "The coupon NONE is not given out." in told
    stale = client.post(address, typed(version, revision="7"))
    assert "Somebody else changed this quote meanwhile" in stale.content.decode()
    other = plan("OTHER", *_one())
    drawn = client.post(address, typed(other, act="plan"), **PART).content.decode()
    assert "Only this" in drawn
    assert "Mailboxes" not in drawn
    assert client.post(address, typed(other)).status_code == 200, "the items of the other plan are drawn"
    francs = drafted(scene, *UNITS, currency="CHF")
    assert "There is no plan in this currency" in client.get(f"/quotes/{francs.id}/recurring").content.decode()
    gone = quotes.freeze_quote(quote=drafted(scene, *UNITS), actor=SYSTEM, at=timezone.now())
    assert client.get(f"/quotes/{gone.id}/recurring").headers["Location"] == f"/quotes/{gone.id}"


def _one() -> tuple[plans.ItemEntry, ...]:
    return (plans.ItemEntry(name="Only this", price={"kind": "flat", "amount": "9"}),)


def test_q12_the_editor_keeps_what_is_typed_on_the_way_to_a_plan(client: Client, scene: Scene) -> None:
    quote = drafted(scene, offer(), recurring=[recurring()])
    head: dict[str, Any] = {
        "valid_until": quote.valid_until.isoformat(), "price_mode": "net", "language": "de", "terms_days": "14",
        "billing_rule": "full", "title": "Kept", "lines-TOTAL_FORMS": "0", "lines-INITIAL_FORMS": "0",
    }  # fmt: skip
    there = client.post(f"/quotes/{quote.id}/edit", {**head, "recurring": ""})
    assert there.headers["Location"] == f"/quotes/{quote.id}/recurring"
    there = client.post(f"/quotes/{quote.id}/edit", {**head, "recurring": "1"})
    assert there.headers["Location"] == f"/quotes/{quote.id}/recurring?part=1"
    quote.refresh_from_db()
    assert (quote.title, len(quote.recurring)) == ("Kept", 1)


def test_q12_the_customer_reads_what_recurs_and_begins_it_by_signing(client: Client, scene: Scene) -> None:
    cache.clear()
    at = timezone.now()
    quote = quotes.create_quote(
        customer=scene.customer, lines=UNITS, recurring=[recurring(quantities={"mailboxes": Decimal(5)}, months=12)],
        actor=SYSTEM, at=at,
    )  # fmt: skip
    quote = quotes.freeze_quote(quote=quote, actor=SYSTEM, at=at)
    token = quotes.create_link(quote=quote, actor=SYSTEM, at=at).token
    visitor = Client()
    page = visitor.get(f"/q/{token}").content.decode()
    for words in ("Wiederkehrend", "5 × Mailboxes", "jeden Monat", "94,01", "nach Verbrauch", "1.425,14"):
        assert words in page
    assert visitor.get(f"/q/{token}/paper.pdf").status_code == 200
    signed = {"name": "Anna Sommer", "signature": "Anna Sommer"}
    assert visitor.post(f"/q/{token}/accept", signed).status_code == 303
    row = Subscription.objects.get()
    page = visitor.get(f"/q/{token}").content.decode()
    assert re.search(rf"Ihr Abonnement {row.number}, Plan CARE, beginnt am", page)
    assert visitor.post(f"/q/{token}/accept", signed).status_code == 409
    page = client.get(f"/quotes/{quote.id}").content.decode()
    assert f"/subscriptions/{row.id}" in page
    assert f"/quotes/{quote.id}" in client.get(f"/subscriptions/{row.id}").content.decode()


def test_q13_the_customer_chooses_plans_and_items_and_signs_that(client: Client, scene: Scene) -> None:
    cache.clear()
    at, base, shop = timezone.now(), plan("BASE"), plan("SHOP")
    quote = drafted(scene, *UNITS)
    address = f"/quotes/{quote.id}/recurring"
    group = {"kind": "choice", "choice_group": "Paket"}
    small = {**group, "title": "Small", "items-1-is_left_out": "on", "items-2-is_left_out": "on"}
    large = {**group, "title": "Large", "is_chosen": "on", "items-1-counts": "chosen", "items-2-is_left_out": "on"}
    option = {"kind": "optional", "title": "Shop", "items-1-is_left_out": "on", "items-2-is_left_out": "on"}
    for version, more in ((base, small), (base, large), (shop, option)):
        assert client.post(address, typed(version, **more)).status_code == 303
    page = client.get(f"{address}?part=2").content.decode()
    assert re.search(r'<option value="chosen" selected', page)
    assert re.search(r'name="is_chosen"[^>]* checked', page)
    quote.refresh_from_db()
    assert [each["kind"] for each in quote.recurring] == ["choice", "choice", "optional"]
    page = client.get(f"/quotes/{quote.id}").content.decode()
    assert "option, not in the sums" in page
    assert "What recurs, together" in page
    quote = quotes.freeze_quote(quote=quote, actor=SYSTEM, at=at)
    visitor, token = Client(), quotes.create_link(quote=quote, actor=SYSTEM, at=at).token
    page = visitor.get(f"/q/{token}").content.decode()
    assert re.search(r'type="radio" name="recurring-Paket" value="2" checked', page)
    assert re.search(r'type="checkbox" name="recurring" value="2.mailboxes" checked', page)
    chosen = {"recurring-Paket": "2", "recurring": ["2.mailboxes", "3"]}
    drawn = visitor.post(f"/q/{token}/totals", chosen, **PART).content.decode()
    assert re.search(r'id="recurring-sums" hx-swap-oob="innerHTML">.*104,72', drawn, re.DOTALL)
    drawn = visitor.post(f"/q/{token}/totals", {"recurring-Paket": "1", "recurring": ["2.mailboxes"]}, **PART)
    assert re.search(r'id="recurring-sums" hx-swap-oob="innerHTML">.*34,51', drawn.content.decode(), re.DOTALL)
    signed = {"name": "Anna Sommer", "signature": "", **chosen}
    refused = visitor.post(f"/q/{token}/accept", signed)
    assert refused.status_code == 422
    assert re.search(r'name="recurring" value="3" checked', refused.content.decode()), "what was chosen stays"
    assert visitor.post(f"/q/{token}/accept", {**signed, "signature": "Anna Sommer"}).status_code == 303
    assert sorted(Subscription.objects.values_list("title", flat=True)) == ["Large", "Shop"]
    page = visitor.get(f"/q/{token}").content.decode()
    assert re.search(r'name="recurring" value="3" checked disabled', page)


def test_q12_a_quote_of_plans_alone_reads_well_for_its_customer(scene: Scene) -> None:
    cache.clear()
    at = timezone.now()
    quote = quotes.create_quote(customer=scene.customer, recurring=[recurring()], actor=SYSTEM, at=at)
    quote = quotes.freeze_quote(quote=quote, actor=SYSTEM, at=at)
    token = quotes.create_link(quote=quote, actor=SYSTEM, at=at).token
    page = Client().get(f"/q/{token}").content.decode()
    assert not re.search(r"[^0-9]0,00", page)
    assert "Plan CARE" in page
    assert Client().get(f"/q/{token}/paper.pdf").content.startswith(b"%PDF")
    assert Quote.objects.get(id=quote.id).shown_total_minor == 0
