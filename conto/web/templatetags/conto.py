"""Tags that every template has: money, days, states, icons. Cheap, so that a list of a hundred rows can use them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from babel.numbers import format_decimal
from django import template
from django.forms import BoundField
from django.http import HttpRequest
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conto.domain.money import minor_digits
from conto.domain.permissions import Permission
from conto.web import built, formats, navigation
from conto.web.access import may
from conto.web.controls import control_of
from conto.web.states import look_of

register = template.Library()


@register.simple_tag
def money(amount_minor: int | None, currency: str, look: str = "") -> SafeString:
    """Write an amount; look: `bare` (no currency), `owed` (red if any), `signed` (plus, green)."""
    if amount_minor is None:
        return SafeString("")
    text = formats.money_text(amount_minor, currency, bare="bare" in look)
    tone = ""
    if "owed" in look and amount_minor > 0:
        tone = " is-late"
    elif "signed" in look and amount_minor > 0:
        tone, text = " is-settled", f"+{text}"
    return SafeString(f'<span class="money{tone}">{escape(text)}</span>')


@register.filter
def price(value: Decimal, currency: str) -> str:
    """Write a unit price with at least the decimals of its currency, and more where it has more."""
    least = minor_digits(currency)
    exponent = value.normalize().as_tuple().exponent
    places = max(least, -exponent if isinstance(exponent, int) else least)
    pattern = f"#,##0.{'0' * places}" if places else "#,##0"
    return str(format_decimal(value, format=pattern, locale=formats.current_locale()))


@register.filter
def unit_price(value: Decimal, currency: str) -> str:
    """Write a unit price with its currency, as amounts are written."""
    return formats.price_text(value, currency)


@register.filter
def number(value: Any) -> str:
    """Write a number the reader's way, without needless zeros."""
    return "" if value is None or value == "" else formats.number_text(value)


@register.simple_tag
def day(moment: date | None, style: str = "medium") -> SafeString:
    """Write a day with its full form on hover; style as in `formats.day_text`, or `time`."""
    if not moment:
        return SafeString("")
    at_time = style == "time" and isinstance(moment, datetime)
    text = formats.time_text(moment) if at_time and isinstance(moment, datetime) else formats.day_text(moment, style)
    return _time(moment, text, formats.day_text(moment, "full"))


def _time(moment: date, text: str, title: str) -> SafeString:
    return SafeString(f'<time datetime="{moment.isoformat()}" title="{escape(title)}">{escape(text)}</time>')


def _now(context: Context) -> datetime:
    request = context.get("request")
    at = getattr(request, "at", None)
    return at if isinstance(at, datetime) else timezone.now()


@register.simple_tag(takes_context=True)
def ago(context: Context, moment: date | None) -> SafeString:
    """Write how far a moment lies from the book's now, with the exact one on hover."""
    if not moment:
        return SafeString("")
    exact = formats.time_text(moment) if isinstance(moment, datetime) else formats.day_text(moment, "full")
    return _time(moment, formats.span_text(moment, _now(context)), exact)


@register.simple_tag(takes_context=True)
def lateness(context: Context, due_on: date | None) -> SafeString:
    """Write how a due day stands to today: “3 days late”, “due today”, “due in 5 days”."""
    if not due_on:
        return SafeString("")
    days = (formats.local_day(_now(context)) - due_on).days
    if days > 0:
        text, tone = ngettext("%(days)d day late", "%(days)d days late", days) % {"days": days}, "is-late"
    elif days == 0:
        text, tone = _("due today"), "is-soon"
    else:
        text = ngettext("due in %(days)d day", "due in %(days)d days", -days) % {"days": -days}
        tone = "is-soon" if days >= -3 else "soft"
    return SafeString(f'<span class="{tone}">{_time(due_on, text, formats.day_text(due_on, "full"))}</span>')


@lru_cache(maxsize=512)
def _drawn(address: str, more: str) -> SafeString:
    return SafeString(
        f'<svg class="icon{" " if more else ""}{escape(more)}" width="16" height="16" aria-hidden="true">'
        f'<use href="{address}"/></svg>'
    )


def _icon(name: str, more: str) -> SafeString:
    return _drawn(built.icon_address(name), more)


@register.simple_tag
def icon(name: str, more: str = "") -> SafeString:
    """Draw a Lucide icon; it is decoration, the word beside it says the same."""
    return _icon(name, more) if name else SafeString("")


@register.simple_tag
def state_chip(state: str, label: Any = "") -> SafeString:
    """Show a state as a chip of word, tone and icon; `label` replaces the word."""
    look = look_of(str(state))
    shape = _icon(look.icon, "") if look.icon else ""
    return SafeString(f'<span class="chip tone-{look.tone}">{shape}{escape(label or look.word)}</span>')


@register.filter
def state_word(state: str) -> str:
    """Give the word of a state in the reader's language."""
    return str(look_of(str(state)).word)


@register.filter
def state_tone(state: str) -> str:
    """Give the tone of a state: settled, open, soon, late, disputed or draft."""
    return look_of(str(state)).tone


_TONES = ("open", "settled", "soon", "disputed", "brand", "draft")


@register.filter
def initials(name: str) -> str:
    """Give the one or two letters that stand for a name."""
    words = [word for word in str(name).split() if word[:1].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


@register.filter
def name_tone(name: str) -> str:
    """Give a name its constant color among the tones."""
    return _TONES[sum(map(ord, str(name))) % len(_TONES)]


@register.simple_tag(takes_context=True)
def frame_part(context: Context, template: str) -> SafeString:
    """Draw a part of the frame for the areas and acts of the reader."""
    return navigation.frame_part(template, context.get("areas") or (), context.get("acts") or ())


@register.simple_tag
def asset(name: str) -> str:
    """Give the address of a built file."""
    return built.asset_url(name)


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: Any) -> str:
    """Write the page's query string with changes: None or empty removes a key; the cursor goes."""
    request: HttpRequest = context["request"]
    query = dict(request.GET.lists())
    if not {"after", "before"} & changes.keys():
        query.pop("after", None)
        query.pop("before", None)
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        else:
            query[key] = list(value) if isinstance(value, list | tuple) else [value]
    text = urlencode(query, doseq=True)
    return f"?{text}" if text else request.path


@register.filter
def can(who: Any, permission: str) -> bool:
    """Tell whether a member, or a request's member, may: `request|can:"invoice:issue"`."""
    member = getattr(who, "member", who) if isinstance(who, HttpRequest) else who
    return may(member, Permission(permission))


@register.simple_tag
def control(field: BoundField, helped: Any = "", more: dict[str, Any] | None = None) -> SafeString:
    """Draw a form field's control with more attributes, tied to its help and its errors."""
    return control_of(field, more or {}, is_helped=bool(helped))


@register.filter
def before_control(field: BoundField, prefix: str) -> str:
    """Give what stands before a control: the prefix, else the currency; a space is nothing."""
    return (prefix or getattr(field.field, "currency", "")).strip()


@register.simple_tag
def toast_cookie(request: HttpRequest) -> str:
    """Give the message that waits for readers whose browser runs no script."""
    from conto.web.htmx import waiting_toast  # noqa: PLC0415 - htmx draws templates, which load this file

    return waiting_toast(request)


@register.filter
def options(pairs: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Read a list of choices: pairs stay, a single value becomes its own label."""
    return [tuple(pair) if isinstance(pair, tuple | list) and len(pair) == 2 else (pair, pair) for pair in pairs]


@register.simple_tag(takes_context=True)
def rest(context: Context) -> SafeString:
    """Write the attributes that a component was given beyond its parameters, each value escaped.

    Cotton's own `attrs` only picks a kind of quote, which a value with both kinds leaves.
    """
    given = context["attrs"].attrs_dict()
    parts = [
        format_html("{}", name) if value is True else format_html('{}="{}"', name, value)
        for name, value in given.items()
        if value is not None and value is not False
    ]
    return SafeString(" ".join(parts))


@register.simple_tag(takes_context=True)
def live(context: Context, customer_id: Any = None) -> SafeString:
    """Let the page follow what happens (with a customer's id: to that customer) while it is in sight."""
    address = f"{reverse('pulse')}?customer={customer_id}" if customer_id else reverse("pulse")
    return format_html(' data-live="{}" data-live-since="{}"', address, context["request"].began_ms)
