"""How fast subscriptions become issued, numbered and posted invoices, against a raw COPY of the same rows.

    python bench/billing_run.py [--sizes 2000,8000] [--usual 300] [--home FOLDER]

In one run, side by side: the billing run of a fresh book, the raw COPY of the rows that it wrote into the same tables
of another book with every index, constraint and trigger in force, the run of the next month in the book that is warm
by then, the dry run of it, two workers at once on the month after, and some subscriptions billed the usual way: each
in a transaction of its own. Ratios count; seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import orders  # noqa: E402 -- found by the line above

REFERENCE = [
    *orders.REFERENCE, "crm_customer", "crm_address", "crm_searchtoken", "plans_planitem", "plans_planversion",
    "plans_plan", "plans_coupon", "subscriptions_subscription", "subscriptions_subscriptionitem",
]  # fmt: skip
WRITTEN = [
    "invoicing_party", "ledger_transfer", "ledger_entry", "invoicing_documentline", "invoicing_documenttax",
    "invoicing_documentallowance", "invoicing_document", "invoicing_checkoverride", "subscriptions_billingrun",
    "subscriptions_settlement", "subscriptions_billedline", "subscriptions_billedcharge", "audit_fact",
    "audit_factpayload",
]  # fmt: skip
# Read by a process of its own: bills as a worker does, `usual` one subscription and transaction at a time.
WORK = """
import os, sys, time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")
import django
django.setup()
from datetime import datetime
from conto.apps.invoicing.models import Draft
from conto.apps.subscriptions.models import Subscription
from conto.domain.facts import SYSTEM
from conto.flows import billing_run
at, way, most = datetime.fromisoformat(sys.argv[1]), sys.argv[2], int(sys.argv[3])
begun, cpu = time.perf_counter(), time.process_time()
if way == "run":
    done = billing_run.run(actor=SYSTEM, at=at).settled_count
elif way == "dry":
    done = billing_run.dry_run(at=at).settled
else:
    rows = list(Subscription.objects.order_by("id")[:most])
    begun, cpu = time.perf_counter(), time.process_time()
    done = sum(billing_run.bill_now(row=row, at=at, made_at=at).settled for row in rows)
took = time.perf_counter() - begun, time.process_time() - cpu
assert not Draft.objects.exists(), "what is held is not billed: the figures would say nothing"
peak_kib = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(done, *took, int(peak_kib) // 1024)
"""


@dataclass(frozen=True)
class Done:
    """What a process billed, in which time, how much of it was its own, and how much memory it had at most."""

    settled: int
    seconds: float
    own_seconds: float
    peak_mib: int

    @property
    def a_second(self) -> float:
        """How many were billed a second."""
        return self.settled / self.seconds


def main() -> None:
    """Measure every size and print figures and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="2000,8000", help="numbers of subscriptions, the least first")
    parser.add_argument("--usual", type=int, default=200, help="how many are billed one by one")
    parser.add_argument("--home", type=Path, help="an empty folder for the books; a temporary one without it")
    options = parser.parse_args()
    sizes = [int(each) for each in options.sizes.split(",")]
    with tempfile.TemporaryDirectory(prefix="conto-bench-") as folder:
        os.environ["CONTO_HOME"] = str(options.home or Path(folder))
        os.environ["PYTHONPATH"] = str(ROOT)
        from conto.config.home import Home  # noqa: PLC0415 -- it reads the environment set above
        from conto.config.postgres.server import Server  # noqa: PLC0415 -- as above

        with Server(Home.current()).held():
            rates = [(size, _measured(size, options.usual)) for size in sizes]
    if len(rates) > 1:
        (small, slow), (large, fast) = rates[0], rates[-1]
        growth = 1 + math.log(slow / fast) / math.log(large / small)
        print(f"grows with the number to the power of {growth:.2f} (goal: at most 1.05)")


def _measured(size: int, usual: int) -> float:
    for book in ("bench_billing", "bench_billing_raw"):
        orders.conto("book", "delete", book, "--yes", check=False)
    shop = ["--business", "Bench", "--country", "DE", "--currency", "EUR", "--zone", "Europe/Berlin"]
    orders.conto("book", "create", "bench_billing", *shop)
    orders.conto("book", "create", "bench_billing_raw")
    _python("-m", "bench.billing_book", str(size))
    begun = _work("2026-11-12T10:00:00+00:00", "run")
    raw_seconds, rows = orders.raw_copy("bench_billing", "bench_billing_raw", reference=REFERENCE, written=WRITTEN)
    warm = _work("2026-12-01T10:00:00+00:00", "run")
    dry = _work("2027-01-01T10:00:00+00:00", "dry")
    both = _together("2027-01-01T10:00:00+00:00")
    one_by_one = _work("2027-02-01T10:00:00+00:00", "usual", usual)
    print(f"{size:,} subscriptions, {rows:,} rows")
    for name, done in (("fresh book", begun), ("warmed book", warm), ("dry run", dry), ("two workers", both),
                       ("one by one", one_by_one)):  # fmt: skip
        own = f"own time {1000 * done.own_seconds / max(done.settled, 1):.2f} ms each, peak {done.peak_mib} MiB"
        print(f"  {name:<14} {done.seconds:>8.1f} s {done.a_second:>8.0f} invoices/s, {own}")
    print(f"  raw COPY       {raw_seconds:>8.1f} s {begun.settled / raw_seconds:>8.0f} invoices/s")
    print(f"  run against raw COPY {raw_seconds / begun.seconds:>6.2f} (goal: 0.45)")
    print(f"  two workers against one {both.a_second / warm.a_second:>6.2f} (goal: 1.3)")
    print(f"  fresh against warmed {begun.a_second / warm.a_second:>6.2f} (goal: 0.8)")
    print(f"  against one by one {warm.a_second / one_by_one.a_second:>6.1f} times (goal: 12)")
    return warm.a_second


def _work(at: str, way: str, most: int = 0) -> Done:
    settled, seconds, own, peak_mib = _python("-c", WORK, at, way, str(most)).split()
    return Done(int(settled), float(seconds), float(own), int(peak_mib))


def _together(at: str) -> Done:
    workers = [_started("-c", WORK, at, "run", "0") for _ in range(2)]
    answers = [worker.communicate()[0].split() for worker in workers]
    if any(worker.returncode for worker in workers):
        raise SystemExit("a worker failed")
    longest = max(float(answer[1]) for answer in answers)
    settled, own = sum(int(answer[0]) for answer in answers), sum(float(answer[2]) for answer in answers)
    return Done(settled, longest, own, max(int(answer[3]) for answer in answers))


def _started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments], env={**os.environ, "CONTO_BOOK": "bench_billing"}, cwd=ROOT, text=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip


def _python(*arguments: str) -> str:
    worker = _started(*arguments)
    told = worker.communicate()[0]
    if worker.returncode:
        raise SystemExit(f"{arguments[:2]} failed")
    return told


if __name__ == "__main__":
    main()
