"""Python with a book open, for people who work on Conto: `./dev shell`."""

import code

from conto.config.cli.output import Output
from conto.config.cli.session import open_book


def main() -> None:
    """Open the book that CONTO_BOOK names and read Python until the end of the input."""
    with open_book(Output(as_json=False)) as book:
        code.interact(banner=f"The book {book} is open as the application's role.", local={})


if __name__ == "__main__":
    main()
