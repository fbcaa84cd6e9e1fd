"""The embedded server: made once, started when first needed, stopped by the last one out.

Any number of commands may use it at once. Whatever is killed, and however, the next start works.
"""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from conto.config.home import SYSTEM_FOLDER, Home
from conto.config.postgres.account import Account, server_account
from conto.config.postgres.binaries import Binaries, find_binaries, reachable_binaries
from conto.config.postgres.errors import DiskFullError, PostgresError
from conto.config.postgres.files import prepare_socket_folder, write_file, write_settings
from conto.config.postgres.lease import Lease
from conto.config.postgres.roles import create_roles
from conto.config.postgres.space import is_nearly_full, refuse_network_disk, refuse_too_little_room

START_SECONDS = 60  # after a crash the first starts are refused until the old server's children are gone
RECOVERY_SECONDS = 1800  # a long recovery is not a failure
LOG_BYTES = 10_000_000
BUILTIN_LOCALE_SINCE = 17

Say = Callable[[str], None]


def _quiet(_: str) -> None:
    """Say nothing."""


class Server:
    """The supervisor of one home's embedded server."""

    def __init__(self, home: Home, say: Say = _quiet) -> None:
        """Look at the home; nothing is made or started yet."""
        self._home = home
        self._say = say
        self._place = home.postgres
        self._data = self._place / "data"
        self._log = self._place / "server.log"
        self._lease = Lease(self._place)
        self._closing = threading.Event()
        self._is_read_only = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the server running as long as the block runs: it is watched, and started again should it die.

        Raises: PostgresError.
        """
        self.acquire()
        watcher = threading.Thread(target=self._watch, name="database-watch", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._closing.set()
            watcher.join(timeout=5)
            self.release()

    def acquire(self) -> None:
        """Take a share in the server and start it if nobody has.

        Raises: PostgresError.
        """
        self._prepare_place()
        with self._lease.door():
            self._lease.take()
            self._ensure_running()

    def release(self) -> None:
        """Give the share back; the last one stops the server."""
        with self._lease.door():
            if self._lease.give_back():
                self._stop()

    def is_up(self) -> bool:
        """Return whether the server answers now."""
        return self._probe() == "up"

    def process_id(self) -> int | None:
        """Return the server's process id, only if that process really is our server."""
        try:
            pid = int((self._data / "postmaster.pid").read_text().splitlines()[0])
            program = Path(f"/proc/{pid}/exe").readlink().name
            folder = Path(f"/proc/{pid}/cwd").readlink()
        except (OSError, ValueError, IndexError):
            return None
        return pid if program.startswith("postgres") and folder == self._data.resolve() else None

    def _prepare_place(self) -> None:
        self._home.prepare()
        place = self._place
        try:
            place.mkdir(parents=True, exist_ok=True, mode=0o711)
            if os.geteuid() == 0:
                for step in {place, SYSTEM_FOLDER} & {place, *place.parents}:
                    step.chmod(0o711)  # whatever the umask: the server's user walks through
        except OSError as error:
            raise PostgresError(f"Conto can't make the folder {place}: {error.strerror}.") from error
        refuse_network_disk(place)

    def _ensure_running(self) -> None:
        account = server_account(self._data)
        if not (self._data / "PG_VERSION").exists():
            binaries = self._binaries(None)
            self._initialize(binaries, account)
            self._start(binaries, account)
        elif self._probe() != "up":
            self._start(self._binaries(int((self._data / "PG_VERSION").read_text())), account)
        create_roles(self._home)

    def _binaries(self, major: int | None) -> Binaries:
        binaries = find_binaries(major)
        return reachable_binaries(binaries, self._place) if os.geteuid() == 0 else binaries

    def _initialize(self, binaries: Binaries, account: Account) -> None:
        """Make the data folder aside and move it in when it is whole, so that a crash leaves none or all of it."""
        refuse_too_little_room(self._place)
        self._say("Making the database …")
        for left_over in self._place.glob("data.new*"):
            shutil.rmtree(left_over)
        draft, password = self._place / "data.new", self._place / "data.new.password"
        password.unlink(missing_ok=True)
        draft.mkdir(mode=0o700)
        account.own(draft)
        write_file(password, self._home.secrets().database_passwords["conto_admin"], account)
        builtin = binaries.major >= BUILTIN_LOCALE_SINCE
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        answer = subprocess.run(
            [
                *(binaries["initdb"], f"--pgdata={draft}", "--username=conto_admin", f"--pwfile={password}"),
                *("--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8"),
                *(locale if builtin else ["--locale=C.UTF-8"]),
            ],
            **account.spawn_options(),
            env=_environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        password.unlink()
        if answer.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            raise _failure(answer.stderr, "could not be made")
        draft.rename(self._data)

    def _start(self, binaries: Binaries, account: Account) -> None:
        """Start until it answers: the lock of a killed server is waited out, never deleted."""
        prepare_socket_folder(self._home, account)
        write_settings(self._home, account)
        self._guard_room()  # the disk may have got room, or lost it, since the server stopped
        self._trim_log()
        deadline = time.monotonic() + START_SECONDS
        while True:
            logged = self._log.stat().st_size if self._log.exists() else 0
            server = self._spawn(binaries, account)
            if self._wait_until_up(server):
                return
            said = self._log.read_bytes()[logged:].decode(errors="replace")
            if not _is_lock_of_killed_server(said) or time.monotonic() > deadline:
                raise _failure(said, "does not start")
            time.sleep(0.1)

    def _spawn(self, binaries: Binaries, account: Account) -> subprocess.Popen[bytes]:
        try:
            with self._log.open("ab") as log:
                server = subprocess.Popen(
                    [binaries["postgres"], "-D", str(self._data)],
                    **account.spawn_options(),
                    env=_environment(),
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C in the terminal is ours to pass on, in order
                )
        except OSError as error:
            raise _failure(str(error), "does not start") from error
        # A dead child that nobody waits for keeps its process id, and with it the lock of the data folder.
        threading.Thread(target=server.wait, name="database-reaper", daemon=True).start()
        return server

    def _wait_until_up(self, server: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + RECOVERY_SECONDS
        told = time.monotonic() + 5
        while time.monotonic() < deadline:
            if self._probe() == "up":
                return True
            if server.returncode is not None:
                return False
            if time.monotonic() > told:
                told += 30
                self._say("The database is recovering …")
            time.sleep(0.03)
        return False

    def _probe(self) -> str:
        """Return "up", "busy" (starting, stopping, recovering) or "down"."""
        try:
            psycopg.connect(
                host=str(self._home.socket),
                port=5432,
                user="conto_admin",
                password=self._home.secrets().database_passwords["conto_admin"],
                dbname="postgres",
                connect_timeout=10,
            ).close()
        except psycopg.OperationalError as error:
            text = str(error)
            if "authentication failed" in text:
                raise PostgresError(
                    f"The passwords in {self._home.secrets_file} are not those of the database in {self._place}. "
                    "Put the secrets file back that was made together with this database."
                ) from error
            return "busy" if "database system" in text or "too many clients" in text else "down"
        return "up"

    def _stop(self) -> None:
        pid = self.process_id()
        if pid is None:
            return
        for kind, seconds in ((signal.SIGINT, 60), (signal.SIGQUIT, 10)):
            try:
                os.kill(pid, kind)
            except ProcessLookupError:
                return
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if self.process_id() != pid:
                    return
                time.sleep(0.02)

    def _watch(self) -> None:
        """Start a server that died, and stop writing while there is still room to stop in good order."""
        is_down = False
        while not self._closing.wait(0.5):
            try:
                self._guard_room()
                if self.process_id() is None and self._probe() == "down" and not self._closing.is_set():
                    with self._lease.door():
                        self._ensure_running()
                if is_down:
                    self._say("The database is up again.")
                is_down = False
            except (PostgresError, OSError, psycopg.Error) as error:
                if not is_down:
                    self._say(str(error))
                is_down = True
                self._closing.wait(2)

    def _guard_room(self) -> None:
        full = is_nearly_full(self._data)
        switch = self._data / "room.conf"
        if full == bool(switch.stat().st_size):
            return
        if full:
            write_file(switch, "default_transaction_read_only = on\n", server_account(self._data))
            self._say(f"The disk of {self._data} is nearly full: Conto only reads until there is room again.")
        else:
            write_file(switch, "", server_account(self._data))
            self._say("There is room on the disk again: Conto writes again.")
        pid = self.process_id()
        if pid is not None:
            os.kill(pid, signal.SIGHUP)

    def _trim_log(self) -> None:
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))


def _environment() -> dict[str, str]:
    # Nothing of the caller's PG* or LD_* variables may reach the server.
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _is_lock_of_killed_server(said: str) -> bool:
    return "postmaster.pid" in said or "pre-existing shared memory" in said or ".lock" in said


def _failure(said: str, what: str) -> PostgresError:
    if "No space left on device" in said:
        return DiskFullError(f"The disk is full: the database {what}. Free some space; nothing is lost.")
    lines = [line for line in said.strip().splitlines() if line.strip()]
    return PostgresError(f"The database {what}: " + ("\n  ".join(lines[-5:]) or "it said nothing"))
