"""Contracts from draft to end, version by version."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from conto.apps.audit.models import Fact
from conto.apps.contracts import actions, queries
from conto.apps.contracts.actions import LineEntry, NewContract
from conto.apps.contracts.models import Contract
from conto.domain.contract import Renewal, Terms, decide_by, last_day
from conto.domain.facts import SYSTEM, Actor
from tests.domain.refusals import refused
from tests.scene import NOW, TODAY, Scene

HOUR = LineEntry("Consulting", Decimal(90), unit_code="HUR")
CARE = LineEntry("Care", Decimal("49.50"), unit_code="MON", allowance_percent=Decimal(10))


def agreed(scene: Scene, *lines: LineEntry, **more: Any) -> Contract:
    """Agree a contract."""
    known = {"title": "Care", "starts_on": TODAY, "is_agreed": True, "owner_id": scene.owner.id, **more}
    return actions.create_contract(
        customer=scene.customer, new=NewContract(**known), lines=lines or (HOUR, CARE), actor=SYSTEM, at=NOW
    )


def kinds(contract: Contract) -> list[str]:
    return list(Fact.objects.filter(subject_id=contract.family_id).order_by("id").values_list("kind", flat=True))


def test_a_draft_has_no_number_and_is_in_force_once_it_is_agreed(scene: Scene) -> None:
    draft = agreed(scene, is_agreed=False)
    assert (draft.number, draft.state, draft.currency) == ("", "draft", "EUR")
    first = agreed(scene)
    made = actions.agree_contract(contract=draft, actor=SYSTEM, at=NOW)
    assert (first.number, made.number, made.version) == ("C-2026-00001", "C-2026-00002", 2)
    assert [line.name for line in queries.lines_of(made)] == ["Consulting", "Care"]
    with refused("contract.not_draft"):
        actions.agree_contract(contract=made, actor=SYSTEM, at=NOW)
    with refused("contract.not_draft"):
        actions.drop_contract(contract=made, actor=SYSTEM, at=NOW)
    assert kinds(draft) == ["contract_added", "contract_agreed"]


def test_g4_each_change_is_a_new_version_and_what_says_the_same_is_none(scene: Scene) -> None:
    contract = agreed(scene)
    same = actions.change_contract(
        contract=contract, changes={"notice_days": 0}, lines=[HOUR, CARE], actor=SYSTEM, at=NOW
    )
    assert same.version == 1
    dearer = [LineEntry("Consulting", Decimal(95), unit_code="HUR")]
    later = TODAY + timedelta(days=40)
    made = actions.change_contract(
        contract=contract, changes={"applies_from": later}, lines=dearer, reason="Prices rise", actor=SYSTEM, at=NOW
    )
    assert [row.version for row in queries.versions_of(made)] == [2, 1]
    assert [line.unit_price for line in queries.lines_of(contract)] == [90, Decimal("49.5")]
    fact = Fact.objects.filter(kind="contract_changed").get()
    assert fact.body == {"number": made.number, "version": 2, "changed": ["applies_from", "prices"]}
    with refused("contract.changed_meanwhile"):
        actions.change_contract(contract=contract, changes={"title": "Other"}, expected_version=1, actor=SYSTEM, at=NOW)
    with refused("contract.start_is_fixed"):
        actions.change_contract(contract=contract, changes={"starts_on": later}, actor=SYSTEM, at=NOW)


def test_g4_a_version_is_changed_by_nobody_not_even_in_sql(scene: Scene) -> None:
    agreed(scene)
    for statement in (
        "UPDATE contracts_contract SET notice_days = 1",
        "DELETE FROM contracts_contract",
        "UPDATE contracts_contractline SET unit_price = 1",
        "DELETE FROM contracts_contractline",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_g3_notice_makes_it_run_out_and_can_be_taken_back(scene: Scene) -> None:
    contract = agreed(scene, renewal="auto", first_months=12, renewal_months=12, notice_days=30)
    cancelled = actions.cancel_contract(contract=contract, reason="Too dear", actor=SYSTEM, at=NOW)
    assert (cancelled.state, cancelled.ends_on) == ("cancelled", date(2027, 11, 21))
    with refused("contract.not_running"):
        actions.cancel_contract(contract=contract, actor=SYSTEM, at=NOW)
    back = actions.resume_contract(contract=contract, actor=SYSTEM, at=NOW)
    assert (back.state, back.ends_on, back.version) == ("active", None, 3)
    ended = actions.end_contract(contract=contract, ends_on=TODAY - timedelta(days=0), actor=SYSTEM, at=NOW)
    assert queries.shown(ended, TODAY).state == "cancelled"
    assert queries.shown(ended, TODAY + timedelta(days=1)).state == "ended"
    with refused("contract.over"):
        actions.change_contract(contract=contract, changes={"title": "X"}, actor=SYSTEM, at=NOW + timedelta(days=2))
    assert kinds(contract) == ["contract_added", "contract_cancelled", "contract_resumed", "contract_ended"]


def test_g1_one_that_asks_is_renewed_term_by_term(scene: Scene) -> None:
    contract = agreed(scene, starts_on=date(2026, 1, 31), renewal="ask", first_months=12, renewal_months=1)
    assert queries.shown(contract, TODAY).last_day == date(2027, 1, 30)
    once = actions.renew_contract(contract=contract, actor=SYSTEM, at=NOW)
    twice = actions.renew_contract(contract=contract, actor=SYSTEM, at=NOW)
    assert [queries.shown(row, TODAY).last_day for row in (once, twice)] == [date(2027, 2, 27), date(2027, 3, 30)]
    draft = agreed(scene, is_agreed=False)
    dropped = actions.drop_contract(contract=draft, reason="No", actor=SYSTEM, at=NOW)
    with refused("contract.over"):
        actions.change_contract(contract=dropped, changes={"title": "X"}, actor=SYSTEM, at=NOW)


def test_what_cannot_be_is_refused_in_words(scene: Scene) -> None:
    with refused("contract.no_title"):
        agreed(scene, title=" ")
    with refused("contract.renewal_unknown"):
        agreed(scene, renewal="often")
    with refused("contract.no_lines"):
        actions.create_contract(
            customer=scene.customer, new=NewContract(title="A", starts_on=TODAY), lines=[], actor=SYSTEM, at=NOW
        )
    with refused("line.bad_number", line=1):
        agreed(scene, LineEntry("Hour", Decimal(-1)))


def test_g2_g3_the_database_derives_the_same_days(scene: Scene) -> None:
    chance = random.Random(7)
    cases = []
    for _ in range(400):
        renewal = chance.choice(list(Renewal))
        start = date(2020, 1, 1) + timedelta(days=chance.randrange(4000))
        start = start.replace(day=chance.choice((start.day, 28))) if chance.random() < 0.7 else date(2024, 2, 29)
        ends = start + timedelta(days=chance.randrange(3000)) if chance.random() < 0.3 else None
        months = (chance.randrange(1, 40), chance.randrange(1, 40)) if renewal is not Renewal.NONE else (0, 0)
        terms = Terms(start, ends, renewal, *months, chance.randrange(120), chance.randrange(4))
        cases.append((terms, date(2019, 6, 1) + timedelta(days=chance.randrange(7000))))
    cases += [(Terms(date(2027, 1, 31), None, Renewal.AUTO, 1, 1), date(2027, 2, n)) for n in range(1, 29)]
    with connection.cursor() as cursor:
        for terms, on in cases:
            known = [terms.renewal.value, terms.starts_on, terms.ends_on, terms.first_months, terms.renewal_months]
            cursor.execute(
                "SELECT contracts_last_day(%s, %s, %s, %s, %s, %s), "
                "contracts_decide_by(%s, %s, %s, %s, %s, %s, %s, %s)",
                [*known, terms.renewals, *known, terms.renewals, terms.notice_days, on],
            )
            assert cursor.fetchone() == (last_day(terms), decide_by(terms, on)), (terms, on)


def test_lists_know_what_runs_what_is_over_and_what_is_to_be_decided(scene: Scene) -> None:
    soon = agreed(scene, starts_on=TODAY - timedelta(days=340), renewal="auto", first_months=12, renewal_months=12)
    agreed(scene, starts_on=TODAY - timedelta(days=90), ends_on=TODAY - timedelta(days=1))
    agreed(scene, is_agreed=False)
    counts = {
        state: len(queries.contract_page(scene.owner, today=TODAY, state=state).rows)  # type: ignore[arg-type]
        for state in ("all", "running", "over", "draft", "renewing")
    }
    assert counts == {"all": 3, "running": 1, "over": 1, "draft": 1, "renewing": 1}
    (row,) = queries.contract_page(scene.owner, today=TODAY, state="renewing").rows
    assert (row.id, row.shown.decide_by) == (soon.family_id, date(2026, 12, 16))
    assert queries.contract_page(scene.owner, today=TODAY, search="c-2026-00002").rows[0].shown.state == "ended"


def test_o5_the_next_renewal_of_a_customer_is_the_earliest_of_its_contracts_in_force(scene: Scene) -> None:
    def next_of(on: date = TODAY) -> date | None:
        return queries.next_renewals([scene.customer.id, scene.person.id], on).get(scene.customer.id)

    agreed(scene)
    agreed(scene, is_agreed=False, renewal="auto", first_months=1, renewal_months=1)
    assert next_of() is None, "one that does not renew, and a draft"
    began = TODAY - timedelta(days=340)
    auto = agreed(scene, starts_on=began, renewal="auto", first_months=12, renewal_months=12, notice_days=30)
    begins = date(began.year + 1, began.month, began.day)
    assert next_of() == begins, "whose notice is past renews all the same"
    assert next_of(begins) == begins
    assert next_of(begins + timedelta(days=1)) == date(began.year + 2, began.month, began.day)
    asking = agreed(scene, starts_on=TODAY, renewal="ask", first_months=1, renewal_months=1, notice_days=10)
    assert next_of() == queries.shown(asking, TODAY).decide_by
    assert next_of() < begins
    actions.cancel_contract(contract=auto, reason="Enough", actor=SYSTEM, at=NOW)
    later = TODAY + timedelta(days=400)
    assert next_of(later) is None, "one runs out, the other was not renewed"
    assert queries.next_renewals([scene.person.id], TODAY) == {}


def test_g6_a_quote_makes_one_contract_at_most(scene: Scene) -> None:
    from tests.offers import sent  # noqa: PLC0415 -- quotes are made here only

    quote = sent(scene)
    new = NewContract(title="Care", starts_on=TODAY, is_agreed=True)
    actor = Actor(scene.owner.id, "member", scene.owner.name)
    for times in (1, 2):
        if times == 1:
            actions.create_contract(customer=scene.customer, new=new, lines=[HOUR], quote=quote, actor=actor, at=NOW)
            continue
        with refused("contract.of_quote_exists"):
            actions.create_contract(customer=scene.customer, new=new, lines=[HOUR], quote=quote, actor=actor, at=NOW)
    assert Contract.objects.count() == 1
