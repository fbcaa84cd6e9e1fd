"""Take deals over from a file of a spreadsheet, in two steps: look at what would happen, then take it over.

The first step guesses what each column is; whoever imports corrects it and sees every row that cannot stand. The file
stays in the page between the steps, nothing is kept here.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conto.apps.accounts import queries as accounts
from conto.apps.crm import queries as crm
from conto.apps.deals import queries
from conto.apps.deals.entry import NewDeal
from conto.domain.contact import fold
from conto.domain.errors import EntryRefused, RuleBroken
from conto.domain.fields import FieldKind, FieldRule, Subject
from conto.domain.permissions import Permission
from conto.flows import import_deals
from conto.flows.import_deals import Amount, Looked, Product, Row
from conto.web import htmx, own_fields, tables
from conto.web.access import may, needs
from conto.web.mapping import Columns
from conto.web.reading import actor_of, book, uuid_in, words_of
from conto.web.states import look_of

MOST_ROWS = 1000
SHOWN = 100
USUAL_SOURCE = "list"
_OF_DEAL = ("name", "customer", "id")
_OF_PRODUCT = ("item", "product", "quantity", "unit", "unit_price", "discount")
_NUMBERS = ("value", "quantity", "unit_price", "discount")
_Line = tuple[int, Mapping[str, str], Mapping[str, Any]]  # its number, what it says, and that as it was read
_LEFT_OUT = ("next_step", "added", "won", "lost", "reason")  # of an export; they are not taken over
# What programs elsewhere call these columns.
_ALSO = {
    "name": "name", "deal name": "name", "opportunity": "name", "title": "name", "chance": "name", "titel": "name",
    "company": "customer", "account": "customer", "organization": "customer", "organisation": "customer",
    "firma": "customer", "amount": "value", "betrag": "value", "deal value": "value", "close date": "close_on",
    "expected close date": "close_on", "phase": "stage", "deal stage": "stage", "deal owner": "owner",
    "status": "state", "contact name": "contact", "person": "contact", "kontakt": "contact",
    "contact email": "contact_email", "sku": "item", "product code": "item", "article": "item", "qty": "quantity",
    "price": "unit_price", "discount": "discount",
}  # fmt: skip


def heads() -> dict[str, str]:
    """Return what the columns of a file of deals are called, by key."""
    return {
        "name": _("Deal"), "customer": _("Customer"), "pipeline": _("Pipeline"), "stage": _("Stage"),
        "state": _("State"), "owner": _("Owner"), "currency": _("Currency"), "value": _("Value"),
        "close_on": _("Expected close"), "source": _("Source"), "next_step": _("Next step"), "added": _("Added"),
        "won": _("Won"), "lost": _("Lost"), "reason": _("Reason"), "contact": _("Contact"),
        "contact_email": _("Contact's mail"), "item": _("Product code"), "product": _("Product"),
        "quantity": _("Quantity"), "unit": _("Unit"), "unit_price": _("Unit price"), "discount": _("Discount %"),
        "id": _("Id"), "reference": _("Reference"),
    }  # fmt: skip


@needs(Permission.DEAL_EDIT)
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponseBase:
    """Look at a file of deals: what its columns are, what would happen, what cannot stand; then take it over."""
    here = book(request)
    known = Columns(
        heads=heads(), left_out=_LEFT_OUT, also=_ALSO, fields=own_fields.entered_by(here, Subject.DEAL)
    )  # fmt: skip
    source = request.POST.get("source", "").strip()[:40] or USUAL_SOURCE
    context: dict[str, Any] = {"source": source, "most": MOST_ROWS, "heads": [word for _key, word in known.offered]}
    if request.method == "GET":
        return render(request, "deals/import.html", context)
    problems: list[tuple[str, str, str]] = []
    try:
        content = (request.POST.get("content", "") or tables.text_of(request)).replace("\r\n", "\n")
        table = tables.table_of(content, MOST_ROWS)
        columns = known.chosen(request, table.heads)
        context |= {"content": content, "columns": known.choices(table, columns), "count": len(table.lines)}
        rows = _Reader(here, known, source).rows(columns, table.lines)
        if request.POST.get("do") == "import":
            done = import_deals.import_deals(rows, member=here.member, actor=actor_of(request), at=here.at)
            words = _("%(added)s added, %(changed)s changed, %(same)s as they were.") % {
                "added": done.added, "changed": done.changed, "same": done.unchanged}  # fmt: skip
            return htmx.toast(htmx.redirect(request, "/deals/list?state=open"), words)
        looked = import_deals.look(rows, member=here.member, actor=actor_of(request), at=here.at)
        problems = known.problems(looked.refused)
        context |= _told(looked)
    except EntryRefused as refusal:
        problems = known.problems(refusal.by_field)
    except RuleBroken as refusal:
        problems = [("", "", words_of(refusal))]
    context |= {"problems": problems[:SHOWN], "more": max(len(problems) - SHOWN, 0)}
    return render(request, "deals/import.html", context, status=422 if problems else 200)


def _told(looked: Looked) -> dict[str, Any]:
    """Return what the page says of what would happen."""
    return {
        "is_looked_at": True, "fresh": len(looked.fresh), "known": looked.known, "changing": len(looked.changing),
        "people": looked.people,
    }  # fmt: skip


class _Reader:
    """Read the rows of a file as deals."""

    def __init__(self, here: Any, known: Columns, source: str) -> None:
        self.here, self.source, self.known = here, source, known
        self.own = {f"own.{field.key}": field for field in known.fields}
        people = [each for each in accounts.members() if each.is_active and may(each, Permission.DEAL_EDIT)]
        self.members = {fold(word): each.id for each in people for word in (each.name, each.email)}
        self.open_words = {fold(str(look_of("open").word)), "open", ""}
        self.currencies: dict[str, str] = {}

    def rows(self, columns: Sequence[str], lines: Sequence[tuple[int, list[str]]]) -> list[Row]:
        """Return the rows.

        Raises: EntryRefused with every cell that cannot be read, by line and column.
        """
        if "id" not in columns and not {"name", "customer"} <= set(columns):
            raise RuleBroken("import.no_deal_columns", "Say which columns are the deal and its customer.")
        self.known.demand_once(columns)
        every = [
            (line, {key: cell for key, cell in zip(columns, cells, strict=False) if key}) for line, cells in lines
        ]  # fmt: skip
        self._learn_currencies([said for _line, said in every])
        refused: dict[str, RuleBroken] = {}
        groups: list[list[_Line]] = []
        for line, said in every:
            read: dict[str, Any] = {}
            for key, cell in said.items():
                try:
                    read[key] = self._cell(key, cell, said)
                except RuleBroken as broken:
                    refused[f"{line}.{key}"] = broken
            if groups and _is_more(said):
                groups[-1].append((line, said, read))
            else:
                groups.append([(line, said, read)])
        if refused:
            raise EntryRefused(refused)
        return [self._row(group) for group in groups]

    def _learn_currencies(self, every: Sequence[Mapping[str, str]]) -> None:
        """Ask at once for the currencies of customers and deals that the rows name."""
        meant = crm.meant_by(self.here.member, {said.get("customer", "") for said in every})
        ids = {found for said in every if (found := uuid_in(said.get("id")))}
        self.currencies = {text: found[0].currency for text, found in meant.items()}
        self.currencies |= {str(id_): code for id_, code in queries.currencies_of(self.here.member, ids).items()}

    def _currency(self, said: Mapping[str, str]) -> str:
        known = self.currencies.get(said.get("id", "").lower()) or said.get("currency", "").upper()
        return known or self.currencies.get(said.get("customer", "")) or str(self.here.business.currency)

    def _cell(self, key: str, cell: str, said: Mapping[str, str]) -> Any:
        if key in self.own:
            return own_fields.value_of(self.own[key], cell, self._currency(said))
        if key in _NUMBERS:
            text = own_fields.value_of(FieldRule(key=key, label=heads()[key], kind=FieldKind.NUMBER), cell, "")
            return None if text is None else Decimal(text)
        if key == "close_on":
            day = own_fields.value_of(FieldRule(key=key, label=heads()[key], kind=FieldKind.DATE), cell, "")
            return date.fromisoformat(day) if day else None
        if key == "state" and not said.get("id") and fold(cell) not in self.open_words:
            raise RuleBroken("import.deal_closed", "Only open deals are taken over; this one is “%(state)s”.",
                             state=cell[:40])  # fmt: skip
        return self._owner(cell) if key == "owner" else cell

    def _owner(self, cell: str) -> UUID | None:
        found = self.members.get(fold(cell)) if cell else None
        if cell and found is None:
            raise RuleBroken(
                "import.no_deal_owner", "Nobody here who works on deals is called “%(name)s”.", name=cell[:60]
            )
        return found

    def _row(self, group: Sequence[_Line]) -> Row:
        line, said, read = group[0]
        told = repr([sorted(each.items()) for _line, each, _read in group[1:]]) if len(group) > 1 else ""
        reference = said.get("reference") or hashlib.sha256(f"{sorted(said.items())!r}{told}".encode()).hexdigest()
        new = NewDeal(
            name=said.get("name", ""), own={key[4:]: read.get(key) for key in said if key in self.own},
            owner_id=read.get("owner"), expected_close_on=read.get("close_on"), currency=said.get("currency", ""),
            source=said.get("source") or self.source,
        )  # fmt: skip
        id_ = said.get("id", "")
        return Row(
            line=line, new=new, customer=said.get("customer", ""), pipeline=said.get("pipeline", ""),
            stage=said.get("stage", ""), value=Amount(major=read.get("value")), contact=said.get("contact", ""),
            contact_email=said.get("contact_email", ""), reference=reference[:200],
            products=tuple(_product(each) for each in group if _has_product(each[1])),
            id=uuid_in(id_) or (UUID(int=0) if id_ else None),
        )  # fmt: skip


def _has_product(said: Mapping[str, str]) -> bool:
    return any(said.get(key) for key in _OF_PRODUCT)


def _is_more(said: Mapping[str, str]) -> bool:
    """Tell whether a row says only a product: one more of the deal above it."""
    return _has_product(said) and not any(said.get(key) for key in _OF_DEAL)


def _product(written: _Line) -> Product:
    line, said, read = written
    quantity, discount = read.get("quantity"), read.get("discount")
    return Product(
        place=str(line), item=said.get("item", ""), name=said.get("product", ""), unit=said.get("unit", ""),
        quantity=Decimal(1) if quantity is None else quantity, unit_price=Amount(major=read.get("unit_price")),
        discount_percent=Decimal(0) if discount is None else discount,
    )  # fmt: skip
