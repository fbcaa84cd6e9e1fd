"""Transactions that the database asks to run anew."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

_TRIES = 4
_AGAIN = frozenset({"40001", "40P01"})  # serialization failure, deadlock

T = TypeVar("T")


def is_to_run_anew(error: OperationalError) -> bool:
    """Tell whether an error says that the same transaction may succeed when it is run again."""
    return getattr(error.__cause__, "sqlstate", "") in _AGAIN


def retried(step: Callable[[], T]) -> T:
    """Run a transaction, at most three times anew, unless the caller has one of its own."""
    for attempt in range(_TRIES):
        try:
            return step()
        except OperationalError as error:
            if not is_to_run_anew(error) or connection.in_atomic_block or attempt == _TRIES - 1:
                raise
            time.sleep(random.randint(5, 50) * 2**attempt / 1000)  # noqa: S311 -- not a secret
    raise AssertionError("unreachable")
