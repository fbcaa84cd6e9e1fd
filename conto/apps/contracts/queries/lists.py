"""Lists of contracts, one with its versions, and what its dates say today."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db.models import DateField, F, Func, Q, QuerySet, Value

from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.contracts.models import Contract, ContractLine
from conto.apps.contracts.queries.terms import terms_of
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.domain import contract as rules
from conto.domain.contract import ContractState, Renewal
from conto.domain.permissions import Permission

StateFilter = Literal["all", "draft", "running", "renewing", "over"]
SOON_DAYS = 30  # so long before its last day to decide a contract stands under what is due
_CUSTOMERS_SEARCHED = 50
_DAY = timedelta(days=1)
LAST_DAY: Any = Func(
    F("renewal"), F("starts_on"), F("ends_on"), F("first_months"), F("renewal_months"), F("renewals"),
    function="contracts_last_day", output_field=DateField(),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """What the dates of a contract say on a day."""

    state: ContractState
    last_day: date | None
    next_renewal: date | None
    decide_by: date | None
    earliest_end: date | None


@dataclass(frozen=True, slots=True)
class ContractRow:
    """One row of the list of contracts."""

    id: UUID  # by which a contract is known, whatever its version
    number: str
    version: int
    title: str
    customer_id: UUID
    customer_name: str
    currency: str
    starts_on: date
    renewal: str
    shown: Shown


@dataclass(frozen=True, slots=True)
class ContractPage:
    """A page of the list; `next_cursor` is empty on the last one."""

    rows: tuple[ContractRow, ...]
    next_cursor: str


def visible_to(member: Member | None) -> QuerySet[Contract]:
    """Return the contracts that a member may see as they are now, the latest changed first.

    Source: V-3.
    """
    if member is None or not member.may(Permission.CONTRACT_VIEW):
        return Contract.objects.none()
    seen = Contract.objects.filter(crm.sight_of(member), is_current=True)
    return seen.select_related("customer").order_by("-made_at", "-id")


def contract_for(member: Member | None, contract_id: UUID) -> Contract | None:
    """Return a contract as it is now, with its surroundings, or nothing when it is not visible."""
    around = ("customer", "legal_entity", "deal", "quote", "owner", "made_by")
    return visible_to(member).select_related(*around).filter(family_id=contract_id).first()


def version_for(contract: Contract, version: int) -> Contract | None:
    """Return a version of a contract that is visible, or nothing."""
    return Contract.objects.filter(family_id=contract.family_id, version=version).first()


def versions_of(contract: Contract) -> list[Contract]:
    """Return all versions of a contract, the latest first."""
    rows = Contract.objects.filter(family_id=contract.family_id).select_related("made_by")
    return list(rows.order_by("-version"))


def lines_of(contract: Contract) -> list[ContractLine]:
    """Return what a version agrees, in its order."""
    return list(ContractLine.objects.filter(contract_id=contract.id).select_related("item").order_by("position"))


def shown(row: Contract, on: date) -> Shown:
    """Tell what the dates of a contract say on a day."""
    terms = terms_of(row)
    state = rules.state_on(row.state, terms, on)
    if state is not ContractState.ACTIVE:
        agreed = None if state in {ContractState.DRAFT, ContractState.DROPPED} else rules.last_day(terms)
        return Shown(state, agreed, None, None, None)
    since = max(on, terms.starts_on)
    return Shown(
        state,
        rules.last_day(terms),
        rules.next_renewal(terms, on),
        rules.decide_by(terms, since),
        rules.earliest_end(terms, since),
    )


def decide_by(on: date) -> Any:
    """Return the expression for the last day, from a day on, by which somebody decides about the next term (G-3)."""
    return Func(
        F("renewal"), F("starts_on"), F("ends_on"), F("first_months"), F("renewal_months"), F("renewals"),
        F("notice_days"), Value(on, DateField()), function="contracts_decide_by", output_field=DateField(),
    )  # fmt: skip


def renewing(rows: QuerySet[Contract], on: date) -> QuerySet[Contract]:
    """Keep the running contracts about whose next term somebody has to decide within 30 days, with that day."""
    due = rows.filter(state="active", starts_on__lte=on).exclude(renewal="none").annotate(decided=decide_by(on))
    return due.filter(decided__lte=on + timedelta(days=SOON_DAYS)).order_by("decided", "id")


def ending(entity: LegalEntity, on: date, until: date) -> list[tuple[Contract, date]]:
    """Return a seller's running contracts whose last day lies between two days, with that day.

    Those that renew by themselves have none, unless one is agreed; to those that were cancelled notice was given.

    Source: G-2, G-7.
    """
    rows = Contract.objects.filter(legal_entity=entity, is_current=True, state="active", starts_on__lte=on)
    due = rows.annotate(last=LAST_DAY).filter(last__gte=on, last__lte=until)
    found = due.select_related("customer__owner", "owner").order_by("last", "id")
    return [(row, row.last) for row in found]


def next_renewals(customer_ids: Collection[UUID], on: date) -> dict[UUID, date]:
    """Return for some customers the earliest day, from `on` on, on which a running contract renews or is to be decided.

    One that renews by itself counts with the first day of its next term; one that asks with the last day to decide.
    Who has none is not in it. One query. Source: O-5, G-1, G-3.
    """
    rows = Contract.objects.filter(customer_id__in=customer_ids, is_current=True, state="active")
    found: dict[UUID, date] = {}
    for row in rows.exclude(renewal="none"):
        terms = terms_of(row)
        since = max(on, terms.starts_on)
        is_auto = terms.renewal is Renewal.AUTO
        day = rules.next_renewal(terms, since - _DAY) if is_auto else rules.decide_by(terms, since)
        if day is not None:
            found[row.customer_id] = min(day, found.get(row.customer_id, day))
    return found


def contract_page(
    member: Member,
    *,
    today: date,
    state: StateFilter = "all",
    customer_id: UUID | None = None,
    deal_id: UUID | None = None,
    search: str = "",
    cursor: str = "",
    limit: int = 50,
) -> ContractPage:
    """Return a page of contracts, the latest changed first, with a constant number of queries."""
    chosen = _in_state(visible_to(member), state, today).filter(_behind(cursor)).order_by("-made_at", "-id")
    if customer_id:
        chosen = chosen.filter(customer_id=customer_id)
    if deal_id:
        chosen = chosen.filter(deal_id=deal_id, deal__in=deals.visible_to(member))
    if search:
        named = [customer.id for customer in crm.find(member, search, limit=_CUSTOMERS_SEARCHED)]
        chosen = chosen.filter(
            Q(number__startswith=search.upper()) | Q(title__icontains=search) | Q(customer_id__in=named)
        )
    found = list(chosen.defer("clauses")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return ContractPage(
        tuple(_row(row, today) for row in found[:limit]), f"{last.made_at.isoformat()}~{last.id}" if last else ""
    )


def of_deal(member: Member, deal_id: UUID, today: date) -> tuple[ContractRow, ...]:
    """Return the contracts of a deal that the member sees, the latest changed first."""
    rows = visible_to(member).filter(deal_id=deal_id).exclude(state="dropped").defer("clauses")
    return tuple(_row(row, today) for row in rows[:20])


def of_quote(member: Member, quote_ids: list[UUID], today: date) -> ContractRow | None:
    """Return the contract that a quote made, in whichever of its versions, or nothing."""
    row = visible_to(member).filter(quote_id__in=quote_ids).first()
    return _row(row, today) if row else None


def number_made_by(quote_id: UUID) -> str:
    """Return the number of the contract that a quote made, for the customer who signed it; empty when it made none."""
    return Contract.objects.filter(quote_id=quote_id, version=1).values_list("number", flat=True).first() or ""


def _row(row: Contract, today: date) -> ContractRow:
    return ContractRow(
        id=row.family_id,
        number=row.number,
        version=row.version,
        title=row.title,
        customer_id=row.customer_id,
        customer_name=row.customer.name,
        currency=row.currency,
        starts_on=row.starts_on,
        renewal=row.renewal,
        shown=shown(row, today),
    )


def _in_state(rows: QuerySet[Contract], state: StateFilter, today: date) -> QuerySet[Contract]:
    agreed = ["active", "cancelled", "ended"]
    match state:
        case "draft":
            return rows.filter(state="draft")
        case "running":
            goes_on = rows.filter(state__in=agreed).annotate(last=LAST_DAY)
            return goes_on.filter(Q(last__isnull=True) | Q(last__gte=today))
        case "over":
            return rows.filter(state__in=agreed).annotate(last=LAST_DAY).filter(last__lt=today)
        case "renewing":
            return renewing(rows, today)
        case _:
            return rows.exclude(state="dropped")


def _behind(cursor: str) -> Q:
    key, _, last_id = cursor.partition("~")
    try:
        behind = UUID(last_id)
        datetime.fromisoformat(key)
    except ValueError:
        return Q()
    return Q(made_at__lt=key) | Q(made_at=key, id__lt=behind)
