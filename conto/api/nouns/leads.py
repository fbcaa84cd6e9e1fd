"""Leads: listed, added, changed, noted, discarded, taken up again, and made customers."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Country, Email, Entry, Flag, Id, Instant, InstantGiven, Line, Minor, Name
from conto.api.idempotency import repeatable
from conto.api.nouns.facts import Fact, page_of_facts
from conto.api.operations import Match, noun, reads, writes
from conto.api.own import Own, OwnAsked, OwnGiven, own_of, own_shapes, own_wanted
from conto.api.reading import found, given, lock
from conto.apps.audit import queries as audit
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.apps.leads import actions, queries
from conto.apps.leads.entry import LONGEST_MESSAGE, NewLead
from conto.domain.errors import EntryRefused, NotAllowed, RuleBroken, check_all
from conto.domain.fields import Subject
from conto.domain.ids import new_id
from conto.domain.permissions import Permission
from conto.flows import convert_lead as conversion
from conto.flows import receive_lead
from conto.flows.convert_lead import Conversion

router = noun("Leads")
_VIEW, _EDIT = Permission.LEAD_VIEW, Permission.LEAD_EDIT
State = Annotated[str, Field(examples=["working"])]
Source = Annotated[str, Field(max_length=40, examples=["fair"])]
Phone = Annotated[str, Field(max_length=60, examples=["+49 30 901820"])]
Message = Annotated[str, Field(max_length=LONGEST_MESSAGE, examples=["24 chairs before Christmas"])]
Lang = Annotated[str, Field(pattern="^(en|de|fr)?$", description="Empty: the business's.", examples=["de"])]
Step = Annotated[str, Field(max_length=200, description="What is to be done next.", examples=["Call back"])]


@dataclass(frozen=True, slots=True)
class LeadSummary:
    """A lead in a list."""

    id: Id
    name: str
    company: str
    email: str
    phone: str
    source: str
    owner_id: UUID | None
    state: State
    score: int | None
    next_step: str
    next_step_at: datetime | None
    created_at: Instant
    own: Own


@dataclass(frozen=True, slots=True)
class LeadReason:
    """Why the score is what it is: what counts, how many such there were, and how many of them were good."""

    code: Annotated[str, Field(examples=["source"])]
    value: Annotated[str, Field(examples=["fair"])]
    points: int
    good: int
    all: int


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead, and what it became."""

    id: Id
    name: str
    company: str
    email: str
    phone: str
    country: str
    language: str
    message: str
    source: str
    external_ref: str | None
    form_id: UUID | None
    owner_id: UUID | None
    state: State
    score: int | None
    reasons: list[LeadReason]
    next_step: str
    next_step_at: datetime | None
    consent_text: str
    consent_asked_at: datetime | None
    consent_at: datetime | None
    measuring_text: str
    measuring_at: datetime | None
    consent_way: Annotated[str, Field(description="How they agreed; empty: by the form, or by hand.", examples=["api"])]
    discard_reason: str
    discarded_at: datetime | None
    converted_at: datetime | None
    customer_id: UUID | None
    contact_id: UUID | None
    deal_id: UUID | None
    created_at: Instant
    changed_at: Instant
    own: Own


@dataclass(frozen=True, slots=True)
class AlikeRecord:
    """Somebody who is here already and looks the same."""

    kind: Literal["lead", "customer"]
    id: Id
    name: str
    why: Annotated[str, Field(examples=["email"])]
    state: str


class LeadFields(Entry):
    """What can be said of a lead."""

    company: Annotated[Line, Field(examples=["Lindt Möbel"])] = ""
    email: Email | Literal[""] = ""
    phone: Phone = ""
    country: Country = ""
    message: Message = ""
    source: Source = ""
    owner_id: Annotated[Id | None, Field(description="Nothing: as the rules say.", examples=[None])] = None
    next_step: Step = ""
    next_step_at: InstantGiven | None = None
    own: OwnGiven = {}


class LeadEntry(LeadFields):
    """A new lead. The name is needed."""

    name: Name
    language: Lang = ""
    consent_text: Annotated[str, Field(max_length=2000, description="What the person was asked to agree to.")] = ""
    has_consent: Annotated[Flag, Field(description="Whether the person agreed to it.")] = False
    measuring_text: Annotated[
        str, Field(max_length=2000, description="What the person was asked about the measuring of letters.")
    ] = ""
    has_measuring: Annotated[Flag, Field(description="Whether the person agreed to that.")] = False
    consent_at: Annotated[
        InstantGiven | None, Field(description="When they agreed to the first; nothing: now.", examples=[None])
    ] = None
    measuring_at: Annotated[
        InstantGiven | None, Field(description="When they agreed to the other; nothing: now.", examples=[None])
    ] = None
    consent_way: Annotated[
        Literal["form", "by_hand", "api"], Field(description="How they agreed, where that was elsewhere.")
    ] = "api"
    external_ref: Annotated[
        str | None, Field(max_length=100, description="Its id where it comes from, by its source.", examples=["A-17"])
    ] = None


class LeadChange(LeadFields):
    """What changes of a lead; what is left out stays."""

    name: Name = "-"
    language: Annotated[str, Field(pattern="^(en|de|fr)$", examples=["de"])] = "en"
    state: Literal["new", "working", "qualified"] = "working"


class LeadNoteEntry(Entry):
    """What is to be remembered of a lead."""

    text: Annotated[str, Field(min_length=1, max_length=20_000, examples=["Met at the fair."])]


class DiscardEntry(Entry):
    """Why nothing will come of a lead."""

    reason: Annotated[str, Field(min_length=1, max_length=500, examples=["A student"])]


class ConvertEntry(Entry):
    """What a lead is to become."""

    customer_id: Annotated[
        Id | None, Field(description="One who is here already; nothing: a new customer.", examples=[None])
    ] = None
    with_deal: Flag = True
    deal_name: Annotated[str, Field(max_length=200, description="Empty: the customer's name.")] = ""
    stage_id: Annotated[
        Id | None, Field(description="Nothing: the first stage of the first pipeline.", examples=[None])
    ] = None
    value_minor: Annotated[Minor, Field(ge=0)] = 0
    owner_id: Annotated[Id | None, Field(description="Nothing: the lead's owner.", examples=[None])] = None


class LeadFilters(paging.Paged):
    """Which leads a list shows."""

    q: Annotated[str, Field(max_length=100, description="Part of name, company, mail or phone.")] = ""
    state: Literal["", "open", "new", "working", "qualified", "converted", "discarded"] = ""
    owner_id: UUID | None = None
    source: Source = ""
    form_id: UUID | None = None
    own: OwnAsked = []
    sort: Literal["newest", "score", "next", "name"] = "newest"


_SUMMARY = (
    "id", "name", "company", "email", "phone", "source", "owner_id", "state", "score", "next_step", "next_step_at",
    "created_at",
)  # fmt: skip
_SAME = (
    *_SUMMARY, "country", "language", "message", "external_ref", "form_id", "consent_text", "consent_asked_at",
    "consent_at", "measuring_text", "measuring_at", "consent_way",
    "discard_reason", "discarded_at", "converted_at", "customer_id", "contact_id", "deal_id",
    "changed_at",
)  # fmt: skip


@reads(router, "/leads", needs=_VIEW, gives=paging.Page[LeadSummary])
def list_leads(request: HttpRequest, filters: Query[LeadFilters]) -> Any:
    """List leads."""
    caller = caller_of(request)
    exact = {name: getattr(filters, name) for name in ("state", "owner_id", "source", "form_id")}
    own_asked = own_wanted(caller, Subject.LEAD, filters.own)
    chosen = queries.LeadFilters(text=filters.q, order=filters.sort, own=own_asked, **exact)
    after = tuple(paging.read(filters.cursor, str, UUID)) if filters.cursor else None
    page = queries.lead_page(caller.member, chosen, caller.at, after, filters.limit)
    own = own_shapes(caller, Subject.LEAD, {row.id: None for row in page.rows})
    rows = [
        LeadSummary(**{name: getattr(row, name) for name in _SUMMARY}, own=own.get(row.id, {})) for row in page.rows
    ]
    return paging.Page(rows, paging.written(page.after) if page.after else None)


@reads(router, "/leads/{uuid:lead_id}", needs=_VIEW, gives=Lead, is_record=True)
def get_lead(request: HttpRequest, lead_id: UUID) -> Any:
    """Get a lead."""
    return shape_of(request, lead_id)


def shape_of(request: HttpRequest, lead_id: UUID) -> Lead:
    """Return a lead as the API gives it."""
    row = record(request, lead_id)
    own = own_shapes(caller_of(request), Subject.LEAD, {row.id: None}).get(row.id, {})
    reasons = [LeadReason(**each) for each in row.reasons]
    return Lead(**{name: getattr(row, name) for name in _SAME}, reasons=reasons, own=own)


def record(request: HttpRequest, lead_id: UUID) -> Any:
    """Return the lead that an operation is about."""
    return found(queries.lead_for(caller_of(request).member, lead_id))


def _hold(request: HttpRequest, lead_id: UUID) -> None:
    lock(queries.visible_to(caller_of(request).member), lead_id)


_MATCH = Match(shape_of, _hold)


@reads(router, "/leads/{uuid:lead_id}/alike", needs=_VIEW, gives=list[AlikeRecord])
def list_alike(request: HttpRequest, lead_id: UUID) -> Any:
    """List who is here already and looks like a lead: among customers, their contacts, and leads."""
    row = record(request, lead_id)
    alike = queries.alike(
        caller_of(request).member, name=row.name, company=row.company, email=row.email, phone=row.phone, but=row.id
    )
    return [AlikeRecord(each.kind, each.id, each.name, each.why, each.state) for each in alike]


@reads(router, "/leads/{uuid:lead_id}/history", needs=_VIEW, gives=paging.Page[Fact])
def list_lead_history(request: HttpRequest, lead_id: UUID, page: Query[paging.Paged]) -> Any:
    """List what happened with a lead, the latest first."""
    return page_of_facts(request, audit.facts_of_subject(record(request, lead_id).id), page)


@writes(router, "/leads", needs=_EDIT, gives=Lead, status=201)
def add_lead(request: HttpRequest, lead: LeadEntry) -> Any:
    """Add a lead; without an owner the rules say who looks after it, and who gets it is told by mail."""
    caller, named = caller_of(request), repeatable(request)
    lead_id = named.id_of("lead") if named else new_id()
    _demand_past(lead, caller.at)
    new = NewLead(**lead.model_dump(exclude={"own"}), own=own_of(lead))
    made = receive_lead.receive(new=new, actor=caller.actor, at=caller.at, lead_id=lead_id)
    return shape_of(request, made.id)


def _demand_past(lead: LeadEntry, at: datetime) -> None:
    """Refuse consent of tomorrow.

    Raises: EntryRefused.
    """
    check_all(*(partial(_past, name, getattr(lead, name), at) for name in ("consent_at", "measuring_at")))


def _past(name: str, agreed_at: datetime | None, at: datetime) -> None:
    if agreed_at and agreed_at > at:
        raise EntryRefused({name: RuleBroken("consent.in_the_future", "Nobody has agreed tomorrow already.")})


@writes(router, "/leads/{uuid:lead_id}", method="PATCH", needs=_EDIT, gives=Lead, match=_MATCH)
def change_lead(request: HttpRequest, lead_id: UUID, changes: LeadChange) -> Any:
    """Change a lead; what the body leaves out stays."""
    caller = caller_of(request)
    actions.change_lead(
        lead=record(request, lead_id), changes=given(changes, "own"), own=own_of(changes), actor=caller.actor,
        at=caller.at,
    )  # fmt: skip
    return shape_of(request, lead_id)


@writes(router, "/leads/{uuid:lead_id}/notes", needs=_EDIT)
def note_lead(request: HttpRequest, lead_id: UUID, note: LeadNoteEntry) -> Any:
    """Write down something about a lead; it stays in its history."""
    caller = caller_of(request)
    actions.note_lead(lead=record(request, lead_id), text=note.text, actor=caller.actor, at=caller.at)


@writes(router, "/leads/{uuid:lead_id}/discard", needs=_EDIT, gives=Lead, match=_MATCH)
def discard_lead(request: HttpRequest, lead_id: UUID, why: DiscardEntry) -> Any:
    """Put a lead away of which nothing will come."""
    caller = caller_of(request)
    actions.discard_lead(lead=record(request, lead_id), reason=why.reason, actor=caller.actor, at=caller.at)
    return shape_of(request, lead_id)


@writes(router, "/leads/{uuid:lead_id}/reopen", needs=_EDIT, gives=Lead, match=_MATCH)
def reopen_lead(request: HttpRequest, lead_id: UUID) -> Any:
    """Take a discarded lead up again."""
    caller = caller_of(request)
    actions.reopen_lead(lead=record(request, lead_id), actor=caller.actor, at=caller.at)
    return shape_of(request, lead_id)


@writes(router, "/leads/{uuid:lead_id}/convert", needs=Permission.DEAL_EDIT, gives=Lead, match=_MATCH)
def convert_lead(request: HttpRequest, lead_id: UUID, entry: ConvertEntry) -> Any:
    """Make a customer, a contact and a deal of a lead, once only.

    Needs the permissions to edit leads and customers too.
    """
    caller, row = caller_of(request), record(request, lead_id)
    for needed in (Permission.LEAD_EDIT, Permission.CUSTOMER_EDIT):
        if not caller.may(needed):
            raise NotAllowed("permission.missing_too", "This needs %(permission)s too.", permission=needed)
    if entry.stage_id:
        found(deals.stage_for(caller.member, entry.stage_id))
    customer = found(crm.customer_for(caller.member, entry.customer_id)) if entry.customer_id else None
    wish = Conversion(customer=customer, **entry.model_dump(exclude={"customer_id"}))
    conversion.convert(lead=row, wish=wish, actor=caller.actor, at=caller.at)
    return shape_of(request, lead_id)
