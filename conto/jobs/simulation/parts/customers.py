"""Customers come, move, leave and come back."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from conto.apps.crm import actions as crm
from conto.apps.crm import queries
from conto.jobs.simulation.cast import Buyer
from conto.jobs.simulation.company import SOURCE, Part


class Customers(Part):
    """Who buys here, from which day on, and where they sit."""

    def morning(self, day: date) -> None:
        """Plan who comes, moves, leaves or comes back today."""
        today = self.company.day_of_life(day)
        for buyer in self.company.cast.buyers:
            habits = buyer.habits
            for on_day, word, act in (
                (buyer.joins_on_day, "joins", self._join),
                (habits.moves_on_day, "moves", self._move),
                (habits.leaves_on_day, "leaves", self._leave),
                (habits.returns_on_day, "returns", self._return),
            ):
                if on_day == today:
                    at = self.company.moment(day, word, buyer.key, hours=(7, 7) if word == "joins" else (9, 16))
                    self.company.on(at, f"{word} {buyer.key}", lambda at, act=act, buyer=buyer: act(buyer, at))  # type: ignore[misc]

    def _join(self, buyer: Buyer, at: datetime) -> None:
        company = self.company
        new = replace(buyer.new, owner_id=company.sales.member_id, source=SOURCE, external_ref=buyer.key)
        customer = crm.add_customer(new=new, actor=company.sales, at=at)
        if buyer.note:
            crm.write_note(customer=customer, body=buyer.note, actor=company.sales, at=at + timedelta(minutes=9))
        company.customers[buyer.key] = customer

    def _move(self, buyer: Buyer, at: datetime) -> None:
        customer, address = self.company.customer(buyer.key), buyer.habits.moves_to
        if customer is None or address is None:
            return
        crm.set_address(customer=customer, kind="billing", address=address, actor=self.company.sales, at=at)

    def _leave(self, buyer: Buyer, at: datetime) -> None:
        customer = self._as_it_is(buyer)
        if customer is not None and customer.archived_at is None:
            reason = buyer.habits.archive_reason
            crm.archive_customer(customer=customer, actor=self.company.sales, at=at, reason=reason)
            self.company.customers[buyer.key] = customer

    def _return(self, buyer: Buyer, at: datetime) -> None:
        customer = self._as_it_is(buyer)
        if customer is not None and customer.archived_at is not None:
            crm.restore_customer(customer=customer, actor=self.company.sales, at=at)
            self.company.customers[buyer.key] = customer

    def _as_it_is(self, buyer: Buyer):  # type: ignore[no-untyped-def]  # noqa: ANN202 -- a customer or nothing
        known = self.company.customer(buyer.key)
        return queries.customer_for(self.company.owner, known.id) if known else None
