"""Billing runs: started, tried dry, followed; and what could not be billed, with its reason."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from ninja import Query
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Id, Instant
from conto.api.nouns.subscriptions import in_english, reason_of
from conto.api.nouns.upkeep import AskedOfWorker
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.crm import queries as crm
from conto.apps.subscriptions import queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import billing_run, dry_run

router = noun("Billing")
_BILL = Permission.SUBSCRIPTION_BILL
Totals = Annotated[
    dict[str, int], Field(description="Before tax, in minor units, by currency.", examples=[{"EUR": 5900}])
]


@dataclass(frozen=True, slots=True)
class BillingRun:
    """A run that bills what is due; its counts grow while it goes on."""

    id: Id
    until: Day
    started_at: Instant
    started_by: Annotated[str, Field(description="Name of the member; empty: Conto itself.")]
    alive_at: Annotated[Instant, Field(description="When it last wrote something down.")]
    ended_at: Annotated[datetime | None, Field(description="Null: it goes on, or was cut off.")]
    due: Annotated[int, Field(description="Subscriptions that were due when it began.", examples=[14])]
    settled: Annotated[int, Field(examples=[14])]
    set_aside: Annotated[int, Field(examples=[0])]
    documents: Annotated[int, Field(examples=[12])]
    totals_minor: Totals


@dataclass(frozen=True, slots=True)
class SetAside:
    """A subscription that could not be billed, and why."""

    subscription_id: Id
    number: Annotated[str, Field(examples=["S-2026-00001"])]
    customer_id: Id
    code: Annotated[str, Field(examples=["subscription.not_on_paper"])]
    reason: Annotated[str, Field(description="In English.")]
    run_id: UUID | None
    noted_at: Instant


@dataclass(frozen=True, slots=True)
class DrySetAside:
    """A subscription that a run could not bill now, and why."""

    number: Annotated[str, Field(examples=["S-2026-00001"])]
    code: str
    reason: Annotated[str, Field(description="In English.")]


@dataclass(frozen=True, slots=True)
class DryLine:
    """A line of a document that a run would make."""

    name: Annotated[str, Field(examples=["Base fee"])]
    net_minor: Annotated[int | None, Field(description="Null: it cannot be computed yet.", examples=[2900])]


@dataclass(frozen=True, slots=True)
class DryDocument:
    """A document that a run would make."""

    customer_id: Id
    kind: Annotated[str, Field(examples=["invoice"])]
    is_draft: Annotated[bool, Field(description="It would wait as a draft.")]
    currency: Currency
    net_minor: Annotated[int | None, Field(description="Null: it cannot be computed yet.", examples=[5900])]
    tax_minor: Annotated[int | None, Field(description="Null: it cannot be computed yet.", examples=[1121])]
    total_minor: Annotated[int, Field(description="With tax.", examples=[7021])]
    lines: list[DryLine]


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a run would do: done and undone by the worker. Its counts grow meanwhile; nothing else of it is kept."""

    id: Id
    started_at: Instant
    started_by: Annotated[str, Field(description="Name of the member; empty: Conto itself.")]
    until: Annotated[date | None, Field(description="Null: it waits for the worker.")]
    alive_at: Annotated[Instant, Field(description="When it last wrote something down.")]
    ended_at: Annotated[datetime | None, Field(description="Null: it is under way.")]
    is_whole: Annotated[bool, Field(description="It counted everything; false when ended: it was cut off.")]
    due: Annotated[int, Field(description="Subscriptions that were due when it began.", examples=[14])]
    settled: Annotated[int, Field(description="Would be billed.", examples=[14])]
    set_aside: Annotated[int, Field(description="Would be set aside.", examples=[0])]
    documents: Annotated[int, Field(examples=[12])]
    drafts: Annotated[int, Field(description="Of the documents, those that would wait.", examples=[1])]
    totals_minor: Totals


@dataclass(frozen=True, slots=True)
class DryResult(DryRun):
    """A dry run with the first of what it would set aside, and the first of its documents."""

    first_set_aside: Annotated[list[DrySetAside], Field(description="At most 500.")]
    first_documents: Annotated[list[DryDocument], Field(description="At most 20; none without `invoice.view`.")]


@dataclass(frozen=True, slots=True)
class TriedAgain:
    """Whether a subscription that was set aside could be billed; otherwise why not."""

    is_billed: bool
    code: str
    reason: Annotated[str, Field(description="In English.")]


@reads(router, "/billing-runs", needs=_BILL, gives=paging.Page[BillingRun])
def list_billing_runs(request: HttpRequest, filters: Query[paging.Paged]) -> Any:
    """List billing runs, the latest first."""
    after = paging.read(filters.cursor, str)[0] if filters.cursor else ""
    page = queries.run_page(caller_of(request).member, after=after, limit=filters.limit)
    rows = [_run(row) for row in page.rows]
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


@reads(router, "/billing-runs/{uuid:run_id}", needs=_BILL, gives=BillingRun, is_record=True)
def get_billing_run(request: HttpRequest, run_id: UUID) -> Any:
    """Get a billing run, also while it goes on."""
    return _run(found(queries.run_for(caller_of(request).member, run_id)))


@reads(router, "/billing-runs/{uuid:run_id}/set-aside", needs=_BILL, gives=list[SetAside])
def list_set_aside_of_run(request: HttpRequest, run_id: UUID) -> Any:
    """List what a run could not bill and is not billed yet, at most 500."""
    member = caller_of(request).member
    return [_aside(row) for row in queries.set_aside_of(member, found(queries.run_for(member, run_id)))]


@reads(router, "/set-aside", needs=Permission.SUBSCRIPTION_VIEW, gives=list[SetAside])
def list_set_aside(request: HttpRequest) -> Any:
    """List all subscriptions that wait because they could not be billed, the oldest first, at most 500."""
    return [_aside(row) for row in queries.set_aside_open(caller_of(request).member)]


@writes(router, "/billing-runs", needs=_BILL, gives=AskedOfWorker, status=202)
def start_billing_run(request: HttpRequest) -> Any:
    """Have the worker bill what is due now."""
    member = caller_of(request).member
    try:
        with transaction.atomic():
            app.configure_task(billing_run.BILLING_TASK, queueing_lock=billing_run.BILLING_TASK).defer(
                asked_by=str(member.id), name=member.name
            )
    except AlreadyEnqueued:
        return AskedOfWorker(is_new=False)
    return AskedOfWorker(is_new=True)


@writes(router, "/billing-runs/dry", needs=_BILL, gives=DryRun, status=202)
def try_billing_run(request: HttpRequest) -> Any:
    """Have the worker do everything that a run would do now and undo it; or get the dry run that is under way."""
    caller = caller_of(request)
    row, _is_new = dry_run.begin(actor=caller.actor, at=caller.at)
    return DryRun(**_dry(row))


@reads(router, "/billing-runs/dry", needs=_BILL, gives=list[DryRun])
def list_dry_billing_runs(request: HttpRequest) -> Any:
    """List the latest dry runs, at most 20: more are not kept, and none longer than 30 days."""
    return [DryRun(**_dry(row)) for row in queries.latest_dry_runs(caller_of(request).member, limit=20)]


@reads(router, "/billing-runs/dry/{uuid:dry_run_id}", needs=_BILL, gives=DryResult, is_record=True)
def get_dry_billing_run(request: HttpRequest, dry_run_id: UUID) -> Any:
    """Get how far a dry run is and what it came to."""
    member = caller_of(request).member
    row = found(queries.dry_run_for(member, dry_run_id))
    seen = queries.aside_in_dry_run(member, row)
    aside = [
        DrySetAside(number, code, in_english(RuleBroken(code, reason, **params)))
        for number, code, reason, params in row.aside
        if number in seen
    ]
    papers = row.papers if member.may(Permission.INVOICE_VIEW) else []
    customers = crm.customers(member).in_bulk([each["customer"] for each in papers]) if papers else {}
    shown = [_paper(each) for each in papers if UUID(each["customer"]) in customers]
    return DryResult(**_dry(row), first_set_aside=aside, first_documents=shown)


@writes(router, "/subscriptions/{uuid:subscription_id}/try-again", needs=_BILL, gives=TriedAgain)
def try_subscription_again(request: HttpRequest, subscription_id: UUID) -> Any:
    """Bill a subscription that was set aside; what still cannot be billed stays aside with its reason of now."""
    caller = caller_of(request)
    row = found(queries.subscription_for(caller.member, subscription_id))
    done = billing_run.try_again(row=row, at=caller.at)
    refusal = done.aside[0][1] if done.aside else None
    return TriedAgain(refusal is None, refusal.code if refusal else "", in_english(refusal) if refusal else "")


def _run(row: Any) -> BillingRun:
    return BillingRun(
        row.id, row.until, row.started_at, row.started_by.name if row.started_by else "", row.alive_at, row.ended_at,
        row.due_count, row.settled_count, row.aside_count, row.document_count, row.totals_minor,
    )  # fmt: skip


def _dry(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "started_at": row.started_at, "started_by": row.started_by.name if row.started_by else "",
        "until": row.until, "alive_at": row.alive_at, "ended_at": row.ended_at, "is_whole": row.is_whole,
        "due": row.due_count, "settled": row.settled_count, "set_aside": row.aside_count,
        "documents": row.document_count, "drafts": row.draft_count, "totals_minor": row.totals_minor,
    }  # fmt: skip


def _paper(each: dict[str, Any]) -> DryDocument:
    return DryDocument(
        UUID(each["customer"]), each["kind"], each["is_draft"], each["currency"], each["net_minor"],
        each["tax_minor"], each["total_minor"], [DryLine(*line) for line in each["lines"]],
    )  # fmt: skip


def _aside(row: Any) -> SetAside:
    return SetAside(
        row.subscription_id, row.subscription.number, row.subscription.customer_id, row.code,
        reason_of(row), row.run_id, row.noted_at,
    )  # fmt: skip
