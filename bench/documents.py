"""How long a document takes: XML, judging, paper. Run it on a quiet machine: `python -m bench.documents [count]`.

Makes the same 1,000 seeded documents as the tests, every one through all steps, and checks every PDF's marks.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conto.domain.document import IssuedDocument
from conto.gateways.documents.einvoice.cii import cii_xml
from conto.gateways.documents.einvoice.ubl import ubl_xml
from conto.gateways.documents.render import Renderer
from conto.gateways.documents.validate import Validator
from tests.gateways.documents.generated import generated
from tests.gateways.documents.test_render import assert_factur_x

WALL_MEDIAN_MS = 50.0


class Watch:
    """Collects milliseconds by step."""

    def __init__(self) -> None:
        self.steps: dict[str, list[float]] = {}

    def time(self, step: str, work: Callable[[], Any]) -> Any:
        """Do the work and note how long it took."""
        began = time.perf_counter()
        done = work()
        self.steps.setdefault(step, []).append((time.perf_counter() - began) * 1000)
        return done

    def print(self) -> None:
        """Print a line for each step."""
        for step, taken in self.steps.items():
            ordered = sorted(taken)
            p95 = ordered[int(len(ordered) * 0.95) - 1]
            print(f"{step:<34} n {len(taken):>5}   median {statistics.median(taken):7.1f} ms   p95 {p95:7.1f} ms")


def measure(documents: list[IssuedDocument], renderer: Renderer, validator: Validator) -> Watch:
    """Make every document with all steps."""
    watch = Watch()
    for document in documents:
        cii = None
        if document.minor_digits <= 2:
            cii = watch.time("write CII", lambda: cii_xml(document))  # noqa: B023
            ubl = watch.time("write UBL", lambda: ubl_xml(document))  # noqa: B023
            reports = (
                watch.time("validate CII", lambda: validator.validate("cii", cii)),  # noqa: B023
                watch.time("validate UBL", lambda: validator.validate("ubl", ubl)),  # noqa: B023
            )
            assert all(report.ok for report in reports), reports
        step = "document with 1 to 5 lines (PDF)" if len(document.lines) <= 5 else "document with more lines (PDF)"
        pdf = watch.time(step, lambda: renderer.pdf(document, cii))  # noqa: B023
        if cii is not None:
            assert_factur_x(pdf, cii)
    return watch


def _processor_seconds(pid: int | None) -> float:
    """Read what a process has used, which a busy machine distorts less than the clock (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Run and print; the exit code says whether the bound of 50 ms for a document holds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    documents = [generated(seed).document for seed in range(count)]
    renderer, validator = Renderer(), Validator()
    try:
        measure(documents[:5], renderer, validator)  # fonts and rules are loaded once
        used = _processor_seconds(renderer.worker_pid)
        began = time.perf_counter()
        watch = measure(documents, renderer, validator)
        seconds = time.perf_counter() - began
        used = _processor_seconds(renderer.worker_pid) - used
    finally:
        renderer.close()
        validator.close()
    watch.print()
    every = [taken for step, all_taken in watch.steps.items() if "PDF" in step for taken in all_taken]
    median = statistics.median(every)
    print(f"{count} documents in {seconds:.1f} s, all valid, all marked; PDF median {median:.1f} ms")
    print(f"processor time of the typesetter: {used * 1000 / count:.1f} ms a document")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    sys.exit(0 if median <= WALL_MEDIAN_MS else 1)


if __name__ == "__main__":
    main()
