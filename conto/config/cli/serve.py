"""`conto serve`, `conto worker`: open for business. Everything else here is their children."""

import argparse
import errno
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from typing import Any

from conto.config import shelf
from conto.config.book import DEFAULT_BOOK, BookError, current_book
from conto.config.cli.children import PARENT, Child, die_with_parent, leave_if_orphaned, log_file
from conto.config.cli.output import CommandError, Output
from conto.config.cli.practice import PracticeBook
from conto.config.cli.session import open_book, server_running
from conto.config.cli.upgrade import bring_to_this_version
from conto.config.home import Home

FIRST_PAGE_SECONDS = 60
WORKER_NICENESS = 5  # who waits for a page goes before papers and mails, and these are not starved


def add_commands(commands: Any, every: argparse.ArgumentParser) -> None:
    """Describe `conto serve`, `conto worker` and the web process they start."""
    serve = commands.add_parser("serve", parents=[every], help="open for business: database, web pages, worker")
    serve.add_argument("--demo", action="store_true", help="make the demo book and fill it while it is open")
    serve.add_argument("--no-worker", action="store_true", help="web pages only; run `conto worker` elsewhere")
    serve.set_defaults(run=_serve)
    web = commands.add_parser("web", parents=[every])
    web.set_defaults(run=_web)
    for command in (serve, web):
        command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        command.add_argument("--port", type=int, default=int(os.environ.get("CONTO_PORT", "8000")))
        command.add_argument(
            "--processes",
            type=int,
            default=_usual_processes(),
            help="web processes, each of which serves 4 requests at once (default: one a processor, 2 at most)",
        )
    worker = commands.add_parser("worker", parents=[every], help="run the jobs of a book")
    worker.add_argument("--concurrency", type=int, default=4, help="jobs at once")
    worker.set_defaults(run=_worker)


def _usual_processes() -> int:
    """Return how many web processes serve a book: one computes for the next request while another's is answered."""
    return min(2, os.cpu_count() or 1)


def _serve(options: argparse.Namespace, output: Output) -> None:
    _become_child()  # a practice book is served by a second one of these, which the first one watches
    _refuse_taken_port(options.host, options.port)
    os.environ["CONTO_PORT"] = str(options.port)
    os.environ["CONTO_FILLS_DEMO"] = "1" if options.demo else "0"
    book = current_book()
    with server_running(output):
        _prepare_book(book, output, is_demo=options.demo or book == DEFAULT_BOOK)
        where = ["--host", options.host, "--port", str(options.port), "--processes", str(options.processes)]
        children = [_child("web server", "web", *where)]
        if not options.no_worker:
            children.append(_child("worker", "worker"))
        if options.demo or book == DEFAULT_BOOK:
            children.append(Child("sandbox gateway", ["sandbox-gateway"]))
        visitors = [Child("demo", ["demo"])] if options.demo else []
        # A book for practice has none beside it.
        practice = None if options.demo or book == DEFAULT_BOOK else PracticeBook(book, options.port, output.say)
        try:
            _open(options, output, children, visitors, practice)
        except KeyboardInterrupt:
            output.say("Closing …")
        finally:
            # Nobody may interrupt the closing half-way: the database is stopped last and in order.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if practice:
                practice.stop()
            for child in (*children, *visitors):
                child.stop()
    output.result("Conto is closed.")


def _child(name: str, *arguments: str) -> Child:
    # The terminal is for people; who works on Conto wants the children's words there too.
    is_debugging = os.environ.get("CONTO_DEBUG", "") in {"1", "true"}
    return Child(name, list(arguments), None if is_debugging else log_file(Home.current().logs, arguments[0]))


def _prepare_book(book: str, output: Output, *, is_demo: bool) -> None:
    if not shelf.has_book(book):
        if not is_demo:
            raise BookError(f"There is no book {book}. Make it with: conto book create {book}")
        shelf.create_book(book)
    bring_to_this_version(book, output)


def _open(
    options: argparse.Namespace,
    output: Output,
    children: list[Child],
    visitors: list[Child],
    practice: PracticeBook | None,
) -> None:
    web = children[0]
    web.start()
    _wait_for_first_page(web, options.port)
    output.result(
        f"\n  Conto is open at http://localhost:{options.port}\n  Ctrl-C closes it.\n",
        address=f"http://localhost:{options.port}",
    )
    for child in (*children[1:], *visitors):
        child.start()
    if practice:
        practice.open_if_there()
    while True:
        time.sleep(0.3)
        if practice:
            practice.look_after()
        for child in children:
            child.keep_alive(output.say)
        for visitor in [one for one in visitors if one.exit_code() is not None]:
            visitors.remove(visitor)
            if visitor.exit_code() != 0:
                output.say("The demo book could not be filled; Conto is open all the same.")


def _wait_for_first_page(web: Child, port: int) -> None:
    deadline = time.monotonic() + FIRST_PAGE_SECONDS
    # Asked as the proxy with TLS asks: otherwise the answer is the way to an address that is none on this machine.
    first_page = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"X-Forwarded-Proto": "https"})
    while time.monotonic() < deadline:
        if web.exit_code() is not None:
            raise CommandError(f"The web server stopped before it served a page. What it said: {web.log or 'above'}")
        try:
            urllib.request.urlopen(first_page, timeout=FIRST_PAGE_SECONDS).close()  # noqa: S310 - our own page
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise CommandError(f"The web server did not serve a page within {FIRST_PAGE_SECONDS} seconds.")


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {port} is taken by another program. Close that program, or choose another port: "
                    f"conto serve --port {port + 1} (with ./run: CONTO_PORT={port + 1} ./run)."
                ) from error
            raise CommandError(f"Conto can't listen on {host}, port {port}: {error.strerror}.") from error
        except OverflowError as error:
            raise CommandError(f"{port} is no port: choose one between 1024 and 65535.") from error


def _web(options: argparse.Namespace, output: Output) -> None:
    from conto.config.cli.web import serve_web  # noqa: PLC0415 - only this process needs the web server's library

    _become_child()
    with server_running(output):
        serve_web(options.host, options.port, options.processes)


def _worker(options: argparse.Namespace, output: Output) -> None:
    _become_child()
    with open_book(output):
        from conto.jobs import worker  # noqa: PLC0415 - needs Django to be set up

        os.nice(WORKER_NICENESS)  # of this thread and those it begins: the watch over the database began before
        worker.run(concurrency=options.concurrency)


def _become_child() -> None:
    if os.environ.get(PARENT):
        die_with_parent()
        leave_if_orphaned()
