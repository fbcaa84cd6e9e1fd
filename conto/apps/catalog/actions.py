"""Every write of the catalog."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from conto.apps.audit import actions as audit
from conto.apps.audit import queries as facts_read
from conto.apps.catalog.entry import ITEM_FIELDS, NewItem, checked_item, checked_price
from conto.apps.catalog.models import Item, ItemText, Price, TaxRate
from conto.apps.crm.entry import EntryRefused
from conto.domain import contact, facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor, changes_between
from conto.domain.ids import new_id
from conto.domain.tax import Rate


@transaction.atomic
def add_item(*, new: NewItem, actor: Actor, at: datetime) -> Item:
    """Add a product or service.

    Raises: EntryRefused with every field that cannot stand; a code that another item has is refused for `code`.
    """
    checked = checked_item({name: getattr(new, name) for name in ITEM_FIELDS})
    _code_is_free(checked["code"], None)
    item = Item.objects.create(
        id=new_id(), sort_key=contact.sort_key(checked["name"])[:200], created_at=at, changed_at=at, **checked
    )
    audit.record(facts.ItemAdded(subject_id=item.id, code=item.code, name=item.name), actor=actor, at=at)
    return item


@transaction.atomic
def change_item(*, item: Item, changes: Mapping[str, Any], actor: Actor, at: datetime) -> UUID | None:
    """Change fields of an item and return the fact that tells of it, or nothing when all stays.

    Raises: EntryRefused with every field that cannot stand.
    """
    row = Item.objects.select_for_update().get(id=item.id)
    changed = changes_between({name: getattr(row, name) for name in ITEM_FIELDS}, checked_item(changes))
    if not changed:
        return None
    if "code" in changed:
        _code_is_free(changed["code"][1], row.id)
    for name, (_, after) in changed.items():
        setattr(row, name, after)
        setattr(item, name, after)
    row.sort_key = contact.sort_key(row.name)[:200]
    row.changed_at = at
    row.save(update_fields=[*changed, "sort_key", "changed_at"])
    return audit.record(facts.ItemChanged(subject_id=row.id, changes=changed), actor=actor, at=at)


def _code_is_free(code: str, item_id: UUID | None) -> None:
    other = Item.objects.filter(code=code).first() if code else None
    if other and other.id != item_id:
        raise EntryRefused({"code": Conflict("item.code_taken", "%(name)s has this code.", name=other.name)})


@transaction.atomic
def archive_item(*, item: Item, actor: Actor, at: datetime) -> None:
    """Offer an item no longer; documents that have it keep it.

    Raises: Conflict when it is archived already.
    """
    row = Item.objects.select_for_update().get(id=item.id)
    if row.archived_at:
        raise Conflict("item.already_archived", "%(name)s is archived already.", name=row.name)
    row.archived_at = item.archived_at = at
    row.save(update_fields=["archived_at"])
    audit.record(facts.ItemArchived(subject_id=row.id), actor=actor, at=at)


@transaction.atomic
def restore_item(*, item: Item, actor: Actor, at: datetime) -> None:
    """Offer an archived item again.

    Raises: Conflict when it is not archived.
    """
    row = Item.objects.select_for_update().get(id=item.id)
    if not row.archived_at:
        raise Conflict("item.not_archived", "%(name)s is not archived.", name=row.name)
    row.archived_at = item.archived_at = None
    row.save(update_fields=["archived_at"])
    audit.record(facts.ItemRestored(subject_id=row.id), actor=actor, at=at)


@transaction.atomic
def set_price(
    *, item: Item, currency: str, amount: Decimal, valid_from: date, actor: Actor, at: datetime, price_mode: str = "net"
) -> Price:
    """Say what one unit costs in a currency from a day on; the running price ends the day before.

    A price that begins on the same day is replaced; one that begins later stays and ends this one. Issued documents
    keep the price that they were issued with.

    Units: `amount` in major units.
    Raises: EntryRefused for `amount` or `currency`.
    """
    currency, amount = checked_price(currency, amount, price_mode)
    Item.objects.select_for_update().get(id=item.id)
    spans = Price.objects.filter(item=item, currency=currency)
    spans.filter(valid__startswith=valid_from).delete()
    running = spans.filter(valid__contains=valid_from).first()
    until = running.valid.upper if running else _next_start(spans.filter(valid__startswith__gt=valid_from))
    if running:
        running.valid = DateRange(running.valid.lower, valid_from)
        running.save(update_fields=["valid"])
    price = Price.objects.create(
        id=new_id(),
        item=item,
        currency=currency,
        amount=amount,
        price_mode=price_mode,
        valid=DateRange(valid_from, until),
    )
    fact = facts.PriceSet(subject_id=item.id, currency=currency, amount=amount, valid_from=valid_from)
    audit.record(fact, actor=actor, at=at)
    return price


def _next_start(later: Any) -> date | None:
    following = later.order_by("valid").first()
    return following.valid.lower if following else None


@transaction.atomic
def set_item_text(
    *, item: Item, language: str, name: str, actor: Actor, at: datetime, description: str = ""
) -> ItemText | None:
    """Write the item's words for documents in another language; an empty name removes them."""
    checked = checked_item({"name": name, "description": description}) if name.strip() else None
    row = ItemText.objects.select_for_update().filter(item=item, language=language).first()
    before = [row.name, row.description] if row else ["", ""]
    after = [checked["name"], checked["description"]] if checked else ["", ""]
    if before == after:
        return row
    if checked is None:
        ItemText.objects.filter(item=item, language=language).delete()
        row = None
    elif row:
        row.name, row.description = after
        row.save(update_fields=["name", "description"])
    else:
        row = ItemText.objects.create(id=new_id(), item=item, language=language, **checked)
    fact = facts.ItemChanged(subject_id=item.id, changes={f"text_{language}": [before, after]})
    audit.record(fact, actor=actor, at=at)
    return row


@transaction.atomic
def undo_change(*, item: Item, fact_id: UUID, actor: Actor, at: datetime) -> None:
    """Bring back what a change of an item replaced.

    Raises: RuleBroken when the fact tells of nothing that can be undone so.
    """
    fact = facts_read.facts_of_subject(item.id).filter(id=fact_id, kind="item_changed").first()
    before = {name: pair[0] for name, pair in fact.body["changes"].items()} if fact else {}
    if not before or not before.keys() <= set(ITEM_FIELDS):
        raise RuleBroken("change.cannot_undo", "This change cannot be undone here.")
    change_item(item=item, changes=before, actor=actor, at=at)


@transaction.atomic
def load_tax_rates(*, rates: Iterable[Rate], source: str) -> int:
    """Take over the rates of a source and return how many stand; what it said before is replaced.

    A rate of another source (one that was entered by hand) wins over the loaded ones of its place and class.
    """
    TaxRate.objects.filter(source=source).delete()
    taken = set(TaxRate.objects.values_list("country", "region", "rate_class"))
    chosen: dict[tuple[str, str, str], list[Rate]] = defaultdict(list)
    for rate in rates:
        key = (rate.country, rate.region, str(rate.rate_class))
        if key not in taken:
            chosen[key].append(rate)
    rows = [
        TaxRate(
            id=new_id(),
            country=rate.country,
            region=rate.region,
            rate_class=str(rate.rate_class),
            percent=rate.percent,
            valid=DateRange(rate.valid_from, rate.valid_until),
            source=source,
        )
        for group in chosen.values()
        for rate in group
    ]
    TaxRate.objects.bulk_create(rows, batch_size=1000)
    return len(rows)
