"""What the home page asks: what is owed, late and coming, and what work waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, CharField, Count, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast

from conto.apps.accounts.models import Member
from conto.apps.contracts.queries import today as contracts
from conto.apps.crm import queries as crm
from conto.apps.deals.queries import today as deals
from conto.apps.invoicing.models import Document, Draft, Question
from conto.apps.ledger import queries as ledger
from conto.apps.quotes.queries import today as quotes
from conto.domain.period import local_day
from conto.domain.permissions import Permission

Figure = Literal["owed", "late", "coming"]
WorkKind = Literal[
    "late", "draft", "question", "quote_question", "quote_approval", "quote_expires", "contract_renews",
    "step_with_customer", "step_of_deal", "deal_no_step", "deal_overdue", "deal_silent", "set_aside",
    "repeat_held", "repeat_unsent", "charge_failed",
]  # fmt: skip
COMING_DAYS = 30


@dataclass(frozen=True, slots=True)
class Standing:
    """What customers owe in one currency: all of it, what is late, and what falls due within 30 days."""

    currency: str
    owed_minor: int
    owed_count: int
    late_minor: int
    late_count: int
    coming_minor: int
    coming_count: int


@dataclass(frozen=True, slots=True)
class Work:
    """One thing that waits to be done."""

    kind: WorkKind
    subject_id: UUID  # the record to open
    customer_name: str
    words: str  # a number, a title, a percentage, or what was asked
    amount_minor: int
    currency: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class OpenRow:
    """One document of a figure; the rows of a figure add up to it."""

    id: UUID
    number: str
    customer_id: UUID
    customer_name: str
    due_on: date
    open_minor: int


def standing(member: Member, today: date) -> list[Standing]:
    """Return what is owed, late and coming per currency, the largest first; one query over what is open."""
    late, coming = (_of_figure(figure, today) for figure in ("late", "coming"))
    rows = (
        _open(member)
        .order_by()
        .values_list("currency")
        .annotate(
            owed=Sum("left"),
            owed_n=Count("id"),
            late=Sum("left", filter=late, default=0),
            late_n=Count("id", filter=late),
            coming=Sum("left", filter=coming, default=0),
            coming_n=Count("id", filter=coming),
        )
        .order_by("-owed")
    )
    return [Standing(*row) for row in rows]


def rows_of(member: Member, figure: Figure, currency: str, today: date) -> list[OpenRow]:
    """Return the documents that make up a figure in one currency, the earliest due first."""
    rows = (
        _open(member)
        .filter(_of_figure(figure, today), currency=currency)
        .order_by("due_on", "id")
        .values_list("id", "number", "customer_id", "customer__name", "due_on", "left")  # type: ignore[misc]
    )
    return [OpenRow(*row) for row in rows]


def work(
    member: Member, at: datetime, zone: ZoneInfo, limit: int = 8, *, more: Sequence[QuerySet[Any, Any]] = ()
) -> list[Work]:
    """Return what waits for a member, at most `limit` of each kind, in one query.

    `more` are questions of areas that stand on this one.
    """
    today = local_day(at, zone.key)
    until = datetime.combine(today + timedelta(days=1), time(0), tzinfo=zone)
    parts = [
        *_documents(member, today, limit),
        *quotes.waiting(member, today=today, most=limit),
        *contracts.waiting(member, today=today, most=limit),
        *deals.waiting(member, at=at, until=until, zone=zone, most=limit),
        *more,
    ]
    first, *others = parts
    return [Work(*row) for row in first.union(*others, all=True)]


def _documents(member: Member, today: date, limit: int) -> list[QuerySet[Any, Any]]:
    """Return late invoices, drafts and unanswered questions, for one union."""
    if not member.may(Permission.INVOICE_VIEW):
        return []
    late = (
        _open(member)  # type: ignore[misc]
        .filter(_of_figure("late", today))
        .order_by("-left")
        .values_list(Value("late"), "id", "customer__name", "number", "left", "currency", "due_on")[:limit]
    )
    drafts = (
        Draft.objects.filter(crm.sight_of(member))
        .order_by("-changed_at")
        .values_list(
            Value("draft"), "id", "customer__name", Cast("kind", CharField()), "shown_total_minor", "currency",
            Value(None, output_field=Document._meta.get_field("due_on")),  # noqa: SLF001 -- documented API
        )[:limit]
    )  # fmt: skip
    questions = (
        Question.objects.filter(crm.sight_of(member), answered_at=None)
        .order_by("asked_at")
        .values_list(
            Value("question"), "document_id", "name", "body", "document__payable_minor", "document__currency",
            "document__due_on",
        )[:limit]
    )  # fmt: skip
    return [late, drafts, questions]


def has_documents() -> bool:
    """Tell whether anything was ever issued."""
    return Document.objects.exists()


def _open(member: Member) -> QuerySet[Document, Any]:
    if not member.may(Permission.INVOICE_VIEW):
        return Document.objects.none().annotate(left=Value(0, BigIntegerField()))
    open_items = ledger.open_items("receivable")
    left = open_items.filter(item_id=OuterRef("id")).values("open_minor")[:1]
    seen = Document.objects.filter(crm.sight_of(member), id__in=open_items.values("item_id"))
    return seen.annotate(left=Subquery(left))


def _of_figure(figure: Figure | str, today: date) -> Q:
    if figure == "late":
        return Q(due_on__lt=today)
    if figure == "coming":
        return Q(due_on__gte=today, due_on__lte=today + timedelta(days=COMING_DAYS))
    return Q()
