"""Contracts that quotes made: renewed where they ask, changed, ended with notice, and the notice taken back."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from conto.apps.contracts import actions as contracts
from conto.apps.contracts import queries
from conto.apps.contracts.entries import LineEntry
from conto.domain.contract import Renewal
from conto.domain.quote import ContractOffer
from conto.jobs.simulation.company import Part

if TYPE_CHECKING:
    from random import Random

    from conto.apps.contracts.models import Contract

MONDAY = 0
SOON_DAYS = 30
CANCELLED_PERCENT, RESUMED_PERCENT, DEARER_PERCENT = 4, 25, 6
DEARER = Decimal("1.03")
CENT = Decimal("0.01")
NOT_DECIDED_PERCENT = 30  # of those that ask: they end
REASON = "as agreed"


def contract_of(dice: "Random") -> ContractOffer:
    """Return the contract that a quote offers."""
    renewal = dice.choice(list(Renewal))
    months = dice.choice([1, 3, 6, 12])
    if renewal is Renewal.NONE:
        return ContractOffer(months=dice.choice([0, months]), notice_days=dice.choice([0, 14]))
    return ContractOffer(
        months=months, renewal=renewal, renewal_months=dice.choice([0, 1, 12]), notice_days=dice.choice([0, 14, 30])
    )


class Agreeing(Part):
    """Who sells looks after the contracts on Mondays."""

    def morning(self, day: date) -> None:
        """Plan a look at all contracts that quotes made."""
        company = self.company
        if company.cast.contracts_percent and day.weekday() == MONDAY:
            at = company.moment(day, "contracts")
            company.on(at, f"contracts {day}", lambda at: self._look(day, at))

    def _look(self, day: date, at: datetime) -> None:
        company = self.company
        rows = queries.visible_to(company.owner).exclude(quote=None).select_related("legal_entity", "customer")
        for contract in rows.order_by("number"):
            dice = company.chance("contract", contract.number, day)
            state = queries.shown(contract, day).state
            if state == "active":
                self._decide(contract, dice, day, at)
            elif state == "cancelled" and dice.random() * 100 < RESUMED_PERCENT:
                contracts.resume_contract(contract=contract, actor=company.sales, at=at, reason=REASON)

    def _decide(self, contract: "Contract", dice: "Random", day: date, at: datetime) -> None:
        what = dice.random() * 100
        shown = queries.shown(contract, day)
        is_near = shown.decide_by is not None and (shown.decide_by - day).days <= SOON_DAYS
        if contract.renewal == "ask" and is_near and dice.random() * 100 >= NOT_DECIDED_PERCENT:
            contracts.renew_contract(contract=contract, actor=self.company.sales, at=at)
        elif what < CANCELLED_PERCENT:
            contracts.cancel_contract(contract=contract, actor=self.company.sales, at=at, reason=REASON)
        elif what < CANCELLED_PERCENT + DEARER_PERCENT:
            lines = [
                LineEntry(
                    line.name, (line.unit_price * DEARER).quantize(CENT, ROUND_HALF_UP), line.item_id,
                    line.description, line.unit_code, line.allowance_percent,
                )
                for line in queries.lines_of(contract)
            ]  # fmt: skip
            contracts.change_contract(
                contract=contract, changes={}, lines=lines, actor=self.company.sales, at=at, reason=REASON
            )
