"""Lines, discounts and sums: what drafts and documents are made of."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from conto.api.door import Caller
from conto.api.fields import Day, Entry, Flag, Id, Minor, Number, Words
from conto.api.nouns.items import RateClass, Supply, Unit
from conto.api.problem import words_of
from conto.apps.catalog import queries as catalog
from conto.apps.invoicing.actions import AllowanceEntry, LineEntry
from conto.domain.errors import Finding, RuleBroken

Text = Annotated[str, Field(examples=["Consulting"])]
Amount = Annotated[Decimal, Field(json_schema_extra={"type": "string"}, examples=["100"])]


@dataclass(frozen=True, slots=True)
class Line:
    """A line. Amounts are there once the document can be computed."""

    position: Annotated[int, Field(examples=[1])]
    item_id: UUID | None
    name: Text
    description: str
    quantity: Decimal
    unit_code: Annotated[str, Field(examples=["HUR"])]
    unit_price: Annotated[Decimal, Field(description="In major units, in the price mode of the document.")]
    base_quantity: Decimal
    allowance_percent: Decimal
    allowance_minor: Minor
    net_minor: int | None
    tax_category: str
    tax_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """What is taxed alike."""

    category: Annotated[str, Field(examples=["S"])]
    rate: Annotated[Decimal, Field(examples=["19"])]
    reason: str
    taxable_minor: Minor
    tax_minor: Minor


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a document."""

    lines_net_minor: Minor
    allowances_minor: Minor
    charges_minor: Minor
    net_minor: Minor
    tax_minor: Minor
    gross_minor: Minor
    prepaid_minor: Minor
    rounding_minor: Minor
    payable_minor: Minor


@dataclass(frozen=True, slots=True)
class Check:
    """A remark of the checks before a document is issued: `block` stops, `warn` can be overridden with a reason."""

    code: Annotated[str, Field(examples=["check.no_delivery_date"])]
    detail: str
    severity: Annotated[str, Field(examples=["warn"], json_schema_extra={"enum": ["block", "warn"]})]


class LineGiven(Entry):
    """A line as it is typed. With `item_id`, what is left out is taken from the item."""

    item_id: Id | None = None
    name: Annotated[str, Field(max_length=300, examples=["Consulting"])] = ""
    description: Words = ""
    quantity: Number = Decimal(1)
    unit_code: Unit | None = None
    unit_price: Number | None = None
    base_quantity: Number = Decimal(1)
    allowance_percent: Number = Decimal(0)
    allowance_minor: Annotated[Minor, Field(ge=0)] = 0
    supply: Supply | None = None
    rate_class: RateClass | None = None
    period_start_on: Day | None = None
    period_end_on: Day | None = None


class AllowanceGiven(Entry):
    """A discount or charge on the whole document: a percentage or an amount."""

    reason: Annotated[str, Field(min_length=1, max_length=200, examples=["Discount"])]
    percent: Annotated[Number | None, Field(examples=["10"])] = None
    amount_minor: Annotated[Minor | None, Field(examples=[None])] = None
    is_charge: Flag = False


LinesGiven = Annotated[list[LineGiven], Field(max_length=5000)]
KindGiven = Literal["invoice", "deposit"]


def entries(caller: Caller, given: list[LineGiven], *, currency: str, language: str) -> list[LineEntry]:
    """Return lines as the area takes them, filled from their items.

    Raises: RuleBroken `line.no_such_item`, `line.no_name`.
    """
    ids = {line.item_id for line in given if line.item_id}
    visible = {row.id for row in catalog.items(caller.member).filter(id__in=ids)} if ids else set()
    offers = catalog.offers(visible, currency=currency, on=caller.today, language=language) if visible else {}
    return [_entry(n, line, offers) for n, line in enumerate(given, 1)]


def _entry(n: int, line: LineGiven, offers: dict[UUID, Any]) -> LineEntry:
    offer = offers.get(line.item_id) if line.item_id else None
    if line.item_id and offer is None:
        raise RuleBroken("line.no_such_item", "Line %(line)s names an item that is not there.", line=n)
    name = line.name or (offer.name if offer else "")
    if not name.strip():
        raise RuleBroken("line.no_name", "Line %(line)s says nothing: give it a name or an item.", line=n)
    price = line.unit_price if line.unit_price is not None else (offer.price if offer else None)
    return LineEntry(
        name=name,
        description=line.description or (offer.description if offer else ""),
        quantity=line.quantity,
        unit_price=price or Decimal(0),
        item_id=line.item_id,
        unit_code=line.unit_code or (offer.unit_code if offer else "C62"),
        base_quantity=line.base_quantity,
        allowance_percent=line.allowance_percent,
        allowance_minor=line.allowance_minor,
        supply=line.supply or (offer.supply if offer else "services"),
        rate_class=line.rate_class or (offer.rate_class if offer else "standard"),
        period_start_on=line.period_start_on,
        period_end_on=line.period_end_on,
    )


def allowance(given: AllowanceGiven) -> AllowanceEntry:
    """Return a discount or charge as the area takes it."""
    return AllowanceEntry(**given.model_dump())


def check_shape(finding: Finding) -> Check:
    """Return a finding as the API gives it."""
    return Check(finding.code, words_of(finding), finding.severity)


def totals_shape(of: Any) -> Totals:
    """Return the sums of a computed draft or an issued document."""
    return Totals(*(getattr(of, name) for name in Totals.__dataclass_fields__))


def line_shape(row: Any, net_minor: int | None, category: str, rate: Decimal | None) -> Line:
    """Return a line of a draft or document."""
    return Line(
        row.position, row.item_id, row.name, row.description, row.quantity, row.unit_code, row.unit_price,
        row.base_quantity, row.allowance_percent, row.allowance_minor, net_minor, category, rate,
    )  # fmt: skip
