"""Contracts: written down, agreed, changed, renewed and ended; what they agree, version by version."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Entry, Flag, Id, Instant, Number, Short, Words
from conto.api.nouns.items import Unit
from conto.api.operations import noun, reads, writes
from conto.api.reading import found, given
from conto.apps.contracts import actions, queries
from conto.apps.contracts.entries import LineEntry, NewContract
from conto.apps.contracts.queries import StateFilter
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.domain.contract import MOST_MONTHS, MOST_NOTICE_DAYS, ContractState
from conto.domain.permissions import Permission

router = noun("Contracts")
_VIEW, _EDIT = Permission.CONTRACT_VIEW, Permission.CONTRACT_EDIT
State = Annotated[str, Field(examples=["active"], json_schema_extra={"enum": [state.value for state in ContractState]})]
RenewalWord = Literal["none", "auto", "ask"]
Months = Annotated[int, Field(ge=0, le=MOST_MONTHS, examples=[12])]
NoticeDays = Annotated[int, Field(ge=0, le=MOST_NOTICE_DAYS, examples=[30])]
Title = Annotated[str, Field(min_length=1, max_length=200, examples=["Care of the website"])]


@dataclass(frozen=True, slots=True)
class ContractSummary:
    """A contract in a list, as it is today."""

    id: Id
    number: Annotated[str, Field(description="Empty for a draft.", examples=["C-2026-00001"])]
    version: Annotated[int, Field(examples=[1])]
    title: str
    customer_id: Id
    customer_name: str
    currency: Currency
    state: State
    starts_on: Day
    renewal: Annotated[str, Field(examples=["auto"])]
    last_day: Annotated[date | None, Field(description="Nothing: it goes on.")]
    next_renewal: Annotated[date | None, Field(description="On this day the next term begins.")]
    decide_by: Annotated[date | None, Field(description="Last day for notice, or to renew one that asks.")]


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """A price that is agreed."""

    position: Annotated[int, Field(examples=[1])]
    item_id: UUID | None
    name: str
    description: str
    unit_code: Annotated[str, Field(examples=["HUR"])]
    unit_price: Annotated[Decimal, Field(description="In major units, in the price mode of the contract.")]
    allowance_percent: Decimal


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract with its terms and prices: as it is now, or one of its versions."""

    id: Id
    number: str
    version: Annotated[int, Field(examples=[2])]
    is_current: bool
    title: str
    customer_id: Id
    deal_id: UUID | None
    renewal_deal_ids: Annotated[list[UUID], Field(description="Deals opened to renew it, the latest first.")]
    quote_id: UUID | None
    owner_id: UUID | None
    currency: Currency
    price_mode: Annotated[str, Field(examples=["net"])]
    state: State
    starts_on: Day
    ends_on: Annotated[date | None, Field(description="The last day, whatever the renewal says.")]
    applies_from: Annotated[Day, Field(description="From this day on the prices of this version count.")]
    renewal: Annotated[str, Field(examples=["auto"])]
    first_months: int
    renewal_months: int
    renewals: Annotated[int, Field(description="How often one that asks was renewed.")]
    notice_days: int
    clauses: str
    last_day: date | None
    next_renewal: date | None
    decide_by: date | None
    earliest_end: Annotated[date | None, Field(description="The last day if notice were given today.")]
    lines: list[AgreedLine]
    reason: Annotated[str, Field(description="Why there is this version.")]
    made_at: Instant


class AgreedLineGiven(Entry):
    """A price to agree. It holds for the item, or without one for lines of the same name."""

    item_id: Id | None = None
    name: Annotated[str, Field(min_length=1, max_length=300, examples=["Consulting"])]
    description: Words = ""
    unit_code: Unit = "C62"
    unit_price: Annotated[Number, Field(examples=["90"])]
    allowance_percent: Number = Decimal(0)


class ContractFields(Entry):
    """What can be said of a contract."""

    ends_on: Day | None = None
    renewal: RenewalWord = "none"
    first_months: Months = 0
    renewal_months: Months = 0
    notice_days: NoticeDays = 0
    clauses: Words = ""
    owner_id: Id | None = None


Lines = Annotated[list[AgreedLineGiven], Field(min_length=1, max_length=200)]


class ContractEntry(ContractFields):
    """A new contract: agreed at once, or a draft."""

    customer_id: Id
    deal_id: Id | None = None
    title: Title
    starts_on: Day
    currency: Currency | None = None
    price_mode: Literal["net", "gross"] = "net"
    is_agreed: Flag = False
    lines: Lines


class ContractChange(ContractFields):
    """What changes; what is left out stays. Each change is a new version."""

    title: Title | None = None
    starts_on: Annotated[Day | None, Field(description="Of a draft only.")] = None
    applies_from: Day | None = None
    lines: Annotated[Lines | None, Field(description="Replace all prices.")] = None
    reason: Annotated[str, Field(max_length=500)] = ""


class ContractEnd(Entry):
    """When a contract ends, and why."""

    ends_on: Annotated[Day | None, Field(description="The last day; nothing: as early as the terms allow.")] = None
    reason: Annotated[str, Field(max_length=500)] = ""


class ContractAgreedEnd(Entry):
    """When both sides end a contract, and why."""

    ends_on: Day
    reason: Annotated[str, Field(max_length=500)] = ""


class ContractReason(Entry):
    """Why it is done."""

    reason: Annotated[str, Field(max_length=500)] = ""


class ContractFilters(paging.Paged):
    """Which contracts a list shows."""

    state: StateFilter = "all"
    customer_id: UUID | None = None
    deal_id: UUID | None = None
    q: Annotated[Short, Field(max_length=100, description="Number, title or customer.")] = ""


@reads(router, "/contracts", needs=_VIEW, gives=paging.Page[ContractSummary])
def list_contracts(request: HttpRequest, filters: Query[ContractFilters]) -> Any:
    """List contracts, the latest changed first; `renewing` are those about which somebody decides within 30 days."""
    caller = caller_of(request)
    page = queries.contract_page(
        caller.member,
        today=caller.today,
        state=filters.state,
        customer_id=filters.customer_id,
        deal_id=filters.deal_id,
        search=filters.q.strip(),
        cursor=paging.read(filters.cursor, str)[0] if filters.cursor else "",
        limit=filters.limit,
    )
    rows = [
        ContractSummary(
            row.id, row.number, row.version, row.title, row.customer_id, row.customer_name, row.currency,
            row.shown.state.value, row.starts_on, row.renewal, row.shown.last_day, row.shown.next_renewal,
            row.shown.decide_by,
        )
        for row in page.rows
    ]  # fmt: skip
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


@reads(router, "/contracts/{uuid:contract_id}", needs=_VIEW, gives=Contract, is_record=True)
def get_contract(request: HttpRequest, contract_id: UUID) -> Any:
    """Get a contract as it is now."""
    return _shape(request, contract_id)


@reads(router, "/contracts/{uuid:contract_id}/versions", needs=_VIEW, gives=list[Contract])
def list_contract_versions(request: HttpRequest, contract_id: UUID) -> Any:
    """List all versions of a contract, the latest first."""
    current = _record(request, contract_id)
    return [_shape_of(request, current, row) for row in queries.versions_of(current)]


_SAME = (
    "number", "version", "is_current", "title", "customer_id", "quote_id", "owner_id", "currency", "price_mode",
    "starts_on", "ends_on", "applies_from", "renewal", "first_months", "renewal_months", "renewals", "notice_days",
    "clauses", "reason", "made_at",
)  # fmt: skip


def _record(request: HttpRequest, contract_id: UUID) -> Any:
    return found(queries.contract_for(caller_of(request).member, contract_id))


def _shape(request: HttpRequest, contract_id: UUID) -> Contract:
    row = _record(request, contract_id)
    return _shape_of(request, row, row)


def _shape_of(request: HttpRequest, current: Any, row: Any) -> Contract:
    caller = caller_of(request)
    shown = queries.shown(row, caller.today)
    return Contract(
        **{name: getattr(row, name) for name in _SAME},
        id=row.family_id,
        deal_id=row.deal_id if deals.sees_deal(caller.member, current.deal_id) else None,
        renewal_deal_ids=[each.id for each in deals.renewals_of(caller.member, row.family_id)],
        state=shown.state.value,
        last_day=shown.last_day,
        next_renewal=shown.next_renewal,
        decide_by=shown.decide_by,
        earliest_end=shown.earliest_end,
        lines=[
            AgreedLine(
                line.position, line.item_id, line.name, line.description, line.unit_code, line.unit_price,
                line.allowance_percent,
            )
            for line in queries.lines_of(row)
        ],
    )  # fmt: skip


def _lines(wanted: list[AgreedLineGiven]) -> list[LineEntry]:
    return [LineEntry(**line.model_dump()) for line in wanted]


@writes(router, "/contracts", needs=_EDIT, gives=Contract, status=201)
def add_contract(request: HttpRequest, contract: ContractEntry) -> Any:
    """Write down a contract with a customer, with its prices."""
    caller = caller_of(request)
    deal = found(deals.deal_for(caller.member, contract.deal_id)) if contract.deal_id else None
    known = contract.model_dump(exclude={"customer_id", "deal_id", "lines"})
    made = actions.create_contract(
        customer=found(crm.customer_for(caller.member, contract.customer_id)),
        new=NewContract(**{**known, "currency": contract.currency or ""}),
        lines=_lines(contract.lines),
        deal=deal,
        actor=caller.actor,
        at=caller.at,
    )
    return _shape(request, made.family_id)


@writes(router, "/contracts/{uuid:contract_id}", method="PATCH", needs=_EDIT, gives=Contract)
def change_contract(request: HttpRequest, contract_id: UUID, changes: ContractChange) -> Any:
    """Change a contract by a new version; lines that are given replace all prices."""
    caller, row = caller_of(request), _record(request, contract_id)
    known = given(changes, "lines", "reason")
    for name in ("title", "starts_on", "applies_from"):
        if known.get(name, "") is None:
            del known[name]
    actions.change_contract(
        contract=row,
        changes=known,
        lines=_lines(changes.lines) if changes.lines is not None else None,
        reason=changes.reason,
        actor=caller.actor,
        at=caller.at,
    )
    return _shape(request, contract_id)


@writes(router, "/contracts/{uuid:contract_id}/agree", needs=_EDIT, gives=Contract)
def agree_contract(request: HttpRequest, contract_id: UUID) -> Any:
    """Put a draft into force: it gets its number."""
    caller = caller_of(request)
    actions.agree_contract(contract=_record(request, contract_id), actor=caller.actor, at=caller.at)
    return _shape(request, contract_id)


@writes(router, "/contracts/{uuid:contract_id}/renew", needs=_EDIT, gives=Contract)
def renew_contract(request: HttpRequest, contract_id: UUID) -> Any:
    """Let a contract that asks go on for another term."""
    caller = caller_of(request)
    actions.renew_contract(contract=_record(request, contract_id), actor=caller.actor, at=caller.at)
    return _shape(request, contract_id)


@writes(router, "/contracts/{uuid:contract_id}/cancel", needs=_EDIT, gives=Contract)
def cancel_contract(request: HttpRequest, contract_id: UUID, end: ContractEnd) -> Any:
    """Note a notice: the contract runs out on the earliest day that its terms allow, or on a later one."""
    caller, row = caller_of(request), _record(request, contract_id)
    actions.cancel_contract(contract=row, ends_on=end.ends_on, reason=end.reason, actor=caller.actor, at=caller.at)
    return _shape(request, contract_id)


@writes(router, "/contracts/{uuid:contract_id}/end", needs=_EDIT, gives=Contract)
def end_contract(request: HttpRequest, contract_id: UUID, end: ContractAgreedEnd) -> Any:
    """Note the day on which both sides end a contract."""
    caller, row = caller_of(request), _record(request, contract_id)
    actions.end_contract(contract=row, ends_on=end.ends_on, reason=end.reason, actor=caller.actor, at=caller.at)
    return _shape(request, contract_id)


@writes(router, "/contracts/{uuid:contract_id}/resume", needs=_EDIT, gives=Contract)
def resume_contract(request: HttpRequest, contract_id: UUID, why: ContractReason) -> Any:
    """Take a notice back."""
    caller = caller_of(request)
    row = _record(request, contract_id)
    actions.resume_contract(contract=row, reason=why.reason, actor=caller.actor, at=caller.at)
    return _shape(request, contract_id)


@writes(router, "/contracts/{uuid:contract_id}/drop", needs=_EDIT, gives=Contract)
def drop_contract(request: HttpRequest, contract_id: UUID, why: ContractReason) -> Any:
    """Drop a draft; it stays readable."""
    caller = caller_of(request)
    row = _record(request, contract_id)
    actions.drop_contract(contract=row, reason=why.reason, actor=caller.actor, at=caller.at)
    return _shape(request, contract_id)
