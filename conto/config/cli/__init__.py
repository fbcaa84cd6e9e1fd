"""The command `conto`: open for business, keep books, look after them."""


def main() -> int:
    """Run the command line and return its exit code."""
    from conto.config.cli.entrance import main as enter  # noqa: PLC0415 - parts of this package are used on their own

    return enter()
