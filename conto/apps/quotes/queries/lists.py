"""Lists of quotes, their versions and approvals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.fields import queries as fields
from conto.apps.fields.filters import Wanted
from conto.apps.quotes.models import Quote, QuoteApproval
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.domain.quote import QuoteState, state_on

StateFilter = Literal["all", "draft", "approval", "sent", "accepted", "declined", "expired"]
_CUSTOMERS_SEARCHED = 50


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """One row of the list of quotes."""

    id: UUID
    label: str  # number and version; empty for a draft that has none
    title: str
    customer_id: UUID
    customer_name: str
    valid_until: date
    currency: str
    total_minor: int
    monthly_minor: int  # of what recurs, before discounts and tax
    state: QuoteState


@dataclass(frozen=True, slots=True)
class QuotePage:
    """A page of the list; `next_cursor` is empty on the last one."""

    rows: tuple[QuoteRow, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class QuoteTotals:
    """What waits for an answer in one currency."""

    currency: str
    count: int
    total_minor: int


def quotes(member: Member) -> QuerySet[Quote]:
    """Return the quotes that a member may see, the latest changed first."""
    if not member.may(Permission.QUOTE_VIEW):
        return Quote.objects.none()
    return Quote.objects.filter(crm.sight_of(member)).select_related("customer").order_by("-changed_at", "-id")


def quote_for(member: Member, quote_id: UUID) -> Quote | None:
    """Return a quote with its customer and seller, or nothing when it is not visible."""
    wanted = quotes(member).select_related("customer", "legal_entity", "contact", "owner", "deal")
    return wanted.filter(id=quote_id).first()


def quote_page(  # noqa: PLR0913 -- a list has these filters
    member: Member,
    *,
    today: date,
    state: StateFilter = "all",
    customer_id: UUID | None = None,
    deal_id: UUID | None = None,
    search: str = "",
    own: Sequence[Wanted] = (),
    cursor: str = "",
    limit: int = 50,
) -> QuotePage:
    """Return a page of quotes, the latest changed first, with a constant number of rows read and of queries."""
    chosen = quotes(member).filter(_in_state(state, today), _behind(cursor))
    if customer_id:
        chosen = chosen.filter(customer_id=customer_id)
    if deal_id:
        chosen = chosen.filter(deal_id=deal_id)
    if own:
        chosen = chosen.filter(id__in=fields.ids_with(Subject.QUOTE, own))
    if search:
        named = [customer.id for customer in crm.find(member, search, limit=_CUSTOMERS_SEARCHED)]
        chosen = chosen.filter(
            Q(number__startswith=search.upper()) | Q(title__icontains=search) | Q(customer_id__in=named)
        )
    found = list(chosen.defer("body", "introduction", "terms")[: limit + 1])
    rows = tuple(
        QuoteRow(
            id=row.id,
            label=label_of(row),
            title=row.title,
            customer_id=row.customer_id,
            customer_name=row.customer.name,
            valid_until=row.valid_until,
            currency=row.currency,
            total_minor=row.shown_total_minor,
            monthly_minor=row.shown_monthly_minor,
            state=state_on(row.state, row.valid_until, today),
        )
        for row in found[:limit]
    )
    last = found[limit - 1] if len(found) > limit else None
    return QuotePage(rows, f"{last.changed_at.isoformat()}~{last.id}" if last else "")


def export_rows(
    member: Member,
    *,
    today: date,
    state: StateFilter = "all",
    customer_id: UUID | None = None,
    search: str = "",
    own: Sequence[Wanted] = (),
) -> Iterator[QuoteRow]:
    """Return every quote of a list, the latest changed first, read a page of five hundred at a time."""
    cursor: str | None = ""
    while cursor is not None:
        page = quote_page(
            member, today=today, state=state, customer_id=customer_id, search=search, own=own, cursor=cursor, limit=500
        )
        yield from page.rows
        cursor = page.next_cursor or None


def label_of(quote: Quote) -> str:
    """Return the number of a quote with its version, the first one without."""
    return quote.number if quote.version == 1 or not quote.number else f"{quote.number}/{quote.version}"


def _in_state(state: StateFilter, today: date) -> Q:
    match state:
        case "sent":
            return Q(state="sent", valid_until__gte=today)
        case "expired":
            return Q(state="sent", valid_until__lt=today)
        case "declined":
            return Q(state__in=["declined", "withdrawn"])
        case "approval":
            return Q(id__in=_asked_as_it_is().values("quote_id"))
        case "draft" | "accepted":
            return Q(state=state)
        case _:
            return ~Q(state="superseded")


def _behind(cursor: str) -> Q:
    key, _, last_id = cursor.partition("~")
    try:
        behind = UUID(last_id)
        datetime.fromisoformat(key)
    except ValueError:
        return Q()
    return Q(changed_at__lt=key) | Q(changed_at=key, id__lt=behind)


def totals(member: Member, *, today: date, customer_id: UUID | None = None) -> list[QuoteTotals]:
    """Return per currency what customers can accept today."""
    chosen = quotes(member).filter(_in_state("sent", today)).order_by("currency")
    if customer_id:
        chosen = chosen.filter(customer_id=customer_id)
    rows = chosen.values_list("currency").annotate(count=Count("id"), total=Sum("shown_total_minor"))
    return [QuoteTotals(currency, count, total or 0) for currency, count, total in rows]


def versions_of(quote: Quote) -> QuerySet[Quote]:
    """Return all versions of a quote, the latest first."""
    return Quote.objects.filter(family_id=quote.family_id).defer("body").order_by("-version")


def newest_approval(quote: Quote) -> QuoteApproval | None:
    """Return what was asked and decided about the discount of a draft as it is now."""
    asked = QuoteApproval.objects.filter(quote=quote, revision=quote.revision)
    return asked.select_related("asked_by", "decided_by").first()


def is_approved(quote: Quote) -> bool:
    """Tell whether the discount of a draft, as it is now, is approved."""
    return QuoteApproval.objects.filter(quote=quote, revision=quote.revision, is_given=True).exists()


def waiting_approvals(member: Member) -> QuerySet[QuoteApproval]:
    """Return the approvals that a member may give, the oldest first."""
    if not member.may(Permission.QUOTE_APPROVE):
        return QuoteApproval.objects.none()
    asked = _asked_as_it_is().filter(crm.sight_of(member, "quote__customer"))
    return asked.select_related("quote__customer", "asked_by").order_by("asked_at")


def _asked_as_it_is() -> QuerySet[QuoteApproval]:
    """Return the open requests about drafts as they are now; one about a draft of before cannot be decided any more."""
    return QuoteApproval.objects.filter(decided_at=None, quote__state="draft", revision=F("quote__revision"))
