"""Rotating the field keys under a book in use: killed on the way, with backups of before, and found complete."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from conto.apps.crm import actions as crm
from conto.apps.crm.models import BankDetail
from conto.apps.crm.queries.profiles import bank_number
from conto.apps.vault.sealing import seal
from conto.config.field_keys import KeyRing, begin_rotation, let_others_go, prepare_key, state
from conto.config.home import Home
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.flows import reseal_fields
from tests.environment import ROOT
from tests.house import FreshBook, drop_book
from tests.scene import NOW, set_scene
from tests.waiting import PATIENCE_SECONDS, wait_until

IBAN = "DE02120300000000202051"
ACCOUNTS = 1500
KILLS = 2


@pytest.fixture
def own_keys(home: Home, tmp_path: Path, settings: Any) -> Home:
    """A home with field keys of its own over the tests' database server; this process is a server that uses them."""
    own = Home(tmp_path / "home")
    own.root.mkdir(mode=0o711)
    shutil.copy2(home.secrets_file, own.secrets_file)
    (own.root / "postgres").symlink_to(home.postgres)
    settings.FIELD_KEYS = KeyRing(own)
    return own


def _conto(book: FreshBook, home: Home, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.config.rotating", *arguments],
        env={**book.env, "CONTO_HOME": str(home.root), "CONTO_TEST_BOOK": book.name},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _said(asked: "subprocess.Popen[str]") -> dict[str, Any]:
    answer, complaint = asked.communicate(timeout=3 * PATIENCE_SECONDS)
    assert answer, complaint
    return dict(json.loads(answer))


def _many_accounts() -> None:
    customer = set_scene().customer
    rows = []
    for _ in range(ACCOUNTS):
        row = BankDetail(id=new_id(), customer=customer, holder="H", iban_last4=IBAN[-4:], changed_at=NOW)
        row.iban_sealed = seal(IBAN, column="crm_bankdetail.iban", row_id=row.id)
        rows.append(row)
    BankDetail.objects.bulk_create(rows)


class _Server(threading.Thread):
    """What goes on meanwhile: bank accounts are read, and written anew."""

    def __init__(self, customers: list[Any]) -> None:
        super().__init__()
        self.customers, self.ends = customers, threading.Event()
        self.reads, self.writes, self.failures = 0, 0, list[str]()

    def run(self) -> None:
        try:
            while not self.ends.is_set():
                for row in BankDetail.objects.order_by("?")[:20]:
                    self.failures += [] if bank_number(row) == IBAN else [str(row.id)]
                    self.reads += 1
                crm.set_bank_detail(customer=self.customers[0], holder="New", iban=IBAN, actor=SYSTEM, at=NOW)
                self.writes += 1
        except RuleBroken as error:
            self.failures.append(str(error))
        finally:
            connection.close()


@pytest.fixture
def back(fresh_book: FreshBook, home: Home) -> Iterator[str]:
    """The name of the book that comes back from a backup."""
    name = f"{fresh_book.name}_back"
    yield name
    drop_book(home, name)


@pytest.mark.force
@pytest.mark.usefixtures("alone_at_scratch_books")
def test_keys_rotate_under_a_book_in_use_however_often_it_is_killed(
    fresh_book: FreshBook, own_keys: Home, tmp_path: Path, back: str
) -> None:
    _many_accounts()
    old = state(own_keys).active
    made = _said(_conto(fresh_book, own_keys, "backup", "--to", str(tmp_path), "--json"))
    assert made["ok"], made
    server = _Server([BankDetail.objects.select_related("customer")[0].customer])
    server.start()
    left = ACCOUNTS
    for _ in range(KILLS):
        rotating = _conto(fresh_book, own_keys, "keys", "rotate", "--json")
        wait_until(lambda before=left: reseal_fields.keys_in_use().get(old, 0) < before)  # type: ignore[misc]
        rotating.kill()
        rotating.communicate()
        new = state(own_keys).active
        wait_until(lambda: _stands_still(old))
        left = reseal_fields.keys_in_use().get(old, 0)
        assert state(own_keys).keys.keys() == {old, new}
    assert 0 < left < ACCOUNTS
    done = _said(_conto(fresh_book, own_keys, "keys", "rotate", "--json"))
    server.ends.set()
    server.join()
    assert (done["ok"], done["key"], done["forgotten"]) == (True, new, [old])
    assert (server.failures, server.reads > 0, server.writes > 0) == ([], True, True)
    assert reseal_fields.keys_in_use() == {new: ACCOUNTS}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_fact WHERE kind = 'field_key_rotated'")
        assert cursor.fetchone() == (1,)
    status = _said(_conto(fresh_book, own_keys, "keys", "status", "--json"))
    assert (list(status["keys"]), status["books"][fresh_book.name]["in_use"]) == ([new], {new: ACCOUNTS})
    # What was sealed with the key that is gone comes back with it.
    file = str(tmp_path / made["name"])
    returned = _said(_conto(fresh_book, own_keys, "restore", file, "--book", back, "--json"))
    assert (returned["ok"], returned["violated"]) == (True, 0), returned
    assert state(own_keys).keys.keys() == {old, new}


def _stands_still(key_id: str) -> bool:
    first = reseal_fields.keys_in_use().get(key_id, 0)
    time.sleep(0.3)
    return first == reseal_fields.keys_in_use().get(key_id, 0)


def test_a_rotation_goes_on_with_its_key_and_a_prepared_key_is_taken(own_keys: Home) -> None:
    first = state(own_keys).active
    waiting = prepare_key(own_keys, at=NOW)
    assert prepare_key(own_keys, at=NOW) == waiting
    ring = KeyRing(own_keys)
    assert ring.active()[0] == first
    assert begin_rotation(own_keys, at=NOW) == begin_rotation(own_keys, at=NOW) == waiting == ring.active()[0]
    assert let_others_go(own_keys) == [first]
    assert state(own_keys).keys == {waiting: "2026-11-22T10:00:00+00:00"}
    assert ring.called(first), "a process that runs opens what it has read before"
    assert KeyRing(own_keys).called(first) == []
    assert begin_rotation(own_keys, at=NOW).startswith("3-")


def test_a_change_of_the_keys_that_was_killed_leaves_nothing(own_keys: Home) -> None:
    left = own_keys.secrets_file.with_name(f"secrets.json.{os.getpid()}.new")
    left.write_text("half of it")
    prepare_key(own_keys, at=NOW)
    assert [path.name for path in own_keys.root.glob("secrets.json*")] == ["secrets.json"]
    assert own_keys.secrets_file.stat().st_mode & 0o077 == 0
