"""Tags of the item pages."""

from decimal import Decimal

from django import template

from conto.web.catalog.choices import class_word
from conto.web.catalog.pages import price_text

register = template.Library()


@register.filter
def price(amount: Decimal, currency: str) -> str:
    """Write a price with the decimals that it has."""
    return price_text(amount, currency)


@register.filter
def rate_class(name: str) -> str:
    """Write a class of tax rates in words."""
    return class_word(name)
