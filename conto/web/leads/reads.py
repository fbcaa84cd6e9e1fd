"""What the pages of leads read off a request, and the choices of their forms."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from conto.apps.accounts import queries as accounts
from conto.apps.leads import queries
from conto.apps.leads.entry import OPEN_STATES
from conto.apps.leads.queries import LeadFilters
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.web import own_fields
from conto.web.access import may
from conto.web.reading import book, found, uuid_in

STATES = (*OPEN_STATES, "converted", "discarded")


def lead_of(request: HttpRequest, lead_id: UUID) -> Any:
    """Return the lead that a page is about."""
    return found(queries.lead_for(book(request).member, lead_id))


def filters_in(request: HttpRequest) -> LeadFilters:
    """Read which leads are asked for; without a word on it, those that something may come of."""
    given, here = request.GET, book(request)
    owner, sort, state = given.get("owner", ""), given.get("sort", ""), given.get("state", "open")
    return LeadFilters(
        text=given.get("q", "").strip()[:100],
        owner_id=here.member.id if owner == "me" else uuid_in(owner),
        is_unowned=owner == "nobody",
        source=given.get("source", "")[:40],
        state=state if state in {"open", *STATES} else "",
        is_due=bool(given.get("due")),
        own=own_fields.wanted(request, Subject.LEAD),
        order=sort if sort in queries.ORDERS else "newest",  # type: ignore[arg-type]
    )


def owner_choices() -> list[tuple[str, str]]:
    """Return who can look after a lead."""
    return [(str(each.id), each.name) for each in accounts.members() if each.is_active and may(each, _EDIT)]


_EDIT = Permission.LEAD_EDIT
