"""What the forms offer: countries, currencies, languages, ways of delivery."""

from functools import lru_cache

from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from iso4217 import Currency

from conto.web.formats import current_locale, locale_of

Choices = list[tuple[str, str]]
_USUAL_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK")

KINDS: list[tuple[str, str | Promise]] = [("company", _("Company")), ("person", _("Person"))]
DELIVERY: list[tuple[str, str | Promise]] = [
    ("email_pdf", _("PDF by mail")),
    ("einvoice", _("E-invoice by mail")),
    ("portal", _("Link to the customer's page")),
    ("post", _("On paper")),
]
PURPOSE_WORDS: dict[str, str | Promise] = {
    "news": _("News and offers"), "measuring": _("Opening and links of letters"),
}  # fmt: skip
METHODS: list[tuple[str, str | Promise]] = [
    ("bank_transfer", _("Bank transfer")),
    ("card", _("Card")),
    ("cash", _("Cash")),
    ("cheque", _("Cheque")),
    ("direct_debit", _("Direct debit")),
    ("other", _("Other")),
]
LANGUAGES: list[tuple[str, str | Promise]] = [("en", _("English")), ("de", _("German")), ("fr", _("French"))]
# Source: the electronic address scheme code list (EAS) of the Connecting Europe Facility, the common ones.
SCHEMES: list[tuple[str, str | Promise]] = [
    ("", _("None")),
    ("EM", _("Mail address (EM)")),
    ("0204", _("Leitweg-ID (0204)")),
    ("0088", _("Global location number (0088)")),
    ("9930", _("German VAT number (9930)")),
    ("9914", _("Austrian VAT number (9914)")),
    ("9957", _("French VAT number (9957)")),
    ("0009", _("SIRET (0009)")),
    ("0208", _("Belgian company number (0208)")),
    ("0192", _("Norwegian company number (0192)")),
    ("0184", _("Danish CVR (0184)")),
    ("0007", _("Swedish company number (0007)")),
    ("0106", _("Dutch chamber of commerce number (0106)")),
]


def countries() -> Choices:
    """List the countries by their name in the reader's language."""
    return _countries(str(current_locale()))


@lru_cache(maxsize=8)
def _countries(locale_name: str) -> Choices:
    names = Locale.parse(locale_name).territories
    found = [
        (code, name) for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY
    ]
    return sorted(found, key=lambda pair: pair[1])


_NO_COUNTRY = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


def country_name(code: str) -> str:
    """Give a country's name in the reader's language."""
    return str(current_locale().territories.get(code, code))


def currencies() -> Choices:
    """List the currencies, the usual ones first, each with its name in the reader's language."""
    return _currencies(str(current_locale()))


@lru_cache(maxsize=8)
def _currencies(locale_name: str) -> Choices:
    names = Locale.parse(locale_name).currencies
    known = sorted(each.code for each in Currency if each.exponent is not None)
    ordered = [*_USUAL_CURRENCIES, *(code for code in known if code not in _USUAL_CURRENCIES)]
    return [(code, f"{code} · {names.get(code, code)}") for code in ordered]


def language_name(code: str) -> str:
    """Give a language's name in the reader's language."""
    return str(locale_of(code).get_language_name(str(current_locale())) or code).split(" (")[0]
