"""A document is set with the families that its letters need, in the order of choice, and no letter is lost by that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.gateways.documents.fonts import FAMILIES, drawable, families_for


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("", ["Inter"]),
        ("Müller & Söhne, 1.234,50 €", ["Inter"]),
        ("Πλάτων, Пушкин", ["Inter"]),
        ("张伟", ["Inter", "Noto Sans CJK SC"]),
        ("مرحبا and שלום", ["Inter", "Noto Sans Arabic", "Noto Sans Hebrew"]),
    ],
)
def test_a_text_is_set_with_the_families_that_it_needs(text: str, families: list[str]) -> None:
    assert families_for(text) == families


@given(st.text(st.sampled_from(sorted(map(chr, drawable()))), max_size=40))
def test_every_letter_that_can_be_drawn_finds_a_family_and_the_order_stays(text: str) -> None:
    chosen = families_for(text)
    assert [family for family in FAMILIES if family in chosen] == chosen
    for letter in text:
        assert set(families_for(letter)) <= set(chosen)
