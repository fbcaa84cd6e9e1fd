"""Plans in the browser's eyes: the editor that previews, the page with worked prices, versions, coupons."""

import re
from uuid import UUID

import pytest
from django.test import Client

from conto.apps.accounts import actions as accounts
from conto.apps.plans.models import Coupon, Plan, PlanItem
from conto.apps.subscriptions.models import MigrationRow, PlanMigration
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.domain.sight import Area, Reach
from conto.flows import migrate_plan
from tests.web.living import Living

TYPED = {
    "name": "Team", "code": "TEAM", "currency": "EUR", "price_mode": "net", "count": "1", "interval": "month",
    "trial_days": "", "proration": "day", "downgrade": "period_end", "bills_changes_now": "on",
    "items-0-name": "Seats", "items-0-kind": "graduated", "items-0-quantity": "12", "items-0-timing": "advance",
    "items-0-unit_code": "C62", "items-0-supply": "services", "items-0-rate_class": "standard",
    "items-0-tiers-0-up_to": "10", "items-0-tiers-0-unit_price": "5", "items-0-tiers-0-flat_fee": "",
    "items-0-tiers-1-up_to": "", "items-0-tiers-1-unit_price": "4", "items-0-tiers-1-flat_fee": "",
}  # fmt: skip


@pytest.fixture
def client(living_book: Living, client: Client) -> Client:
    client.force_login(living_book.members[Role.FINANCE])
    return client


def test_the_editor_previews_what_the_engine_bills_and_saves_it(client: Client) -> None:
    assert client.get("/plans/new").status_code == 200
    drawn = client.post("/plans/new", {**TYPED, "act": "add_tier:0"}, headers={"HX-Request": "true"}).content.decode()
    assert "items-0-tiers-2-up_to" in drawn
    more = client.post("/plans/new", {**TYPED, "act": "add_item"}, headers={"HX-Request": "true"}).content.decode()
    assert "items-1-name" in more
    shown = client.post("/plans/new", {**TYPED, "act": "preview"}, headers={"HX-Request": "true"}).content.decode()
    assert "€58.00" in shown  # 10 × 5 + 2 × 4
    assert not Plan.objects.filter(code="TEAM").exists()
    client.post("/plans/new", TYPED)
    plan = Plan.objects.get(code="TEAM")
    page = client.get(f"/plans/{plan.id}").content.decode()
    assert "€58.00" in page
    spans = re.findall(r'<span class="soft small">(<time[^·]*?)</span></span>', page)
    assert spans
    for span in spans:
        assert re.fullmatch(
            r"\d{1,2} [A-Z][a-z]{2} \d{4}( – \d{1,2} [A-Z][a-z]{2} \d{4})?", re.sub("<[^>]*>", "", span)
        )
    assert "up to 10: €5.00 each; above: €4.00 each" in page


def test_an_act_that_nobody_knows_is_no_address(client: Client, living_book: Living) -> None:
    answer = client.post(f"/plans/{living_book.ids['plan_id']}/act", {"act": "explode"})
    assert answer.status_code == 404


def test_another_price_is_another_version_and_what_was_read_back_is_none(client: Client, living_book: Living) -> None:
    plan = Plan.objects.get(id=living_book.ids["plan_id"])
    form = client.get(f"/plans/{plan.id}/edit").context["form"]
    items = client.get(f"/plans/{plan.id}/edit").context["items"]
    typed: dict[str, object] = {name: form[name].value() or "" for name in form.fields if name != "is_calendar_aligned"}
    typed = {name: value for name, value in typed.items() if value not in {False, ""}}
    for row, tiers in items.rows:
        for each in (row, *tiers):
            typed |= {each.add_prefix(name): each[name].value() or "" for name in each.fields}
    typed = {name: value for name, value in typed.items() if value is not False}
    for n in (0, 1, 2):
        typed.pop(f"items-{n}-is_once", None)
        typed.pop(f"items-{n}-fee_without_use", None)
    assert client.post(f"/plans/{plan.id}/edit", typed).status_code == 303
    plan.refresh_from_db()
    assert plan.version == 2
    typed["items-0-amount"] = "39"
    client.post(f"/plans/{plan.id}/edit", typed)
    plan.refresh_from_db()
    assert plan.version == 3
    assert (
        PlanItem.objects.get(plan_version__plan=plan, plan_version__version=3, key="base-fee").price["amount"] == "39"
    )
    old = client.get(f"/plans/{plan.id}?version=1")
    assert "This is version 1" in old.content.decode()
    stale = client.post(f"/plans/{plan.id}/edit", typed | {"items-0-amount": "49"})
    assert stale.status_code == 422


def test_what_cannot_be_is_said_beside_it(client: Client) -> None:
    wrong = client.post("/plans/new", {**TYPED, "code": "WRONG", "items-0-tiers-1-up_to": "5"})
    assert wrong.status_code == 422
    assert "Only the last tier is open" in wrong.content.decode()
    wrong = client.post("/plans/new", {**TYPED, "items-0-quantity": "x"})
    assert wrong.status_code == 422


def test_a_coupon_is_added_and_archived(client: Client) -> None:
    client.post("/plans/coupons/new", {"code": "half", "percent": "50", "currency": "EUR", "periods": "2"})
    coupon = Coupon.objects.get(code="HALF")
    assert "HALF" in client.get("/plans/?view=coupons").content.decode()
    client.post(f"/plans/coupons/{coupon.id}/archive")
    coupon.refresh_from_db()
    assert coupon.archived_at
    both = {"code": "BOTH", "percent": "50", "amount": "5", "currency": "EUR"}
    assert client.post("/plans/coupons/new", both).status_code == 422


def test_sb13_subscriptions_go_over_after_a_look(client: Client, living_book: Living) -> None:
    client.force_login(living_book.members[Role.OWNER])
    shown_id = living_book.ids["migration_id"]
    row = PlanMigration.objects.get(id=shown_id)
    asked = f"/plans/{row.plan_id}/migrate"
    assert f'href="{asked}"' in client.get(f"/plans/{row.plan_id}").content.decode()
    page = client.get(asked).content.decode()
    assert "Version 1: 2 running" in page
    assert "only looked at" in page
    typed = {"from_versions": ["1"], "version": "2", "counts": "period"}
    for wrong, words in (
        ({"counts": "day"}, "Say from which day on."),
        ({"from_versions": ["2"]}, "Choose at least one other version"),
        ({"numbers": "S-1999-00001"}, "no subscription S-1999-00001"),
    ):
        refused = client.post(asked, {**typed, **wrong})
        assert refused.status_code == 422
        assert words in refused.content.decode()
    one = MigrationRow.objects.get(migration=row, outcome="planned").subscription
    both = client.post(asked, typed).headers["Location"]
    answer = client.post(asked, {**typed, "numbers": one.number.lower()})
    address = answer.headers["Location"]
    shown = client.get(address).content.decode()
    assert "€30.00" in shown
    assert "€36.00" in shown
    assert "Take 1 subscription over" in shown
    every = client.get(f"/plans/migrations/{shown_id}").content.decode()
    assert "A price of its own was agreed: Seats" in every
    going = client.get(f"/plans/migrations/{shown_id}?view=planned").content.decode()
    assert "A price of its own" not in going.split("<tbody")[1]
    client.post(address)
    assert "Take 1 subscription over" not in client.get(address).content.decode()
    migrate_plan.run(migration_id=UUID(address.rpartition("/")[2]), clock=lambda: row.made_at)
    assert "went over" in client.get(address).content.decode()
    assert "version 2 from" in client.get(f"/subscriptions/{one.id}").content.decode()
    client.post(both)
    migrate_plan.run(migration_id=UUID(both.rpartition("/")[2]), clock=lambda: row.made_at)
    assert "something had happened since" in client.get(f"{both}?view=changed").content.decode()
    late = client.post(f"/plans/migrations/{shown_id}", follow=True).content.decode()
    assert "This was shown more than an hour ago." in late


def test_sb13_who_sees_only_some_sees_no_act_of_others(client: Client, living_book: Living) -> None:
    accounts.set_reaches(
        wanted={(Role.SALES, Area.CUSTOMERS): Reach.OWN}, actor=SYSTEM, at=living_book.document.issued_at
    )
    client.force_login(living_book.members[Role.SALES])
    assert client.get(f"/plans/migrations/{living_book.ids['migration_id']}").status_code == 404
    row = PlanMigration.objects.get(id=living_book.ids["migration_id"])
    assert "only looked at" not in client.get(f"/plans/{row.plan_id}/migrate").content.decode()
