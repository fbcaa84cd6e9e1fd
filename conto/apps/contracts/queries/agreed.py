"""What contracts agree with customers, for whoever bills them: a set of customers with one query."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from conto.apps.bulk.composed import Composed, given
from conto.apps.contracts.models import Contract, ContractLine
from conto.apps.contracts.queries.terms import terms_of
from conto.domain import contract as rules
from conto.domain.contract import AgreedPrice

_FAMILIES = Composed(
    lambda: (
        Contract.objects.filter(customer_id__one_of=given("customers"))
        .exclude(number="")
        .order_by("family_id", "version")
        .defer("clauses", "title", "reason")
    )
)
_LINES = Composed(lambda: ContractLine.objects.filter(contract_id__one_of=given("contracts")).order_by("position"))


@dataclass(frozen=True, slots=True)
class Agreed:
    """What one customer's contracts agree, with all versions: which of them counts depends on the day."""

    versions: tuple[Contract, ...]  # by contract, the first version first
    lines: dict[UUID, list[ContractLine]]  # by version


def agreed_prices(customer_ids: Collection[UUID]) -> dict[UUID, Agreed]:
    """Return what is agreed with customers; those without a contract are left out, and mostly that is all of them."""
    rows = _FAMILIES(customers=list(customer_ids)) if customer_ids else []
    if not rows:
        return {}
    lines: dict[UUID, list[ContractLine]] = defaultdict(list)
    for line in _LINES(contracts=[row.id for row in rows]):
        lines[line.contract_id].append(line)
    found: dict[UUID, list[Contract]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(row)
    return {customer_id: Agreed(tuple(some), lines) for customer_id, some in found.items()}


def prices_on(
    agreed: Agreed, on: date, *, legal_entity_id: UUID, currency: str, deal_id: UUID | None = None
) -> list[AgreedPrice]:
    """List the prices that a customer's contracts agree with a seller on a day, in one currency.

    A contract is in force by what is known of it now; its prices are those of the version that counts on the day.

    Source: G-4, G-5.
    """
    prices: list[AgreedPrice] = []
    for versions in _families(agreed.versions):
        current = versions[-1]
        if (current.legal_entity_id, current.currency) != (legal_entity_id, currency):
            continue
        if not rules.is_in_force(current.state, terms_of(current), on):
            continue
        number = rules.version_on(((row.version, row.applies_from) for row in versions), on)
        counting = next((row for row in versions if row.version == number), versions[0])
        prices += (_price(line, current, deal_id) for line in agreed.lines[counting.id])
    return prices


def _families(rows: Iterable[Contract]) -> list[list[Contract]]:
    families: dict[UUID, list[Contract]] = defaultdict(list)
    for row in rows:
        families[row.family_id].append(row)
    return list(families.values())


def _price(line: ContractLine, contract: Contract, deal_id: UUID | None) -> AgreedPrice:
    return AgreedPrice(
        contract=contract.number,
        item=str(line.item_id or ""),
        name=line.name,
        unit_code=line.unit_code,
        unit_price=Decimal(line.unit_price),
        allowance_percent=Decimal(line.allowance_percent),
        is_gross=contract.price_mode == "gross",
        is_of_deal=deal_id is not None and contract.deal_id == deal_id,
    )
