"""The embedded server: whatever is killed, and however, the next start works; the last one out stops it."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from conto.config.home import Home
from conto.config.postgres import server as supervisor
from conto.config.postgres import space
from conto.config.postgres.account import server_account
from conto.config.postgres.binaries import find_binaries
from conto.config.postgres.errors import DiskFullError, PostgresError
from conto.config.postgres.roles import connect_as_admin
from conto.config.postgres.server import Server
from tests.environment import ROOT
from tests.waiting import PATIENCE_SECONDS, wait_until

HOLD = """
import sys
from conto.config.home import Home
from conto.config.postgres.server import Server
with Server(Home.current()).held():
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home of these tests' own, since its server is killed."""
    home = Home(tmp_path_factory.mktemp("home"))
    yield home
    pid = Server(home).process_id()
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(home.postgres)


def _holder(home: Home) -> "subprocess.Popen[str]":
    """Start another command that uses the server, and wait until it does."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env={**os.environ, "CONTO_HOME": str(home.root)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "up\n"
    return holder


def _close(holder: "subprocess.Popen[str]") -> None:
    assert holder.stdin is not None
    holder.stdin.close()
    assert holder.wait(PATIENCE_SECONDS) == 0


def test_the_server_is_made_closed_to_others_and_stopped_by_the_last_one_out(own_home: Home) -> None:
    server = Server(own_home)
    with server.held():
        assert server.is_up()
        holder = _holder(own_home)
    assert server.is_up(), "another command still uses it"
    _close(holder)
    assert not server.is_up()
    assert server.process_id() is None
    data = own_home.postgres / "data"
    assert data.stat().st_mode & 0o077 == 0
    assert own_home.socket.stat().st_mode & 0o077 == 0
    assert own_home.secrets_file.stat().st_mode & 0o077 == 0
    assert data.stat().st_uid != 0


def test_the_server_does_not_listen_on_the_network_and_wants_a_password(own_home: Home) -> None:
    with Server(own_home).held(), connect_as_admin(own_home) as connection:
        settings = dict(
            connection.execute(
                "SELECT name, setting FROM pg_settings WHERE name IN ('listen_addresses', 'data_checksums', 'fsync')"
            ).fetchall()
        )
        assert settings == {"listen_addresses": "", "data_checksums": "on", "fsync": "on"}
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=str(own_home.socket), user="conto_app", dbname="postgres", password="guessed")
        roles = connection.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname LIKE 'conto%' ORDER BY 1"
        ).fetchall()
        assert roles == [
            ("conto_admin", True, True, True),
            ("conto_app", False, False, False),
            ("conto_backup", False, False, False),
            ("conto_owner", False, False, False),
        ]


@pytest.mark.force
def test_a_killed_server_is_started_again_by_a_command_that_still_uses_it(own_home: Home) -> None:
    holder = _holder(own_home)
    server = Server(own_home)
    for _ in range(3):
        pid = server.process_id()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda before=pid: server.process_id() not in {None, before} and server.is_up())  # type: ignore[misc]
    _close(holder)


@pytest.mark.force
def test_after_everything_was_killed_the_next_start_works_and_takes_not_much_longer_than_any(own_home: Home) -> None:
    times_longer = []
    for _ in range(3):
        begun = time.monotonic()
        holder = _holder(own_home)
        in_peace_seconds = time.monotonic() - begun
        server = Server(own_home)
        pid = server.process_id()
        assert pid is not None
        holder.kill()
        os.kill(pid, signal.SIGKILL)
        begun = time.monotonic()
        with server.held():
            assert server.is_up()
            times_longer.append((time.monotonic() - begun) / max(1, in_peace_seconds))
        holder.wait()
    # The best of three, each beside a start in peace: a wait would slow down all of them, a busy machine both sides.
    assert min(times_longer) < 6


@pytest.mark.force
def test_commands_that_start_and_stop_at_once_never_find_it_gone(own_home: Home) -> None:
    failures: list[str] = []

    def come_and_go() -> None:
        for _ in range(5):
            try:
                with Server(own_home).held(), connect_as_admin(own_home) as connection:
                    connection.execute("SELECT 1")
            except (PostgresError, psycopg.Error) as error:
                failures.append(str(error))

    guests = [threading.Thread(target=come_and_go) for _ in range(6)]
    for guest in guests:
        guest.start()
    for guest in guests:
        guest.join()
    assert failures == []
    assert not Server(own_home).is_up()


def test_an_unfinished_folder_of_a_killed_first_start_is_made_anew(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    (home.postgres / "data.new" / "base").mkdir(parents=True)
    with Server(home).held():
        assert Server(home).is_up()
    assert not (home.postgres / "data.new").exists()
    shutil.rmtree(home.postgres)


def test_other_secrets_than_the_databases_are_refused_in_plain_words(tmp_path: Path, own_home: Home) -> None:
    with Server(own_home).held():
        stranger = Home(own_home.root)
        kept = own_home.secrets_file.read_text()
        own_home.secrets_file.unlink()
        try:
            answer = subprocess.run(
                [sys.executable, "-m", "conto.config.cli", "book", "list", "--json"],
                env={**os.environ, "CONTO_HOME": str(stranger.root)},
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            own_home.secrets_file.write_text(kept)
    assert answer.returncode == 1
    assert "secrets file" in answer.stdout


def test_a_stale_pid_of_another_program_is_not_taken_for_the_server(own_home: Home) -> None:
    with Server(own_home).held():
        pass
    stale = own_home.postgres / "data" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n")
    assert Server(own_home).process_id() is None
    stale.unlink()


def test_a_nearly_full_disk_turns_writing_off_and_room_turns_it_on(
    own_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    full = threading.Event()
    # The server of the whole run is watched in this process too, and must go on writing.
    mine = own_home.postgres
    monkeypatch.setattr(supervisor, "is_nearly_full", lambda folder: full.is_set() and folder.is_relative_to(mine))

    def is_read_only() -> bool:
        with connect_as_admin(own_home) as connection:
            row = connection.execute("SHOW default_transaction_read_only").fetchone()
        return row == ("on",)

    with Server(own_home, said.append).held():
        assert not is_read_only()
        full.set()
        _eventually(is_read_only)
        full.clear()
        _eventually(lambda: not is_read_only())
        full.set()
        _eventually(is_read_only)
    with Server(own_home, said.append).held():
        assert is_read_only()  # as it was left, before anybody has watched
    full.clear()
    begun = Server(own_home, said.append)
    begun.acquire()  # a command that does not stay watches nothing
    try:
        assert not is_read_only()
    finally:
        begun.release()
    no_room, room = "The disk", "There is room on the disk again"
    told = [line.split(":")[0].split(" of ")[0] for line in said if " disk " in line]
    assert told == [no_room, room, no_room, room]


def test_too_little_room_and_network_disks_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "free_bytes", lambda _: 1024)
    with pytest.raises(DiskFullError, match="is full"):
        space.refuse_too_little_room(tmp_path)
    monkeypatch.setattr(space, "file_system", lambda _: "nfs4")
    with pytest.raises(PostgresError, match="network file system"):
        space.refuse_network_disk(tmp_path)


def test_the_programs_of_the_package_come_first_and_a_missing_version_is_named() -> None:
    assert find_binaries(None).major == 18
    with pytest.raises(PostgresError, match="made by PostgreSQL 9"):
        find_binaries(9)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to lower itself")
def test_root_never_runs_the_server_and_a_folder_behind_a_shut_door_is_put_elsewhere(tmp_path: Path) -> None:
    assert server_account(tmp_path / "none").uid not in {None, 0}
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o700)
    home = Home(shut / "home")
    assert home.postgres.is_relative_to("/var/lib/conto")
    assert shut.stat().st_mode & 0o077 == 0


def test_a_socket_path_stays_short_however_deep_the_home_is(tmp_path: Path) -> None:
    home = Home(tmp_path / ("deep" * 10) / ("deeper" * 10))
    assert len(os.fsencode(home.socket / ".s.PGSQL.5432")) < 100


def _eventually(is_so: "supervisor.Callable[[], bool]") -> None:
    wait_until(is_so)
