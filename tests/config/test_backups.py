"""`conto backup` and `conto restore`: what comes back is what was there, or nothing comes back."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from conto.apps.invoicing import actions as invoicing
from conto.apps.vault.sealing import seal
from conto.config import shelf
from conto.config.backup.manifest import take_manifest
from conto.config.backup.restore import SCRATCH
from conto.config.home import Home
from conto.domain.facts import SYSTEM
from tests.environment import ROOT
from tests.house import FreshBook, drop_book
from tests.scene import NOW, set_scene
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("alone_at_scratch_books")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups are brought to."""
    place = tmp_path / "place"
    place.mkdir()
    return place


@pytest.fixture
def new_name(home: Home) -> Iterator[str]:
    """The name of a book that is restored, removed afterwards with what was kept aside."""
    name = f"t_{os.getpid()}_back"
    yield name
    for book in shelf.list_books():
        if book.name.startswith(name):
            drop_book(home, book.name)


def _lived_in(book: FreshBook) -> None:
    """Write invoices with an attachment into the book."""
    scene = set_scene()
    draft = scene.draft()
    invoicing.add_attachment(
        subject=draft, name="plan.pdf", content=b"%PDF-1.4 a plan", mime="application/pdf", actor=SYSTEM, at=NOW
    )
    for _ in range(3):
        scene.issued()


def _said(answer: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    assert answer.stdout, answer.stderr
    return dict(json.loads(answer.stdout))


def _backed_up(book: FreshBook, folder: Path, **environment: str) -> Path:
    answer = subprocess.run(
        [sys.executable, "-m", "conto.config.cli", "backup", "--to", str(folder), "--json"],
        env={**book.env, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = _said(answer)
    assert said["ok"], said
    return folder / str(said["name"])


def _manifest(dsn: str) -> dict[str, Any]:
    with psycopg.connect(dsn) as connection:
        return take_manifest(connection)


def test_what_was_there_is_there_in_the_new_book(fresh_book: FreshBook, folder: Path, new_name: str) -> None:
    _lived_in(fresh_book)
    before = _manifest(fresh_book.owner_dsn)
    file = _backed_up(fresh_book, folder)
    assert file.stat().st_mode & 0o077 == 0
    said = _said(fresh_book.conto("restore", str(file), "--book", new_name, "--json"))
    assert said["ok"], said
    assert (said["violated"], said["differences"]) == (0, [])
    after = _manifest(FreshBook(new_name).owner_dsn)
    for figure in ("ledger", "documents", "files"):
        assert after[figure] == before[figure], figure
    assert before["tables"]["invoicing_document"][0] == 3
    # The restored book knows where it comes from and its facts are sealed; nothing else has been added to it.
    changed = {name for name in before["tables"] if before["tables"][name] != after["tables"][name]}
    sealed = {"audit_factposition", "audit_factseal"}
    assert changed == {"audit_fact", "audit_factpayload", "upkeep_backup"} | sealed
    assert int(after["facts"]["count"]) == int(before["facts"]["count"]) + 1
    assert b"%PDF-1.4 a plan" not in file.read_bytes()


def test_a_book_that_is_there_is_replaced_only_when_asked_and_kept(
    fresh_book: FreshBook, folder: Path, new_name: str
) -> None:
    file = _backed_up(fresh_book, folder)
    assert _said(fresh_book.conto("restore", str(file), "--book", new_name, "--json"))["ok"]
    refused = _said(fresh_book.conto("restore", str(file), "--book", new_name, "--json"))
    assert not refused["ok"]
    assert f"There is a book {new_name} already" in refused["error"]
    with psycopg.connect(FreshBook(new_name).owner_dsn, autocommit=True) as guest:
        guest.execute("CREATE TABLE written_since AS SELECT 1")
        switched = _said(fresh_book.conto("restore", str(file), "--book", new_name, "--switch", "--json"))
    assert switched["ok"], switched
    assert "written_since" not in _manifest(FreshBook(new_name).owner_dsn)["tables"]
    assert "written_since" in _manifest(FreshBook(str(switched["kept_aside"])).owner_dsn)["tables"]


def test_a_backup_that_is_cut_off_or_changed_makes_no_book(fresh_book: FreshBook, folder: Path, new_name: str) -> None:
    whole = _backed_up(fresh_book, folder).read_bytes()
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    for content in (whole[: len(whole) // 2], whole[:-1], whole[:40], bytes(changed), b"", whole + b"x"):
        file = folder / "damaged.backup"
        file.write_bytes(content)
        said = _said(fresh_book.conto("restore", str(file), "--book", new_name, "--json"))
        assert not said["ok"]
        assert "damaged" in said["error"], said
        assert not shelf.has_book(new_name)
    assert not [book.name for book in shelf.list_books() if book.name.startswith(SCRATCH)]


def test_the_wrong_key_and_the_wrong_passphrase_are_told_plainly(
    fresh_book: FreshBook, folder: Path, new_name: str
) -> None:
    file = _backed_up(fresh_book, folder)
    other = folder / "other.key"
    other.write_text("CONTO-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA")
    said = _said(fresh_book.conto("restore", str(file), "--key-file", str(other), "--book", new_name, "--json"))
    assert "no backup key" in said["error"]
    file = _backed_up(fresh_book, folder, CONTO_BACKUP_PASSPHRASE="correct horse battery staple")
    fresh_book.env["CONTO_BACKUP_PASSPHRASE"] = "something else altogether"
    said = _said(fresh_book.conto("restore", str(file), "--book", new_name, "--json"))
    assert "not the passphrase" in said["error"]
    fresh_book.env["CONTO_BACKUP_PASSPHRASE"] = "correct horse battery staple"
    assert _said(fresh_book.conto("restore", str(file), "--book", new_name, "--verify", "--json"))["ok"]
    assert not shelf.has_book(new_name)


def test_a_new_machine_needs_the_file_and_the_key_alone(fresh_book: FreshBook, folder: Path, tmp_path: Path) -> None:
    sealed = seal("DE02 1203 0000 0000 2020 51", column="c.iban", row_id=SEALED_ROW)
    file = _backed_up(fresh_book, folder)
    key = _said(fresh_book.conto("backup", "key", "--json"))["key"]
    elsewhere = FreshBook("shop", {**os.environ, "CONTO_HOME": str(tmp_path / "new"), "CONTO_BOOK": "shop"})
    refused = _said(elsewhere.conto("restore", str(file), "--book", "shop", "--json"))
    assert "sealed with another key" in refused["error"]
    elsewhere.env["CONTO_BACKUP_KEY"] = key
    said = _said(elsewhere.conto("restore", str(file), "--book", "shop", "--json"))
    assert said["ok"], said
    assert _said(elsewhere.conto("verify", "--json"))["ok"]
    opened = subprocess.run(
        [sys.executable, "-c", _UNSEAL, sealed],
        env=elsewhere.env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert opened.stdout.strip() == "DE02 1203 0000 0000 2020 51", opened.stderr


def test_a_backup_that_is_killed_leaves_nothing_that_looks_like_one(
    fresh_book: FreshBook, folder: Path, home: Home
) -> None:
    _lived_in(fresh_book)
    with psycopg.connect(fresh_book.owner_dsn) as blocker:
        # pg_dump waits for this lock: the backup stands half-way, its file begun.
        blocker.execute("LOCK TABLE audit_fact IN ACCESS EXCLUSIVE MODE")
        making = fresh_book.start("-m", "conto.config.cli", "backup", "--to", str(folder), stderr=subprocess.DEVNULL)
        wait_until(lambda: list(home.backups.glob(f".conto-{fresh_book.name}-*.part")))
        making.send_signal(signal.SIGKILL)
        making.wait()
    assert list(folder.iterdir()) == []
    assert not list(home.backups.glob(f"conto-{fresh_book.name}-*"))
    assert _said(fresh_book.conto("backup", "list", "--json"))["backups"] == []
    file = _backed_up(fresh_book, folder)
    assert [each.name for each in folder.iterdir()] == [file.name]
    assert not list(home.backups.glob(f".conto-{fresh_book.name}-*"))
    with psycopg.connect(fresh_book.owner_dsn) as connection:
        states = connection.execute("SELECT state FROM upkeep_backup ORDER BY started_at").fetchall()
    assert states == [("failed",), ("good",)]


def test_a_rehearsal_restores_the_newest_backup_and_records_what_it_found(fresh_book: FreshBook, home: Home) -> None:
    none = _said(fresh_book.conto("backup", "rehearse", "--json"))
    assert "no backup" in none["error"]
    _lived_in(fresh_book)
    made = _said(fresh_book.conto("backup", "--json"))
    file = home.backups / str(made["name"])
    try:
        found = _said(fresh_book.conto("backup", "rehearse", "--json"))
        assert (found["ok"], found["name"]) == (True, made["name"]), found
        file.write_bytes(file.read_bytes()[:-30])
        broken = _said(fresh_book.conto("backup", "rehearse", "--json"))
        assert (broken["ok"], broken["clean"]) == (False, False)
    finally:
        file.unlink()
    with psycopg.connect(fresh_book.owner_dsn) as connection:
        kinds = connection.execute(
            "SELECT kind FROM audit_fact WHERE subject_kind = 'backup' ORDER BY recorded_at, kind DESC"
        ).fetchall()
    assert [kind for (kind,) in kinds] == ["backup_made", "restore_rehearsed", "restore_rehearsed", "backup_failed"]
    assert not [book.name for book in shelf.list_books() if book.name.startswith(SCRATCH)]


SEALED_ROW = UUID(int=7)
_UNSEAL = """
import sys
from uuid import UUID
from conto.config.cli.session import set_up_django
set_up_django("app")
from conto.apps.vault.sealing import unseal
print(unseal(sys.argv[1], column="c.iban", row_id=UUID(int=7)))
"""
