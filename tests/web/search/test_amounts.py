"""What a search can mean as an amount."""

import pytest

from conto.web.search.pages import amounts_in


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("1250", [1250, 125000]),
        ("1.250,00", [1250, 125000]),
        ("1,250.00", [1250, 125000]),
        ("€ 1250.50", [125050]),
        ("12,5", [1250]),
        ("INV-2026", []),
        ("0", []),
        ("-5", []),
        ("9" * 40, []),
    ],
)
def test_r15_an_amount_is_read_as_people_write_it(typed: str, minor: list[int]) -> None:
    assert amounts_in(typed) == minor
