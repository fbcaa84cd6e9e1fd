"""Form controls: what a money or day field accepts, and how a field is tied to its help and errors."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import get_decimal_symbol
from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from conto.domain.fields import decimal_from_text
from conto.domain.money import minor_digits, to_minor
from conto.web.formats import current_locale, day_text, money_text


class NumberField(forms.Field):
    """A number written the reader's way; cleans to a Decimal."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    default_error_messages = {
        "invalid": _("Write a number, such as 12 or 2.5."),
        "too_fine": _("At most %(places)s decimals."),
        "too_small": _("At least %(least)s."),
        "too_large": _("At most %(most)s."),
    }

    def __init__(
        self, *, least: Decimal | None = None, most: Decimal | None = None, places: int = 6, **more: Any
    ) -> None:
        self.least, self.most, self.places = least, most, places
        super().__init__(**more)

    def to_python(self, value: Any) -> Decimal | None:
        """Read the text."""
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal):
            return value
        try:
            number = decimal_from_text(str(value).rstrip("%"), get_decimal_symbol(current_locale()))
        except ValueError as wrong:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from wrong
        exponent = number.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > self.places:
            raise ValidationError(self.error_messages["too_fine"], code="too_fine", params={"places": self.places})
        return number

    def validate(self, value: Decimal | None) -> None:
        """Refuse a number outside the bounds."""
        super().validate(value)
        if value is not None and self.least is not None and value < self.least:
            raise ValidationError(self.error_messages["too_small"], code="too_small", params={"least": self.least})
        if value is not None and self.most is not None and value > self.most:
            raise ValidationError(self.error_messages["too_large"], code="too_large", params={"most": self.most})

    def prepare_value(self, value: Any) -> Any:
        """Write a Decimal without needless zeros."""
        if isinstance(value, Decimal):
            return format(value.normalize(), "f").replace(".", get_decimal_symbol(current_locale()))
        return value


class MoneyInput(forms.TextInput):
    """A text field for an amount; `currency` is shown before it."""

    def __init__(self, currency: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", "class": "amount", **(attrs or {})})
        self.currency = currency


class MoneyField(forms.Field):
    """An amount of one currency; takes and gives minor units."""

    default_error_messages = {
        "invalid": _("Write an amount, such as %(example)s."),
        "too_fine": _("%(currency)s has %(digits)s decimals."),
        "too_small": _("At least %(least)s."),
    }

    def __init__(self, currency: str = "EUR", *, least_minor: int | None = None, **more: Any) -> None:
        self.currency, self.least_minor = currency, least_minor
        super().__init__(widget=more.pop("widget", MoneyInput(currency)), **more)

    def to_python(self, value: Any) -> int | None:
        """Read the text as minor units."""
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        try:
            amount = decimal_from_text(str(value), get_decimal_symbol(current_locale()))
        except ValueError as wrong:
            example = money_text(125000, self.currency, bare=True)
            raise ValidationError(
                self.error_messages["invalid"], code="invalid", params={"example": example}
            ) from wrong
        digits = minor_digits(self.currency)
        minor = to_minor(amount, self.currency)
        if amount.scaleb(digits) != minor:
            params = {"currency": self.currency, "digits": digits}
            raise ValidationError(self.error_messages["too_fine"], code="too_fine", params=params)
        return minor

    def validate(self, value: int | None) -> None:
        """Refuse an amount below the least."""
        super().validate(value)
        if value is not None and self.least_minor is not None and value < self.least_minor:
            least = money_text(self.least_minor, self.currency)
            raise ValidationError(self.error_messages["too_small"], code="too_small", params={"least": least})

    def prepare_value(self, value: Any) -> Any:
        """Write minor units as an amount without the currency."""
        return money_text(value, self.currency, bare=True) if isinstance(value, int) else value


class DayInput(forms.DateInput):
    """The browser's own date field; its value is ISO whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day, picked in the browser's calendar or written as 2026-11-20."""

    widget = DayInput
    input_formats = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"]
    default_error_messages = {
        "closed": _(
            "The books are closed up to %(closed)s. Choose a later date, or let an owner open the period again."
        )
    }

    def __init__(self, **more: Any) -> None:
        super().__init__(input_formats=more.pop("input_formats", self.input_formats), **more)
        self.closed_until: date | None = None

    def close(self, until: date | None) -> None:
        """Refuse days up to the seller's closing date, in the calendar already."""
        self.closed_until = until
        if until is not None:
            self.widget.attrs["min"] = (until + timedelta(days=1)).isoformat()

    def validate(self, value: date | None) -> None:
        """Refuse a closed day."""
        super().validate(value)
        if value is not None and self.closed_until is not None and value <= self.closed_until:
            params = {"closed": day_text(self.closed_until)}
            raise ValidationError(self.error_messages["closed"], code="closed", params=params)


def close_day(form: forms.Form, name: str, until: date | None) -> None:
    """Let a form's field for a day refuse what lies in a closed period."""
    field = form.fields[name]
    assert isinstance(field, DayField)  # noqa: S101 -- only days are closed
    field.close(until)


def control_of(field: BoundField, more: dict[str, Any], *, is_helped: bool) -> SafeString:
    """Draw the control of a bound field, tied to its help and errors by aria-describedby."""
    attrs = dict(more)
    described = [f"{field.auto_id}_helptext"] if is_helped or field.help_text else []
    if field.errors:
        described.append(f"{field.auto_id}_error")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)
