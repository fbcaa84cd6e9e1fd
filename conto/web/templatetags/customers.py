"""Tags of the customer pages."""

import phonenumbers
from django import template
from django.http import HttpRequest

from conto.web import htmx

register = template.Library()


@register.filter
def phone(number: str) -> str:
    """Write a phone number in groups, as people read it."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return number


@register.filter
def web(address: str) -> str:
    """Write an address on the web without what every address has."""
    return address.split("://", 1)[-1].removeprefix("www.").rstrip("/")


@register.filter
def is_part(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part of a page."""
    return htmx.is_part(request)
