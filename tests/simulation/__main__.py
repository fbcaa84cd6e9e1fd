"""Lives for as many years as one likes, their processes and the database killed at random.

    python -m tests.simulation --years 200 --seed 1 [--minutes 60] [--longest 30]

Each life is a company of its own seed in a book of its own: one process lives it, another moves money in it at the
same time. Both are killed again and again, the database server now and then, and every rule is asked after each kill.
Prints a line per life and the sum at the end; the exit code is 1 when a rule was broken.
"""

import argparse
import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

BOOK = "life"
YEARS_A_LIFE = 2
DAYS_A_YEAR = 365
LONGEST_SECONDS = 12.0  # more on a machine that has other work: a stretch begins with a second or two of waking up
SERVER_KILLED_PERCENT = 20


@dataclass
class Sum:
    """What all lives came to."""

    years: int = 0
    process_kills: int = 0
    server_kills: int = 0
    judgments: int = 0
    documents: int = 0


class Broken(Exception):  # noqa: N818 -- named for what happened
    """A life ended badly; its seed is in the words."""


def main() -> int:
    """Live, and tell what became of it."""
    options = _options()
    os.environ["CONTO_TEST_HOME"] = tempfile.mkdtemp(prefix="conto-lives-")  # a server of its own, to be killed
    importlib.import_module("tests.environment")
    os.environ["CONTO_BOOK"] = BOOK
    from conto.config.cli.session import set_up_django  # noqa: PLC0415 -- reads the environment above
    from conto.config.home import Home  # noqa: PLC0415

    set_up_django("app")  # before any fork; no connection is opened in this process
    home, lived, ends_at = Home.current(), Sum(), time.monotonic() + 60 * options.minutes
    seed, failure = options.seed, ""
    try:
        while lived.years < options.years and time.monotonic() < ends_at:
            _live(seed, options, home, lived)
            _say(f"seed {seed}: fine after {YEARS_A_LIFE} years; {lived}")
            seed += 1
    except Broken as broken:
        failure = str(broken)
    finally:
        shutil.rmtree(home.postgres, ignore_errors=True)
        shutil.rmtree(home.root, ignore_errors=True)
    _say(f"{lived.years} years lived, {1 if failure else 0} violations. {failure}{lived}")
    return 1 if failure else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Let companies live under kills and faults.")
    parser.add_argument("--years", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first life; each further one has the next")
    parser.add_argument("--buyers", type=int, default=3, help="customers of each company")
    parser.add_argument("--longest", type=float, default=LONGEST_SECONDS, help="seconds between two kills, at most")
    parser.add_argument("--minutes", type=float, default=10_000, help="begin no further life after this long")
    return parser.parse_args()


def _live(seed: int, options: argparse.Namespace, home: "object", lived: Sum) -> None:
    from conto.config.postgres.server import Server  # noqa: PLC0415
    from tests import house  # noqa: PLC0415

    dice, folder = Random(f"kills {seed}"), Path(tempfile.mkdtemp(prefix=f"life-{seed}-"))
    server = Server(home)  # type: ignore[arg-type]
    server.acquire()
    try:
        house.copy_book(home, house.ready_template(home), BOOK)  # type: ignore[arg-type]
        while not _lived_until_killed(seed, options, folder, dice, server, lived):
            _judge(seed, lived, everything=False)
        _judge(seed, lived, everything=True)
        lived.years += YEARS_A_LIFE
    finally:
        server.release()
        shutil.rmtree(folder, ignore_errors=True)


def _lived_until_killed(
    seed: int, options: argparse.Namespace, folder: Path, dice: Random, server: "object", lived: Sum
) -> bool:
    """Live on until the end, which returns true, or until the processes are killed."""
    from tests.simulation import hands  # noqa: PLC0415
    from tests.simulation.life import live  # noqa: PLC0415

    company = _started(lambda: live(seed, days=YEARS_A_LIFE * DAYS_A_YEAR, folder=folder, buyers=options.buyers))
    busy = _started(lambda: hands.move_money(seed * 1000 + lived.process_kills))
    deadline = time.monotonic() + dice.uniform(0.3, options.longest)
    status = None
    while status is None and time.monotonic() < deadline:
        ended, code = os.waitpid(company, os.WNOHANG)
        status = os.waitstatus_to_exitcode(code) if ended else None
        time.sleep(0.02)
    kills_server = status is None and dice.random() * 100 < SERVER_KILLED_PERCENT
    postmaster = server.process_id()  # type: ignore[attr-defined]
    if kills_server and postmaster is not None:
        os.kill(postmaster, signal.SIGKILL)
        lived.server_kills += 1
    for process in (busy, *([company] if status is None else [])):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        lived.process_kills += 1
    if kills_server:
        server.release()  # type: ignore[attr-defined]
        server.acquire()  # type: ignore[attr-defined]
    if status:
        raise Broken(f"The life of seed {seed} ended with {status}: see above. ")
    return status == 0


def _judge(seed: int, lived: Sum, *, everything: bool) -> None:
    from tests.simulation import checks  # noqa: PLC0415

    def judge() -> None:
        broken = checks.violations_of_everything() if everything else checks.violations_today()
        if broken:
            raise AssertionError(broken)

    lived.judgments += 1
    if _ended(_started(judge)) != 0:
        raise Broken(f"The book of seed {seed} is not in order: see above. ")


def _started(work: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:  # noqa: BLE001 -- whatever it is, it is told and the process ends
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
