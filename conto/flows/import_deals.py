"""Take over deals from a file: new ones are added, those that are here get the values of their own fields.

All of it or nothing: every row that cannot stand is named, and nothing is written then. The same file a second time
changes nothing, because a row is known by its source and reference, or by what it says when it has none. A person whom
a row names is one of the customer's contacts, or becomes one; products are found in the catalog by their codes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, transaction

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.apps.catalog import queries as catalog
from conto.apps.crm import actions as people
from conto.apps.crm import queries as crm
from conto.apps.crm.entry import checked_contact
from conto.apps.deals import actions as deals
from conto.apps.deals import queries
from conto.apps.deals.entry import LineEntry, NewDeal, checked_lines
from conto.apps.deals.own import record_of
from conto.apps.fields import actions as fields
from conto.domain import facts
from conto.domain.contact import fold
from conto.domain.contract import Priced
from conto.domain.errors import Conflict, EntryRefused, RuleBroken, check_all, noted
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.money import minor_digits, to_major, to_minor
from conto.domain.period import local_day
from conto.domain.permissions import Permission
from conto.domain.pipeline import line_minor

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.apps.catalog.models import Item
    from conto.apps.crm.models import Contact, Customer
    from conto.apps.deals.models import Deal, Stage

SOURCE = "deals.csv"
_TOO_LARGE = Decimal(10) ** 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An amount in a deal's currency, which only its customer may tell: as people write it, or as programs do."""

    major: Decimal | None = None
    minor: int | None = None

    @property
    def is_said(self) -> bool:
        """Tell whether there is one."""
        return self.major is not None or self.minor is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product of a deal as the file names it."""

    place: str  # where a refusal says that it stands: `4`, or `0.lines.1`
    item: str = ""  # by code
    name: str = ""  # none: the item's
    quantity: Decimal = Decimal(1)
    unit: str = ""  # none: the item's
    unit_price: Amount = Amount()  # none: that of the price list
    discount_percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the file: a new deal as the file names things, or with an id the own values of one that is here."""

    line: int
    new: NewDeal  # without stage, contact and value, which stand beside it
    customer: str = ""  # by id, reference, mail or name
    pipeline: str = ""  # by name; none: the first one that has such a stage
    stage: str = ""  # by name; none: the first
    value: Amount = Amount()
    contact: str = ""  # by name
    contact_email: str = ""
    products: tuple[Product, ...] = ()
    reference: str = ""
    id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A new deal with what its row names found."""

    line: int
    customer: "Customer"
    new: NewDeal
    lines: tuple[LineEntry, ...] = ()
    person: "_Person | None" = None  # who is no contact of the customer yet


@dataclass(frozen=True, slots=True)
class _Person:
    """Somebody who becomes a contact of a customer, once however many rows name them."""

    customer_id: UUID
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What taking a file over would do."""

    fresh: list[Ready] = field(default_factory=list)
    known: int = 0  # here already, by this file or by their reference
    changing: list[Row] = field(default_factory=list)  # named by their id
    refused: Mapping[str, RuleBroken] = field(default_factory=dict)  # by line and field: `3.customer`

    @property
    def people(self) -> int:
        """Tell how many contacts would be added."""
        return len({each.person for each in self.fresh if each.person})


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    added: int
    changed: int
    unchanged: int
    people: int = 0


def look(rows: Sequence[Row], *, member: "Member", actor: Actor, at: datetime) -> Looked:
    """Return what taking over the rows would do, and what of it cannot stand. Source: S-7."""
    refused: dict[str, RuleBroken] = {}
    new = [row for row in rows if row.id is None]
    business = accounts.business()
    finder = _Finder(member, new, local_day(at, business.zone if business else "UTC"))
    ready = [made for row in new if (made := _ready(row, finder, actor, refused))]
    seen = set(queries.imported([key_of(row) for row in new]))
    fresh: list[Ready] = []
    for each in ready:
        key = each.new.imported_sha256
        if key is not None and key not in seen:
            seen.add(key)
            fresh.append(each)
    changing = [row for row in rows if row.id is not None]
    return Looked(fresh=fresh, known=len(ready) - len(fresh), changing=changing, refused=refused)


def key_of(row: Row) -> bytes:
    """Return by what a row is known again: its source and reference."""
    return hashlib.sha256(f"{row.new.source}\n{row.reference}".encode()).digest()


@transaction.atomic
def import_deals(rows: Sequence[Row], *, member: "Member", actor: Actor, at: datetime) -> Imported:
    """Take over the rows.

    Raises: EntryRefused with everything that cannot stand, by line and field: `3.own.sector`; Conflict when somebody
        else takes the same file over at this moment.
    Source: S-7.
    """
    looked = look(rows, member=member, actor=actor, at=at)
    refused = dict(looked.refused)
    changed = 0
    for row in looked.changing:
        changed += bool(noted(refused, row.line, partial(_change, row, member, actor, at)))
    if refused:
        raise EntryRefused(refused)
    try:
        with transaction.atomic():
            fresh = _with_people(looked.fresh, actor, at)
            deals.import_deals(rows=[(each.customer, each.new, each.lines) for each in fresh], actor=actor, at=at)
    except IntegrityError as error:
        raise Conflict("import.at_once", "Somebody takes this file over at this moment. Look again.") from error
    unchanged = looked.known + len(looked.changing) - changed
    if looked.fresh or changed:
        fact = facts.ImportFinished(
            subject_id=new_id(), source=SOURCE, added=len(looked.fresh), skipped=unchanged, refused=0
        )
        audit.record(fact, actor=actor, at=at)
    return Imported(len(looked.fresh), changed, unchanged, looked.people)


def rehearse(
    rows: Sequence[Row], *, member: "Member", actor: Actor, at: datetime
) -> tuple[Imported, Mapping[str, RuleBroken]]:
    """Return what taking over the rows would do and what of it cannot stand: it is done, and undone again.

    Source: S-7.
    """
    try:
        with transaction.atomic():
            done = import_deals(rows, member=member, actor=actor, at=at)
            transaction.set_rollback(True)
    except EntryRefused as refusal:
        return Imported(0, 0, 0), refusal.by_field
    return done, {}


def _with_people(fresh: Sequence[Ready], actor: Actor, at: datetime) -> list[Ready]:
    """Add those who are no contacts yet, and name them in their deals."""
    ids: dict[_Person, UUID] = {}
    made = []
    for each in fresh:
        if (person := each.person) and person not in ids:
            given = {"name": person.name, "email": person.email}
            ids[person] = people.add_contact(customer=each.customer, given=given, actor=actor, at=at).id
        made.append(replace(each, new=replace(each.new, contact_id=ids[person])) if person else each)
    return made


class _Finder:
    """What rows name, found at once: customers that the member sees with their people, stages by pipeline, items."""

    def __init__(self, member: "Member", rows: Sequence[Row], on: date) -> None:
        self.member, self.on = member, on
        self.meant = crm.meant_by(member, {row.customer for row in rows})
        self.pipelines = list(queries.pipelines(member))
        named = {row.customer for row in rows if row.contact or row.contact_email}
        among = {each.id for text in named for each in self.meant.get(text, [])}
        self.people: dict[UUID, list[Contact | _Person]] = {}
        for customer_id, known in (crm.contacts_by_customer(among) if among else {}).items():
            self.people[customer_id] = [*known]
        codes = {each.item for row in rows for each in row.products if each.item}
        self.items = catalog.items_by_code(member, codes) if codes else {}
        self.prices: dict[str, dict[UUID, catalog.ItemOffer]] = {}

    def person(self, customer: "Customer", name: str, email: str) -> "Contact | _Person | None":
        """Return the contact of a customer whom a row names, by mail and else by name, or who is to become one.

        Raises: EntryRefused for several of a name, and for a new one who has no name or whom the member may not add.
        """
        if not name and not email:
            return None
        here = self.people.setdefault(customer.id, [])
        found = [each for each in here if email and fold(each.email) == fold(email)]
        found = found or [each for each in here if name and fold(each.name) == fold(name)]
        if len(found) > 1:
            raise _at("contact", RuleBroken(
                "import.several_contacts", "%(count)s people there are “%(text)s”. Say the mail address.",
                count=len(found), text=(name or email)[:80],
            ))  # fmt: skip
        if found:
            return found[0]
        if not self.member.may(Permission.CUSTOMER_EDIT):
            raise _at("contact", RuleBroken(
                "import.no_contact", "“%(text)s” is no contact of this customer, and you may not add one.",
                text=(name or email)[:80],
            ))  # fmt: skip
        try:
            kept = checked_contact({"name": name, "email": email}, country="")
        except EntryRefused as broken:
            places = {"name": "contact", "email": "contact_email"}
            raise EntryRefused({places[key]: each for key, each in broken.by_field.items()}) from broken
        here.append(_Person(customer.id, kept["name"], kept["email"]))
        return here[-1]

    def line(self, product: Product, currency: str) -> LineEntry:
        """Return a product as a deal has it, with what the catalog says of it where the row says nothing.

        Raises: EntryRefused for a code that no item has, and for a price that nobody says.
        """
        item = self.items.get(product.item)
        if product.item and (item is None or item.archived_at):
            raise _at("item", RuleBroken(
                "import.no_item", "There is no product with the code “%(text)s”.", text=product.item[:60]
            ))  # fmt: skip
        entry = LineEntry(
            name=product.name or (item.name if item else ""), quantity=product.quantity,
            unit=product.unit or (item.unit_code if item else "C62"), discount_percent=product.discount_percent,
            unit_price_minor=self._price(product, item, currency), item_id=item.id if item else None,
        )  # fmt: skip
        try:
            checked_lines([entry])
        except EntryRefused as broken:
            places = {"name": "product", "unit_price_minor": "unit_price", "discount_percent": "discount"}
            by_field = {name.removeprefix("lines.0."): each for name, each in broken.by_field.items()}
            raise EntryRefused({places.get(name, name): each for name, each in by_field.items()}) from broken
        return entry

    def _price(self, product: Product, item: "Item | None", currency: str) -> int:
        if product.unit_price.is_said:
            return _minor(product.unit_price, currency, "unit_price")
        if currency not in self.prices:
            ids = [each.id for each in self.items.values()]
            self.prices[currency] = catalog.offers(ids, currency=currency, on=self.on)
        offer = self.prices[currency].get(item.id) if item else None
        if offer is None or offer.price is None or offer.price_mode != "net":
            raise _at("unit_price", RuleBroken(
                "import.no_price", "Say the price: the price list has none before tax in %(currency)s.",
                currency=currency,
            ))  # fmt: skip
        return to_minor(offer.price, currency)

    def customer(self, text: str) -> "Customer":
        """Return the customer that a text means.

        Raises: EntryRefused for none, for several, and for one that is archived.
        """
        found = self.meant.get(text, [])
        here = [each for each in found if each.archived_at is None]
        if not text:
            raise _at("customer", RuleBroken("entry.missing", "This is needed."))
        if not found:
            raise _at("customer", RuleBroken(
                "import.no_customer", "No customer here has the name, mail, reference or id “%(text)s”.", text=text[:80]
            ))  # fmt: skip
        if not here:
            archived = Conflict("customer.archived", "%(name)s is archived. Restore it first.", name=found[0].name)
            raise _at("customer", archived)
        if len(here) > 1:
            raise _at("customer", RuleBroken(
                "import.several_customers", "%(count)s customers are “%(text)s”. Say the mail, reference or id.",
                count=len(here), text=text[:80],
            ))  # fmt: skip
        return here[0]

    def stage(self, pipeline: str, stage: str) -> "Stage | None":
        """Return the stage of a name; without a pipeline of the first one that has it. None named: none.

        Raises: EntryRefused when there is no such pipeline or stage.
        """
        among = [each for each in self.pipelines if not pipeline or fold(each.name) == fold(pipeline)]
        if not among:
            raise _at("pipeline", RuleBroken(
                "import.no_pipeline", "There is no pipeline “%(text)s”, only: %(names)s.", text=pipeline[:80],
                names=", ".join(each.name for each in self.pipelines) or "–",
            ))  # fmt: skip
        live: list[Stage] = [each for found in among for each in found.live_stages]  # type: ignore[attr-defined]
        if not stage:
            return live[0] if pipeline and live else None
        made = next((each for each in live if fold(each.name) == fold(stage)), None)
        if made is None:
            raise _at("stage", RuleBroken(
                "import.no_stage", "There is no stage “%(text)s”, only: %(names)s.", text=stage[:80],
                names=", ".join(dict.fromkeys(each.name for each in live)) or "–",
            ))  # fmt: skip
        return made


def _at(name: str, broken: RuleBroken) -> EntryRefused:
    return EntryRefused({name: broken})


def _ready(row: Row, finder: _Finder, actor: Actor, refused: dict[str, RuleBroken]) -> Ready | None:
    """Return a row with what it names found and checked, or nothing and note everything in it that cannot stand."""
    here: dict[str, RuleBroken] = {}
    named = partial(check_all, partial(finder.customer, row.customer), partial(finder.stage, row.pipeline, row.stage))
    found = noted(here, row.line, named)
    if found is None:
        refused |= here
        return None
    customer, stage = found
    currency = row.new.currency.upper() or customer.currency
    new = replace(row.new, stage_id=stage.id if stage else None, currency=currency, imported_sha256=key_of(row))
    lines = [
        noted(here, product.place, partial(finder.line, product, currency))
        for product in (row.products if _is_currency(currency) else ())
    ]
    rest = partial(
        check_all,
        partial(deals.checked_new, new, currency=currency, actor=actor),
        partial(finder.person, customer, row.contact, row.contact_email),
        partial(_value, row, [line for line in lines if line], currency, is_whole=None not in lines),
        partial(checked_lines, [line for line in lines if line]),
    )
    checked = noted(here, row.line, rest)
    if here:
        refused |= here
        return None
    _kept, person, value_minor, _lines = checked
    is_new = isinstance(person, _Person)
    contact_id = None if is_new or person is None else person.id
    return Ready(
        line=row.line, customer=customer, new=replace(new, value_minor=value_minor, contact_id=contact_id),
        lines=tuple(lines), person=person if is_new else None,
    )  # fmt: skip


def _is_currency(code: str) -> bool:
    try:
        minor_digits(code)
    except RuleBroken:
        return False  # it is refused by itself
    return True


def _value(row: Row, lines: Sequence[LineEntry], currency: str, *, is_whole: bool) -> int:
    """Return what a new deal is worth: what the row says, or the sum of its products, which must be the same.

    Raises: EntryRefused.
    """
    said = _minor(row.value, currency, "value") if row.value.is_said else None
    if not row.products or not is_whole:
        return said or 0
    total = sum(
        line_minor(
            quantity=each.quantity, unit_price_minor=each.unit_price_minor, discount_percent=each.discount_percent
        )
        for each in lines
    )
    if said not in {None, total}:
        raise _at("value", RuleBroken(
            "import.value_is_sum", "The products come to %(sum)s. Leave the value empty, or say the same.",
            sum=Priced(to_major(total, currency), currency),
        ))  # fmt: skip
    return total


def _minor(amount: Amount, currency: str, name: str) -> int:
    if not _is_currency(currency):
        return 0
    value = to_major(amount.minor, currency) if amount.minor is not None else amount.major or Decimal(0)
    if value < 0:
        raise _at(name, RuleBroken("entry.negative", "This can't be below zero."))
    if value >= _TOO_LARGE:
        raise _at(name, RuleBroken("entry.too_large", "This is too large."))
    minor = to_minor(value, currency)
    if to_major(minor, currency) != value:
        raise _at(name, RuleBroken(
            "import.value_too_fine", "%(currency)s has %(digits)s decimals.", currency=currency,
            digits=minor_digits(currency),
        ))  # fmt: skip
    return minor


def _change(row: Row, member: "Member", actor: Actor, at: datetime) -> bool:
    deal: Deal | None = queries.deal_for(member, row.id) if row.id else None
    if deal is None:
        raise _at("id", RuleBroken("import.no_such_deal", "No deal here has this id."))
    own: Mapping[str, Any] = row.new.own or {}
    return fields.set_values(of=record_of(deal), given=own, actor=actor, at=at) is not None
