"""Import an online shop's orders: customers, one issued invoice each, paid and posted.

The orders come by date, in chunks of one transaction each. What an order became is found again by its ref, so a
second run, or one after a kill at any instant, adds what is missing and doubles nothing; numbers come out the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from conto.apps.bulk import mass_run, refresh_statistics, without_collecting
from conto.apps.catalog import queries as catalog
from conto.apps.catalog.taxing import seller_tax
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.apps.crm.parties import seller_party
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.actions.issue_computed import issue_computed
from conto.apps.invoicing.new_documents import IssuedNumber, NewDocument, PartySnapshot, snapshot_of
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions as payments
from conto.domain.document import Party, PostalAddress
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.invoice import DocumentInput, LineInput, PriceMode, compute
from conto.domain.money import to_major
from conto.domain.orders import Order
from conto.domain.tax import BuyerTax, Rate, RateClass, SupplyKind, TaxTreatment, decide

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity
    from conto.apps.invoicing.models import NumberSeries

CHUNK = 500
ONE = Decimal(1)
NOON = time(12)


@dataclass(frozen=True, slots=True)
class ImportedOrders:
    """What an import did."""

    invoices: int
    customers: int
    payments: int
    already_there: int
    total_minor: int
    currency: str


def import_orders(
    orders: Sequence[Order],
    *,
    legal_entity: "LegalEntity",
    series: "NumberSeries",
    source: str,
    actor: Actor,
    at: datetime,
    say: Callable[[str], None] = lambda _: None,
) -> ImportedOrders:
    """Bring in the orders that are not here yet, oldest first, and return what was done.

    Units: orders in minor units of the legal entity's currency; their values include the tax.
    Raises: RuleBroken `import.older_than_issued` when the series has gone on beyond the dates of new orders.
    """
    there = queries.imported_refs(source)
    missing = [order for order in orders if order.ref not in there]
    days = [order.ordered_on for order in missing] or [at.date()]
    rates = catalog.rates_between([legal_entity.country], min(days), max(days))
    desk = _Desk(legal_entity, series, source, rates, actor, at)
    with mass_run():
        for start in range(0, len(missing), CHUNK):
            with without_collecting():
                desk.bring_in(missing[start : start + CHUNK])
            invoicing.catch_up_statistics(written=start + CHUNK)
            say(f"{start + len(missing[start : start + CHUNK]):,} of {len(missing):,} orders")
    if missing:
        refresh_statistics()
    return ImportedOrders(
        invoices=len(missing),
        customers=desk.customers_added,
        payments=desk.payments_made,
        already_there=len(orders) - len(missing),
        total_minor=sum(order.value_minor for order in missing),
        currency=legal_entity.currency,
    )


class _Desk:
    """What stays the same from chunk to chunk."""

    def __init__(
        self,
        legal_entity: "LegalEntity",
        series: "NumberSeries",
        source: str,
        rates: Sequence[Rate],
        actor: Actor,
        at: datetime,
    ) -> None:
        self.entity = legal_entity
        self.series = series
        self.source = source
        self.rates = rates
        self.actor = actor
        self.at = at
        self.seller = snapshot_of(seller_party(legal_entity))
        self.seller_tax = seller_tax(legal_entity)
        self.customers: dict[str, tuple[UUID, PartySnapshot]] = {}
        self.treatments: dict[date, TaxTreatment] = {}
        self.customers_added = 0
        self.payments_made = 0

    def bring_in(self, orders: Sequence[Order]) -> None:
        """Write one chunk: all of it or nothing."""
        with transaction.atomic():
            self._know_customers(orders)
            batch = [self._document(order) for order in orders]
            issued = issue_computed(batch, actor=self.actor)
            paid = [
                self._payment(order, new, done)
                for order, new, done in zip(orders, batch, issued, strict=True)
                if order.value_minor
            ]
            payments.receive_many(paid, actor=self.actor)
        self.payments_made += len(paid)

    def _know_customers(self, orders: Sequence[Order]) -> None:
        firsts: dict[str, Order] = {}
        for order in orders:
            if order.customer_ref not in self.customers:
                firsts.setdefault(order.customer_ref, order)
        rows = [
            NewCustomer(
                name=f"Customer {ref}",
                kind="person",
                currency=self.entity.currency,
                source=self.source,
                external_ref=ref,
                created_at=self._noon(order.ordered_on),
            )
            for ref, order in firsts.items()
        ]
        made = crm.import_customers(rows=rows, actor=self.actor, at=self.at)
        self.customers_added += len(rows)
        for ref in firsts:
            buyer = Party(name=f"Customer {ref}", address=PostalAddress(country=self.entity.country))
            self.customers[ref] = (made[self.source, ref], snapshot_of(buyer))

    def _document(self, order: Order) -> NewDocument:
        customer_id, buyer = self.customers[order.customer_ref]
        quantity = Decimal(order.quantity)
        line = LineInput(
            position=1,
            name=f"Order of {order.quantity}" if order.quantity > 1 else "Order",
            quantity=quantity,
            unit_price=to_major(order.value_minor, self.entity.currency),
            tax=self._treatment(order.ordered_on),
            base_quantity=quantity,  # the value is that of all pieces: 18,269 of the orders do not divide in cents
        )
        return NewDocument(
            id=new_id(),
            legal_entity_id=self.entity.id,
            customer_id=customer_id,
            series_id=self.series.id,
            issued_on=order.ordered_on,
            issued_at=self._noon(order.ordered_on),
            due_on=order.ordered_on,
            language="en",
            seller=self.seller,
            buyer=buyer,
            computed=compute(DocumentInput(currency=self.entity.currency, lines=(line,), price_mode=PriceMode.GROSS)),
            source=self.source,
            external_ref=order.ref,
        )

    def _payment(self, order: Order, new: NewDocument, done: IssuedNumber) -> payments.ReceivedPayment:
        return payments.ReceivedPayment(
            customer_id=new.customer_id,
            legal_entity_id=self.entity.id,
            method="card",
            amount_minor=order.value_minor,
            currency=self.entity.currency,
            received_on=order.ordered_on,
            at=new.issued_at,
            document_id=new.id,
            document_number=done.number,
            allocated_minor=order.value_minor,
            is_settled=True,
            document_total_minor=order.value_minor,
            source=self.source,
            external_ref=order.ref,
        )

    def _treatment(self, on: date) -> TaxTreatment:
        known = self.treatments.get(on)
        if known is None:
            known = self.treatments[on] = decide(
                self.seller_tax,
                BuyerTax(self.entity.country, self.entity.region if self.entity.country == "US" else ""),
                SupplyKind.GOODS,
                RateClass.STANDARD,
                self.rates,
                on,
            )
        return known

    def _noon(self, on: date) -> datetime:
        return datetime.combine(on, NOON, tzinfo=self.entity.timezone)


def check_dates(
    orders: Sequence[Order], *, source: str, last_issued_on: date | None, legal_entity: "LegalEntity"
) -> None:
    """Refuse before anything is written when new orders are too old: for the series' numbers, or for closed books.

    Raises: RuleBroken `import.older_than_issued`, `import.period_closed`.
    """
    there = queries.imported_refs(source)
    first = next((order for order in orders if order.ref not in there), None)
    closed = ledger.closed_until(legal_entity.id)
    if first is not None and closed is not None and first.ordered_on <= closed:
        raise RuleBroken(
            "import.period_closed",
            "The oldest new order is of %(first)s, but the books are closed up to %(closed)s. Let an owner open the"
            " period again, or leave these orders out.",
            first=first.ordered_on,
            closed=closed,
        )
    if first is not None and last_issued_on is not None and first.ordered_on < last_issued_on:
        raise RuleBroken(
            "import.older_than_issued",
            "The oldest new order is of %(first)s, but the series has given numbers up to %(last)s, and numbers follow"
            " dates. Import these orders into a series of their own (--series).",
            first=first.ordered_on,
            last=last_issued_on,
        )
