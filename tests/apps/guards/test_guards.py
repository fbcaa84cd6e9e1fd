"""Every guard of the database is attacked, stops its attack by its own name, and is missed when it is gone.

The list of guards is the catalog of the migrated book. A new constraint, trigger or table fails here until somebody
has written what breaks it.
"""

import os
from collections.abc import Iterator

import psycopg
import pytest
from pytest_django.plugin import DjangoDbBlocker

from conto.config.home import Home
from tests import house
from tests.apps.guards.attacks import BEHIND, TRIGGERS, attacks_on, is_only_a_target
from tests.apps.guards.book import fill_book
from tests.apps.guards.effects import EFFECTS
from tests.apps.guards.engine import APP, Attack, Fortress, Guard
from tests.apps.guards.rights import CHANGED_IN_PART, DOORS, EVERY_RIGHT, RIGHTS


@pytest.fixture(scope="module")
def fortress(
    home: Home, template_book: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Fortress]:
    """One filled book for all these tests: whatever they do is taken back."""
    name = f"t_{os.getpid()}_guards"
    house.copy_book(home, template_book, name)
    with django_db_blocker.unblock(), house.default_connection_on(name):
        fill_book()
    with psycopg.connect(house.FreshBook(name).admin_dsn) as connection:
        yield Fortress(connection)
        connection.rollback()
    house.drop_book(home, name)


def test_every_guard_stops_its_attack_and_is_missed_when_it_is_gone(fortress: Fortress) -> None:
    assert [table for table in fortress.tables if not fortress.rows(f'SELECT 1 FROM "{table}" LIMIT 1')] == []
    wrong: list[str] = []
    for guard in fortress.guards:
        attacks = attacks_on(fortress, guard)
        if not attacks and guard.name not in EFFECTS:
            wrong.append(f"{guard}: nobody has written what breaks it: {guard.definition}")
        wrong += [f"{guard}: {found}" for attack in attacks if (found := _held(fortress, guard, attack))]
    assert wrong == [], "\n".join(wrong)
    assert len(fortress.guards) > 900


def _held(fortress: Fortress, guard: Guard, attack: Attack) -> str:
    """Return what is wrong with a guard: who else stopped the attack, or that it is stopped without the guard too."""
    voices = {guard.voice}
    if is_only_a_target(fortress, guard):
        voices = {key.name for key in fortress.pointing_at(guard)}
    with fortress.undone():
        if guard.name in BEHIND:
            fortress.drop(fortress.named(BEHIND[guard.name]))
        fortress.wake(guard)
        refused_by = fortress.refusal(attack)
        if refused_by not in voices:
            return f"not it but {refused_by or 'nobody'} stops {attack.statements}"
        fortress.drop(guard)
        refused_by = fortress.refusal(attack)
        if refused_by in voices or refused_by.startswith("nobody"):
            return f"with it gone, {refused_by} stops {attack.statements}"
    return ""


def test_what_triggers_do_themselves_is_missed_when_they_are_gone(fortress: Fortress) -> None:
    for name, statement in EFFECTS.items():
        with fortress.undone():
            fortress.wake(fortress.named(name))
            assert fortress.refusal(Attack(statement)) == ""
            fortress.drop(fortress.named(name))
            assert "P0004" in fortress.refusal(Attack(statement))


def test_no_attack_is_left_from_a_guard_that_is_no_more(fortress: Fortress) -> None:
    names = {guard.name for guard in fortress.guards}
    assert (TRIGGERS.keys() | EFFECTS.keys() | BEHIND.keys() | set(BEHIND.values())) - names == set()


def test_the_application_has_no_right_that_is_not_said_here_and_each_is_refused(fortress: Fortress) -> None:
    assert set(fortress.tables) == RIGHTS.keys()
    for table, granted in RIGHTS.items():
        assert {right for right in EVERY_RIGHT if fortress.may(table, right)} == granted, table
        for right in set(EVERY_RIGHT) - granted:
            attack = Attack(_use(fortress, table, right), APP)
            assert fortress.refusal(attack) == "rights", (table, right)
            with fortress.undone():
                fortress.connection.execute(f'GRANT {right} ON "{table}" TO {APP}')  # type: ignore[arg-type]
                assert fortress.refusal(attack) != "rights", (table, right)


def _use(fortress: Fortress, table: str, right: str) -> str:
    column = next(iter(fortress.columns[table]))
    return {
        "INSERT": f'INSERT INTO "{table}" SELECT * FROM "{table}" WHERE false',
        "UPDATE": f'UPDATE "{table}" SET "{column}" = "{column}" WHERE false',
        "DELETE": f'DELETE FROM "{table}" WHERE false',
        "TRUNCATE": f'TRUNCATE "{table}"',
    }[right]


def test_what_may_change_in_part_changes_in_no_other_part(fortress: Fortress) -> None:
    for table, columns in CHANGED_IN_PART.items():
        open_ones = {
            name
            for name in fortress.columns[table]
            if fortress.rows(f"SELECT has_column_privilege('{APP}', '{table}', '{name}', 'UPDATE')")[0][0]
        }
        assert open_ones == columns, table


def test_the_application_borrows_the_owners_rights_through_known_functions_only(fortress: Fortress) -> None:
    doors = fortress.rows(
        f"""SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
        AND prorettype <> 'trigger'::regtype AND has_function_privilege('{APP}', oid, 'EXECUTE')"""
    )
    assert {name for (name,) in doors} == DOORS
