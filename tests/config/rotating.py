"""`python -m tests.config.rotating …`: the command `conto` on a server where only this test's books stand."""

import os
import sys

from conto.config import shelf
from conto.config.cli.entrance import main

_all_books = shelf.list_books


def _own_books() -> list[shelf.Book]:
    name = os.environ["CONTO_TEST_BOOK"]
    return [book for book in _all_books() if book.name.startswith((name, "scratch_"))]


if __name__ == "__main__":
    shelf.list_books = _own_books
    sys.exit(main())
