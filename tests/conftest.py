"""Fixtures for every test.

The database is made and migrated by the owner's role; tests connect as the application's role, as the product does.

- `db` (or `@pytest.mark.django_db`): the usual one; everything is rolled back.
- `transactional_db` (or `django_db(transaction=True)`, `live_server`): commits; afterwards the whole database is copied
  anew from the template, since the application's role may not empty tables and append-only tables refuse it anyway.
- `fresh_book`: a database of its own for tests that commit, race or kill: Django's connection is to it, and it has
  connection strings and an environment for more processes. `tests.house.kill_database(home)` kills the server under it.
- `living_book`: one of everything stands in it (tests/web/living.py), made once in a process instead of for each test;
  everything is rolled back. It takes the place of `db`: Django's connection is to another database.
"""

import os
from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase, override_settings
from django.utils import timezone
from hypothesis import settings
from pytest_django.plugin import DjangoDbBlocker

from conto.config.home import Home
from conto.config.postgres.server import Server
from tests import house
from tests.passwords import QUICK_HASHERS

if TYPE_CHECKING:
    from tests.sweeping import SweptBook
    from tests.web.living import Living

# How long an example takes says how busy the machine is, not whether the rule holds.
settings.register_profile("house", settings.default, deadline=None)
settings.load_profile("house")

# Files are handed to processes whole and in this order, the longest first: a life of two years that begins last keeps
# one process waiting for it alone.
LONGEST = (
    "tests/simulation/",
    "tests/web/test_permission_sweep",
    "tests/web/test_hostile",
    "tests/config/",
    "tests/jobs/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the longest files first; others keep their order."""
    place = {start: n for n, start in enumerate(LONGEST)}
    items.sort(key=lambda item: next((n for start, n in place.items() if item.nodeid.startswith(start)), len(place)))


@pytest.fixture(scope="session", autouse=True)
def quick_passwords(django_test_environment: None) -> Iterator[None]:
    """Stretch passwords no longer than Argon2 must; servers that tests start stretch them as the product does."""
    with override_settings(PASSWORD_HASHERS=QUICK_HASHERS):
        yield


@pytest.fixture(scope="session")
def home() -> Iterator[Home]:
    """The tests' own home, its database server running."""
    home = Home.current()
    with Server(home).held():
        house.write_test_settings(home)
        house.drop_books_of_dead_runs(home)
        yield home


@pytest.fixture(scope="session")
def template_book(home: Home) -> str:
    """The name of the migrated book that all others are copied from."""
    return house.ready_template(home)


@pytest.fixture(scope="session")
def django_db_setup(home: Home, template_book: str, django_test_environment: None) -> Iterator[None]:
    """Give this process a database of its own, and copy it anew after tests that commit."""
    name = f"t_{os.getpid()}_main"
    house.copy_book(home, template_book, name)

    def copy_anew(_: TransactionTestCase) -> None:
        connection.close()
        house.copy_book(home, template_book, name)

    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", copy_anew)
    with house.default_connection_on(name):
        yield
    patch.undo()
    house.drop_book(home, name)


@pytest.fixture
def fresh_book(
    home: Home, template_book: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[house.FreshBook]:
    """A book for this test alone, to commit to, race on and kill."""
    name = f"t_{os.getpid()}_fresh"
    house.copy_book(home, template_book, name)
    with django_db_blocker.unblock(), house.default_connection_on(name):
        yield house.FreshBook(name, house.environment_of(name))
    house.drop_book(home, name)


@pytest.fixture(scope="session")
def made_plain(
    home: Home, template_book: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator["SweptBook"]:
    """The book that sweeps visit, made once."""
    from tests import sweeping  # noqa: PLC0415 - after Django is set up

    with django_db_blocker.unblock():
        book = sweeping.plain_book(home, template_book)
    yield book
    house.drop_book(home, book.name)


@pytest.fixture(scope="session")
def made_canary(
    home: Home, template_book: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator["SweptBook"]:
    """The book with a canary in every text, made once."""
    from tests import sweeping  # noqa: PLC0415 - after Django is set up

    with django_db_blocker.unblock():
        book = sweeping.canary_book(home, template_book)
    yield book
    house.drop_book(home, book.name)


@pytest.fixture(scope="session")
def made_living(
    home: Home, template_book: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[str, "Living"]]:
    """The name of the book that has one of everything, and what stands there, made once."""
    from tests.web.living import live  # noqa: PLC0415 - after Django is set up

    name = f"t_{os.getpid()}_living"
    house.copy_book(home, template_book, name)
    with django_db_blocker.unblock(), house.default_connection_on(name):
        living = live()
    yield name, living
    house.drop_book(home, name)


@pytest.fixture
def living_book(made_living: tuple[str, "Living"], django_db_blocker: DjangoDbBlocker) -> Iterator["Living"]:
    """One of everything, to work with; afterwards what was postponed is checked, and all is taken back."""
    name, living = made_living
    with django_db_blocker.unblock(), house.default_connection_on(name), transaction.atomic():
        yield deepcopy(living)
        if not connection.needs_rollback and connection.is_usable():  # a refusal may have ended it
            connection.check_constraints()
        transaction.set_rollback(True)


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock stand: tries are counted by spans of minutes, and a span may end while a test counts."""
    at = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: at)
