import fcntl
from collections.abc import Iterator

import pytest

from conto.config.home import Home


@pytest.fixture
def alone_at_scratch_books(home: Home) -> Iterator[None]:
    """Wait until no other test of this home makes scratch books: the commands let one at a time."""
    with (home.root / "tests-of-scratch-books.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
