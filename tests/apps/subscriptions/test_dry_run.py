"""Dry runs: what a run then does, to the cent, and nothing of it is there before."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conto.apps.crm.models import Customer
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document, Draft, MinimumAmount
from conto.apps.subscriptions import actions, queries
from conto.apps.subscriptions.entries import ChangeEntry
from conto.apps.subscriptions.models import BillingRun, DryRun, SetAside, Subscription, SubscriptionItem
from conto.domain.facts import SYSTEM
from conto.domain.guardian import GuardianRules
from conto.domain.ids import new_id
from conto.flows import billing_run, dry_run
from tests.apps.subscriptions.test_billing import BASE, SEATS, begun, noon
from tests.scene import Scene

pytestmark = pytest.mark.django_db
FIRST, AT = noon(date(2026, 11, 22)), noon(date(2027, 1, 1))
ITS_OWN = ("subscriptions_dryrun", "procrastinate_")


def fingerprint() -> dict[str, tuple[int, int]]:
    """Count and hash every row of every table but those of dry runs and of the queue."""
    found: dict[str, tuple[int, int]] = {}
    for table in connection.introspection.table_names():
        if not table.startswith(ITS_OWN):
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM "{table}" t')
                found[table] = cursor.fetchone()
    return found


def billed_book(scene: Scene) -> Subscription:
    """Have everything due on one day that a run knows: several days, credits, waiting, carried, charged, set aside."""
    leaving = begun(scene, customer=scene.customer)
    begun(scene, BASE, customer=scene.person, is_reviewed=True)
    begun(scene, SEATS, customer=scene.person, collection="charge")
    begun(scene, customer=scene.customer, price_mode="gross", bills_alone=True)
    billing_run.run(actor=SYSTEM, at=FIRST)
    leaving.refresh_from_db()
    loaded, at = queries.load(leaving), FIRST + timedelta(days=3)
    change, added = actions.planned_change(loaded=loaded, entry=ChangeEntry(kind="cancel", when="now"), at=at)
    assert added is None
    actions.change_subscription(row=leaving, change=change, actor=SYSTEM, at=at)
    small = Customer.objects.exclude(id__in=[scene.customer.id, scene.person.id]).first()
    begun(scene, BASE, customer=small or scene.person, bills_alone=True)
    poisoned = begun(scene, BASE, customer=scene.person, bills_alone=True)
    odd = {"position": 9, "key": "odd", "name": "Odd", "price": {"kind": "guess"}}
    SubscriptionItem.objects.create(id=new_id(), subscription=poisoned, **odd)
    return poisoned


def worked(chunk: int, *, dies_after: int = 0, at: datetime = AT) -> DryRun:
    """Let the worker do a dry run; after so many chunks its clock stops, and another worker takes it up."""
    row, is_new = dry_run.begin(actor=SYSTEM, at=at)
    assert is_new
    asked = 0

    def clock() -> datetime:
        nonlocal asked
        asked += 1
        if dies_after and asked == dies_after + 2:
            raise InterruptedError
        return at

    if dies_after:
        with pytest.raises(InterruptedError):
            dry_run.work(run_id=row.id, clock=clock, chunk=chunk)
        row.refresh_from_db()
        assert (row.ended_at, row.is_whole) == (None, False)
    dry_run.work(run_id=row.id, clock=clock, chunk=chunk)
    row.refresh_from_db()
    return row


def said(row: DryRun | BillingRun) -> tuple[object, ...]:
    return row.until, row.due_count, row.settled_count, row.aside_count, row.document_count, row.totals_minor


@pytest.mark.parametrize(("hours", "minimum_minor"), [(0, 0), (24, 0), (0, 4_000)])
def test_sb8_a_dry_run_comes_to_what_the_run_then_does_and_writes_nothing(
    scene: Scene, hours: int, minimum_minor: int
) -> None:
    poisoned = billed_book(scene)
    invoicing.set_guardian_rules(rules=GuardianRules(review_hours=hours), actor=SYSTEM, at=FIRST)
    if minimum_minor:
        MinimumAmount.objects.create(currency="EUR", amount_minor=minimum_minor, changed_at=FIRST)
    before = fingerprint()
    whole, singly, anew = worked(500), worked(1), worked(1, dies_after=2)
    assert fingerprint() == before
    known = set(Document.objects.values_list("id", flat=True)) | set(Draft.objects.values_list("id", flat=True))
    run = billing_run.run(actor=SYSTEM, at=AT)
    assert fingerprint() != before
    assert run.aside_count == 1
    for dry in (whole, singly, anew):
        assert (dry.is_whole, dry.ended_at, said(dry)) == (True, AT, said(run))
        assert [(number, code) for number, code, _reason, _told in dry.aside] == [
            (poisoned.number, SetAside.objects.get(solved_at=None).code)
        ]
        assert sorted((each["total_minor"], each["is_draft"]) for each in dry.papers) == sorted(
            [
                *((row.gross_minor, False) for row in Document.objects.exclude(id__in=known)),
                *((row.shown_total_minor, True) for row in Draft.objects.exclude(id__in=known)),
            ]
        )
        assert dry.draft_count == sum(each["is_draft"] for each in dry.papers)
        for each in dry.papers:
            assert each["net_minor"] + each["tax_minor"] == each["total_minor"]
            assert sum(minor for _name, minor in each["lines"]) == each["net_minor"]


def test_sb8_one_dry_run_is_under_way_and_it_ends_or_is_given_up(scene: Scene) -> None:
    begun(scene)
    first, _is_new = dry_run.begin(actor=SYSTEM, at=AT)
    assert dry_run.begin(actor=SYSTEM, at=AT + timedelta(minutes=29)) == (first, False)
    late = AT + timedelta(minutes=31)
    second, is_new = dry_run.begin(actor=SYSTEM, at=late)
    assert (is_new, second.id != first.id) == (True, True)
    assert dry_run.work(run_id=first.id, clock=lambda: late) == 0, "it was given up: nobody waits for it"
    first.refresh_from_db()
    assert (first.ended_at, first.is_whole, first.counts_from) == (late, False, None)
    assert dry_run.work(run_id=second.id, clock=lambda: late) == 1
    assert dry_run.work(run_id=second.id, clock=lambda: late + timedelta(days=60)) == 0, "over: nothing is done again"
    second.refresh_from_db()
    assert (second.ended_at, second.settled_count, second.document_count) == (late, 1, 2)


def test_sb8_a_dry_run_that_is_given_up_meanwhile_stops(scene: Scene) -> None:
    begun(scene)
    begun(scene, customer=scene.person)
    row, _is_new = dry_run.begin(actor=SYSTEM, at=AT)
    given_up = iter([False, True, True])

    def clock() -> datetime:
        if next(given_up):
            DryRun.objects.filter(ended_at=None).update(ended_at=AT)
        return AT

    assert dry_run.work(run_id=row.id, clock=clock, chunk=1) == 1
    row.refresh_from_db()
    assert (row.is_whole, row.settled_count) == (False, 0)


def test_sb8_the_latest_twenty_dry_runs_are_kept_for_a_month() -> None:
    for n in range(22):
        row, _is_new = dry_run.begin(actor=SYSTEM, at=AT + timedelta(days=n))
        actions.start_dry_run(run_id=row.id, at=AT)
        assert actions.end_dry_run(run_id=row.id, at=AT)
    kept = sorted(DryRun.objects.values_list("started_at", flat=True))
    assert actions.forget_dry_runs(at=kept[-1]) == 2
    assert sorted(DryRun.objects.values_list("started_at", flat=True)) == kept[2:]
    assert actions.forget_dry_runs(at=kept[11] + timedelta(days=30)) == 9
    assert sorted(DryRun.objects.values_list("started_at", flat=True)) == kept[11:]
    waiting, _is_new = dry_run.begin(actor=SYSTEM, at=AT + timedelta(days=90))
    actions.forget_dry_runs(at=AT + timedelta(days=90, minutes=1))
    assert DryRun.objects.get() == waiting


def test_sb8_a_dry_run_leaves_no_customer_out_and_a_chunk_asks_a_constant_number_of_times(scene: Scene) -> None:
    def asked() -> int:
        row, _is_new = dry_run.begin(actor=SYSTEM, at=AT)
        with CaptureQueriesContext(
            connection,
        ) as queries_of_it:
            dry_run.work(run_id=row.id, clock=lambda: AT)
        assert not any("SKIP LOCKED" in str(each["sql"]) for each in queries_of_it.captured_queries)
        return len(queries_of_it)

    begun(scene, quantities={"seats": Decimal(5)})
    begun(scene, customer=scene.person)
    few = asked()
    for _n in range(4):
        begun(scene, customer=scene.customer)
        begun(scene, customer=scene.person)
    assert asked() == few
