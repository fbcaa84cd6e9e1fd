from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from conto.apps.audit.models import Fact
from conto.apps.invoicing import queries as invoicing
from conto.apps.ledger import actions as ledger
from conto.apps.ledger import queries
from conto.apps.ledger.models import Closing
from conto.apps.ledger.queries.closing import closings_stand
from conto.apps.payments import actions as payments
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import SYSTEM
from tests.scene import NOW, TODAY, Scene, issue, line

YESTERDAY = TODAY - timedelta(days=1)
LATER = NOW + timedelta(days=40)


def close(scene: Scene, until: date, at: datetime = NOW) -> Closing:
    return ledger.close_period(legal_entity=scene.seller, until=until, actor=SYSTEM, at=at)


def pay(scene: Scene, on: date) -> None:
    payments.receive_payment(
        customer=scene.customer,
        legal_entity=scene.seller,
        method="cash",
        amount_minor=100,
        currency="EUR",
        received_on=on,
        actor=SYSTEM,
        at=NOW,
    )


def test_c1_nothing_is_dated_in_a_closed_period_and_the_refusal_says_so(scene: Scene) -> None:
    close(scene, YESTERDAY)
    with pytest.raises(Conflict) as refusal:
        pay(scene, YESTERDAY)
    assert refusal.value.code == "ledger.period_closed"
    assert refusal.value.params == {"closed": YESTERDAY}
    pay(scene, TODAY)


def test_c1_a_draft_dated_in_a_closed_period_is_not_issued_and_the_check_list_says_why(scene: Scene) -> None:
    close(scene, YESTERDAY)
    draft = scene.draft()
    assert "check.period_closed" in [finding.code for finding in invoicing.findings(draft, YESTERDAY)]
    with pytest.raises(RuleBroken):
        issue(draft, issued_on=YESTERDAY)
    assert issue(draft).number


def test_c1_only_days_that_are_over_are_closed_and_only_forward(scene: Scene) -> None:
    with pytest.raises(RuleBroken):
        close(scene, TODAY)
    close(scene, YESTERDAY)
    with pytest.raises(Conflict):
        close(scene, YESTERDAY)


def test_c2_what_comes_by_itself_moves_behind_the_closing_date(scene: Scene) -> None:
    assert queries.first_open_day(scene.seller.id, YESTERDAY) == YESTERDAY
    close(scene, YESTERDAY)
    assert queries.first_open_day(scene.seller.id, YESTERDAY) == TODAY
    assert queries.first_open_day(scene.seller.id, LATER.date()) == LATER.date()


def test_c3_a_close_keeps_the_totals_of_every_account_and_they_can_be_computed_anew(scene: Scene) -> None:
    scene.issued(line("100"))
    row = close(scene, TODAY, LATER)
    assert sorted((debited, credited) for _, debited, credited in row.totals) == [(0, 1900), (0, 10000), (11900, 0)]
    assert closings_stand().violated == 0
    assert Fact.objects.filter(kind="period_closed", subject_id=scene.seller.id).count() == 1


def test_c4_a_period_is_opened_again_with_a_reason_and_closed_anew(scene: Scene) -> None:
    first, second = YESTERDAY - timedelta(days=30), YESTERDAY
    close(scene, first)
    close(scene, second)
    with pytest.raises(RuleBroken):
        ledger.reopen_period(legal_entity=scene.seller, until=first, reason=" ", actor=SYSTEM, at=NOW)
    ledger.reopen_period(legal_entity=scene.seller, until=first, reason="A bill was late", actor=SYSTEM, at=NOW)
    assert queries.closed_until(scene.seller.id) == first
    pay(scene, second)
    close(scene, second)
    rows = list(queries.closings(scene.seller.id))[::-1]
    assert [row.closed_until for row in queries.standing_closes(rows)] == [first, second]
    verdict = closings_stand()
    assert (verdict.checked, verdict.violated) == (5, 0)
    assert Fact.objects.filter(kind="period_reopened").count() == 1


def test_c4_everything_can_be_opened_again_but_not_what_is_open(scene: Scene) -> None:
    with pytest.raises(Conflict):
        ledger.reopen_period(legal_entity=scene.seller, until=None, reason="why", actor=SYSTEM, at=NOW)
    close(scene, YESTERDAY)
    ledger.reopen_period(legal_entity=scene.seller, until=None, reason="A mistake", actor=SYSTEM, at=NOW)
    assert queries.closed_until(scene.seller.id) is None
    pay(scene, YESTERDAY)
    assert closings_stand().violated == 0


ATTACKS = {
    "moves the closing date by hand": "UPDATE ledger_closedperiod SET closed_until = NULL",
    "removes the closing date": "DELETE FROM ledger_closedperiod",
    "rewrites a closing": "UPDATE ledger_closing SET totals = '[]'",
    "removes a closing": "DELETE FROM ledger_closing",
    "closes out of order": "INSERT INTO ledger_closing SELECT gen_random_uuid(), ordinal + 5, kind, closed_until + 1,"
    " at, actor_name, reason, totals, sha256, legal_entity_id FROM ledger_closing",
    "opens without a reason": "INSERT INTO ledger_closing (id, legal_entity_id, ordinal, kind, closed_until, at,"
    " actor_name, reason, totals, sha256) SELECT gen_random_uuid(), legal_entity_id, 2, 'reopened', NULL, at,"
    " actor_name, '', '[]', sha256 FROM ledger_closing",
    "posts into the closed period": "INSERT INTO ledger_entry (id, legal_entity_id, kind, dated_on, at, subject_id,"
    " transfer_count, memo) SELECT gen_random_uuid(), legal_entity_id, 'opening', closed_until, at,"
    " gen_random_uuid(), 0, '' FROM ledger_closing",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_c1_the_database_refuses_whoever(scene: Scene, attack: str) -> None:
    close(scene, YESTERDAY)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
