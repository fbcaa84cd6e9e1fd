"""Every read of the catalog."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import DateField, OuterRef, Q, QuerySet, Subquery

from conto.apps.accounts.models import Member
from conto.apps.bulk.composed import Composed, given
from conto.apps.catalog.models import Item, ItemText, Price, TaxRate
from conto.domain.contact import fold, sort_key
from conto.domain.permissions import Permission
from conto.domain.tax import Rate, RateClass

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a page starts: behind (`after`) or in front of (`before`) the row with this key and id."""

    key: str
    id: UUID
    is_before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilters:
    """Which items a list shows, and the currency of its price column."""

    text: str = ""
    kind: str = ""
    is_archived: bool = False
    currency: str = "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """An item in a list, with its price of the day in the list's currency."""

    id: UUID
    kind: str
    code: str
    name: str
    sort_key: str
    unit_code: str
    supply: str
    rate_class: str
    cost: Decimal | None
    price: Decimal | None
    price_mode: str
    changed_at: datetime
    archived_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """Some items, and where the list goes on to either side."""

    rows: tuple[ItemRow, ...]
    before: Cursor | None
    after: Cursor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOffer:
    """What a line of a draft takes from an item: words in the document's language, unit, tax class, price."""

    id: UUID
    code: str
    name: str
    description: str
    unit_code: str
    supply: str
    rate_class: str
    price: Decimal | None  # major units; none: no price in this currency on this day
    price_mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSpan:
    """A price and the days it holds: from the first up to, but not with, the second."""

    currency: str
    amount: Decimal
    price_mode: str
    valid_from: date | None
    valid_until: date | None


def codes() -> QuerySet[Item, str]:
    """Return the codes that items have, archived ones too."""
    return Item.objects.exclude(code="").values_list("code", flat=True)


def items(member: Member | None) -> QuerySet[Item]:
    """Return the items that a member may see."""
    if member is None or not member.may(Permission.ITEM_VIEW):
        return Item.objects.none()
    return Item.objects.all()


def item_for(member: Member | None, item_id: UUID) -> Item | None:
    """Return one item, or nothing when there is none that the member may see."""
    return items(member).filter(id=item_id).first()


def items_by_code(member: Member | None, codes: Collection[str]) -> dict[str, Item]:
    """Return the items that a member may see which have one of some codes."""
    return {item.code: item for item in items(member).filter(code__in=codes)}


def item_page(
    member: Member | None, filters: ItemFilters, on: date, cursor: Cursor | None = None, size: int = PAGE_SIZE
) -> ItemPage:
    """Return one page of the items by name, each with its price on a day."""
    chosen = _chosen(member, filters)
    is_before = cursor is not None and cursor.is_before
    if cursor:
        side = "lt" if is_before else "gt"
        same = Q(sort_key=cursor.key, **{f"id__{side}": cursor.id})
        chosen = chosen.filter(Q(**{f"sort_key__{side}": cursor.key}) | same)
    chosen = chosen.order_by("-sort_key", "-id") if is_before else chosen.order_by("sort_key", "id")
    rows = [_row(each) for each in _priced(chosen, filters.currency, on)[: size + 1]]
    has_more, rows = len(rows) > size, rows[:size]
    if is_before:
        rows.reverse()
    has_earlier = has_more if is_before else cursor is not None
    has_later = cursor is not None if is_before else has_more
    return ItemPage(
        rows=tuple(rows),
        before=Cursor(key=rows[0].sort_key, id=rows[0].id, is_before=True) if rows and has_earlier else None,
        after=Cursor(key=rows[-1].sort_key, id=rows[-1].id) if rows and has_later else None,
    )


def _chosen(member: Member | None, filters: ItemFilters) -> QuerySet[Item]:
    chosen = items(member).filter(archived_at__isnull=not filters.is_archived)
    for word in fold(filters.text).split():
        chosen = chosen.filter(Q(sort_key__contains=sort_key(word) or word) | Q(code__icontains=word))
    return chosen.filter(kind=filters.kind) if filters.kind else chosen


def _priced(chosen: QuerySet[Item], currency: str, on: date) -> QuerySet[Item, Any]:
    price = Price.objects.filter(item=OuterRef("pk"), currency=currency, valid__contains=on)
    return chosen.values(
        "id",
        "kind",
        "code",
        "name",
        "sort_key",
        "unit_code",
        "supply",
        "rate_class",
        "cost",
        "changed_at",
        "archived_at",
        price=Subquery(price.values("amount")[:1]),
        mode=Subquery(price.values("price_mode")[:1]),
    )


def _row(values: dict[str, Any]) -> ItemRow:
    return ItemRow(price_mode=values.pop("mode") or "net", **values)


def find_items(
    member: Member | None, text: str, *, currency: str, on: date, language: str = "", limit: int = 8
) -> list[ItemOffer]:
    """Return the items whose name or code has the typed words, those that begin so first, ready for a line."""
    chosen = _chosen(member, ItemFilters(text=text))
    begins = list(chosen.filter(Q(sort_key__startswith=sort_key(text)) | Q(code__istartswith=text.strip()))[:limit])
    others = chosen.exclude(id__in=[item.id for item in begins]).order_by("sort_key", "id")[: limit - len(begins)]
    found = sorted(begins, key=lambda item: item.sort_key) + list(others)
    return _offers(found, currency=currency, on=on, language=language)


def offers(item_ids: Collection[UUID], *, currency: str, on: date, language: str = "") -> dict[UUID, ItemOffer]:
    """Return what lines take from items on a day, with three queries however many they are."""
    rows = list(Item.objects.filter(id__in=item_ids))
    return {offer.id: offer for offer in _offers(rows, currency=currency, on=on, language=language)}


def _offers(rows: Collection[Item], *, currency: str, on: date, language: str) -> list[ItemOffer]:
    ids = [row.id for row in rows]
    prices = {
        price.item_id: price for price in Price.objects.filter(item__in=ids, currency=currency, valid__contains=on)
    }
    texts = (
        {text.item_id: text for text in ItemText.objects.filter(item__in=ids, language=language)} if language else {}
    )
    made = []
    for row in rows:
        price, text = prices.get(row.id), texts.get(row.id)
        made.append(
            ItemOffer(
                id=row.id,
                code=row.code,
                name=text.name if text else row.name,
                description=text.description if text else row.description,
                unit_code=row.unit_code,
                supply=row.supply,
                rate_class=row.rate_class,
                price=price.amount if price else None,
                price_mode=price.price_mode if price else "net",
            )
        )
    return made


def price_of(item: Item | UUID, currency: str, on: date) -> PriceSpan | None:
    """Return what one unit of an item costs in a currency on a day, or nothing."""
    price = Price.objects.filter(item=item, currency=currency, valid__contains=on).first()
    return _span(price) if price else None


def price_history(item: Item) -> list[PriceSpan]:
    """Return every price of an item by currency, the newest first."""
    return [_span(price) for price in Price.objects.filter(item=item).order_by("currency", "-valid")]


def price_histories(item_ids: Collection[UUID]) -> dict[UUID, list[PriceSpan]]:
    """Return all prices of some items, with one query."""
    found: dict[UUID, list[PriceSpan]] = {}
    for price in Price.objects.filter(item__in=item_ids).order_by("currency", "valid"):
        found.setdefault(price.item_id, []).append(_span(price))
    return found


def _span(price: Price) -> PriceSpan:
    return PriceSpan(
        currency=price.currency,
        amount=price.amount,
        price_mode=price.price_mode,
        valid_from=price.valid.lower,
        valid_until=price.valid.upper,
    )


def texts_of(item: Item) -> dict[str, ItemText]:
    """Return an item's words by language."""
    return {text.language: text for text in ItemText.objects.filter(item=item)}


def items_by_id(item_ids: Collection[UUID]) -> dict[UUID, Item]:
    """Return items by their ids, archived ones too: what was once agreed keeps its kind of tax."""
    return {item.id: item for item in Item.objects.filter(id__in=item_ids)} if item_ids else {}


_RATES = Composed(
    lambda: TaxRate.objects.filter(
        country__one_of=given("countries"), valid__contains=given("on", DateField())
    ).order_by("country", "region", "rate_class")
)


def rates_for(countries: Collection[str], on: date) -> tuple[Rate, ...]:
    """Return the tax rates of countries on a day."""
    return tuple(
        Rate(row.country, row.region, RateClass(row.rate_class), row.percent, row.valid.lower, row.valid.upper)
        for row in _RATES(countries=list(countries), on=on)
    )


def rates_between(countries: Collection[str], first: date, last: date) -> tuple[Rate, ...]:
    """Return the tax rates of countries that hold on any day from `first` to `last`, both included."""
    rows = TaxRate.objects.filter(country__in=list(countries), valid__overlap=DateRange(first, last, "[]"))
    return tuple(
        Rate(row.country, row.region, RateClass(row.rate_class), row.percent, row.valid.lower, row.valid.upper)
        for row in rows.order_by("country", "region", "rate_class", "valid")
    )
