"""Subscriptions begun, billed, changed and credited, on paper and in the books."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction

from conto.apps.audit.models import Fact
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.crm.models import Customer
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document, DocumentLine, Draft
from conto.apps.plans import actions as plans
from conto.apps.plans import queries as plan_queries
from conto.apps.plans.actions import ItemEntry, NewCoupon, NewPlan
from conto.apps.subscriptions import actions, queries
from conto.apps.subscriptions.entries import ChangeEntry, NewSubscription
from conto.apps.subscriptions.models import BilledCharge, BilledLine, Settlement, Subscription
from conto.domain.facts import SYSTEM
from conto.domain.plan import PlanTerms
from conto.domain.subscription import Proration, bill
from conto.flows import billing_run, change_subscription
from tests.domain.refusals import refused
from tests.scene import NOW, Scene

BASE = ItemEntry(name="Base fee", price={"kind": "flat", "amount": "29.00"})
SEATS = ItemEntry(name="Seats", price={"kind": "per_unit", "amount": "10"}, quantity=Decimal(3))


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def begun(
    scene: Scene,
    *items: ItemEntry,
    customer: Customer | None = None,
    terms: Any = None,
    price_mode: str = "net",
    **more: Any,
) -> Subscription:
    code = f"P{Subscription.objects.count()}"
    plan = plans.add_plan(
        new=NewPlan(code=code, name="Pro", currency="EUR", price_mode=price_mode, terms=terms or PlanTerms()),
        items=items or (BASE, SEATS), actor=SYSTEM, at=NOW,
    )  # fmt: skip
    version = plan_queries.version_for(plan)
    assert version is not None
    new = NewSubscription(plan_version=version, **{"starts_on": date(2026, 11, 22), **more})
    return actions.subscribe(customer=customer or scene.customer, new=new, actor=SYSTEM, at=NOW)


def run_on(day: date) -> Any:
    return billing_run.run(actor=SYSTEM, at=noon(day))


def bills() -> list[tuple[str, int]]:
    return list(Document.objects.order_by("issued_at", "ordinal").values_list("kind", "net_minor"))


@pytest.mark.parametrize("how", [Proration.DAY, Proration.SECOND])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Europe/Berlin", "Pacific/Pago_Pago"])
def test_ch9_what_can_change_no_more_is_not_read_and_nothing_comes_of_it(
    scene: Scene, zone: str, how: Proration
) -> None:
    terms = PlanTerms(proration=how, commitment=Decimal(80))  # the rest of it is billed when a period is over
    row = begun(scene, zone=zone, terms=terms)
    for month in range(4):
        run_on(date(2026, 11, 23) + timedelta(days=31 * month))
        row.refresh_from_db()
        assert row.settled_on is not None
        whole, part = queries.load(row), queries.load_many([row], is_to_bill=True)[row.id]
        for until in (row.settled_on, row.settled_on + timedelta(days=100)):
            done, less = (bill(each.definition, [], [], until=until, billed=each.billed) for each in (whole, part))
            assert less.invoices == done.invoices
    assert 0 < len(part.billed.accounts) < len(whole.billed.accounts)
    assert [net for _kind, net in bills()] == [5900, 8000, 8000, 8000]  # what is left of 80 comes with the next bill


@pytest.mark.parametrize("how", [Proration.DAY, Proration.SECOND, Proration.NONE])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_ch9_of_who_pays_all_in_advance_nothing_of_a_period_that_is_over_is_asked(
    scene: Scene, zone: str, how: Proration
) -> None:
    plans.add_coupon(new=NewCoupon(code="TENTH", percent=Decimal(10), periods=2), actor=SYSTEM, at=NOW)
    row = begun(scene, zone=zone, terms=PlanTerms(proration=how), coupon_codes=["TENTH"])
    for month in range(4):
        run_on(date(2026, 11, 23) + timedelta(days=31 * month))
        row.refresh_from_db()
        assert row.settled_on is not None
        whole, part = queries.load(row), queries.load_many([row], is_to_bill=True)[row.id]
        assert len(whole.billed.accounts) == 2 * (month + 1)
        assert how is Proration.SECOND or not part.billed.accounts
        for until in (row.settled_on, row.settled_on + timedelta(days=100)):
            done, less = (bill(each.definition, [], [], until=until, billed=each.billed) for each in (whole, part))
            assert less.invoices == done.invoices
    assert len(bills()) == 4


def test_sb3_a_run_bills_what_is_due_once(scene: Scene) -> None:
    row = begun(scene)
    assert row.number == "S-2026-00001"
    done = run_on(date(2026, 11, 22))
    assert (done.settled_count, done.document_count, done.totals_minor) == (1, 1, {"EUR": 5900})
    assert bills() == [("invoice", 5900)]
    again = run_on(date(2026, 11, 22))
    assert (again.settled_count, again.document_count) == (0, 0)
    row.refresh_from_db()
    assert (row.next_bill_on, row.settled_on) == (date(2026, 12, 22), date(2026, 11, 22))
    run_on(date(2027, 2, 25))
    assert bills() == [("invoice", 5900)] * 4
    seats = DocumentLine.objects.filter(name="Seats").first()
    assert seats is not None
    assert (seats.quantity, seats.unit_price, seats.period_start_on, seats.period_end_on) == (
        3, 10, date(2026, 11, 22), date(2026, 12, 21),
    )  # fmt: skip
    assert Settlement.objects.count() == 4
    kinds = list(Fact.objects.filter(subject_kind="subscription").order_by("id").values_list("kind", flat=True))
    assert kinds == ["subscription_started", *["subscription_billed"] * 4]


@pytest.mark.parametrize("chunk", [1, 2, 3, 4])
def test_sb8_a_run_goes_on_until_nobody_is_left_however_many_share_a_chunk(scene: Scene, chunk: int) -> None:
    for n in range(3):
        new = NewCustomer(name=f"Customer {n}", currency="EUR", billing=PostalAddress(country="DE", city="Bonn"))
        begun(scene, BASE, customer=crm.add_customer(new=new, actor=SYSTEM, at=NOW))
    at = noon(date(2026, 11, 22))
    dry = [done.settled for done in billing_run.dry_chunks(at=at, chunk=chunk)]
    assert (dry[0], sum(dry)) == (min(chunk, 3), 3)
    done = billing_run.run(actor=SYSTEM, at=at, chunk=chunk)
    assert (done.settled_count, Settlement.objects.count()) == (3, 3)


def test_sb5_what_is_due_of_one_customer_on_one_day_is_one_invoice(scene: Scene) -> None:
    begun(scene)
    begun(scene, BASE)
    begun(scene, BASE, bills_alone=True)
    begun(scene, BASE, customer=scene.person)
    run_on(date(2026, 11, 22))
    assert sorted(bills()) == sorted([("invoice", 8800), ("invoice", 2900), ("invoice", 2900)])


def test_sb7_a_change_is_billed_as_it_was_shown(scene: Scene) -> None:
    row = begun(scene)
    run_on(date(2026, 11, 22))
    row.refresh_from_db()
    at = noon(date(2026, 12, 7))
    shown = change_subscription.preview_change(
        row=row, entry=ChangeEntry(kind="quantity", item="seats", quantity=Decimal(5)), at=at
    )
    (now,) = shown.now
    assert [line.net_minor for line in now.lines] == [-1500, 2500]
    change_subscription.confirm_change(row=row, token=shown.token, actor=SYSTEM, at=at)
    assert bills() == [("invoice", 5900), ("invoice", 1000)]
    credit = DocumentLine.objects.get(net_minor=-1500)
    assert (credit.quantity, credit.unit_price, credit.tax_rate) == (-1, 15, 19)
    with refused("subscription.preview_stale"):
        change_subscription.confirm_change(row=row, token=shown.token, actor=SYSTEM, at=at)
    row.refresh_from_db()
    assert run_on(date(2026, 12, 7)).settled_count <= 1
    assert bills() == [("invoice", 5900), ("invoice", 1000)]


def test_sb5_what_comes_to_less_than_nothing_is_a_credit_note_to_its_invoice(scene: Scene) -> None:
    row = begun(scene)
    run_on(date(2026, 11, 22))
    row.refresh_from_db()
    at = noon(date(2026, 12, 7))
    change_subscription.change_at_once(row=row, entry=ChangeEntry(kind="cancel", when="now"), actor=SYSTEM, at=at)
    assert bills() == [("invoice", 5900), ("credit_note", 2950)]
    row.refresh_from_db()
    assert (row.next_bill_on, row.final_on) == (None, date(2026, 12, 7))
    charges = BilledCharge.objects.filter(subscription=row)
    assert sum(each.gross_minor for each in charges) == 2950
    assert sum(each.gross_minor for each in BilledLine.objects.all()) == 2950


def test_sb8_a_dry_run_says_what_a_run_does_and_leaves_nothing(scene: Scene) -> None:
    begun(scene)
    dry = billing_run.dry_run(at=noon(date(2027, 1, 1)))
    assert (dry.settled, dry.documents, dry.totals_minor) == (1, 2, {"EUR": 11800})
    assert not Document.objects.exists()
    assert not Settlement.objects.exists()
    done = run_on(date(2027, 1, 1))
    assert (done.settled_count, done.document_count, done.totals_minor) == (1, 2, {"EUR": 11800})


def test_sb5_an_invoice_that_is_looked_at_first_waits_and_cannot_be_thrown_away(scene: Scene) -> None:
    begun(scene, is_reviewed=True)
    run_on(date(2026, 11, 22))
    draft = Draft.objects.get()
    assert draft.shown_total_minor == 7021
    with refused("draft.keeps_lines"):
        invoicing.discard_draft(draft=draft, actor=SYSTEM, at=NOW)
    invoicing.issue_draft(draft=draft, actor=SYSTEM, at=noon(date(2026, 11, 22)))
    assert bills() == [("invoice", 5900)]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_sb3_a_run_at_a_quarter_past_midnight_repeated_bills_each_day_once(scene: Scene, zone: str) -> None:
    """From 31 January over the days of 23 and 25 hours and a leap day, by the days of the subscription's own zone."""
    row = begun(scene, BASE, starts_on=date(2027, 1, 31), zone=zone)
    day, until = date(2027, 1, 28), date(2028, 3, 31)
    while day <= until:
        if day.day in {1, 2, 27, 28, 29, 30, 31} or (day.month, day.day) in {(3, 14), (11, 7)}:
            for _ in range(3):
                at = datetime(day.year, day.month, day.day, 0, 15, tzinfo=ZoneInfo("Europe/Berlin"))
                billing_run.run_if_due(actor=SYSTEM, at=at)
        day += timedelta(days=1)
    last_days = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29)
    expected = [date(2027 + n // 12, n % 12 + 1, last) for n, last in enumerate(last_days)]
    settled = list(Settlement.objects.filter(subscription=row).order_by("ordinal").values_list("settled_on", flat=True))
    assert settled[: len(expected)] == expected
    assert len(settled) in {14, 15}, "31 March 2028 has come or not, by the zone"
    assert len(set(settled)) == len(settled)


def test_sb3_how_many_customers_share_a_transaction_changes_no_bill(scene: Scene) -> None:
    """The same subscriptions with changes, billed one customer at a time and late, or all together and day by day."""
    rows = [begun(scene, customer=customer) for customer in (scene.customer, scene.person, scene.customer)]
    rows += [begun(scene, SEATS, customer=scene.person, terms=PlanTerms(trial_days=10), starts_on=date(2026, 11, 29))]
    days = [date(2026, 11, 22) + timedelta(days=n) for n in range(70)]
    entries = {
        5: (0, ChangeEntry(kind="quantity", item="seats", quantity=Decimal(9))),
        12: (1, ChangeEntry(kind="pause")),
        20: (2, ChangeEntry(kind="quantity", item="seats", quantity=Decimal(1), when="now")),
        33: (1, ChangeEntry(kind="resume")),
        41: (0, ChangeEntry(kind="cancel", when="now")),
    }

    def lived(chunk: int, every_days: int) -> dict[str, list[tuple[date, int]]]:
        with transaction.atomic():
            for n, day in enumerate(days):
                if n in entries:
                    which, entry = entries[n]
                    row = Subscription.objects.get(id=rows[which].id)
                    change_subscription.change_at_once(row=row, entry=entry, actor=SYSTEM, at=noon(day))
                if n % every_days == every_days - 1 or n == len(days) - 1:
                    billing_run.run(actor=SYSTEM, at=noon(day), chunk=chunk)
            connection.check_constraints()
            told: dict[str, list[tuple[date, int]]] = {}
            for line in BilledLine.objects.select_related("charge").order_by("starts_on", "gross_minor", "number"):
                told.setdefault(f"{line.charge.subscription_id}", []).append((line.starts_on, line.gross_minor))
            transaction.set_rollback(True)
            return told

    daily = lived(1, 1)
    assert sum(map(len, daily.values())) > 15
    assert lived(500, 1) == daily
    late = lived(2, 7)
    assert {key: sum(each for _, each in lines) for key, lines in late.items()} == {
        key: sum(each for _, each in lines) for key, lines in daily.items()
    }


def test_sb1_a_subscription_takes_a_plan_with_its_own_quantities_prices_and_coupons(scene: Scene) -> None:
    plans.add_coupon(new=NewCoupon(code="SPRING", percent=Decimal(10), periods=1), actor=SYSTEM, at=NOW)
    row = begun(
        scene, quantities={"seats": Decimal(5)}, prices={"seats": {"kind": "per_unit", "amount": "9"}},
        coupon_codes=["spring"],
    )  # fmt: skip
    assert [(item.key, item.quantity, item.price["amount"]) for item in row.items.order_by("position")] == [
        ("base-fee", 1, "29"), ("seats", 5, "9"),
    ]  # fmt: skip
    assert (row.zone, row.currency, row.final_on) == ("Europe/Berlin", "EUR", None)
    run_on(date(2026, 12, 22))
    assert bills() == [("invoice", 6660), ("invoice", 7400)], "10 % off the first period of 29.00 + 45.00"
    assert begun(scene).number == "S-2026-00002"


def test_sb1_a_trial_is_not_billed(scene: Scene) -> None:
    begun(scene, terms=PlanTerms(trial_days=14))
    run_on(date(2026, 12, 5))
    assert bills() == []
    run_on(date(2026, 12, 6))
    assert bills() == [("invoice", 5900)]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"starts_on": date(2040, 1, 1)}, "subscription.bad_start"),
        ({"quantities": {"none": Decimal(1)}}, "subscription.no_item"),
        ({"quantities": {"seats": Decimal(-1)}}, "subscription.bad_quantity"),
        ({"item_keys": []}, "plan.no_items"),
        ({"coupon_codes": ["NONE"]}, "coupon.not_given"),
        ({"zone": "Nowhere/City"}, "period.unknown_zone"),
        ({"ends_on": date(2026, 11, 1)}, "subscription.ends_before_start"),
        ({"trial_days": 9999}, "plan.bad_terms"),
    ],
)
def test_sb1_what_cannot_be_taken_is_refused_and_leaves_nothing(scene: Scene, more: dict[str, Any], code: str) -> None:
    with refused(code):
        begun(scene, **more)
    assert not Subscription.objects.exists()


def test_sb4_changes_are_kept_and_none_is_rewritten(scene: Scene) -> None:
    row = begun(scene)
    run_on(date(2026, 11, 22))
    for n, entry in enumerate((
        ChangeEntry(kind="add", added=ItemEntry(name="Backup", price={"kind": "flat", "amount": "6"})),
        ChangeEntry(kind="price", prices={"base-fee": {"kind": "flat", "amount": "40"}}),
        ChangeEntry(kind="quantity", item="seats", quantity=Decimal(1), on=date(2027, 1, 1)),
        ChangeEntry(kind="interval", interval="year"),
    )):  # fmt: skip
        row = Subscription.objects.get(id=row.id)
        row = change_subscription.change_at_once(
            row=row, entry=entry, reason="As they asked", actor=SYSTEM, at=noon(date(2026, 12, 1 + n))
        )
    kept = queries.changes_of(row)
    assert [(each.ordinal, each.kind, each.reason) for each in kept] == [
        (4, "interval", "As they asked"), (3, "quantity", "As they asked"), (2, "price", "As they asked"),
        (1, "add", "As they asked"),
    ]  # fmt: skip
    assert queries.load(row).items["backup"].change_ordinal == 1
    assert row.version == 5
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        kept[0].__class__.objects.filter(id=kept[0].id).update(reason="Otherwise")


def test_sb4_what_makes_no_sense_changes_nothing(scene: Scene) -> None:
    row = begun(scene)
    for entry, code in (
        (ChangeEntry(kind="resume"), "subscription.not_paused"),
        (ChangeEntry(kind="guess"), "subscription.unknown_change"),
        (ChangeEntry(kind="price"), "subscription.no_price"),
        (ChangeEntry(kind="price", prices={"none": {"kind": "flat", "amount": "1"}}), "subscription.no_item"),
        (ChangeEntry(kind="pause", on=date(2026, 11, 1)), "subscription.before_start"),
        (ChangeEntry(kind="pause", on=date(2036, 11, 1)), "subscription.too_far"),
        (ChangeEntry(kind="quantity", item="seats", quantity=Decimal("NaN")), "subscription.bad_quantity"),
    ):
        with refused(code):
            change_subscription.change_at_once(row=row, entry=entry, actor=SYSTEM, at=NOW)
    assert not queries.changes_of(row)


def test_sb7_a_token_is_good_for_an_hour_and_for_its_subscription(scene: Scene) -> None:
    row, other = begun(scene), begun(scene)
    entry = ChangeEntry(kind="quantity", item="seats", quantity=Decimal(5))
    shown = change_subscription.preview_change(row=row, entry=entry, at=NOW)
    assert queries.changes_of(row) == [], "a preview keeps nothing"
    for code, of, token, at in (
        ("subscription.bad_token", row, "made-up", NOW),
        ("subscription.preview_stale", other, shown.token, NOW),
        ("subscription.preview_stale", row, shown.token, NOW + timedelta(minutes=61)),
        ("subscription.preview_stale", row, shown.token, NOW - timedelta(minutes=1)),
    ):
        with refused(code):
            change_subscription.confirm_change(row=of, token=token, actor=SYSTEM, at=at)
    done = change_subscription.confirm_change(row=row, token=shown.token, actor=SYSTEM, at=NOW + timedelta(minutes=59))
    assert [change.takes_at for change in queries.changes_of(done)] == [NOW]


def test_sb8_what_would_credit_a_draft_waits_until_that_is_issued(scene: Scene) -> None:
    row = begun(scene, is_reviewed=True)
    run_on(date(2026, 11, 22))
    row.refresh_from_db()
    with refused("subscription.not_on_paper"):
        change_subscription.change_at_once(
            row=row, entry=ChangeEntry(kind="cancel", when="now"), actor=SYSTEM, at=noon(date(2026, 12, 1))
        )
    assert not queries.changes_of(row)
    invoicing.issue_draft(draft=Draft.objects.get(), actor=SYSTEM, at=noon(date(2026, 12, 1)))
    change_subscription.change_at_once(
        row=row, entry=ChangeEntry(kind="cancel", when="now"), actor=SYSTEM, at=noon(date(2026, 12, 1))
    )
    assert Draft.objects.get().kind == "credit_note", "looked at first, as all of its papers"


def test_sb7_a_change_meanwhile_that_bills_nothing_yet_makes_a_preview_stale_too(scene: Scene) -> None:
    row = begun(scene)
    run_on(date(2026, 11, 22))
    row.refresh_from_db()
    at = noon(date(2026, 12, 7))
    more = ChangeEntry(kind="quantity", item="seats", quantity=Decimal(5))
    shown = change_subscription.preview_change(row=row, entry=more, at=at)
    later = ChangeEntry(kind="quantity", item="seats", quantity=Decimal(9), on=date(2027, 3, 1))
    change_subscription.change_at_once(row=row, entry=later, actor=SYSTEM, at=at)
    with refused("subscription.preview_stale"):
        change_subscription.confirm_change(row=row, token=shown.token, actor=SYSTEM, at=at)
    assert [change.kind for change in queries.changes_of(row)] == ["quantity"]
    assert bills() == [("invoice", 5900)]
