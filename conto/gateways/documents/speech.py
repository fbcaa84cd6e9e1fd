"""How a derivation reads in the customer's language: texts by gettext, figures as on the paper."""

import re
from decimal import Decimal

from babel.numbers import format_currency
from django.utils.translation import gettext

from conto.domain.money import minor_digits
from conto.domain.price import Speech
from conto.gateways.documents.figures import Figures, chosen_locale


def speech_of(language: str, currency: str, country: str = "") -> Speech:
    """Give the speech of a language; the texts are in the one that is active when they are asked for."""
    locale = chosen_locale(language, country)
    digits = minor_digits(currency)
    figures = Figures(locale, currency, digits)
    places = "0." + "0" * digits + "#" * (12 - digits)
    pattern = re.sub(r"0(\.0+)?(?=[^0#.,]|$)", places, locale.currency_formats["standard"].pattern)

    def price(value: Decimal, of: str) -> str:
        return format_currency(value, of, pattern, locale=locale, currency_digits=False).replace("-", "−")

    return Speech(gettext, figures.quantity, price)
