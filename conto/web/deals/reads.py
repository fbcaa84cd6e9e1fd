"""What the pages of deals read off a request, and the choices of their forms."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from conto.apps.accounts import queries as accounts
from conto.apps.deals import queries
from conto.apps.deals.queries import DealFilters
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.web import own_fields
from conto.web.access import may
from conto.web.reading import book, found, uuid_in

SORTS = {"newest": "newest", "value": "value", "close": "close", "name": "name", "next": "next"}
SLIPS = ("no_step", "silent", "overdue")


def deal_of(request: HttpRequest, deal_id: UUID) -> Any:
    """Return the deal that a page is about."""
    return found(queries.deal_for(book(request).member, deal_id))


def filters_in(request: HttpRequest, **more: Any) -> DealFilters:
    """Read which deals are asked for."""
    given, here = request.GET, book(request)
    owner = given.get("owner", "")
    slips, sort, state = given.get("slips", ""), given.get("sort", ""), given.get("state", "")
    read: dict[str, Any] = {
        "text": given.get("q", "").strip()[:100],
        "owner_id": here.member.id if owner == "me" else uuid_in(owner),
        "stage_id": uuid_in(given.get("stage")),
        "pipeline_id": uuid_in(given.get("pipeline")),
        "customer_id": uuid_in(given.get("customer")),
        "lost_reason_id": uuid_in(given.get("reason")),
        "slips": slips if slips in SLIPS else "",
        "state": state if state in {"open", "won", "lost"} else "",
        "order": SORTS.get(sort, "newest"),
        "own": own_fields.wanted(request, Subject.DEAL),
    }
    return DealFilters(**(read | more))


def owner_choices(*, former: bool = False) -> list[tuple[str, str]]:
    """Return who can look after a deal; with `former` also everybody who once could have."""
    return [(str(each.id), each.name) for each in accounts.members() if former or (each.is_active and may(each, _EDIT))]


def stage_choices(pipelines: Sequence[Any]) -> list[tuple[str, Any]]:
    """Return the stages to choose from, by pipeline where there are several."""
    groups = [(each.name, [(str(stage.id), stage.name) for stage in each.live_stages]) for each in pipelines]
    return groups if len(groups) > 1 else (groups[0][1] if groups else [])


_EDIT = Permission.DEAL_EDIT
