"""Leads: who may see which, one with its surroundings, lists by key, who is here already."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Contact
from conto.apps.leads.entry import OPEN_STATES
from conto.apps.leads.models import Lead
from conto.domain.contact import fold, sort_key
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


def _with_contact(member: Member | None, name: str, limit: int) -> list[tuple[UUID, str]]:
    key = sort_key(name)[:200]
    if not key:
        return []
    people = Contact.objects.filter(sort_key=key, archived_at=None, customer__in=crm.customers(member))
    return list(people.order_by("customer__sort_key").values_list("customer_id", "customer__name")[:limit])
