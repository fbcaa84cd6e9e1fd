"""Steps whose commits go on while the next is worked on: all of each or nothing, in order, on a book that commits."""

import threading
from collections.abc import Callable
from functools import partial

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, DatabaseError, IntegrityError, connection, connections, transaction

from conto.apps.bulk.behind import at_the_end, in_steps
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.apps.crm.models import Customer
from conto.domain.facts import SYSTEM
from tests.house import FreshBook
from tests.scene import NOW, set_scene

STEPS = 5
Step = Callable[[int | None], tuple[int, int | None]]


def stored() -> list[int]:
    """Return which steps left their customer in the book."""
    return sorted(int(name) for name in Customer.objects.filter(source="steps").values_list("external_ref", flat=True))


def add(n: int) -> None:
    """Add the customer of a step."""
    new = NewCustomer(name=f"Step {n}", currency="EUR", source="steps", external_ref=str(n))
    crm.add_customer(new=new, actor=SYSTEM, at=NOW)


def step_that(act: Callable[[int], None]) -> Step:
    """Return steps that each add a customer and then do something."""

    @transaction.atomic
    def step(place: int | None) -> tuple[int, int | None]:
        n = place or 0
        add(n)
        act(n)
        return n, n + 1 if n < STEPS - 1 else None

    return step


REFUSING = """
CREATE TABLE asked (state text);
GRANT INSERT ON asked TO PUBLIC;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = NEW.state; END$$;
CREATE CONSTRAINT TRIGGER refusing AFTER INSERT ON asked DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse();
"""


def refuse_commit(state: str) -> None:
    """Let the database refuse the commit of this transaction with a state."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO asked VALUES (%s)", [state])


@pytest.fixture(autouse=True)
def as_it_was(fresh_book: FreshBook) -> None:
    """Everything stands in a book of its own, which commits, and refuses what it is asked to."""
    set_scene()
    with psycopg.connect(fresh_book.owner_dsn) as owner:
        owner.execute(REFUSING)


def test_each_step_is_there_once_it_is_told_and_the_connection_is_the_callers_again() -> None:
    own, told = connections[DEFAULT_DB_ALIAS], []
    used = set()

    def act(_n: int) -> None:
        used.add(connections[DEFAULT_DB_ALIAS])

    for n in in_steps(step_that(act)):
        assert not connection.in_atomic_block
        assert connection.get_autocommit()
        assert n in stored()
        told.append(n)
    assert told == stored() == [*range(STEPS)]
    assert connections[DEFAULT_DB_ALIAS] is own
    assert len(used) == 2, "one is worked on while the other commits"
    assert all(each.connection is None for each in used - {own})


@pytest.mark.parametrize("fails", [0, 2])
def test_a_step_that_fails_is_undone_and_those_before_it_stay(fails: int) -> None:
    own = connections[DEFAULT_DB_ALIAS]

    def act(n: int) -> None:
        if n == fails:
            raise ValueError(n)

    with pytest.raises(ValueError, match=str(fails)):
        list(in_steps(step_that(act)))
    assert stored() == [*range(fails)]
    assert connections[DEFAULT_DB_ALIAS] is own
    assert connection.get_autocommit()


@pytest.mark.parametrize("refused", [0, STEPS - 1])
def test_a_step_whose_commit_is_to_be_run_anew_is_run_anew_and_nothing_is_lost_or_twice(refused: int) -> None:
    runs: list[int] = []

    def act(n: int) -> None:
        runs.append(n)
        if n == refused and runs.count(n) == 1:
            refuse_commit("40001")

    assert list(in_steps(step_that(act))) == [*range(STEPS)]
    assert stored() == [*range(STEPS)]
    assert sorted(runs) == sorted([*range(STEPS), refused])


def test_a_step_that_is_to_be_run_anew_while_it_works_is_run_anew() -> None:
    runs: list[int] = []

    def act(n: int) -> None:
        runs.append(n)
        if n == 2 and runs.count(n) == 1:
            with connection.cursor() as cursor:
                cursor.execute("DO $$BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40P01'; END$$")

    assert list(in_steps(step_that(act))) == stored() == [*range(STEPS)]
    assert runs == [0, 1, 2, 2, 3, 4]


@pytest.mark.parametrize("refused", [0, STEPS - 1])
def test_a_commit_that_is_refused_for_good_is_told_and_what_was_begun_meanwhile_is_undone(refused: int) -> None:
    def act(n: int) -> None:
        if n == refused:
            refuse_commit("23514")

    with pytest.raises(IntegrityError):
        list(in_steps(step_that(act)))
    assert stored() == [*range(refused)]
    assert connection.get_autocommit()


def test_who_stops_asking_has_whole_steps() -> None:
    steps = in_steps(step_that(lambda _n: None))
    assert next(steps) == 0
    steps.close()  # type: ignore[attr-defined]
    assert stored() in ([0], [0, 1]), "what is being committed is waited for"
    assert connection.get_autocommit()


def test_a_connection_that_is_lost_is_told_and_the_steps_before_stay() -> None:
    def act(n: int) -> None:
        if n == 2:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseError):
        list(in_steps(step_that(act)))
    connection.close()
    assert stored() == [0, 1]


def test_in_a_transaction_of_the_callers_own_the_steps_are_parts_of_it() -> None:
    with transaction.atomic():
        assert list(in_steps(step_that(lambda _n: None))) == [*range(STEPS)]
        assert stored() == [*range(STEPS)]
        transaction.set_rollback(True)
    assert stored() == []


LATE = 100  # the customer of step 2 that is left for its end is 102


def test_what_is_left_for_the_end_of_a_step_is_written_by_the_second_thread_and_there_once_the_step_is_told() -> None:
    threads: set[int] = set()

    def late(n: int) -> None:
        threads.add(threading.get_ident())
        add(LATE + n)

    for n in in_steps(step_that(lambda n: at_the_end(partial(late, n)))):
        assert {n, LATE + n} <= set(stored())
    assert stored() == [*range(STEPS), *range(LATE, LATE + STEPS)]
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_what_is_left_for_the_end_is_written_once_where_its_step_is_run_anew() -> None:
    runs: list[int] = []

    def act(n: int) -> None:
        at_the_end(partial(add, LATE + n))
        runs.append(n)
        if n == 2 and runs.count(n) == 1:
            with connection.cursor() as cursor:
                cursor.execute("DO $$BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40P01'; END$$")

    assert list(in_steps(step_that(act))) == [*range(STEPS)]
    assert stored() == [*range(STEPS), *range(LATE, LATE + STEPS)]


@pytest.mark.parametrize("refused", [0, STEPS - 1])
def test_a_step_whose_end_is_to_be_run_anew_is_run_anew_as_a_whole(refused: int) -> None:
    runs: list[int] = []

    def late(n: int) -> None:
        add(LATE + n)
        runs.append(n)
        if n == refused and runs.count(n) == 1:
            with connection.cursor() as cursor:
                cursor.execute("DO $$BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END$$")

    assert list(in_steps(step_that(lambda n: at_the_end(partial(late, n))))) == [*range(STEPS)]
    assert stored() == [*range(STEPS), *range(LATE, LATE + STEPS)]
    assert runs.count(refused) == 2


@pytest.mark.parametrize("fails", [0, STEPS - 1])
def test_a_step_whose_end_fails_is_told_and_undone(fails: int) -> None:
    def late(n: int) -> None:
        add(LATE + n)
        if n == fails:
            raise ValueError(n)

    with pytest.raises(ValueError, match=str(fails)):
        list(in_steps(step_that(lambda n: at_the_end(partial(late, n)))))
    assert stored() == [*range(fails), *range(LATE, LATE + fails)]
    assert connection.get_autocommit()


def test_where_no_step_is_under_way_nothing_is_left_for_later() -> None:
    at_the_end(partial(add, LATE))
    assert stored() == [LATE]
    with transaction.atomic():
        for n in in_steps(step_that(lambda n: at_the_end(partial(add, LATE + 1 + n)))):
            assert LATE + 1 + n in stored(), "parts of the caller's transaction are written as they come"
