"""How far the money of won deals has come. The ledger says it; nobody moves it by hand."""

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.apps.deals.models import Deal
from conto.apps.invoicing.models import Document
from conto.apps.invoicing.queries import documents
from conto.apps.ledger import queries as ledger
from conto.apps.payments.models import Allocation
from conto.domain.cash import CashState
from conto.domain.permissions import Permission

CARDS = 50
EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)  # no business is older, and every zone has these days
SIGNED = Case(
    When(kind="credit_note", then=ExpressionWrapper(-F("payable_minor"), output_field=BigIntegerField())),
    default=F("payable_minor"),
)


@dataclass(frozen=True, slots=True)
class DealMoney:
    """The money of one deal, tax included, in minor units of the deal's currency."""

    state: CashState | None  # none until it is won
    invoiced_minor: int
    collected_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class WonCard:
    """A won deal on the board of what comes after."""

    id: UUID
    name: str
    customer_id: UUID
    customer_name: str
    owner_name: str
    currency: str
    value_minor: int
    won_at: datetime
    state: CashState
    invoiced_minor: int
    collected_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class WonSums:
    """What stands in a column in one currency."""

    currency: str
    count: int
    value_minor: int
    invoiced_minor: int
    collected_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class WonColumn:
    """A column: the won deals whose money has come so far, the latest won first."""

    state: CashState
    sums: tuple[WonSums, ...]
    cards: tuple[WonCard, ...]

    @property
    def count(self) -> int:
        """How many deals stand in it, those that are not shown included."""
        return sum(each.count for each in self.sums)


def money_of_deal(member: Member, deal: Deal) -> DealMoney | None:
    """Return what a deal brought so far, with a state once it is won; nothing for who may not see money."""
    row = _with_money(_of_money(member).filter(id=deal.id)).values("state", *_MONEY).first()
    if row is None:
        return None
    state = CashState(row["cash"]) if row["state"] == "won" else None
    return DealMoney(state, row["invoiced_minor"], row["collected_minor"], row["open_minor"])


def documents_of_deal(member: Member, deal_id: UUID) -> list[Document]:
    """Return what a deal billed, the latest first."""
    return list(documents(member).filter(deal_id=deal_id).order_by("-issued_on", "-id"))


_MONEY = ("cash", "invoiced_minor", "collected_minor", "open_minor")


def won_board(
    member: Member, *, since: date, zone: tzinfo, owner_id: UUID | None = None, pipeline_id: UUID | None = None
) -> list[WonColumn]:
    """Return the deals won on a day or later in a column per state of their money, 50 cards each, with two queries."""
    rows = _of_money(member).filter(state="won", won_at__gte=beginning_of(since, zone))
    if owner_id:
        rows = rows.filter(owner_id=owner_id)
    if pipeline_id:
        rows = rows.filter(pipeline_id=pipeline_id)
    found = _with_money(rows)
    sums = (
        found.order_by()
        .values_list("cash", "currency")
        .annotate(
            n=Count("id"),
            value=Sum("value_minor"),
            invoiced=Sum("invoiced_minor"),
            collected=Sum("collected_minor"),
            left=Sum("open_minor"),
        )
        .order_by("cash", "-n", "currency")
    )
    place = Window(RowNumber(), partition_by="cash", order_by=[F("won_at").desc(), F("id").desc()])
    named = ("id", "name", "customer_id", "customer__name", "owner__name", "currency", "value_minor", "won_at", *_MONEY)
    top = found.annotate(place=place).filter(place__lte=CARDS).order_by("-won_at", "-id").values(*named)
    cards = [_card(row) for row in top]
    by_state: dict[str, list[WonSums]] = {}
    for cash, *figures in sums:
        by_state.setdefault(cash, []).append(WonSums(*figures))
    return [
        WonColumn(state, tuple(by_state.get(state, ())), tuple(card for card in cards if card.state == state))
        for state in CashState
    ]


def paid_of_documents() -> QuerySet[Allocation]:
    """Return what payments settled, less what was taken back."""
    return Allocation.objects.filter(payment__isnull=False, reversal__isnull=True)


def _card(row: dict[str, Any]) -> WonCard:
    row = {name.replace("__", "_"): value for name, value in row.items()}
    return WonCard(state=CashState(row.pop("cash")), **row)


def beginning_of(day: date, zone: tzinfo) -> datetime:
    """Return when a day begins in a zone; days that no calendar has around them stand for the nearest that has."""
    return datetime.combine(min(max(day, EARLIEST), LATEST), time.min, zone)


def _of_money(member: Member) -> QuerySet[Deal]:
    if not member.may(Permission.INVOICE_VIEW):
        return Deal.objects.none()
    return deals.visible_to(member).filter(crm.sight_of(member))


def _with_money(rows: QuerySet[Deal]) -> QuerySet[Any, Any]:
    """Add what is invoiced, collected and open of each deal, and how far that is (the rule of `cash_state`)."""
    of_deal = Document.objects.filter(deal=OuterRef("id")).order_by().values("deal")
    paid = paid_of_documents().filter(document__deal=OuterRef("id")).order_by()
    left = (
        ledger.open_items("receivable")
        .filter(item_id__in=Document.objects.filter(deal=OuterRef(OuterRef("id"))).values("id"))
        .order_by()
        .values("side")
    )
    return rows.annotate(
        invoiced_minor=_sum(of_deal.annotate(total=Sum(SIGNED))),
        collected_minor=_sum(paid.values("document__deal").annotate(total=Sum("amount_minor"))),
        open_minor=_sum(left.annotate(total=Sum("open_minor"))),
    ).annotate(
        cash=Case(
            When(open_minor__gt=0, collected_minor__gt=0, then=Value(CashState.PART_PAID.value)),
            When(open_minor__gt=0, then=Value(CashState.INVOICED.value)),
            When(collected_minor__gt=0, then=Value(CashState.COLLECTED.value)),
            When(invoiced_minor=0, then=Value(CashState.TO_INVOICE.value)),
            default=Value(CashState.CLOSED.value),
            output_field=CharField(),
        )
    )


def _sum(totals: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(totals.values("total"), output_field=BigIntegerField()), 0)
