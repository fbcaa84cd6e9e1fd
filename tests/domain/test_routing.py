"""Buyer references."""

import pytest

from conto.domain.errors import RuleBroken
from conto.domain.routing import check_buyer_reference


@pytest.mark.parametrize("reference", ["04011000-1234512345-06", "991-33333TEST-33", " PO 4711 ", "", "9958:12"])
def test_leitweg_ids_with_right_check_digits_and_free_words_pass(reference: str) -> None:
    assert check_buyer_reference(reference) == reference.strip()


@pytest.mark.parametrize("reference", ["04011000-1234512345-07", "991-33333TEST-34", "991-12345-67"])
def test_a_leitweg_id_with_a_slip_is_refused(reference: str) -> None:
    with pytest.raises(RuleBroken, match="check digits"):
        check_buyer_reference(reference)
