"""Deals: who may see which, one with its surroundings, lists by key."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db.models import CharField, DateTimeField, F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import Member
from conto.apps.crm.models import Address
from conto.apps.deals.models import ChecklistTick, Comment, Deal, DealFollower, DealLine, Stage, StageVisit
from conto.apps.deals.queries.pipelines import rules_of, stages_of
from conto.apps.fields import queries as fields
from conto.apps.fields.filters import Wanted
from conto.domain.contact import fold
from conto.domain.errors import Finding
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.domain.pipeline import findings_for_move, line_minor
from conto.domain.sight import Area

PAGE_SIZE = 50
MOST_RENEWALS = 20
Order = Literal["newest", "value", "close", "name", "next"]
FAR = date(9999, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class DealFilters:
    """Which deals a list shows."""

    text: str = ""
    pipeline_id: UUID | None = None
    stage_id: UUID | None = None
    owner_id: UUID | None = None
    customer_id: UUID | None = None
    state: str = ""  # none: all
    slips: str = ""  # no_step | silent | overdue
    lost_reason_id: UUID | None = None
    own: tuple[Wanted, ...] = ()  # what own fields have to be
    order: Order = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class DealPage:
    """Some deals, and behind which the next page begins."""

    rows: tuple[Deal, ...]
    after: tuple[str, UUID] | None


def visible_to(member: Member | None) -> QuerySet[Deal]:
    """Return the deals that a member may see: those of whom they see, and those that they follow.

    Source: V-4.
    """
    if member is None or not member.may(Permission.DEAL_VIEW):
        return Deal.objects.none()
    owners = accounts.owners_seen(member, Area.DEALS)
    if owners is None:
        return Deal.objects.all()
    followed = DealFollower.objects.filter(member_id=member.id).values("deal_id")
    return Deal.objects.filter(Q(owner_id__in=owners) | Q(id__in=followed))


def deal_for(member: Member | None, deal_id: UUID) -> Deal | None:
    """Return one deal with its customer, stage, pipeline, owner and contact, or nothing."""
    around = ("customer", "stage", "pipeline", "owner", "contact", "lost_reason")
    return visible_to(member).select_related(*around).filter(id=deal_id).first()


def imported(keys: Collection[bytes]) -> frozenset[bytes]:
    """Return which rows of files were taken over already, by what they are known again by."""
    found = Deal.objects.filter(imported_sha256__in=keys).values_list("imported_sha256", flat=True)
    return frozenset(bytes(each) for each in found if each is not None)


def renewals_of(member: Member | None, renewed_id: UUID) -> list[Deal]:
    """Return the deals that were opened to renew an agreement, as far as a member sees them, the latest first.

    Source: G-7.
    """
    return list(visible_to(member).filter(renews_id=renewed_id).order_by("-created_at", "-id")[:MOST_RENEWALS])


def currencies_of(member: Member | None, deal_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the currencies of some deals, as far as a member sees them."""
    return dict(visible_to(member).filter(id__in=deal_ids).values_list("id", "currency"))


def silent(rows: QuerySet[Deal], at: datetime) -> QuerySet[Deal]:
    """Keep the open deals with which nothing was done for as long as their stage allows (S-3)."""
    return rows.filter(is_silent(at), state="open")


def is_silent(at: datetime) -> Q:
    """Return the condition that nothing was done with a deal for as long as its stage allows (S-3)."""
    days = Func(
        Value(at), Func("stage__silent_after_days", template="make_interval(days => %(expressions)s)"),
        template="(%(expressions)s)", arg_joiner=" - ", output_field=DateTimeField(),
    )  # fmt: skip
    return Q(stage__silent_after_days__isnull=False, last_activity_at__lte=days)


def filtered(member: Member | None, filters: DealFilters, at: datetime) -> QuerySet[Deal]:
    """Return the deals that a list shows, in no order."""
    rows = visible_to(member)
    for name in ("pipeline_id", "stage_id", "owner_id", "customer_id", "state", "lost_reason_id"):
        if value := getattr(filters, name):
            rows = rows.filter(**{name: value})
    if filters.own:
        rows = rows.filter(id__in=fields.ids_with(Subject.DEAL, filters.own))
    if text := fold(filters.text):
        rows = rows.filter(Q(search_key__contains=text) | Q(customer__sort_key__contains=text))
    if filters.slips == "no_step":
        rows = rows.filter(state="open", next_step_at=None)
    elif filters.slips == "overdue":
        rows = rows.filter(state="open", next_step_at__lt=at)
    elif filters.slips == "silent":
        rows = silent(rows, at)
    return rows


@dataclass(frozen=True, slots=True)
class _Sort:
    field: Any
    read: Any
    is_down: bool


_SORTS: dict[str, _Sort] = {
    "newest": _Sort("created_at", datetime.fromisoformat, True),
    "value": _Sort("value_minor", int, True),
    "close": _Sort(Coalesce("expected_close_on", Value(FAR)), date.fromisoformat, False),
    "name": _Sort("search_key", str, False),
    "next": _Sort(
        Coalesce(Cast("next_step_at", CharField()), Value("~"), output_field=CharField(db_collation="C")), str, False
    ),
}
ORDERS = tuple(_SORTS)


def deal_page(
    member: Member | None,
    filters: DealFilters,
    at: datetime,
    after: tuple[str, UUID] | None = None,
    size: int = PAGE_SIZE,
) -> DealPage:
    """Return one page of deals with two queries at most, each with its customer, stage and owner."""
    sort = _SORTS[filters.order]
    key_of_row = F(sort.field) if isinstance(sort.field, str) else sort.field
    rows = filtered(member, filters, at).annotate(sorted_by=key_of_row)
    if after:
        try:
            key = sort.read(after[0])
        except ValueError:
            key = None
        if key is not None:
            side = "lt" if sort.is_down else "gt"
            rows = rows.filter(Q(**{f"sorted_by__{side}": key}) | Q(sorted_by=key, **{f"id__{side}": after[1]}))
    order = ("-sorted_by", "-id") if sort.is_down else ("sorted_by", "id")
    # Chosen first and read then: else everything around each deal is read to sort by what the deal alone knows.
    chosen = Deal.objects.filter(id__in=rows.order_by(*order).values("id")[: size + 1]).annotate(sorted_by=key_of_row)
    found = list(chosen.select_related("customer", "stage", "pipeline", "owner", "lost_reason").order_by(*order))
    last: Any = found[size - 1] if len(found) > size else None
    return DealPage(rows=tuple(found[:size]), after=(_text(last.sorted_by), last.id) if last else None)


def export_rows(member: Member | None, filters: DealFilters, at: datetime) -> Iterator[Deal]:
    """Return every deal of a list with what stands around it, the latest first, read a thousand at a time."""
    rows = filtered(member, filters, at)
    rows = rows.select_related("customer", "stage", "pipeline", "owner", "lost_reason", "contact")
    return rows.order_by("-created_at", "-id").iterator(chunk_size=1000)


def _text(key: Any) -> str:
    return key.isoformat() if isinstance(key, date) else str(key)


@dataclass(frozen=True, slots=True)
class Ended:
    """A deal that was won or lost, with what is known of its customer: what estimates learn from."""

    deal_id: UUID
    customer_id: UUID
    is_won: bool
    source: str
    country: str
    is_company: bool
    email: str
    phone: str


def ended_deals(since: datetime, most: int) -> list[Ended]:
    """Return the deals that were won or lost since a moment, the latest first."""
    country = Address.objects.filter(customer=OuterRef("customer_id"), kind="billing").values("country")[:1]
    ended = Coalesce("won_at", "lost_at")
    rows = Deal.objects.filter(state__in=("won", "lost")).annotate(ended_at=ended, land=Subquery(country))
    columns = (
        "id", "customer_id", "state", "source", "land", "customer__kind", "customer__email", "customer__phone",
    )  # fmt: skip
    found = rows.filter(ended_at__gte=since).order_by("-ended_at", "-id").values_list(*columns)[:most]
    return [
        Ended(deal_id, customer_id, state == "won", source, land or "", kind == "company", email, phone)
        for deal_id, customer_id, state, source, land, kind, email, phone in found
    ]


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay of a deal in a stage."""

    stage_id: UUID
    stage_name: str
    entered_at: datetime
    left_at: datetime | None

    def span(self, at: datetime) -> timedelta:
        """Return how long it lasted, or lasts up to now."""
        return (self.left_at or at) - self.entered_at


def visits_of(deal_id: UUID) -> list[Visit]:
    """Return the stages that a deal stood in, the first one first."""
    rows = StageVisit.objects.filter(deal_id=deal_id).order_by("entered_at", "id")
    return [Visit(*row) for row in rows.values_list("stage_id", "stage__name", "entered_at", "left_at")]


@dataclass(frozen=True, slots=True)
class DealLineRow:
    """A product of a deal with its amount."""

    line: DealLine
    amount_minor: int


def lines_of(deal_id: UUID) -> list[DealLineRow]:
    """Return the products of a deal, each with its amount (S-4)."""
    return [
        DealLineRow(line, line_minor(
            quantity=line.quantity, unit_price_minor=line.unit_price_minor, discount_percent=line.discount_percent))
        for line in DealLine.objects.filter(deal_id=deal_id).order_by("position")
    ]  # fmt: skip


def lines_by_deal(deal_ids: Collection[UUID]) -> dict[UUID, list[DealLine]]:
    """Return the products of some deals with their items, by one query."""
    made: dict[UUID, list[DealLine]] = {}
    for line in DealLine.objects.filter(deal_id__in=deal_ids).select_related("item").order_by("deal_id", "position"):
        made.setdefault(line.deal_id, []).append(line)
    return made


def comments_of(deal_id: UUID) -> QuerySet[Comment]:
    """Return what was said about a deal, the latest first."""
    return Comment.objects.filter(deal_id=deal_id).select_related("author").order_by("-at", "-id")


def followers_of(deal_id: UUID) -> list[DealFollower]:
    """Return who follows a deal, by name."""
    return list(DealFollower.objects.filter(deal_id=deal_id).select_related("member").order_by("member__name"))


def ticked_labels(deal: Deal) -> set[str]:
    """Return the points of the checklist of a deal's stage that are done."""
    return set(ChecklistTick.objects.filter(deal=deal, stage_id=deal.stage_id).values_list("label", flat=True))


def filled_fields(deal: Deal) -> set[str]:
    """Return which of the fields that stages can ask for a deal has."""
    filled = {
        "value": deal.value_minor > 0,
        "contact": deal.contact_id is not None,
        "expected_close_on": deal.expected_close_on is not None,
        "next_step": deal.next_step_at is not None,
        "source": bool(deal.source),
        "products": DealLine.objects.filter(deal=deal).exists(),
    }
    return {name for name, is_there in filled.items() if is_there}


def move_findings(deal: Deal, target: Stage, current: Stage) -> tuple[Finding, ...]:
    """Return what stands against moving a deal into a stage (S-1)."""
    return findings_for_move(
        target=rules_of(target, pipeline_id=deal.pipeline_id),
        stages=[rules_of(stage, pipeline_id=deal.pipeline_id) for stage in stages_of(deal.pipeline_id)],
        current=rules_of(current, pipeline_id=deal.pipeline_id),
        filled=filled_fields(deal),
        ticked=ticked_labels(deal),
    )


def deals_of_customer(member: Member | None, customer_id: UUID, *, most: int = 20) -> Sequence[Deal]:
    """Return a customer's deals, open ones first, the latest first."""
    rows = visible_to(member).filter(customer_id=customer_id).select_related("stage", "owner")
    return sorted(rows.order_by("-created_at")[:most], key=lambda deal: deal.state != "open")
