"""The contracts that the demo company has with its customers, and the targets that it holds itself against.

The retainers that are billed month by month stand on contracts; one of them has to be decided on these days. One was
ended with notice, one is a draft. Who sells has targets in deals, the company in invoices and in money.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.contracts import actions as contracts
from conto.apps.contracts import queries
from conto.apps.contracts.entries import LineEntry, NewContract
from conto.apps.quotas import actions as quotas
from conto.apps.quotas import queries as targets
from conto.flows import offer_renewals
from conto.jobs.simulation.company import Company, Part
from conto.jobs.simulation.parts.billing import lines_of

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.apps.contracts.models import Contract

CLAUSES = "Nicht verbrauchte Stunden eines Monats verfallen am Ende des folgenden."
WHY = "Das Team wächst, gestaltet wird ab Frühjahr im Haus."


@dataclass(frozen=True)
class _Agreed:
    """A contract over one item, written down so many days before the story ends."""

    days_before: int
    buyer: str
    title: str
    item: str
    terms: dict[str, Any]


# The first term ends five weeks after the story, so its day of notice is five days after it.
_CONTRACTS = (
    _Agreed(330, "meridian", "Gestaltung, mittlerer Umfang", "retainer_m",
            {"renewal": "auto", "first_months": 12, "renewal_months": 12, "notice_days": 30}),
    _Agreed(300, "alpenrot", "Gestaltung, mittlerer Umfang", "retainer_m",
            {"renewal": "auto", "first_months": 6, "renewal_months": 6, "notice_days": 60}),
    _Agreed(140, "hafen", "Gestaltung, kleiner Umfang", "retainer_s",
            {"renewal": "ask", "first_months": 12, "renewal_months": 12, "notice_days": 30}),
    # It ends six weeks after the story, so its renewal is on the board.
    _Agreed(322, "orchard", "Design support", "retainer_s",
            {"renewal": "ask", "first_months": 12, "renewal_months": 12}),
    _Agreed(3, "donau", "Betreuung der Messeauftritte", "day", {}),
)  # fmt: skip
_NOTICE = ("alpenrot", 18)
_RENEWED = 2  # days before the story ends
_AIMED_EARLY = 24  # days before the story ends
_FIRST_AIM_MINOR, _AIM_MINOR = 4_000_000, 5_000_000


def agreements_of(ends_on: date) -> type[Part]:
    """Return the part of life in which contracts are made and targets are set, up to a day."""

    class Agreements(Part):
        def morning(self, day: date) -> None:
            left = (ends_on - day).days
            for each in _CONTRACTS:
                if each.days_before == left:
                    self._plan(day, f"contract {each.buyer}", lambda at, each=each: _agree(self.company, each, at))  # type: ignore[misc]
            if left == _NOTICE[1]:
                self._plan(day, f"notice {_NOTICE[0]}", lambda at: _give_notice(self.company, at))
            if left == _RENEWED:
                self._plan(day, "renewals", _offer_renewals)
            if left == _AIMED_EARLY:
                self._plan(day, "first target", lambda at: _aim(self.company, ends_on, at))
            if left == 1:
                self._plan(day, "targets", lambda at: set_targets(self.company, ends_on, at))

        def _plan(self, day: date, key: str, act: Callable[[datetime], None]) -> None:
            self.company.on(self.company.moment(day, "agreements", key, hours=(10, 12)), key, act)

    return Agreements


def _contract_with(company: Company, buyer: str) -> "Contract | None":
    customer = company.customer(buyer)
    rows = queries.visible_to(company.owner).filter(quote=None).select_related("legal_entity")
    return rows.filter(customer=customer).first() if customer else None


def _agree(company: Company, agreed: _Agreed, at: datetime) -> None:
    customer = company.customer(agreed.buyer)
    if customer is None or customer.archived_at is not None or _contract_with(company, agreed.buyer) is not None:
        return
    (line,) = lines_of(customer, [(agreed.item, Decimal(1))], company, at)
    is_draft = not agreed.terms
    new = NewContract(
        title=agreed.title, starts_on=at.astimezone(company.zone).date(), clauses=CLAUSES,
        currency=customer.currency, owner_id=company.founder.member_id, is_agreed=not is_draft, **agreed.terms,
    )  # fmt: skip
    price = LineEntry(line.name, line.unit_price, line.item_id, line.description, line.unit_code)
    contracts.create_contract(customer=customer, new=new, lines=[price], actor=company.founder, at=at)


def _give_notice(company: Company, at: datetime) -> None:
    contract = _contract_with(company, _NOTICE[0])
    if contract is not None and contract.state == "active":
        contracts.cancel_contract(contract=contract, actor=company.founder, at=at, reason=WHY)


def _offer_renewals(at: datetime) -> None:
    offer_renewals.offer_renewals(at=at)


def _aim(company: Company, today: date, at: datetime) -> None:
    """Set what everybody is to invoice in the quarter, before it is known how well it goes."""
    if not targets.visible_to(company.owner).exists():
        quotas.set_target(
            period=_quarter(today), measure="invoiced", amount_minor=_FIRST_AIM_MINOR, currency="EUR",
            actor=company.founder, at=at,
        )  # fmt: skip


def _quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


@transaction.atomic
def set_targets(company: Company, today: date, at: datetime) -> None:
    """Set targets for the month, the quarter and the year of a day, once; the one that is there already is raised."""
    there = list(targets.visible_to(company.owner))
    if len(there) > 1:
        return
    for target in there:
        quotas.change_target(target=target, amount_minor=_AIM_MINOR, actor=company.founder, at=at)
    month, quarter, year = f"{today:%Y-%m}", _quarter(today), f"{today.year}"
    seller = next(each for each in accounts.members() if each.id == company.sales.member_id)
    wanted: tuple[tuple[Member | None, str, str, int], ...] = (
        (None, month, "invoiced", 1_500_000),
        (None, quarter, "invoiced", _AIM_MINOR),
        (None, year, "collected", 16_000_000),
        (company.owner, quarter, "won", 2_500_000),
        (seller, quarter, "won", 3_000_000),
        (seller, month, "collected", 900_000),
    )
    known = {(row.member_id, row.period, row.measure) for row in there}
    for member, period, measure, amount_minor in wanted:
        if (member.id if member else None, period, measure) in known:
            continue
        quotas.set_target(
            member=member, period=period, measure=measure, amount_minor=amount_minor, currency="EUR",
            actor=company.founder, at=at,
        )  # fmt: skip
    if seller.team is not None:
        quotas.set_target(
            team=seller.team, period=quarter, measure="won", amount_minor=5_000_000, currency="EUR",
            actor=company.founder, at=at,
        )  # fmt: skip
