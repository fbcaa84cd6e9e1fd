"""A book in which orders come in and invoices are written while workers and the database are killed at random.

    CONTO_HOME=… python -m tests.force.crashes SEED

Run as a program of its own, since it kills its database server. Prints one JSON object.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta

from conto.config import shelf
from conto.config.cli.migrate import migrate_book
from conto.config.cli.output import Output
from conto.config.cli.session import set_up_django
from conto.config.home import Home
from conto.config.postgres.server import Server

BOOK = "crashes"
ORDERS = 400
WORKER_KILLS = 20
SERVER_KILLS = 3
LONGEST_LIFE_SECONDS = 0.5


def main(seed: int) -> None:
    """Live through all kills, then finish the work and compare it with what it must be."""
    os.environ["CONTO_BOOK"] = BOOK
    home, dice = Home.current(), random.Random(seed)
    set_up_django("app")  # before any fork; no connection is opened in this process
    from tests.force import life  # noqa: PLC0415 -- needs Django

    orders = _orders(dice)
    with Server(home).held():
        shelf.create_book(BOOK)
        migrate_book(BOOK, Output(as_json=False))
        assert _lived(life.set_up) == 0
    kills = [False] * WORKER_KILLS + [True] * SERVER_KILLS
    dice.shuffle(kills)
    unclean = []
    server = Server(home)
    server.acquire()
    for number, kills_server in enumerate(kills):
        work = (lambda: life.bring_in(orders)) if number % 2 else life.bill_and_pay
        _kill_in_the_middle(server, work, dice, kills_server=kills_server)
        if _lived(life.verify) != 0:
            unclean.append(number)
    finished = _lived(lambda: life.bring_in(orders))
    compared = _lived(lambda: life.compare(orders))
    clean = _lived(life.verify)
    server.release()
    sys.stdout.write(
        json.dumps(
            {
                "kills": len(kills),
                "unclean_rounds": unclean,
                "finished": finished,
                "same_end_state": compared == 0,
                "clean": clean == 0,
            }
        )
    )


def _kill_in_the_middle(server: Server, work: Callable[[], None], dice: random.Random, *, kills_server: bool) -> None:
    worker = _started(work)
    time.sleep(dice.uniform(0.1, LONGEST_LIFE_SECONDS))
    postmaster = server.process_id()
    if kills_server and postmaster is not None:
        os.kill(postmaster, signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    if kills_server:
        server.release()
        server.acquire()


def _started(work: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException as error:  # noqa: BLE001 -- the server may have been killed under it
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(1)
    os._exit(0)


def _lived(work: Callable[[], None]) -> int:
    _, status = os.waitpid(_started(work), 0)
    return os.waitstatus_to_exitcode(status)


def _orders(dice: random.Random) -> list[str]:
    first = date(2025, 1, 1)
    lines = []
    for _ in range(ORDERS):
        on = first + timedelta(days=dice.randrange(500))
        quantity = dice.randint(1, 9)
        cents = dice.choice([0, dice.randint(1, 99_999)])
        lines.append(f"{dice.randrange(120):05d} {on:%Y%m%d} {quantity} {cents // 100}.{cents % 100:02d}")
    return lines


if __name__ == "__main__":
    main(int(sys.argv[1]))
