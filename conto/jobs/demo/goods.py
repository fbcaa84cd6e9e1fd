"""The stock of the demo company: a book that it sells, with receipts, a sale, a copy that came back, and a count."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from conto.apps.catalog import queries as catalog
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.invoicing.entries import CreditPart, LineEntry
from conto.apps.stock import actions, queries
from conto.flows import credit_invoice, issue_document
from conto.jobs.simulation.company import Company, Part

if TYPE_CHECKING:
    from conto.apps.stock.models import StockItem

_ITEM, _BUYER, _REASON = "book", "meridian", "Ein Exemplar mit Druckfehler zurück"
_BEGUN, _RECEIVED, _SOLD, _BACK, _COUNTED = 75, 40, 26, 19, 9  # days before the story ends
_REORDER_LEVEL, _COPIES = Decimal(40), Decimal(8)


def goods_of(ends_on: date) -> type[Part]:
    """Return the part of life in which stock of a book is kept, the last weeks up to a day."""
    acts: dict[int, tuple[str, Callable[[Company, datetime], None]]] = {
        _BEGUN: ("stock begun", begin),
        _RECEIVED: ("goods received", receive),
        _SOLD: ("books sold", sell),
        _BACK: ("book back", take_back),
        _COUNTED: ("stock counted", count),
    }

    class StockKept(Part):
        def morning(self, day: date) -> None:
            planned = acts.get((ends_on - day).days)
            if planned:
                key, act = planned
                moment = self.company.moment(day, key, hours=(17, 19))
                self.company.on(moment, f"{key} {day}", lambda at: act(self.company, at))

    return StockKept


def begin(company: Company, at: datetime) -> None:
    """Begin to keep stock, with what was there."""
    if _stock(company) is not None:
        return
    row = actions.begin_stock(
        item=company.goods[_ITEM], legal_entity=company.entity, reorder_level=_REORDER_LEVEL, actor=company.founder,
        at=at,
    )  # fmt: skip
    there = actions.NewReceipt(quantity=Decimal(90), cost_minor=126_000, received_on=_day(company, at), is_opening=True)
    actions.receive_goods(stock_item=row, new=there, actor=company.founder, at=at)


def receive(company: Company, at: datetime) -> None:
    """Receive a second printing, which cost more."""
    row = _stock(company)
    if row is not None:
        new = actions.NewReceipt(
            quantity=Decimal(60), cost_minor=88_200, received_on=_day(company, at), reference="LS-20417"
        )
        actions.receive_goods(stock_item=row, new=new, actor=company.founder, at=at)


def sell(company: Company, at: datetime) -> None:
    """Sell some to a customer who says that it is right as it is."""
    customer, day = company.customer(_BUYER), _day(company, at)
    if customer is None or customer.archived_at is not None or _stock(company) is None:
        return
    offer = catalog.offers([company.goods[_ITEM].id], currency=customer.currency, on=day, language=customer.language)
    item = offer[company.goods[_ITEM].id]
    line = LineEntry(
        item.name, _COPIES, item.price or Decimal(34), item.id, unit_code=item.unit_code, supply=item.supply,
        rate_class=item.rate_class,
    )  # fmt: skip
    draft = invoicing.create_draft(customer=customer, lines=[line], delivered_on=day, actor=company.founder, at=at)
    warned = {each.code: "Telefonisch bestätigt" for each in documents.findings(draft, day) if each.severity == "warn"}
    issue_document.issue(draft=draft, overrides=warned, actor=company.founder, at=at)


def take_back(company: Company, at: datetime) -> None:
    """Take one back that was sold."""
    row = _stock(company)
    sold = (
        [each for each in queries.moves_of([row.id]) if each.kind == "issue" and each.quantity == -_COPIES]
        if row
        else []
    )
    document = documents.document_for(company.owner, sold[0].document_id) if sold and sold[0].document_id else None
    if document is not None:
        one = {sold[0].position or 1: CreditPart(quantity=Decimal(1))}
        credit_invoice.credit(document=document, reason=_REASON, parts=one, actor=company.founder, at=at)


def count(company: Company, at: datetime) -> None:
    """Count one less than the book says."""
    row = _stock(company)
    if row is not None and row.quantity >= 1:
        new = actions.NewCount(
            quantity=row.quantity - 1, reason="Ein Exemplar verschenkt", counted_on=_day(company, at)
        )
        actions.count_stock(stock_item=row, new=new, actor=company.founder, at=at)


def _stock(company: Company) -> "StockItem | None":
    return queries.stock_items(company.owner, "", company.goods[_ITEM].id).first()


def _day(company: Company, at: datetime) -> date:
    return at.astimezone(company.zone).date()
