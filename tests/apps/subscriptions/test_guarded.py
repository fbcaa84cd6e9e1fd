"""What the guardian finds while subscriptions are billed: that invoice waits, everybody else's goes out."""

from datetime import date
from decimal import Decimal

from conto.apps.audit.models import Fact
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.models import Document, Draft
from conto.apps.subscriptions.entries import ChangeEntry
from conto.apps.subscriptions.models import SetAside
from conto.domain.facts import SYSTEM
from conto.flows import change_subscription
from tests.apps.subscriptions.test_billing import BASE, SEATS, begun, bills, noon, run_on
from tests.scene import Scene, line

MANY = ChangeEntry(kind="quantity", item="seats", quantity=Decimal(300), when="period_end")


def test_gu1_gu4_a_run_holds_an_unusual_amount_and_bills_everybody_else(scene: Scene) -> None:
    row = begun(scene)
    begun(scene, customer=scene.person)
    run_on(date(2027, 4, 23))
    assert len(bills()) == 12
    row.refresh_from_db()
    change_subscription.change_at_once(row=row, entry=MANY, actor=SYSTEM, at=noon(date(2027, 4, 24)))
    done = run_on(date(2027, 5, 23))
    assert (done.settled_count, done.document_count, done.aside_count) == (2, 2, 0)
    held = Draft.objects.get()
    assert (held.held_for, held.run_id) == ("check.amount_unusual", done.id)
    assert Fact.objects.get(kind="document_held").subject_id == held.id
    assert [draft.id for draft in queries.drafts_of_run(scene.owner, done.id)] == [held.id]
    assert (held.customer_id, held.shown_total_minor) == (scene.customer.id, (2900 + 300000) * 119 // 100)
    assert Document.objects.filter(customer=scene.person).count() == 7
    run_on(date(2027, 5, 23))
    assert Draft.objects.count() == 1, "billed once"
    made = invoicing.issue_draft(
        draft=held, actor=SYSTEM, at=noon(date(2027, 5, 24)), overrides={"check.amount_unusual": "300 seats, as agreed"}
    )
    assert not queries.drafts_of_run(scene.owner, done.id)
    assert made.overrides.get().reason == "300 seats, as agreed"
    run_on(date(2027, 6, 23))
    assert not Draft.objects.exists(), "what the latest came to is no surprise"
    assert not SetAside.objects.exists()


def test_gu1_a_change_that_somebody_has_seen_and_confirmed_is_not_held(scene: Scene) -> None:
    row = begun(scene)
    run_on(date(2027, 4, 23))
    more = ChangeEntry(kind="quantity", item="seats", quantity=Decimal(4))
    row.refresh_from_db()
    change_subscription.change_at_once(row=row, entry=more, actor=SYSTEM, at=noon(date(2027, 5, 1)))
    assert not Draft.objects.exists()
    assert bills()[-1][1] < 1000


def test_gu1_a_new_subscription_is_not_held_against_what_the_customer_bought_before(scene: Scene) -> None:
    row = begun(scene, SEATS)
    run_on(date(2027, 4, 23))
    begun(scene, BASE, bills_alone=True, starts_on=date(2027, 4, 24))
    run_on(date(2027, 4, 24))
    assert not Draft.objects.exists()
    assert row.customer_id == scene.customer.id


def test_gu3_twin_subscriptions_are_no_doubles_but_what_was_billed_by_hand_is(scene: Scene) -> None:
    for _n in range(2):
        begun(scene, BASE, bills_alone=True)
    run_on(date(2026, 11, 22))
    assert bills() == [("invoice", 2900)] * 2
    period = {"period_start_on": date(2026, 12, 22), "period_end_on": date(2027, 1, 21)}
    by_hand = scene.draft(line("29", name="Base fee", **period))
    invoicing.issue_draft(draft=by_hand, actor=SYSTEM, at=noon(date(2026, 12, 20)))
    done = run_on(date(2026, 12, 22))
    assert done.document_count == 2
    assert Draft.objects.count() == 2, "both bill what was billed by hand"
    assert len(bills()) == 3
