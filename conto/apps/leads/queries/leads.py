"""Leads: who may see which, one with its surroundings, lists by key, who is here already."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import Member
from conto.apps.audit import queries as audit
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Contact
from conto.apps.fields import queries as fields
from conto.apps.fields.filters import Wanted
from conto.apps.leads.entry import OPEN_STATES
from conto.apps.leads.models import Lead
from conto.domain.contact import fold, sort_key
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.domain.sight import Area

PAGE_SIZE = 50
FAR = datetime(9999, 1, 1, tzinfo=UTC)
Order = Literal["newest", "score", "next", "name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilters:
    """Which leads a list shows."""

    text: str = ""
    state: str = ""  # none: all; open: those that something may come of
    owner_id: UUID | None = None
    is_unowned: bool = False
    source: str = ""
    form_id: UUID | None = None
    is_due: bool = False  # with a next step whose time has come
    own: tuple[Wanted, ...] = ()  # what own fields have to be
    order: Order = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadPage:
    """Some leads, and behind which the next page begins."""

    rows: tuple[Lead, ...]
    after: tuple[str, UUID] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Somebody who is here already and looks the same in `why`: name, company, email or phone."""

    kind: Literal["lead", "customer"]
    id: UUID
    name: str
    why: str
    state: str  # of a lead; archived or empty of a customer


def visible_to(member: Member | None) -> QuerySet[Lead]:
    """Return the leads that a member may see: those of whom they see.

    Source: V-1.
    """
    if member is None or not member.may(Permission.LEAD_VIEW):
        return Lead.objects.none()
    owners = accounts.owners_seen(member, Area.LEADS)
    return Lead.objects.all() if owners is None else Lead.objects.filter(owner_id__in=owners)


def lead_for(member: Member | None, lead_id: UUID) -> Lead | None:
    """Return one lead with its owner, form, customer and contact, or nothing."""
    around = ("owner", "form", "customer", "contact")
    return visible_to(member).select_related(*around).filter(id=lead_id).first()


def filtered(member: Member | None, filters: LeadFilters, at: datetime) -> QuerySet[Lead]:
    """Return the leads that a list shows, in no order."""
    rows = visible_to(member)
    if filters.state == "open":
        rows = rows.filter(state__in=OPEN_STATES)
    elif filters.state:
        rows = rows.filter(state=filters.state)
    for name in ("owner_id", "source", "form_id"):
        if value := getattr(filters, name):
            rows = rows.filter(**{name: value})
    if filters.is_unowned:
        rows = rows.filter(owner=None)
    if filters.is_due:
        rows = rows.filter(state__in=OPEN_STATES, next_step_at__lte=at)
    if filters.own:
        rows = rows.filter(id__in=fields.ids_with(Subject.LEAD, filters.own))
    for word in fold(filters.text).split():
        rows = rows.filter(search_key__contains=word)
    return rows


_SORTS: dict[str, tuple[Any, Any, bool]] = {
    "newest": ("created_at", datetime.fromisoformat, True),
    "score": (Coalesce("score", Value(-1)), int, True),
    "next": (Coalesce("next_step_at", Value(FAR)), datetime.fromisoformat, False),
    "name": ("name_key", str, False),
}
ORDERS = tuple(_SORTS)


def lead_page(
    member: Member | None,
    filters: LeadFilters,
    at: datetime,
    after: tuple[str, UUID] | None = None,
    size: int = PAGE_SIZE,
) -> LeadPage:
    """Return one page of leads with one query, each with its owner."""
    field, read, is_down = _SORTS[filters.order]
    rows = filtered(member, filters, at).annotate(sorted_by=F(field) if isinstance(field, str) else field)
    if after:
        try:
            key = read(after[0])
        except ValueError:
            key = None
        if key is not None:
            side = "lt" if is_down else "gt"
            rows = rows.filter(Q(**{f"sorted_by__{side}": key}) | Q(sorted_by=key, **{f"id__{side}": after[1]}))
    order = ("-sorted_by", "-id") if is_down else ("sorted_by", "id")
    found = list(rows.select_related("owner").order_by(*order)[: size + 1])
    last: Any = found[size - 1] if len(found) > size else None
    return LeadPage(rows=tuple(found[:size]), after=(_text(last.sorted_by), last.id) if last else None)


def _text(key: Any) -> str:
    return key.isoformat() if isinstance(key, datetime) else str(key)


def steps(member: Member | None, *, owner_ids: Collection[UUID] | None = None, most: int = 200) -> list[Lead]:
    """Return the open leads that have a next step, the earliest first and what has no day last."""
    rows = visible_to(member).filter(state__in=OPEN_STATES).exclude(next_step="").select_related("owner")
    if owner_ids is not None:
        rows = rows.filter(owner_id__in=owner_ids)
    return list(rows.order_by(F("next_step_at").asc(nulls_last=True), "id")[:most])


def known_sources(member: Member | None) -> list[str]:
    """Return where the leads that a member may see came from, by name."""
    rows = visible_to(member).exclude(source="").order_by("source").values_list("source", flat=True)
    return list(rows.distinct()[:100])


def find_leads(member: Member | None, text: str, limit: int = 8) -> list[Lead]:
    """Return the leads that a search finds: those that something may come of first."""
    words = fold(text).split()
    if not words:
        return []
    rows = visible_to(member)
    for word in words:
        rows = rows.filter(search_key__contains=word)
    is_closed = Q(state__in=("converted", "discarded"))
    return list(rows.annotate(is_closed=is_closed).order_by("is_closed", "-created_at", "-id")[:limit])


def ids_of_customer(member: Member | None, customer_id: UUID) -> QuerySet[Lead, Any]:
    """Return the ids of the leads that became a customer, as a query."""
    return visible_to(member).filter(customer_id=customer_id).values("id")


def leads_of_customer(member: Member | None, customer_id: UUID) -> list[Lead]:
    """Return the leads that became a customer, the first one first."""
    return list(visible_to(member).filter(customer_id=customer_id).order_by("created_at", "id")[:50])


def lead_of_deal(member: Member | None, deal_id: UUID) -> Lead | None:
    """Return the lead that a deal began with, if it did."""
    return visible_to(member).filter(deal_id=deal_id).first()


def lead_sent(sent_sha256: bytes) -> Lead | None:
    """Return the lead that a page once filled in became."""
    return Lead.objects.select_related("form").filter(sent_sha256=sent_sha256).first()


def lead_of_link(lead_id: UUID) -> Lead | None:
    """Return the lead that a link in a mail is about; the link was checked before."""
    return Lead.objects.select_related("form", "owner").filter(id=lead_id).first()


def scored_leads() -> QuerySet[Lead]:
    """Return the leads whose score matters still."""
    return Lead.objects.filter(state__in=OPEN_STATES)


def discarded_leads(since: datetime, most: int) -> list[Lead]:
    """Return the leads of which nothing came since a moment, the latest first."""
    return list(Lead.objects.filter(state="discarded", discarded_at__gte=since).order_by("-discarded_at")[:most])


def leads_by_deal(deal_ids: Any) -> dict[UUID, Lead]:
    """Return the leads with which deals began, by the deals' ids."""
    return {lead.deal_id: lead for lead in Lead.objects.filter(deal_id__in=deal_ids) if lead.deal_id}


def alike(
    member: Member | None,
    *,
    name: str = "",
    company: str = "",
    email: str = "",
    phone: str = "",
    but: UUID | None = None,
    limit: int = 5,
) -> list[Alike]:
    """Return who is here already and looks like a lead: customers with their contacts first, then leads (L-4).

    Mail, phone and names are compared in their folded form; the phone is given in its normal form.
    """
    found: dict[UUID, Alike] = {}
    for each in crm.duplicates_of(member, name=company or name, email=email, phone=phone, limit=limit):
        state = "archived" if each.is_archived else ""
        found.setdefault(each.id, Alike(kind="customer", id=each.id, name=each.name, why=each.why, state=state))
    for customer_id, customer_name in _with_contact(member, name, limit):
        found.setdefault(customer_id, Alike(kind="customer", id=customer_id, name=customer_name, why="name", state=""))
    asked = (
        ("email", "email_key", fold(email)), ("phone", "phone", phone), ("name", "name_key", sort_key(name)[:200]),
        ("company", "company_key", sort_key(company)[:200]),
    )  # fmt: skip
    for why, column, key in asked:
        if not key:
            continue
        others = visible_to(member).filter(**{column: key})
        others = others.exclude(id=but) if but else others
        for row in others.order_by("-created_at")[:limit]:
            found.setdefault(row.id, Alike(kind="lead", id=row.id, name=row.name, why=why, state=row.state))
    return list(found.values())[:limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """By what somebody in a list is known: a mail address, a phone in its normal form, a name, a company."""

    name: str
    company: str = ""
    email: str = ""
    phone: str = ""


def alike_many(member: Member | None, people: Sequence[Details]) -> dict[int, Alike]:
    """Return who is here already and looks like somebody of a list, by place, with a constant number of queries (L-4).

    Mail, phone and name are compared, the company with the names of customers: colleagues among leads are no doubles.
    """
    emails = {fold(each.email) for each in people if each.email}
    phones = {each.phone for each in people if each.phone}
    names = {sort_key(each.name)[:200] for each in people}
    asked = Q(email_key__in=emails) | Q(phone__in=phones) | Q(name_key__in=names)
    found: dict[tuple[str, str], Alike] = {}
    columns = ("id", "name", "state", "email_key", "phone", "name_key")
    for id_, name, state, email, phone, key in visible_to(member).filter(asked).values_list(*columns):
        for why, value in (("email", email), ("phone", phone), ("name", key)):
            if value:
                found.setdefault((why, value), Alike(kind="lead", id=id_, name=name, why=why, state=state))
    titles = names | {sort_key(each.company)[:200] for each in people if each.company}
    for likeness, why, value in crm.here_already(member, emails=emails, phones=phones, names=titles):
        state = "archived" if likeness.is_archived else ""
        customer = Alike(kind="customer", id=likeness.id, name=likeness.name, why=why, state=state)
        found[why, value] = customer  # customers come first
        if why == "name":
            found["company", value] = customer
    made = {}
    for place, each in enumerate(people):
        name, company = sort_key(each.name)[:200], sort_key(each.company)[:200]
        keys = (("email", fold(each.email)), ("phone", each.phone), ("name", name), ("company", company))
        like = next((found[key] for key in keys if key in found), None)
        if like is not None:
            made[place] = like
    return made


def imported_refs(pairs: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Return which leads of some sources are here already, by source and reference."""
    refs = [reference for _source, reference in pairs]
    rows = Lead.objects.filter(external_ref__in=refs).values_list("source", "external_ref")
    return frozenset((str(source), str(reference)) for source, reference in rows) & frozenset(pairs)


def export_rows(member: Member | None, filters: LeadFilters, at: datetime) -> Iterator[Lead]:
    """Return every lead of a list with its owner, the latest first, read a thousand at a time."""
    rows = filtered(member, filters, at).select_related("owner").order_by("-created_at", "-id")
    return rows.iterator(chunk_size=1000)


def _with_contact(member: Member | None, name: str, limit: int) -> list[tuple[UUID, str]]:
    key = sort_key(name)[:200]
    if not key:
        return []
    people = Contact.objects.filter(sort_key=key, archived_at=None, customer__in=crm.customers(member))
    return list(people.order_by("customer__sort_key").values_list("customer_id", "customer__name")[:limit])


def consent_address(lead: Lead) -> str:
    """Return from which network address somebody agreed, as far as it was kept."""
    fact = audit.facts_of_subject(lead.id).filter(kind="lead_consent_given").first()
    return fact.origin.get("address", "") if fact else ""
