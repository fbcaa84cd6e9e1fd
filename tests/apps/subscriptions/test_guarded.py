"""What the guardian finds while subscriptions are billed: that invoice waits, everybody else's goes out."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from conto.apps.audit.models import Fact
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.models import Document, Draft
from conto.apps.subscriptions import queries as subscriptions
from conto.apps.subscriptions.actions import change_subscription as change_subscription_only
from conto.apps.subscriptions.actions import planned_change
from conto.apps.subscriptions.entries import ChangeEntry
from conto.apps.subscriptions.models import BilledLine, SetAside, Subscription
from conto.apps.subscriptions.queries import billed_among
from conto.domain.errors import Conflict
from conto.domain.facts import SYSTEM
from conto.domain.guardian import GuardianRules
from conto.domain.ids import new_id
from conto.flows import change_subscription, credit_invoice, issue_waiting
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


DAY = date(2026, 11, 22)


def wait(hours: int) -> None:
    invoicing.set_guardian_rules(rules=GuardianRules(review_hours=hours), actor=SYSTEM, at=noon(DAY))


def issued_at(day: date) -> int:
    return issue_waiting.issue_waiting(actor=SYSTEM, at=noon(day))


def test_gu7_what_a_run_makes_waits_for_its_time_and_is_issued_late_and_once(scene: Scene) -> None:
    wait(24)
    for _n in range(2):  # twins: the same lines and amount on the same day
        begun(scene, BASE, bills_alone=True)
    done = run_on(DAY)
    assert (done.document_count, len(bills())) == (2, 0)
    drafts = list(Draft.objects.order_by("id"))
    assert {draft.issues_at for draft in drafts} == {noon(DAY) + timedelta(hours=24)}
    assert Fact.objects.filter(kind="document_scheduled").count() == 2
    assert len(queries.drafts_of_run(scene.owner, done.id)) == 2
    waiting = queries.document_page(scene.owner, today=DAY, state="waiting").rows
    assert {row.issues_at for row in waiting} == {noon(DAY) + timedelta(hours=24)}
    assert issued_at(DAY) == 0, "it is not time yet"
    assert issued_at(date(2026, 11, 26)) == 2, "the worker was down for days"
    assert issued_at(date(2026, 11, 26)) == 0
    assert set(Document.objects.values_list("id", "issued_on")) == {(draft.id, date(2026, 11, 26)) for draft in drafts}


def test_gu7_a_stopped_one_stays_and_one_issued_by_hand_is_issued_once(scene: Scene) -> None:
    wait(24)
    begun(scene, BASE)
    begun(scene, BASE, customer=scene.person)
    run_on(DAY)
    stopped = Draft.objects.get(customer=scene.customer)
    by_hand = Draft.objects.get(customer=scene.person)
    invoicing.stop_scheduled(draft=stopped, actor=SYSTEM, at=noon(DAY))
    with pytest.raises(Conflict, match="not issued by itself"):
        invoicing.stop_scheduled(draft=stopped, actor=SYSTEM, at=noon(DAY))
    invoicing.issue_draft(draft=by_hand, actor=SYSTEM, at=noon(DAY))
    with pytest.raises(Conflict, match="already issued"):
        invoicing.stop_scheduled(draft=by_hand, actor=SYSTEM, at=noon(DAY))
    assert issued_at(date(2026, 12, 1)) == 0
    assert [draft.id for draft in Draft.objects.all()] == [stopped.id]
    assert Fact.objects.get(kind="document_stopped").subject_id == stopped.id


def test_gu7_what_the_check_list_stops_is_held_and_does_not_wait(scene: Scene) -> None:
    row = begun(scene)
    begun(scene, BASE, customer=scene.person)
    run_on(date(2027, 4, 23))
    row.refresh_from_db()
    wait(24)
    change_subscription.change_at_once(row=row, entry=MANY, actor=SYSTEM, at=noon(date(2027, 4, 24)))
    run_on(date(2027, 5, 23))
    unusual = Draft.objects.get(customer=scene.customer)
    assert (unusual.held_for, unusual.issues_at) == ("check.amount_unusual", None)
    waits = Draft.objects.get(customer=scene.person)
    waits.lines.update(name="")  # as if something went missing meanwhile
    assert issued_at(date(2027, 5, 25)) == 0
    waits.refresh_from_db()
    assert (waits.held_for, waits.issues_at) == ("check.line_name", None)
    assert issued_at(date(2027, 5, 26)) == 0


def test_gu7_a_credit_note_of_a_run_waits_too(scene: Scene) -> None:
    row = begun(scene)
    run_on(DAY)
    wait(48)
    row.refresh_from_db()
    loaded, at = subscriptions.load(row), noon(date(2026, 12, 7))
    leave = ChangeEntry(kind="cancel", when="now")
    change, _added = planned_change(loaded=loaded, entry=leave, at=at, key=new_id())
    change_subscription_only(row=row, change=change, added=None, actor=SYSTEM, at=at, reason="")
    run = run_on(date(2026, 12, 7))
    drafts = list(Draft.objects.all())
    assert {(draft.kind, draft.run_id, draft.issues_at) for draft in drafts} == {
        ("credit_note", run.id, noon(date(2026, 12, 9)))
    }
    assert issued_at(date(2026, 12, 9)) == len(drafts)
    assert [kind for kind, _minor in bills()][1:] == ["credit_note"] * len(drafts)


def test_gu6_set_rules_count_for_what_is_checked_from_then_on(scene: Scene) -> None:
    row = begun(scene)
    run_on(date(2027, 4, 23))
    row.refresh_from_db()
    change_subscription.change_at_once(row=row, entry=MANY, actor=SYSTEM, at=noon(date(2027, 4, 24)))
    known = queries.guardian_preview(scene.owner, GuardianRules(), billed=billed_among)
    assert (known.documents, known.held) == (6, ())
    invoicing.set_guardian_rules(rules=GuardianRules(watches_amounts=False), actor=SYSTEM, at=noon(DAY))
    told = [fact.body for fact in Fact.objects.filter(kind="settings_changed").select_related("payload")]
    assert {"area": "guardian", "changes": {"watches_amounts": [True, False]}} in told
    run_on(date(2027, 5, 23))
    assert not Draft.objects.exists()
    counted = queries.guardian_preview(scene.owner, GuardianRules(), billed=billed_among)
    assert [each.codes for each in counted.held] == [("check.amount_unusual",)]
    assert counted.count("check.amount_unusual") == 1
    for lenient in (GuardianRules(watches_amounts=False), GuardianRules(least_documents=7)):
        assert queries.guardian_preview(scene.owner, lenient, billed=billed_among).held == ()


def least(amount_minor: int) -> None:
    invoicing.set_minimums(minimums={"EUR": amount_minor}, actor=SYSTEM, at=noon(DAY))


def lines_billed(row: Subscription | None = None) -> list[BilledLine]:
    lines = BilledLine.objects.filter(charge__subscription=row) if row else BilledLine.objects.all()
    return list(lines.order_by("charge_id", "number"))


def billed_net() -> int:
    return sum(minor if kind == "invoice" else -minor for kind, minor in bills())


def test_sb12_what_is_below_the_minimum_goes_onto_the_next_invoice_under_the_same_id(scene: Scene) -> None:
    least(10_000)
    row = begun(scene)
    run_on(DAY)
    carried = Draft.objects.get()
    assert (carried.shown_total_minor, carried.carried_at, bills()) == (5900 * 119 // 100, noon(DAY), [])
    assert Fact.objects.get(kind="document_carried").subject_id == carried.id
    run_on(date(2026, 11, 23))
    assert Draft.objects.get().id == carried.id, "nothing new is due"
    invoicing.change_draft(draft=carried, changes={"notes": "Thank you"}, actor=SYSTEM, at=noon(DAY))
    begun(scene, BASE, starts_on=date(2026, 12, 1))
    done = run_on(date(2026, 12, 1))
    assert not Draft.objects.exists()
    document = Document.objects.get()
    assert (document.id, document.net_minor, document.issued_on) == (carried.id, 5900 + 2900, date(2026, 12, 1))
    assert (done.document_count, document.details["notes"]) == (1, "Thank you")
    assert [place.document_id for place in lines_billed(row)] == [document.id] * 2
    positions = {line.position: line.net_minor for line in document.lines.all()}
    assert all(positions[each.position or 0] == each.gross_minor - each.discount_minor for each in lines_billed())
    run_on(date(2026, 12, 22))
    assert Draft.objects.get().shown_total_minor == 5900 * 119 // 100


def test_sb12_the_last_bill_is_issued_whatever_it_comes_to(scene: Scene) -> None:
    least(1_000_000)
    row = begun(scene)
    run_on(DAY)
    row.refresh_from_db()
    leave = ChangeEntry(kind="cancel", when="period_end")
    change_subscription.change_at_once(row=row, entry=leave, actor=SYSTEM, at=noon(date(2026, 12, 7)))
    assert (Draft.objects.count(), bills()) == (1, []), "it is not over yet"
    run_on(date(2026, 12, 22))
    assert (Draft.objects.count(), bills()) == (0, [("invoice", 5900)])


def test_sb12_what_is_credited_is_issued_first(scene: Scene) -> None:
    least(1_000_000)
    row = begun(scene)
    run_on(DAY)
    row.refresh_from_db()
    leave = ChangeEntry(kind="cancel", when="now")
    change_subscription.change_at_once(row=row, entry=leave, actor=SYSTEM, at=noon(date(2026, 12, 7)))
    assert not Draft.objects.exists()
    assert bills() == [("invoice", 5900), ("credit_note", 2950)]


def test_sb12_who_confirms_a_change_gets_its_bill_alone_and_by_hand_it_can_be_issued(scene: Scene) -> None:
    least(1_000_000)
    row = begun(scene)
    run_on(DAY)
    row.refresh_from_db()
    more = ChangeEntry(kind="quantity", item="seats", quantity=Decimal(9))
    change_subscription.change_at_once(row=row, entry=more, actor=SYSTEM, at=noon(date(2026, 12, 7)))
    assert bills() == [("invoice", 3000)]
    carried = Draft.objects.get()
    assert carried.carried_at is not None
    invoicing.issue_draft(draft=carried, actor=SYSTEM, at=noon(date(2026, 12, 8)))
    run_on(date(2026, 12, 22))
    assert Draft.objects.get().id != carried.id
    assert [minor for _kind, minor in bills()] == [3000, 5900]


@pytest.mark.parametrize("minimum_minor", [1, 8_000, 30_000, 10**9])
def test_sb12_the_sum_of_what_is_billed_is_the_same_with_and_without_a_minimum(
    scene: Scene, minimum_minor: int
) -> None:
    rows = [begun(scene, BASE), begun(scene), begun(scene, SEATS, bills_alone=True)]
    days = [DAY + timedelta(days=9 * n) for n in range(12)]
    entries = {
        2: (0, ChangeEntry(kind="pause")),
        4: (0, ChangeEntry(kind="resume")),
        5: (1, ChangeEntry(kind="quantity", item="seats", quantity=Decimal(7))),
        7: (2, ChangeEntry(kind="cancel", when="period_end")),
        11: (1, ChangeEntry(kind="cancel", when="now")),
    }

    def lived(*, has_minimum: bool) -> tuple[int, int]:
        with transaction.atomic():
            if has_minimum:
                least(minimum_minor)
            for n, day in enumerate(days):
                run_on(day)
                if n in entries:
                    which, entry = entries[n]
                    row = Subscription.objects.get(id=rows[which].id)
                    change_subscription.change_at_once(row=row, entry=entry, actor=SYSTEM, at=noon(day))
            row = Subscription.objects.get(id=rows[0].id)
            end = ChangeEntry(kind="cancel", when="period_end")
            change_subscription.change_at_once(row=row, entry=end, actor=SYSTEM, at=noon(days[-1]))
            run_on(date(2027, 4, 1))
            connection.check_constraints()
            assert not Draft.objects.filter(carried_at__isnull=False).exists()
            assert not SetAside.objects.filter(solved_at=None).exists()
            result = billed_net(), len(bills())
            transaction.set_rollback(True)
        return result

    plain, carried = lived(has_minimum=False), lived(has_minimum=True)
    assert carried[0] == plain[0]
    assert carried[1] <= plain[1]


def test_gu4_a_credit_note_that_cannot_be_issued_any_more_is_held_and_not_overlooked(scene: Scene) -> None:
    row = begun(scene)
    run_on(DAY)
    wait(24)
    row.refresh_from_db()
    loaded, at = subscriptions.load(row), noon(date(2026, 12, 7))
    change, _added = planned_change(loaded=loaded, entry=ChangeEntry(kind="cancel", when="now"), at=at, key=new_id())
    change_subscription_only(row=row, change=change, added=None, actor=SYSTEM, at=at, reason="")
    run_on(date(2026, 12, 7))
    document = Document.objects.get()
    credit_invoice.credit(document=document, reason="By hand, meanwhile", actor=SYSTEM, at=at)
    assert issued_at(date(2026, 12, 9)) == 0
    draft = Draft.objects.get()
    assert (draft.kind, draft.held_for) == ("credit_note", "credit.more_than_left")
    assert Fact.objects.get(kind="document_held").subject_id == draft.id
