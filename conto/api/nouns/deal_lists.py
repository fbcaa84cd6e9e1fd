"""Lists of deals of programs elsewhere: tried out, then taken over whole, and once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Day, Entry, Flag, Id, Minor, Number
from conto.api.nouns.deals import Source, Value
from conto.api.operations import noun, writes
from conto.api.own import OwnGiven, own_of
from conto.api.problem import words_of
from conto.apps.deals.entry import NewDeal
from conto.domain.errors import EntryRefused, RuleBroken
from conto.domain.permissions import Permission
from conto.flows import import_deals
from conto.flows.import_deals import Amount, Product, Row

router = noun("Deals")
_MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class RefusedPlace:
    """A place in a list that cannot stand."""

    field: Annotated[str, Field(examples=["deals.0.customer"])]
    code: Annotated[str, Field(examples=["import.no_customer"])]
    detail: str


@dataclass(frozen=True, slots=True)
class ImportedDeals:
    """What taking a list of deals over did, or would do."""

    is_dry_run: bool
    added: Annotated[int, Field(examples=[2])]
    changed: Annotated[int, Field(examples=[0])]
    unchanged: Annotated[int, Field(description="Here already, or with nothing new.", examples=[0])]
    contacts_added: Annotated[int, Field(examples=[1])]
    refused: Annotated[list[RefusedPlace], Field(description="Of a dry run: all that cannot stand.")]


class ListedProduct(Entry):
    """A product of a deal of a list; what is left out comes from the item."""

    item: Annotated[str, Field(max_length=60, description="Code of the item.", examples=["CHAIR-1"])] = ""
    name: Annotated[str, Field(max_length=200, examples=["Chair"])] = ""
    quantity: Number = Decimal(1)
    unit: Annotated[str, Field(pattern="^([A-Z0-9]{2,3})?$", examples=["C62"])] = ""
    unit_price_minor: Annotated[Value | None, Field(description="Before tax. Nothing: that of the price list.")] = None
    discount_percent: Number = Decimal(0)


class ListedDeal(Entry):
    """A deal of a list as programs elsewhere name things; with an id only the own fields of that deal change."""

    name: Annotated[str, Field(max_length=200, examples=["24 chairs"])] = ""
    customer: Annotated[
        str, Field(max_length=254, description="By id, reference, mail or name.", examples=["Müller & Söhne"])
    ] = ""
    pipeline: Annotated[str, Field(max_length=100, description="By name.", examples=[""])] = ""
    stage: Annotated[str, Field(max_length=100, description="By name.", examples=[""])] = ""
    owner_id: Annotated[Id | None, Field(description="Nothing: whom the key belongs to.", examples=[None])] = None
    currency: Annotated[str, Field(pattern="^([A-Z]{3})?$", description="Empty: the customer's.", examples=[""])] = ""
    value_minor: Annotated[Minor | None, Field(description="Before tax. Products make the value.")] = None
    expected_close_on: Annotated[Day | None, Field(examples=[date(2026, 12, 31)])] = None
    source: Source = ""
    contact: Annotated[str, Field(max_length=200, description="Whom it is about, by name.", examples=["Ina Roth"])] = ""
    contact_email: Annotated[str, Field(max_length=254, examples=["ina@mueller.example"])] = ""
    lines: Annotated[list[ListedProduct], Field(max_length=200)] = []
    own: OwnGiven = {}
    reference: Annotated[
        str, Field(max_length=200, description="Empty: known by all that it says.", examples=["D-17"])
    ] = ""
    id: Annotated[Id | None, Field(examples=[None])] = None


class DealList(Entry):
    """A list of deals of one source."""

    source: Annotated[str, Field(min_length=1, max_length=40, examples=["old-crm"])]
    dry_run: Annotated[Flag, Field(description="Say what would happen, and change nothing.")] = False
    deals: Annotated[list[ListedDeal], Field(min_length=1, max_length=_MOST_ROWS)]


@writes(router, "/imports/deals", needs=Permission.DEAL_EDIT, gives=ImportedDeals)
def bring_in_deals(request: HttpRequest, given: DealList) -> Any:
    """Take over a list of deals with their people and products: all of it or nothing, and each once.

    A dry run says what would happen and everything that cannot stand. Without it a list in which something cannot
    stand is refused whole, and `errors` names every place. The same list again adds nothing.
    """
    caller = caller_of(request)
    rows = [_row(place, deal, given.source) for place, deal in enumerate(given.deals)]
    who: dict[str, Any] = {"member": caller.member, "actor": caller.actor, "at": caller.at}
    if given.dry_run:
        done, refused = import_deals.rehearse(rows, **who)
        return _told(done, refused, is_dry_run=True)
    try:
        return _told(import_deals.import_deals(rows, **who), {}, is_dry_run=False)
    except EntryRefused as refusal:
        raise EntryRefused({_place(name): each for name, each in refusal.by_field.items()}) from refusal


def _told(done: import_deals.Imported, refused: Mapping[str, RuleBroken], *, is_dry_run: bool) -> ImportedDeals:
    places = [RefusedPlace(_place(name), each.code, words_of(each)) for name, each in refused.items()]
    return ImportedDeals(is_dry_run, done.added, done.changed, done.unchanged, done.people, places)


# What a row calls a field, where programs call it something else.
_NAMES = {"value": "value_minor", "close_on": "expected_close_on", "owner": "owner_id", "product": "name",
          "unit_price": "unit_price_minor", "discount": "discount_percent"}  # fmt: skip


def _place(name: str) -> str:
    """Return how a program finds a place: `deals.0.lines.1.item`."""
    place, _dot, last = name.rpartition(".")
    return f"deals.{place}.{_NAMES.get(last, last)}".rstrip(".")


def _row(place: int, deal: ListedDeal, source: str) -> Row:
    said = json.dumps(deal.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
    new = NewDeal(
        name=deal.name, owner_id=deal.owner_id, expected_close_on=deal.expected_close_on, currency=deal.currency,
        source=deal.source or source, own=own_of(deal),
    )  # fmt: skip
    products = tuple(
        Product(
            place=f"{place}.lines.{n}",
            item=line.item,
            name=line.name,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=Amount(minor=line.unit_price_minor),
            discount_percent=line.discount_percent,
        )
        for n, line in enumerate(deal.lines)
    )
    return Row(
        line=place, new=new, customer=deal.customer, pipeline=deal.pipeline, stage=deal.stage, id=deal.id,
        value=Amount(minor=deal.value_minor), contact=deal.contact, contact_email=deal.contact_email,
        products=products, reference=deal.reference or hashlib.sha256(said.encode()).hexdigest(),
    )  # fmt: skip
