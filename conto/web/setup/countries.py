"""What a country suggests: its currency, zone and language."""

from dataclasses import dataclass
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.languages import get_official_languages
from babel.numbers import get_territory_currencies

# Where a country has many zones, the one that most of its people live in.
_ZONES = {
    "US": "America/New_York", "CA": "America/Toronto", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "MX": "America/Mexico_City", "RU": "Europe/Moscow", "ES": "Europe/Madrid", "PT": "Europe/Lisbon",
    "NZ": "Pacific/Auckland", "CL": "America/Santiago", "AR": "America/Argentina/Buenos_Aires", "CN": "Asia/Shanghai",
    "ID": "Asia/Jakarta", "UA": "Europe/Kyiv", "KZ": "Asia/Almaty", "MY": "Asia/Kuala_Lumpur",
}  # fmt: skip
_CURRENCIES = {"BG": "EUR"}  # since 2026; older tables say otherwise
_LANGUAGES = ("en", "de", "fr")  # what documents can be written in
_NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
COMMON_CURRENCIES = (
    "EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "ISK", "CAD", "AUD", "NZD", "JPY",
    "SGD", "HKD", "INR", "ZAR", "BRL", "MXN", "ILS", "AED", "TRY", "KRW",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a new business of a country most likely uses."""

    currency: str
    zone: str
    language: str


def suggestion_for(country: str) -> Suggestion:
    """Return what a business of this country most likely uses."""
    currencies = get_territory_currencies(country) or ["EUR"]
    zones = get_global("territory_zones").get(country) or ["UTC"]
    official = get_official_languages(country, regional=True)
    language = next((code for code in official if code in _LANGUAGES), "en")
    return Suggestion(_CURRENCIES.get(country, currencies[0]), _ZONES.get(country, zones[0]), language)


@cache
def country_choices(language: str) -> list[tuple[str, str]]:
    """Return the countries by their names in a language."""
    names = Locale.parse(language.replace("-", "_")).territories
    known = [(code, name) for code, name in names.items() if len(code) == 2 and code not in _NOT_COUNTRIES]
    return sorted(known, key=lambda pair: pair[1])


@cache
def currency_choices(language: str) -> list[tuple[str, str]]:
    """Return the common currencies, each with its code and name in a language."""
    names = Locale.parse(language.replace("-", "_")).currencies
    return [(code, f"{code} · {names.get(code, code)}") for code in COMMON_CURRENCIES]


def guessed_country(accepted: str) -> str:
    """Return the country that a browser's list of languages hints at."""
    for part in accepted.split(","):
        code = part.split(";")[0].strip()
        language, _, region = code.partition("-")
        if len(region) == 2 and region.isalpha():
            return region.upper()
        if language in {"de", "fr", "es", "it", "nl", "pl", "pt", "se"}:
            return language.upper()
    return "GB"
