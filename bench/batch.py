"""How long 500 drafts take to be checked, issued and sent in one batch, PDF and validation and SMTP included.

    python -m bench.batch [--drafts 500]

A book of the bench's own is served as `conto serve` serves it, with its worker; mails go to an SMTP server on loopback
that counts them. Drafts are begun before. The clock runs from `POST /issue-batches` until the batch has ended, and
until the last mail has arrived; bound: 120 s.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller

from bench.api import BOOK, ROOT, Site, begin_drafts, served, used

BOUND_SECONDS = 120
LOOK_SECONDS = 0.5


class Postbox:
    """Takes every mail and remembers whom it was for and what it brought."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, tuple[str, ...]]] = []

    @property
    def papers(self) -> int:
        """How many mails brought a file; the book also tells its owner what happened."""
        return sum(bool(parts) for _to, parts in self.taken)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's own
        """Take a mail."""
        parts = tuple(part.get_content_type() for part in message_from_bytes(envelope.content).walk() if _is_file(part))
        self.taken.append((envelope.rcpt_tos[0], parts))
        return "250 OK"


def _is_file(part: Message) -> bool:
    return part.get_filename() is not None


def main() -> None:
    """Make the book, begin the drafts, send them and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drafts", type=int, default=500)
    options = parser.parse_args()
    postbox = Postbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(postbox, hostname="127.0.0.1", port=port, ready_timeout=30)
    with tempfile.TemporaryDirectory(prefix="conto-bench-") as folder:
        os.environ |= {"CONTO_HOME": folder, "CONTO_BOOK": BOOK, "PYTHONPATH": str(ROOT)}
        os.environ |= {"CONTO_API_REQUESTS_OF_KEY": "1000000", "CONTO_API_REQUESTS_OF_ADDRESS": "1000000"}
        os.environ |= {"DJANGO_SETTINGS_MODULE": "conto.config.settings", "CONTO_LOG_LEVEL": "ERROR"}
        shop = ["--business", "Nordlicht Studio", "--country", "DE", "--currency", "EUR", "--zone", "Europe/Berlin"]
        subprocess.run([sys.executable, "-m", "conto.config.cli", "book", "create", BOOK, *shop], check=True)
        controller.start()
        try:
            with served(None) as site:
                measure(site, options.drafts, postbox, port)
        finally:
            controller.stop()


def measure(site: Site, count: int, postbox: Postbox, port: int) -> None:
    """Send the drafts as one batch, and print how long it took and what became of each.

    Raises: SystemExit where a draft was not sent, or the bound is missed.
    """
    line = site.line()
    server = {"host": "127.0.0.1", "port": port, "security": "none", "from_address": "post@nordlicht.example"}
    site.ask(line, "PUT", "/mail-server", server)
    seller = site.ask(line, "GET", "/legal-entities")[0]["id"]
    account = {"holder": "Nordlicht Studio", "currency": "EUR", "iban": "DE89370400440532013000"}
    site.ask(line, "POST", f"/legal-entities/{seller}/bank-accounts", account)
    drafts = begin_drafts(site, count)
    for draft_id, overrides in drafts:
        if overrides:
            raise SystemExit(f"draft {draft_id} would be held: {overrides}")
    before, begun = used(site), time.perf_counter()
    batch = site.ask(line, "POST", "/issue-batches", {"draft_ids": [draft_id for draft_id, _ in drafts]})
    while batch["ended_at"] is None:
        time.sleep(LOOK_SECONDS)
        batch = site.ask(line, "GET", f"/issue-batches/{batch['id']}")
    ended = time.perf_counter() - begun
    while postbox.papers < count and time.perf_counter() - begun < 10 * BOUND_SECONDS:
        time.sleep(LOOK_SECONDS)
    arrived = time.perf_counter() - begun
    spent = {name: ms - before[name] for name, ms in used(site).items()}
    others = max(0.0, spent["machine"] - sum(spent[name] for name in ("web", "database", "rest")))
    batch = site.ask(line, "GET", f"/issue-batches/{batch['id']}")
    rows = Counter((bool(row["number"]), row["mail"], row["refusal"]) for row in batch["rows"])
    print(f"{count} drafts: checked, issued and written to in {ended:.1f} s, all mails arrived after {arrived:.1f} s")
    for (is_issued, mail, refusal), times in rows.items():
        print(f"  {times} rows: {'issued' if is_issued else 'held'}, mail {mail or 'none'} {refusal}")
    files = Counter(parts for _to, parts in postbox.taken)
    print(
        f"  {len(postbox.taken)} mails, with {', '.join(f'{times} × {list(parts)}' for parts, times in files.items())}"
    )
    print(f"  others took {others / (arrived * 1000 * (os.cpu_count() or 1)):.0%} of the machine")
    if postbox.papers != count or arrived > BOUND_SECONDS:
        print(f"MISSED: {count} mails within {BOUND_SECONDS} s")
        raise SystemExit(1)


if __name__ == "__main__":
    main()
