"""The feed misses no fact, and the seals over it notice every fact that is changed, removed or slipped in."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from conto.apps.audit import actions, queries
from conto.apps.audit.models import Fact, FactPayload, FactPosition, FactSeal
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.flows import verify_book
from tests.house import FreshBook, connect
from tests.waiting import PATIENCE_SECONDS

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def note(text: str = "Hello") -> UUID:
    return actions.record(facts.NoteAdded(subject_id=new_id(), text=text), actor=SYSTEM, at=NOW)


def texts(read: queries.FactsRead) -> list[str]:
    return [fact.body["text"] for _, fact in read.facts]


@pytest.mark.django_db
class TestFeed:
    def test_facts_come_once_and_in_order(self) -> None:
        for text in "abc":
            note(text)
        assert queries.facts_after(0).facts == ()
        assert actions.put_in_order() == 3
        assert actions.put_in_order() == 0
        first = queries.facts_after(0, most=2)
        assert (texts(first), first.position) == (["a", "b"], 2)
        rest = queries.facts_after(first.position)
        assert (texts(rest), rest.position) == (["c"], 3)
        assert queries.facts_after(3) == queries.FactsRead((), 3)

    def test_the_feed_moves_on_over_facts_of_other_kinds(self) -> None:
        note()
        actions.put_in_order()
        read = queries.facts_after(0, kinds={"invoice_issued"})
        assert read == queries.FactsRead((), 1)

    def test_a_reader_begins_now_and_reads_each_fact_once(self) -> None:
        note("old")
        actions.put_in_order()
        actions.begin_to_read("test")
        note("new")
        actions.put_in_order()
        actions.begin_to_read("test")
        seen: list[str] = []
        work = lambda _, fact: seen.append(fact.body["text"])  # noqa: E731
        assert actions.read_on("test", work, kinds={"note_added"})
        assert not actions.read_on("test", work, kinds={"note_added"})
        assert seen == ["new"]
        assert not actions.read_on("nobody", work, kinds={"note_added"})

    def test_what_fails_is_read_again(self) -> None:
        actions.begin_to_read("test")
        note("hard")
        actions.put_in_order()

        def fail(_position: int, _fact: Fact) -> None:
            raise RuleBroken("x", "No.")

        with pytest.raises(RuleBroken):
            actions.read_on("test", fail, kinds={"note_added"})
        seen: list[int] = []
        actions.read_on("test", lambda position, _: seen.append(position), kinds={"note_added"})
        assert seen == [1]

    def test_a_fact_of_long_ago_is_found_by_the_look_at_everything(self) -> None:
        old = UUID("01890000-0000-7000-8000-000000000001")
        note()
        actions.put_in_order()
        fact = facts.NoteAdded(subject_id=old, text="late")
        head = Fact.objects.get()
        Fact.objects.create(
            id=old, kind=fact.kind, at=NOW, actor_kind="system", actor_name="", subject_kind="note", subject_id=old,
            payload_sha256=queries.digest_of(fact.payload(), None),
        )  # fmt: skip
        FactPayload.objects.create(fact_id=old, body=fact.payload())
        assert head.id != old
        assert actions.put_in_order() == 0
        assert actions.put_in_order(everything=True) == 1


def test_i20_a_fact_that_is_committed_late_is_not_missed(fresh_book: FreshBook) -> None:
    is_written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            note("slow")
            is_written.set()
            may_commit.wait()
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert is_written.wait(PATIENCE_SECONDS)
    note("quick")
    actions.put_in_order()
    before = queries.facts_after(0)
    may_commit.set()
    thread.join()
    actions.put_in_order()
    assert texts(before) == ["quick"]
    assert texts(queries.facts_after(before.position)) == ["slow"]


def test_i20_many_at_once_give_one_order_without_gaps(fresh_book: FreshBook) -> None:
    def work() -> None:
        for _ in range(10):
            note()
            actions.seal_facts(everything=False)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(FactPosition.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 41))
    assert queries.check_chain().holds
    assert queries.check_chain().facts == 40


@pytest.fixture
def sealed(fresh_book: FreshBook) -> FreshBook:
    """A book with three seals over seven facts."""
    for count in (3, 2, 2):
        for _ in range(count):
            note()
        actions.seal_facts()
    return fresh_book


@pytest.fixture
def superuser(sealed: FreshBook) -> Iterator[psycopg.Connection]:
    with connect(sealed.admin_dsn) as admin:
        admin.execute("SET session_replication_role = replica")
        yield admin


def test_i20_seals_follow_each_other(sealed: FreshBook) -> None:
    spans = list(FactSeal.objects.order_by("number").values_list("number", "first_position", "last_position"))
    assert spans == [(1, 1, 3), (2, 4, 5), (3, 6, 7)]
    assert actions.seal_facts() == queries.head_seal() == queries.seal_at(3)
    verdict = queries.check_chain()
    assert (verdict.holds, verdict.seals, verdict.facts) == (True, 3, 7)


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ("UPDATE audit_fact SET actor_name = 'Somebody' WHERE id = {second}", "seal 1 does not fit"),
        ("UPDATE audit_fact SET at = at - interval '1 day' WHERE id = {second}", "seal 1 does not fit"),
        ("UPDATE audit_fact SET payload_sha256 = sha256('x') WHERE id = {second}", "seal 1 does not fit"),
        ("DELETE FROM audit_fact WHERE id = {second}", "seal 1: fact 2 is gone"),
        (
            "DELETE FROM audit_fact WHERE id = {second}; DELETE FROM audit_factposition WHERE position = 2",
            "seal 1 does not fit",
        ),
        (
            (
                "UPDATE audit_factposition SET position = 0 WHERE position = 4;"
                " UPDATE audit_factposition SET position = 4 WHERE position = 6;"
                " UPDATE audit_factposition SET position = 6 WHERE position = 0"
            ),
            "seal 2 does not fit",
        ),
        ("DELETE FROM audit_factseal WHERE number = 2", "seal 3 does not follow"),
        ("UPDATE audit_factseal SET sealed_at = sealed_at - interval '1 day' WHERE number = 2", "seal 2 does not fit"),
    ],
)
def test_i20_whatever_is_done_to_the_past_is_noticed(superuser: psycopg.Connection, attack: str, said: str) -> None:
    second = FactPosition.objects.get(position=2).fact_id
    for statement in attack.format(second=f"'{second}'").split(";"):
        assert superuser.execute(statement).rowcount > 0
    verdict = queries.check_chain()
    assert verdict.breaches, "not noticed"
    assert verdict.breaches[0].startswith(said)
    assert queries.seals_hold().violated


def test_i20_a_fact_slipped_in_with_an_old_date_is_noticed(superuser: psycopg.Connection) -> None:
    superuser.execute(
        "INSERT INTO audit_fact (id, kind, at, recorded_at, actor_kind, actor_name, subject_kind, subject_id,"
        " payload_sha256) SELECT '01890000-0000-7000-8000-000000000001', kind, at, now() - interval '3 days',"
        " actor_kind, actor_name, subject_kind, subject_id, payload_sha256 FROM audit_fact LIMIT 1"
    )
    superuser.execute(
        "INSERT INTO audit_factpayload SELECT '01890000-0000-7000-8000-000000000001', body, origin"
        " FROM audit_factpayload LIMIT 1"
    )
    assert queries.nothing_is_unsealed().violated, "it is old and under no seal"
    found = {verdict.id: verdict.shown for verdict in verify_book.verify() if verdict.violated}
    assert list(found) == ["I20b"]
    assert "says it is from" in found["I20b"][0]


def test_i20_who_makes_all_seals_anew_is_betrayed_by_the_seal_kept_outside(superuser: psycopg.Connection) -> None:
    kept = queries.head_seal()
    assert kept is not None
    second = FactPosition.objects.get(position=2).fact_id
    superuser.execute("UPDATE audit_fact SET actor_name = 'Somebody' WHERE id = %s", [second])
    superuser.execute("DELETE FROM audit_factseal")
    actions.seal_facts()
    note()
    actions.seal_facts()
    assert queries.check_chain().holds, "the book alone cannot tell"
    assert not queries.check_chain([(kept.number, kept.seal)]).holds
    again = queries.head_seal()
    assert again is not None
    assert queries.check_chain([(again.number, again.seal.upper() + "\n")]).holds


def test_i20_what_was_lawfully_erased_leaves_the_rest_proven(sealed: FreshBook) -> None:
    second = FactPosition.objects.get(position=2).fact_id
    with pytest.raises(RuleBroken):
        actions.erase_payloads(subject_id=new_id(), fact_ids=[second], reason=" ", actor=SYSTEM, at=NOW)
    actions.erase_payloads(subject_id=new_id(), fact_ids=[second], reason="Article 17", actor=SYSTEM, at=NOW)
    assert FactPayload.objects.count() == Fact.objects.count() - 1
    erased = queries.latest_facts().get(id=second)
    assert (erased.body, erased.origin) == ({}, {})
    assert [verdict for verdict in verify_book.verify() if verdict.violated] == []


def test_i20_what_was_erased_without_a_reason_is_noticed(superuser: psycopg.Connection) -> None:
    second = FactPosition.objects.get(position=2).fact_id
    superuser.execute("DELETE FROM audit_factpayload WHERE fact_id = %s", [second])
    assert [verdict.id for verdict in verify_book.verify() if verdict.violated] == ["I20"]


@pytest.mark.parametrize(
    "attack",
    [
        "DELETE FROM audit_factpayload",
        "UPDATE audit_factposition SET position = position + 100",
        "DELETE FROM audit_factposition",
        "UPDATE audit_factseal SET seal = 'x'",
        "DELETE FROM audit_factseal",
        "INSERT INTO audit_factseal VALUES (9, 100, 101, now(), 'x')",
        "SELECT conto_erase_payloads((SELECT id FROM audit_fact ORDER BY id LIMIT 1))",
    ],
)
def test_i20_the_application_cannot_do_any_of_it(sealed: FreshBook, attack: str) -> None:
    before = FactPayload.objects.count()
    try:
        with connection.cursor() as cursor:
            cursor.execute(attack)
    except DatabaseError:
        pass
    else:
        assert attack.startswith("SELECT"), "the database let it happen"
    assert FactPayload.objects.count() == before
    assert queries.check_chain().holds
