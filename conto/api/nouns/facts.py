"""Facts: everything that happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import Caller, caller_of
from conto.api.fields import Id, Instant, InstantGiven, instant_of
from conto.api.operations import noun, reads, writes
from conto.apps.audit import queries
from conto.apps.fields.queries import told_body
from conto.domain.permissions import Permission
from conto.flows import check_seals

router = noun("Facts")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened. It never changes."""

    id: Id
    kind: Annotated[str, Field(examples=["invoice_issued"])]
    at: Instant
    actor_kind: Annotated[str, Field(examples=["member"])]
    actor_id: UUID | None
    actor_name: Annotated[str, Field(examples=["Ada Lovelace"])]
    subject_kind: Annotated[str, Field(examples=["document"])]
    subject_id: Id
    customer_id: UUID | None
    entry_id: UUID | None
    body: Annotated[
        Mapping[str, Any], Field(description="What the fact says.", examples=[{"number": "INV-2026-00042"}])
    ]


@dataclass(frozen=True, slots=True)
class SealCheck:
    """What came of computing every seal anew."""

    holds: bool
    seals: Annotated[int, Field(examples=[120])]
    facts: Annotated[int, Field(examples=[4000])]
    breaches: list[str]


class FactFilters(paging.Paged):
    """Which facts a list shows."""

    kind: Annotated[str, Field(max_length=60, description="Such as invoice_issued.")] = ""
    subject_id: UUID | None = None
    customer_id: UUID | None = None
    actor_id: UUID | None = None
    since: InstantGiven | None = None
    until: InstantGiven | None = None


@reads(router, "/facts", needs=Permission.AUDIT_VIEW, gives=paging.Page[Fact])
def list_facts(request: HttpRequest, filters: Query[FactFilters]) -> Any:
    """List what happened in this book, the latest first."""
    rows = queries.latest_facts()
    exact = {name: getattr(filters, name) for name in ("kind", "subject_id", "customer_id", "actor_id")}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.since:
        rows = rows.filter(at__gte=filters.since)
    if filters.until:
        rows = rows.filter(at__lt=filters.until)
    return page_of_facts(request, rows, filters)


def page_of_facts(request: HttpRequest, rows: Any, page: paging.Paged) -> paging.Page[Fact]:
    """Return a page of facts, the latest first, as far as the caller may read them."""
    caller = caller_of(request)
    return paging.keyset(rows, page, by=("at", "id"), kinds=(instant_of, UUID), shape=lambda row: _shape(row, caller))


def _shape(row: Any, caller: Caller) -> Fact:
    payload = getattr(row, "payload", None)
    return Fact(
        row.id, row.kind, row.at, row.actor_kind, row.actor_id, row.actor_name, row.subject_kind, row.subject_id,
        row.customer_id, row.entry_id,
        {} if payload is None else told_body(row.kind, payload.body, caller.business, caller.member.role),
    )  # fmt: skip


@writes(router, "/facts/check", needs=Permission.AUDIT_VIEW, gives=SealCheck, is_outside=True)
def check_seals_of_facts(request: HttpRequest) -> Any:
    """Compute every seal over the facts anew, also against those that were kept outside."""
    del request
    verdict = check_seals.check()
    return SealCheck(verdict.holds, verdict.seals, verdict.facts, list(verdict.breaches))
