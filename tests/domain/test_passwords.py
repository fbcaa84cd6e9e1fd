"""Passwords that whoever knows the person would guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.passwords import is_like_names

NAMES = ["Olga Kowalski-Meyer", "olga.k@kestrel-studio.example", "Kestrel Studio"]


@pytest.mark.parametrize(
    "password", ["Olga-olga-olga", "kowalskimeyer", "KESTREL studio 24", "ólga.Kestrel.99", "olga12345"]
)
def test_names_and_little_else_are_no_password(password: str) -> None:
    assert is_like_names(password, NAMES)


@pytest.mark.parametrize("password", ["paper-ink-and-coffee", "olga likes green tea", "x7!kWq92-bb", "……………………"])
def test_a_password_with_enough_of_its_own_is_one(password: str) -> None:
    assert not is_like_names(password, NAMES)


@given(st.text(max_size=40))
def test_a_password_without_any_name_in_it_is_never_like_one(password: str) -> None:
    assert not is_like_names(password, [])
    assert not is_like_names(password, ["qzqzqzqzqzq"]) or "qzqzqzqzqzq" in password.lower()
