"""Prices of every kind: what they are, what they make of a quantity, exactly, and why."""

from conto.domain.price.describe import describe, telling_quantities, worked
from conto.domain.price.explain import Speech, explain, plain_english
from conto.domain.price.model import LONGEST_SCALE, Price, PriceKind, Tier, check_price, scaled, unscaled
from conto.domain.price.prepaid import Drawn, PrepaidCredit, draw_down, share_minor
from conto.domain.price.rate import Hit, Rated, annual_value, rate, rate_part
from conto.domain.price.written import price_from, price_from_text, price_shared, price_written

__all__ = [
    "LONGEST_SCALE",
    "Drawn",
    "Hit",
    "PrepaidCredit",
    "Price",
    "PriceKind",
    "Rated",
    "Speech",
    "Tier",
    "annual_value",
    "check_price",
    "describe",
    "draw_down",
    "explain",
    "plain_english",
    "price_from",
    "price_from_text",
    "price_shared",
    "price_written",
    "rate",
    "rate_part",
    "scaled",
    "share_minor",
    "telling_quantities",
    "unscaled",
    "worked",
]
