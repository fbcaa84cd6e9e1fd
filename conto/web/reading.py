"""What a page reads off a request: the member, the book's time, ids; and how refusals become words."""

import ipaddress
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from conto.domain.contract import Priced, Unit
from conto.domain.errors import Finding, RuleBroken
from conto.domain.facts import Actor, Channel, Origin
from conto.domain.permissions import Permission, Role, Roles
from conto.web.access import ROLE_WORDS
from conto.web.catalog.choices import unit_word
from conto.web.formats import day_text, price_text
from conto.web.permission_words import words_of_permission

if TYPE_CHECKING:
    from conto.apps.accounts.models import Business, Member

T = TypeVar("T")

_LONGEST_AGENT = 300
_LONGEST_ADDRESS = 45  # an IPv6 address in full
_EARLIEST, _LATEST = date(1900, 1, 1), date(9000, 1, 1)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Here:
    """Who reads the page, and what day and time it is in this book."""

    member: "Member"
    business: "Business"
    at: datetime
    today: date


def book(request: HttpRequest) -> Here:
    """Return who asks and when; only for pages that need a member."""
    return Here(
        member=cast("Member", request.member),  # type: ignore[attr-defined]
        business=cast("Business", request.business),  # type: ignore[attr-defined]
        at=cast("datetime", request.at),  # type: ignore[attr-defined]
        today=cast("date", request.today),  # type: ignore[attr-defined]
    )


def actor_of(request: HttpRequest) -> Actor:
    """Return the member as the actor of what this request does, and from where."""
    member = book(request).member
    member = member.viewer or member  # who looks as somebody else is still who does it
    return Actor(member.id, "member", member.name, origin_of(request), Role(member.role))


def origin_of(request: HttpRequest) -> Origin:
    """Return from where a request comes: through which entrance, from which address, by which program."""
    agent = request.headers.get("User-Agent", "")
    return Origin(_channel(request.path), address_of(request), "".join(filter(str.isprintable, agent))[:_LONGEST_AGENT])


def _channel(path: str) -> Channel:
    if path.startswith("/api/"):
        return "api"
    return "portal" if path.startswith(("/i/", "/q/", "/f/", "/w/", "/o/", "/r/")) else "web"


def address_of(request: HttpRequest) -> str:
    """Return the network address of the visitor.

    What a proxy says of its visitor counts only if the proxy is one of ours (CONTO_PROXIES); the nearest address that
    is none of ours is the visitor.
    """
    nearest = str(request.META.get("REMOTE_ADDR", ""))
    told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    while told and _is_our_proxy(nearest):
        nearest = told.pop()
    return nearest[:_LONGEST_ADDRESS]


def _is_our_proxy(address: str) -> bool:
    if not settings.PROXIES:
        return False
    try:
        visitor = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(visitor in network for network in settings.PROXIES)


def found(record: T | None) -> T:
    """Return the record; what is not there or not visible is a page that does not exist."""
    if record is None:
        raise Http404
    return record


def uuid_in(text: str | None) -> UUID | None:
    """Return the id that a text is, or nothing."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def day_in(request: HttpRequest, name: str) -> date | None:
    """Return the day that an address gives under a name, or nothing."""
    try:
        day = date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if _EARLIEST <= day <= _LATEST else None


def words_of(refusal: RuleBroken | Finding) -> str:
    """Return a refusal or finding in the reader's language."""
    words = _(refusal.message)
    told = {name: _told(value) for name, value in refusal.params.items()}
    return words % told if told or "%%" in words else words


def _told(value: object) -> object:
    """Return a part of a refusal as a reader says it: a role, permission or day in words, anything else as it is."""
    if isinstance(value, Permission):
        return words_of_permission(value)
    if isinstance(value, Role):
        return ROLE_WORDS[value]
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, Priced):
        return price_text(value.amount, value.currency)
    if isinstance(value, Unit):
        return unit_word(value)
    return ", ".join(str(ROLE_WORDS[role]) for role in value) if isinstance(value, Roles) else value


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
