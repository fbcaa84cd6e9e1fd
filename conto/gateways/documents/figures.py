"""Numbers, dates and addresses as the reader of a document writes them."""

import re
from datetime import date
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from conto.domain.document import DayRange, PostalAddress

_MINUS = "\N{MINUS SIGN}"
_CITY_BEFORE_POSTCODE = frozenset({"US", "CA", "GB", "AU", "NZ", "IE", "IN"})


@cache
def chosen_locale(language: str, country: str) -> Locale:
    """Choose a locale: the language as it is written in the reader's country, where it is."""
    primary, _, territory = language.replace("_", "-").partition("-")
    wanted = [territory, country] if territory else [country]
    for place in [*wanted, "GB" if primary == "en" else ""]:
        try:
            found = Locale.parse(f"{primary}_{place}" if place else primary)
        except (UnknownLocaleError, ValueError):
            continue
        if found.territory or not place:
            return found
    return Locale("en", "GB")


class Figures:
    """Formats in one locale and currency."""

    def __init__(self, locale: Locale, currency: str, digits: int) -> None:
        self.locale = locale
        self._currency = currency
        self._digits = digits
        places = "." + "0" * digits if digits else ""
        self._plain = f"#,##0{places}"
        self._price = "#,##0." + "0" * digits + "#" * (12 - digits)
        standard = locale.currency_formats["standard"].pattern
        self._money = re.sub(r"0(\.0+)?(?=[^0#.,]|$)", f"0{places}", standard)
        self._percent = re.sub("0", "0.####", locale.percent_formats[None].pattern, count=1)

    def money(self, minor: int) -> str:
        """Write an amount with its currency."""
        value = self._major(minor)
        text = format_currency(value, self._currency, self._money, locale=self.locale, currency_digits=False)
        return text.replace("-", _MINUS)

    def plain(self, minor: int) -> str:
        """Write an amount without its currency."""
        return format_decimal(self._major(minor), self._plain, locale=self.locale).replace("-", _MINUS)

    def price(self, value: Decimal) -> str:
        """Write a price with all the places it has."""
        return format_decimal(value, self._price, locale=self.locale).replace("-", _MINUS)

    def quantity(self, value: Decimal) -> str:
        """Write a quantity with all the places it has."""
        return format_decimal(value, "#,##0.############", locale=self.locale).replace("-", _MINUS)

    def percent(self, value: Decimal) -> str:
        """Write a rate that is given in percent."""
        return format_percent(value / 100, self._percent, locale=self.locale)

    def day(self, day: date) -> str:
        """Write a day with its month in words."""
        return format_date(day, "long", locale=self.locale)

    def short_day(self, day: date) -> str:
        """Write a day in few letters."""
        return format_date(day, "medium", locale=self.locale)

    def days(self, period: DayRange) -> str:
        """Write a period, both days included."""
        if period.first_on == period.last_on:
            return self.short_day(period.first_on)
        return f"{self.short_day(period.first_on)} – {self.short_day(period.last_on)}"

    def address(self, address: PostalAddress, *, seen_from: str) -> list[str]:
        """Write an address line by line, the country only where it is abroad."""
        if address.country in _CITY_BEFORE_POSTCODE:
            region = " ".join(part for part in (address.region, address.postcode) if part)
            town = ", ".join(part for part in (address.city, region) if part)
            rest: tuple[str, ...] = (town,)
        else:
            town = " ".join(part for part in (address.postcode, address.city) if part)
            rest = (town, address.region)
        country = ""
        if address.country != seen_from:
            country = self.locale.territories.get(address.country, address.country)
        lines = (address.street, address.street2, address.street3, *rest, country)
        return [line for line in lines if line]

    def _major(self, minor: int) -> Decimal:
        return Decimal(minor).scaleb(-self._digits)


def grouped_iban(iban: str) -> str:
    """Write an IBAN in groups of four."""
    plain = iban.replace(" ", "")
    return " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))
