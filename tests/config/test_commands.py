"""The command `conto`: plain words, JSON for programs, an exit code that tells."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conto.config import shelf
from conto.config.book import BookError, database_name, database_settings
from conto.config.home import Home, is_reachable
from tests.environment import ROOT
from tests.house import FreshBook
from tests.waiting import PATIENCE_SECONDS

SECONDS = 3 * PATIENCE_SECONDS  # commands start programs that start programs


def _conto(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "conto.config.cli", *arguments],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _status(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _eventually(what: str, is_so: Any) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if is_so():
            return
        time.sleep(0.1)
    pytest.fail(f"not within {SECONDS} s: {what}")


def _children(pid: int) -> dict[str, int]:
    """Return the processes that a process has started, by the command they run."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            words = (entry / "cmdline").read_bytes().decode().split("\0")
        except (OSError, ValueError):
            continue
        if parent == pid and words[0].startswith("granian "):  # it names itself where a library for that is installed
            found["web"] = int(entry.name)
        elif parent == pid and "conto.config.cli" in words:
            found[words[words.index("conto.config.cli") + 1]] = int(entry.name)
    return found


@contextmanager
def _open_book(book: FreshBook, port: int) -> "Iterator[subprocess.Popen[bytes]]":
    serving = book.start("-m", "conto.config.cli", "serve", "--port", str(port), stderr=subprocess.PIPE)
    try:
        _eventually("the first page", lambda: _status(port))
        yield serving
    finally:
        if serving.poll() is None:
            serving.terminate()
            serving.wait(SECONDS)


def test_the_way_from_nothing_to_a_book_and_back(home: Home) -> None:
    name = f"t_{os.getpid()}_made"
    made = _conto("book", "create", name, "--json")
    assert (made.returncode, json.loads(made.stdout)["book"]) == (0, name), made.stderr
    again = _conto("book", "create", name, "--json")
    assert again.returncode == 1
    assert json.loads(again.stdout) == {"ok": False, "error": f"There is a book {name} already."}
    assert name in {book["name"] for book in json.loads(_conto("book", "list", "--json").stdout)["books"]}
    checked = _conto("doctor", "--book", name, "--json")
    found = json.loads(checked.stdout)
    assert [each["check"] for each in found["checks"] if not each["ok"]] == []
    serious = [each["code"] for each in found["findings"] if each["severity"] == "serious"]
    assert (serious, checked.returncode) == (["unsafe_disk"], 1), "the server of the tests runs without fsync"
    kept = subprocess.run(
        [sys.executable, "-m", "conto.config.cli", "book", "delete", name],
        input="no\n",
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert (kept.returncode, kept.stderr.strip()) == (1, "Nothing was deleted.")
    assert _conto("book", "delete", name, "--yes").returncode == 0
    assert not shelf.has_book(name)


def test_books_are_listed_while_others_are_deleted(home: Home) -> None:
    name = f"t_{os.getpid()}_brief"

    def come_and_go() -> None:
        for _time in range(8):
            shelf.create_book(name)
            shelf.delete_book(name)

    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(come_and_go)
        while not others.done():
            assert all(book.size_bytes > 0 for book in shelf.list_books())
        others.result()


@pytest.mark.parametrize("command", [["verify"], ["worker"], ["migrate"], ["serve", "--port", "1"]])
def test_a_book_that_is_not_there_is_named_with_the_way_to_make_it(command: list[str], home: Home) -> None:
    if command[0] == "serve":
        command = ["serve", "--port", str(_free_port())]
    answer = _conto(*command, "--book", "nowhere")
    assert answer.returncode == 1
    assert "There is no book nowhere. Make it with: conto book create nowhere" in answer.stderr


def test_a_name_that_could_not_be_a_databases_is_refused() -> None:
    for name in ("", "Shop", "1shop", "shop;drop", "a" * 41, "../x"):
        with pytest.raises(BookError, match="small letters"):
            database_name(name)


def test_a_taken_port_is_named_with_the_way_to_choose_another() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = _conto("serve", "--port", str(port))
    assert answer.returncode == 1
    assert f"Port {port} is taken by another program" in answer.stderr


def test_a_folder_that_cannot_be_written_is_named_with_the_way_to_choose_another() -> None:
    answer = _conto("book", "list", CONTO_HOME="/proc/conto")
    assert answer.returncode == 1
    assert "Conto can't use the folder /proc/conto" in answer.stderr
    assert "CONTO_HOME" in answer.stderr


def test_a_server_that_cannot_be_reached_is_said_plainly() -> None:
    answer = _conto("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/shop")
    assert answer.returncode == 1
    assert "The database can't be reached" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_server_of_ones_own_names_the_book_and_the_application_steps_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:x@db:5433/conto_shop?sslmode=require")
    app = database_settings("shop", "app")
    assert (app["NAME"], app["USER"], app["HOST"], app["PORT"]) == ("conto_shop", "shop", "db", "5433")
    assert app["OPTIONS"] == {"options": "-c role=conto_app", "sslmode": "require"}
    assert database_settings("shop", "owner")["OPTIONS"] == {"sslmode": "require"}
    assert database_settings("second", "owner")["NAME"] == "conto_second"
    monkeypatch.setenv("CONTO_APP_DATABASE_URL", "postgresql://pages:y@db:5433/conto_shop")
    assert database_settings("shop", "app")["USER"] == "pages"
    assert database_settings("shop", "app")["OPTIONS"] == {}


def test_secrets_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    first = home.secrets()
    assert home.secrets_file.stat().st_mode & 0o777 == 0o600
    assert len(first.field_keys[first.active_field_key]) == 32
    assert set(first.database_passwords) == {"conto_admin", "conto_owner", "conto_app", "conto_backup"}
    assert Home(tmp_path / "home").secrets() == first
    assert Home(tmp_path / "other").secrets() != first


def test_a_shut_door_on_the_way_is_seen(tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    (shut / "inside").mkdir(parents=True)
    shut.chmod(0o700)
    assert not is_reachable(shut / "inside")
    assert is_reachable(Path("/usr/bin"))


@pytest.mark.force
def test_what_is_killed_is_started_again_and_ctrl_c_closes_everything(fresh_book: FreshBook) -> None:
    port = _free_port()
    with _open_book(fresh_book, port) as serving:
        _eventually("web and worker", lambda: _children(serving.pid).keys() >= {"web", "worker"})
        for kind in ("web", "worker"):
            before = _children(serving.pid)[kind]
            os.kill(before, signal.SIGKILL)
            _eventually(f"a new {kind}", lambda: _children(serving.pid).get(kind, before) != before)  # noqa: B023
        _eventually("the page again", lambda: _status(port))
        mine = os.getpriority(os.PRIO_PROCESS, 0)
        worker = _children(serving.pid)["worker"]
        _eventually("pages go before papers", lambda: os.getpriority(os.PRIO_PROCESS, worker) > mine)
        assert os.getpriority(os.PRIO_PROCESS, _children(serving.pid)["web"]) == mine
        serving.send_signal(signal.SIGINT)
        assert serving.wait(SECONDS) == 0
    assert _status(port) == 0


@pytest.mark.force
def test_no_child_outlives_a_killed_parent(fresh_book: FreshBook) -> None:
    port = _free_port()
    with _open_book(fresh_book, port) as serving:
        _eventually("web and worker", lambda: _children(serving.pid).keys() >= {"web", "worker"})
        orphans = _children(serving.pid)
        serving.kill()
        serving.wait()
        _eventually("no orphan", lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in orphans.values()))
    assert _status(port) == 0


@pytest.mark.parametrize("command", [["verify"], ["bill", "--dry-run"], ["import", "orders", __file__], ["demo"]])
def test_a_book_of_another_version_is_told_in_plain_words(fresh_book: FreshBook, command: list[str]) -> None:
    now = shelf.read_stamp(fresh_book.name)
    shelf.write_stamp(fresh_book.name, "conto tables of last year")
    try:
        done = fresh_book.conto(*command, "--json")
    finally:
        shelf.write_stamp(fresh_book.name, now)
    assert done.returncode == 1
    assert "run conto upgrade" in json.loads(done.stdout)["error"]
    assert "Traceback" not in done.stderr


def test_a_database_that_only_reads_for_want_of_room_is_said_plainly(fresh_book: FreshBook, tmp_path: Path) -> None:
    fresh_book.env["PGOPTIONS"] = "-c default_transaction_read_only=on"
    answer = fresh_book.conto("backup", "--to", str(tmp_path))
    assert answer.returncode == 1
    assert "nearly full: nothing is written until there is room" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not list(tmp_path.iterdir())
    answer = fresh_book.conto("book", "create", "roomless")
    assert answer.returncode == 1
    assert "nearly full: nothing is written until there is room" in answer.stderr
    assert "Traceback" not in answer.stderr
