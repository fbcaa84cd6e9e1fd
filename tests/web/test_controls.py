"""What people type into amounts and numbers."""

from decimal import Decimal

import pytest
from django import forms
from django.utils import translation

from conto.domain.fields import decimal_from_text
from conto.web.controls import MoneyField, NumberField


@pytest.mark.parametrize(
    ("text", "symbol", "number"),
    [
        ("1,234.56", ".", "1234.56"),
        ("1.234,56", ".", "1234.56"),
        ("1 234,5", ",", "1234.5"),
        ("1'234.50", ".", "1234.50"),
        ("1,234", ".", "1234"),
        ("1.234", ".", "1.234"),
        ("1.234", ",", "1234"),
        ("1.234.567", ",", "1234567"),
        ("12,5", ".", "12.5"),
        ("−5", ".", "-5"),
        (".5", ".", "0.5"),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, symbol: str, number: str) -> None:
    assert decimal_from_text(text, symbol) == Decimal(number)


@pytest.mark.parametrize("text", ["", "abc", "1e5", "--2", "1,2,3.4.5", "NaN", "Infinity"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decimal_from_text(text, ".")


class _Form(forms.Form):
    amount = MoneyField("EUR", least_minor=1)
    yen = MoneyField("JPY", required=False)
    rate = NumberField(required=False, least=Decimal(0), most=Decimal(100), places=2)


def test_an_amount_becomes_minor_units() -> None:
    form = _Form({"amount": "1,250.5", "yen": "1200", "rate": "19 %"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"amount": 125050, "yen": 1200, "rate": Decimal(19)}


def test_an_amount_with_more_decimals_than_the_currency_has_is_refused_in_words() -> None:
    form = _Form({"amount": "1.005", "yen": "1.5", "rate": "101"})
    with translation.override("en"):
        assert form.errors["amount"] == ["EUR has 2 decimals."]
        assert form.errors["yen"] == ["JPY has 0 decimals."]
        assert form.errors["rate"] == ["At most 100."]


def test_an_amount_is_shown_again_as_it_would_be_typed() -> None:
    with translation.override("de"):
        assert 'value="1.250,50"' in str(_Form(initial={"amount": 125050})["amount"])
