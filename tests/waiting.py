"""Waiting for what must happen.

How long something takes says how busy the machine is, not whether it works. So whoever must succeed is given this much
time, and a short limit is only for those who must run into it.
"""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 120
PATIENCE_MS = 1000 * PATIENCE_SECONDS


def wait_until(is_so: Callable[[], object], words: str = "it did not happen") -> None:
    """Wait for something to become true, and fail in these words when it never does."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < until, words
        time.sleep(0.02)
