"""Loaded by pytest before Django's settings: tests have a home and a database server of their own."""

import gc
import os
import sys
from pathlib import Path
from typing import Any

from conto.config.words import compile_words

ROOT = Path(__file__).resolve().parent.parent

os.environ["CONTO_HOME"] = os.environ.get("CONTO_TEST_HOME") or str(ROOT / ".cache" / "test-home")
os.environ["DJANGO_SETTINGS_MODULE"] = "conto.config.settings"
for name in ("DATABASE_URL", "CONTO_APP_DATABASE_URL", "CONTO_BOOK", "CONTO_DB_ROLE", "CONTO_URL", "CONTO_PORT"):
    os.environ.pop(name, None)
# What a busy machine makes slow is noted by questions of its own, which no count of questions may depend on; the tests
# of slow work say for themselves what is slow.
os.environ["CONTO_SLOW_QUERY_MS"] = os.environ["CONTO_SLOW_PAGE_MS"] = "600000"
# Tests start many processes; each would compile everything again on a machine that is set to keep nothing.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

compile_words()

# What is imported stays. To look through all of it for garbage again and again took a tenth of what tests take.
gc.set_threshold(20_000, 20, 50)


def pytest_collection_finish() -> None:
    """Look for garbage once, and leave out what is there by now."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Add this run's counts to the file from which ./test prints the sum."""
    tally = os.environ.get("CONTO_TEST_TALLY")
    if tally and not os.environ.get("PYTEST_XDIST_WORKER"):
        stats = terminalreporter.stats
        failed = len(stats.get("failed", [])) + len(stats.get("error", []))
        with Path(tally).open("a") as file:
            file.write(f"{len(stats.get('passed', []))} {failed} {len(stats.get('skipped', []))}\n")
