"""How many events of use are taken, committed and rolled up a second through the API, and whether every day is exact.

    python -m bench.usage [--events 1000000] [--clients 2] [--subscriptions 500]

A book of the bench's own is served as `conto serve` serves it. Programs of their own send batches of 1000 over kept
connections; 5 % of the events come days late, 2 % twice, 1 % are corrected later. Meanwhile each program adds up
by itself what every local day has to come to. In the end each day of the book is compared with it, value by value, and
`conto verify` asks every rule.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from typing import Any
from zoneinfo import ZoneInfo

from bench.api import ADDRESS, BOOK, ROOT, SELLER, Site, served, used

BATCH = 1000
LATE, TWICE, CORRECTED = 0.05, 0.02, 0.01
ZONE = ZoneInfo("Europe/Berlin")
METRICS = ("calls", "traffic_gb")
CUSTOMERS = 50

# Read by a process of its own: every day of the book, as text.
DAYS = """
import django; django.setup()
from conto.apps.usage.models import DailyUsage
for d in DailyUsage.objects.filter(count__gt=0).order_by("subscription_id", "metric", "day").iterator():
    print(d.subscription_id, d.metric, d.day, d.count, d.total.normalize(), d.greatest.normalize(),
        d.last_value.normalize(), d.last_key)
"""


def main() -> None:
    """Make the book, serve it, send, compare and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--subscriptions", type=int, default=500)
    parser.add_argument("--processes", help="of the web server; as `conto serve` chooses without it")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="conto-bench-") as folder:
        os.environ |= {"CONTO_HOME": folder, "CONTO_BOOK": BOOK, "PYTHONPATH": str(ROOT)}
        os.environ |= {"CONTO_API_REQUESTS_OF_KEY": "1000000", "CONTO_API_REQUESTS_OF_ADDRESS": "1000000"}
        os.environ |= {"DJANGO_SETTINGS_MODULE": "conto.config.settings", "CONTO_LOG_LEVEL": "ERROR"}
        shop = ["--business", "Nordlicht Studio", "--country", "DE", "--currency", "EUR", "--zone", "Europe/Berlin"]
        subprocess.run([sys.executable, "-m", "conto.config.cli", "book", "create", BOOK, *shop], check=True)
        with served(options.processes) as site:
            rows = subscribed(site, options.subscriptions)
            wanted = measure(site, rows, options.events, options.clients, options.seed)
            compare(wanted)


def subscribed(site: Site, count: int) -> list[str]:
    """Make a plan with two measured items and subscribe to it, and return the keys of the subscriptions."""
    line = site.line()
    seller = site.ask(line, "GET", "/legal-entities")[0]["id"]
    site.ask(line, "PATCH", f"/legal-entities/{seller}", SELLER)
    tiers = [{"up_to": "1000", "unit_price": "0.02"}, {"up_to": None, "unit_price": "0.01"}]
    items = [
        {"name": "Calls", "price": {"kind": "graduated", "tiers": tiers}, "measure": {"metric": "calls"}},
        {"name": "Traffic", "price": {"kind": "per_unit", "amount": "0.05"},
         "measure": {"metric": "traffic_gb", "aggregate": "max"}},
    ]  # fmt: skip
    plan = site.ask(line, "POST", "/plans", {"code": "BENCH", "name": "Bench", "currency": "EUR", "items": items})
    customers = [
        site.ask(line, "POST", "/customers", {"name": f"Kunde {n}", "email": f"a@k{n}.example", "billing": ADDRESS})
        for n in range(CUSTOMERS)
    ]
    begins = (datetime.now(ZONE) - timedelta(days=40)).date().isoformat()
    made = [
        site.ask(line, "POST", "/subscriptions",
                 {"customer_id": customers[n % CUSTOMERS]["id"], "plan_id": plan["id"], "starts_on": begins})
        for n in range(count)
    ]  # fmt: skip
    line.close()
    return [each["id"] for each in made]


@dataclass(frozen=True)
class Share:
    """What one program sends: over which subscriptions, and from which chance it takes its events."""

    site: Site
    name: str
    rows: Sequence[str]
    events: int
    seed: int
    now: datetime


@dataclass
class Sent:
    """What a program sent, and the events that count in the end."""

    accepted: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    alive: dict[str, dict[str, Any]] = field(default_factory=dict)
    batch_ms: list[float] = field(default_factory=list)


def send(share: Share) -> Sent:
    """Send the events of one program, batch by batch."""
    line, sent = share.site.line(), Sent()
    for batch in batches(share):
        begun = time.perf_counter()
        done = share.site.ask(line, "POST", "/usage/events", {"events": batch})
        sent.batch_ms.append((time.perf_counter() - begun) * 1000)
        sent.accepted += len(batch)
        for event, result in zip(batch, done["results"], strict=True):
            became = result["became"]
            sent.counts[became] = sent.counts.get(became, 0) + 1
            if became in {"recorded", "corrected"}:
                sent.alive[event["event_id"]] = event
    line.close()
    return sent


def batches(share: Share) -> Iterator[list[dict[str, Any]]]:
    """Make what a program sends: time goes on from batch to batch, and not everything comes in time, or once."""
    chance = random.Random(share.seed)
    begins = share.now - timedelta(days=20)
    known: list[dict[str, Any]] = []
    made = 0
    while made < share.events:
        batch: list[dict[str, Any]] = []
        while len(batch) < min(BATCH, share.events - made):
            draw = chance.random()
            if known and draw < TWICE:
                batch.append(chance.choice(known))
            elif known and draw < TWICE + CORRECTED:
                before = known.pop(chance.randrange(len(known)))
                batch.append({**before, "revision": before["revision"] + 1, "value": _value(chance)})
            else:
                at = begins + (share.now - begins) * (made + len(batch)) / share.events
                if draw > 1 - LATE:
                    at -= timedelta(days=chance.randrange(1, 15))
                event = {
                    "subscription": chance.choice(share.rows), "event_id": f"{share.name}-{made + len(batch)}",
                    "metric": chance.choice(METRICS), "value": _value(chance), "revision": 0,
                    "happened_at": at.isoformat(),
                }  # fmt: skip
                batch.append(event)
        yield batch
        made += len(batch)
        known += [each for each in batch if each["revision"] == 0 and chance.random() < 0.1]
        del known[:-5000]


def _value(chance: random.Random) -> str:
    return str(Decimal(chance.randrange(1, 100_000)) / 1000)


def measure(site: Site, rows: Sequence[str], events: int, clients: int, seed: int) -> list[dict[str, Any]]:
    """Send from all programs at once, print how quick it was, and return the events that count."""
    now = datetime.now(UTC) - timedelta(minutes=1)
    shares = [
        Share(site, f"p{n}", rows[n::clients], events // clients, seed * 1000 + n, now) for n in range(clients)
    ]  # fmt: skip
    before, begun = used(site), time.perf_counter()
    with ProcessPoolExecutor(clients, mp_context=get_context("fork")) as pool:
        done = list(pool.map(send, shares))
    seconds = time.perf_counter() - begun
    spent = {name: ms - before[name] for name, ms in used(site).items()}
    accepted = sum(each.accepted for each in done)
    counts: dict[str, int] = {}
    for each in done:
        for became, count in each.counts.items():
            counts[became] = counts.get(became, 0) + count
    took = sorted(ms for each in done for ms in each.batch_ms)
    others = max(0.0, spent["machine"] - spent["web"] - spent["database"] - spent["rest"])
    print(f"{accepted:,} events in {seconds:.1f} s: {accepted / seconds:,.0f} a second, {clients} programs")
    print("  " + ", ".join(f"{count:,} {became}" for became, count in sorted(counts.items())))
    print(f"  a batch of {BATCH}: median {took[len(took) // 2]:.0f} ms, p95 {took[len(took) * 95 // 100]:.0f} ms")
    print(f"  processor time an event: web {1000 * spent['web'] / accepted:.0f} µs, database "
          f"{1000 * spent['database'] / accepted:.0f} µs, programs {1000 * spent['rest'] / accepted:.0f} µs; "
          f"others {others / (seconds * 1000 * (os.cpu_count() or 1)):.0%}")  # fmt: skip
    return [event for each in done for event in each.alive.values()]


def compare(alive: Sequence[dict[str, Any]]) -> None:
    """Add up the events by local day without Conto, and compare every day of the book.

    Raises: SystemExit where a day differs, or a rule does not hold.
    """
    days: dict[tuple[str, str, str], list[tuple[datetime, str, Decimal]]] = {}
    for event in alive:
        at = datetime.fromisoformat(event["happened_at"])
        key = event["subscription"], event["metric"], at.astimezone(ZONE).date().isoformat()
        days.setdefault(key, []).append((at, event["event_id"], Decimal(event["value"])))
    wanted = {}
    for key, events in days.items():
        values, last = [each[2] for each in events], max(events)
        found = (len(events), sum(values).normalize(), max(values).normalize(), last[2].normalize(), last[1])
        wanted[key] = [str(each) for each in found]
    told = subprocess.run([sys.executable, "-c", DAYS], capture_output=True, text=True, check=True).stdout
    kept = {tuple(words[:3]): words[3:] for words in (line.split() for line in told.splitlines())}
    differ = [key for key in wanted.keys() | kept.keys() if wanted.get(key) != kept.get(key)]
    for key in differ[:5]:
        print(f"  {key}: expected {wanted.get(key)}, kept {kept.get(key)}")
    print(f"  {len(wanted):,} days of {len(alive):,} events that count: {len(differ)} differ")
    verify = [sys.executable, "-m", "conto.config.cli", "verify", "--json"]
    answer = json.loads(subprocess.run(verify, capture_output=True, text=True, check=False).stdout.splitlines()[-1])
    print(f"  conto verify: {'in order' if answer['ok'] else 'NOT in order'}")
    if differ or not answer["ok"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
