"""How fast a book with a crowd answers: 1,000,000 customers against 10,000, 10,000 deals, a story of 10,000 events.

    python -m bench.crowd [--home FOLDER] [--sizes 10000 1000000] [--rounds 60] [--only WORD] [--lay]

The books are made up and laid once (`crowd_book.py`; the large one takes some twenty minutes and 5 GB) in a home that
is kept for the next time: CONTO_HOME or --home, never the usual one. Each page is asked in turns for ever other places,
words and filters, in the process and over HTTP, by an owner and by a seller who sees only the own customers, of whom
there are few: that one is asked of an index, or reads the whole book.

`growth` is the exponent with which the median in the process grows from the smallest book to the largest. Beside each
page stand the processor time of Python and of the database, the blocks that the database touched for an answer (the
most of five), and how often it was asked. A page that fails is named with its address and what was said, and counts as
missed. The command ends with 1 when a bound is missed: the 95th percentile, 8 queries for a list, the growth of a list.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench import crowd_book
from bench.asking import (
    ROOT,
    WARM_UP,
    NotAnsweredError,
    Web,
    conto,
    cookie_of,
    home_of,
    is_there,
    p95,
    timed,
    unevenness,
)
from bench.crowd_questions import LIST, Question, questions

SHOP = ["--business", "Nordlicht Handel", "--country", "DE", "--currency", "EUR", "--zone", "Europe/Berlin"]
MOST_GROWTH, MOST_QUERIES = 0.10, 8  # both are bounds of lists


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page took, in milliseconds, and what it asked of the database."""

    name: str
    who: str
    cpu: float
    database: float
    inside: list[float]
    outside: list[float]
    goal: int
    queries: int
    blocks: int
    kilobytes: int


def main() -> None:
    """Lay the books that are missing, ask them, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=os.environ.get("CONTO_HOME"), help="where the books are kept")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--only", default="", help="only the pages with this word in their name")
    parser.add_argument("--lay", action="store_true", help="only lay the books")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)  # one size, its answers as JSON
    options = parser.parse_args()
    if options.home is None:
        parser.error("name a home for the books: --home, or CONTO_HOME")
    if options.into:
        with home_of(f"crowd_{options.sizes[0]}", Path(options.home)):
            found = of_one_size(options.sizes[0], options.rounds, options.only, lay=options.lay)
            options.into.write_text(json.dumps([asdict(each) for each in found]))
        return
    by_size = {size: in_a_process(size, options) for size in options.sizes}
    if not options.lay and tell(by_size, options.rounds):
        raise SystemExit(1)


def in_a_process(size: int, options: argparse.Namespace) -> list[Answer]:
    """Ask the book of one size in a process of its own: a process has one book."""
    into = Path(options.home) / f"crowd_{size}.json"
    arguments = [sys.executable, "-m", "bench.crowd", "--home", str(options.home), "--sizes", str(size)]
    arguments += ["--rounds", str(options.rounds), "--only", options.only, "--into", str(into)]
    arguments += ["--lay"] if options.lay else []
    subprocess.run(arguments, cwd=ROOT, check=True)
    return [Answer(**each) for each in json.loads(into.read_text())]


def of_one_size(size: int, rounds: int, only: str, *, lay: bool) -> list[Answer]:
    """Lay the book of a size unless it is there, and ask it."""
    book = os.environ["CONTO_BOOK"]
    is_new = not is_there(book)
    if is_new:
        conto("book", "create", book, *SHOP)
    else:
        conto("migrate")
    import django  # noqa: PLC0415 -- after the environment is set

    django.setup()
    if is_new:
        from conto.apps.accounts import actions  # noqa: PLC0415

        at = datetime.now(UTC)
        actions.add_first_owner(email="owner@conto.example", name="Bench", password=secrets.token_hex(8), at=at)
        crowd_book.lay(size, lambda words: print(words, flush=True))
    return [] if lay else asked(rounds, only)


def asked(rounds: int, only: str) -> list[Answer]:
    """Ask every page as everybody."""
    from django.db import DatabaseError, connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    logging.getLogger("conto.request").setLevel(logging.ERROR)  # its lines would stand between those of the table
    crowd = crowd_book.found_crowd()
    with connection.cursor() as cursor:  # what was just laid is read once from the disk, before anybody waits
        cursor.execute("SELECT count(*) FROM crm_searchtoken")
    made = []
    for who, member in crowd.askers().items():
        client = Client(SERVER_NAME="localhost")
        client.force_login(member)
        with Web(cookie_of(client)) as web:
            for question in questions(crowd, rounds + WARM_UP):
                if only in question.name:
                    try:
                        made.append(answer_to(question, who, client, web))
                    except (NotAnsweredError, DatabaseError, OSError) as failure:
                        print(f"{who} {question.name}: {failure!r}\n{web.last_words()}", flush=True)
                        made.append(no_answer(question, who))
                        connection.close()
                    print(row(made[-1]), flush=True)
    return made


def answer_to(question: Question, who: str, client: Any, web: Web) -> Answer:
    """Ask one page often, in the process and over HTTP."""
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    headers = {"HX-Request": "true"} if question.is_part else {}

    def inside(address: str) -> Any:
        return client.get(address, headers=headers)

    before = worked_by_database()
    within = timed(inside, question.addresses)
    database = (worked_by_database() - before) / len(question.addresses)
    over_http = timed(lambda address: web.get(address, headers), question.addresses)
    with CaptureQueriesContext(connection) as log:
        answer = inside(question.addresses[-1])
    queries = len(log)
    blocks = max(touched(inside, address) for address in question.addresses[-5:])
    return Answer(
        question.name, who, within.cpu, database, within.took, over_http.took, question.goal_ms,
        queries, blocks, len(answer.content) // 1024,
    )  # fmt: skip


def no_answer(question: Question, who: str) -> Answer:
    """Return what is noted of a page that did not come."""
    never = [60_000.0]
    return Answer(question.name, who, 0, 0, never, never, question.goal_ms, 0, 0, 0)


def worked_by_database() -> float:
    """Return the processor time in ms that the database has spent on this session; its helpers are not in it."""
    from django.db import connection  # noqa: PLC0415

    connection.ensure_connection()
    process: int = connection.connection.info.backend_pid
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1_000_000
    except OSError:
        return 0.0  # its processes are elsewhere


def touched(ask: Callable[[str], Any], address: str) -> int:
    """Return how many blocks of tables and indexes the database looked at for an answer."""
    before = blocks_so_far()
    ask(address)
    return blocks_so_far() - before


def blocks_so_far() -> int:
    """Return the blocks that this session's database looked at, as its statistics know them now."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def is_of_list(answer: Answer) -> bool:
    """Tell whether an answer is a page of the list; its totals are a part that comes later, and sum what is open."""
    return answer.name.startswith("list") and answer.goal == LIST


def lists_together(answers: list[Answer]) -> Iterator[Answer]:
    """Give all pages of the list, in whatever order and filtered by whatever, as one answer for each who asks."""
    for who in dict.fromkeys(each.who for each in answers):
        some = [each for each in answers if each.who == who and is_of_list(each)]
        if some:
            yield Answer(
                "list, whatever is asked", who, median([each.cpu for each in some]),
                sum(each.database for each in some) / len(some), [ms for each in some for ms in each.inside],
                [ms for each in some for ms in each.outside], LIST, max(each.queries for each in some),
                max(each.blocks for each in some), max(each.kilobytes for each in some),
            )  # fmt: skip


def grown(old: Answer, new: Answer, times: float) -> float:
    """Return the exponent with which the median in the process grew while the book grew so many times."""
    return math.log(median(new.inside) / median(old.inside)) / math.log(times)


def missed(answer: Answer, growth: float | None) -> str:
    """Return the bounds that an answer misses, as words."""
    found = ["p95"] if max(p95(answer.inside), p95(answer.outside)) > answer.goal else []
    if is_of_list(answer):
        found += ["queries"] if answer.queries > MOST_QUERIES else []
        found += ["growth"] if (growth or 0) > MOST_GROWTH else []
    return ", ".join(found)


def row(answer: Answer, growth: float | None = None) -> str:
    """Return an answer as a line of the table."""
    marks = f"  MISSED {words}" if (words := missed(answer, growth)) else ""
    grown = f"{growth:>8.2f}" if growth is not None else " " * 8
    return (
        f"{answer.who:<8}{answer.name:<30}{answer.cpu:>7.1f}{answer.database:>7.1f}{median(answer.inside):>8.1f}{p95(answer.inside):>8.1f}"
        f"{median(answer.outside):>9.1f}{p95(answer.outside):>8.1f}{answer.goal:>6}{grown}{answer.queries:>9}"
        f"{answer.blocks:>8}{answer.kilobytes:>6}{marks}"
    )


def tell(by_size: dict[int, list[Answer]], rounds: int) -> int:
    """Print the figures of the largest book, with how they grew from the smallest; return how many miss a bound."""
    small, large = min(by_size), max(by_size)
    before = {(each.who, each.name): each for each in (*by_size[small], *lists_together(by_size[small]))}
    print(f"\n{large:,} customers against {small:,}; {rounds} answers after {WARM_UP} to warm up, in ms")
    print(
        f"a fixed piece of work: p95 {unevenness():.2f} times its median on this machine, load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"{'who':<8}{'page':<30}{'CPU':>7}{'db':>7}{'p50':>8}{'p95':>8}{'HTTP p50':>9}{'p95':>8}{'goal':>6}"
        f"{'growth':>8}{'queries':>9}{'blocks':>8}{'KiB':>6}"
    )
    count = 0
    for each in (*by_size[large], *lists_together(by_size[large])):
        old = before.get((each.who, each.name))
        growth = grown(old, each, large / small) if old and large > small else None
        print(row(each, growth))
        count += bool(missed(each, growth))
    print(f"{count} of {len(by_size[large])} miss a bound" if count else "every bound is kept")
    return count


if __name__ == "__main__":
    main()
