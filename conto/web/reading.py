"""What a page reads off a request: the member, the book's time, ids; and how refusals become words."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar, cast
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from conto.domain.errors import Finding, RuleBroken
from conto.domain.facts import Actor

if TYPE_CHECKING:
    from conto.apps.accounts.models import Business, Member

T = TypeVar("T")

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
    """Return the member as the actor of what this request does."""
    member = book(request).member
    return Actor(member.id, "member", member.name)


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


def words_of(refusal: RuleBroken | Finding) -> str:
    """Return a refusal or finding in the reader's language."""
    words = _(refusal.message)
    return words % refusal.params if refusal.params or "%%" in words else words


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
