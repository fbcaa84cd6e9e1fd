"""Customers as lists: who may see which, pages by key, names, tags and owners."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import Member
from conto.apps.crm.models import Address, Customer, SearchToken, Tag
from conto.apps.crm.queries import picking
from conto.apps.crm.tokens import read_search
from conto.apps.fields import queries as fields
from conto.apps.fields.filters import Wanted
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.domain.sight import Area

PAGE_SIZE = 50
_MOST_TAGS, _MOST_CHOICES = 200, 5000
Order = Literal["name", "newest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a page starts: behind (`after`) or in front of (`before`) the row with this key and id."""

    key: str
    id: UUID
    is_before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFilters:
    """Which customers a list shows. `among` are ids from an area above: those that owe, those that are late."""

    text: str = ""
    tag: str = ""
    owner_id: UUID | None = None
    country: str = ""
    currency: str = ""
    kind: str = ""
    is_archived: bool = False
    among: Any = None  # a QuerySet or a collection of ids
    own: tuple[Wanted, ...] = ()  # what own fields have to be
    order: Order = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """A customer in a list."""

    id: UUID
    name: str
    kind: str
    sort_key: str
    email: str
    phone: str
    city: str
    country: str
    currency: str
    owner_name: str
    tags: tuple[str, ...]
    created_at: datetime
    archived_at: datetime | None

    @property
    def place(self) -> str:
        """City and country, as far as they are known."""
        return ", ".join(part for part in (self.city, self.country) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """Some customers, and where the list goes on to either side."""

    rows: tuple[CustomerRow, ...]
    before: Cursor | None
    after: Cursor | None


def customers(member: Member | None) -> QuerySet[Customer]:
    """Return the customers that a member may see."""
    if member is None or not member.may(Permission.CUSTOMER_VIEW):
        return Customer.objects.none()
    return Customer.objects.filter(sight_of(member, ""))


def sight_of(member: Member, customer: str = "customer") -> Q:
    """Return the condition that the customer of a row is one whom the member sees; it is empty for who sees all.

    `customer` is the way from the row to the customer, empty for rows of customers. A customer of nobody is seen by
    everybody.

    Source: V-3.
    """
    owners = accounts.owners_seen(member, Area.CUSTOMERS)
    if owners is None:
        return Q()
    owner = f"{customer}__owner" if customer else "owner"
    return Q(**{f"{owner}__in": owners}) | Q(**{f"{owner}__isnull": True})


def sees_customer(member: Member | None, customer: Customer) -> bool:
    """Tell whether a member sees a customer that is at hand already.

    Source: V-3.
    """
    if member is None or not member.may(Permission.CUSTOMER_VIEW):
        return False
    owners = accounts.owners_seen(member, Area.CUSTOMERS)
    return owners is None or customer.owner_id is None or customer.owner_id in owners


def ids_seen(member: Member) -> Any:
    """Return the ids of the customers that a member sees as a query, for sums of other areas; nothing means all.

    Source: V-3.
    """
    seen = sight_of(member)
    return Customer.objects.filter(sight_of(member, "")).order_by().values("id") if seen else None


def owners_in_sql(member: Member | None, alias: str) -> tuple[str, list[Any]]:
    """Return the same condition for a question written by hand, with its values; it is empty for who sees all.

    `alias` is what the question calls the customers' table.

    Source: V-3.
    """
    owners = accounts.owners_seen(member, Area.CUSTOMERS) if member is not None else frozenset()
    if owners is None:
        return "", []
    return f" AND ({alias}.owner_id = ANY(%s) OR {alias}.owner_id IS NULL)", [list(owners)]


def customer_for(member: Member | None, customer_id: UUID) -> Customer | None:
    """Return one customer with its owner, or nothing when there is none that the member may see."""
    return customers(member).select_related("owner").filter(id=customer_id).first()


def customer_names(customer_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of customers by id, for lists of other areas."""
    return dict(Customer.objects.filter(id__in=customer_ids).values_list("id", "name"))


def customer_page(
    member: Member | None, filters: CustomerFilters, cursor: Cursor | None = None, size: int = PAGE_SIZE
) -> CustomerPage:
    """Return one page of a list by name or by age: a constant number of rows is read, however long the list is."""
    is_before = cursor is not None and cursor.is_before
    picked = _picked(member, filters, cursor, size + 1)
    rows = list(_with_columns(_ordered(Customer.objects.filter(id__in=picked), filters.order, backwards=is_before)))
    has_more = len(rows) > size
    rows = rows[:size]
    if is_before:
        rows.reverse()
    has_earlier = has_more if is_before else cursor is not None
    has_later = cursor is not None if is_before else has_more
    made = tuple(_row(values) for values in rows)
    return CustomerPage(
        rows=made,
        before=_cursor(made[0], filters.order, is_before=True) if made and has_earlier else None,
        after=_cursor(made[-1], filters.order, is_before=False) if made and has_later else None,
    )


def customer_count(member: Member | None, filters: CustomerFilters, most: int = 10_000) -> int:
    """Return how many customers a list has, counting no further than `most` + 1."""
    return _chosen(member, filters).order_by()[: most + 1].count()


def on_list(member: Member | None, filters: CustomerFilters, customer_id: str = "customer_id") -> Q:
    """Return the condition that a row's customer is on a list, for sums of other areas.

    A sum over the rows of another table reads no customer as long as nothing of the customer itself is asked: who is
    archived is a short list, and words, tags and countries are found in indexes of their own.
    """
    seen = customers(member)
    exact = _exact(filters)
    is_read = bool(exact or filters.is_archived or member is None or seen.query.where)
    if is_read:
        chosen = seen.filter(archived_at__isnull=not filters.is_archived, **exact)
        found = Q(**{f"{customer_id}__in": chosen.values("id")})
    else:
        found = ~Q(**{f"{customer_id}__in": Customer.objects.filter(archived_at__isnull=False).values("id")})
    for ids in _ids_elsewhere(filters):
        found &= Q(**{f"{customer_id}__in": ids})
    return found


def ordered_ids(member: Member | None, filters: CustomerFilters, most: int) -> Iterator[UUID]:
    """Return the ids of a list's customers in its order, `most` of them."""
    chosen = _ordered(_chosen(member, filters), filters.order, backwards=False)
    return iter(chosen.values_list("id", flat=True)[:most])


def rows_of(member: Member | None, customer_ids: Sequence[UUID]) -> tuple[CustomerRow, ...]:
    """Return some customers that a member may see as rows of a list, in the order of their ids."""
    found = {row.id: row for row in map(_row, _with_columns(customers(member).filter(id__in=customer_ids)))}
    return tuple(found[id_] for id_ in customer_ids if id_ in found)


def export_rows(member: Member | None, filters: CustomerFilters) -> Iterator[CustomerRow]:
    """Return every customer of a list, read a thousand at a time."""
    chosen = _with_columns(_ordered(_chosen(member, filters), filters.order, backwards=False))
    return (_row(values) for values in chosen.iterator(chunk_size=1000))


@dataclass(frozen=True, slots=True)
class Choices:
    """By what a list of customers can be narrowed: who looks after them, and the tags in use, each as key and name."""

    owners: list[tuple[UUID, str]]
    tags: list[tuple[str, str]]


def choices_of_list(member: Member) -> Choices:
    """Return the choices of a member's list with one question; tags are those on customers whom the member sees."""
    sight, owners = owners_in_sql(member, "c")
    seen = f"""WHERE EXISTS (SELECT 1 FROM crm_tag_customers t JOIN crm_customer c ON c.id = t.customer_id
        WHERE t.tag_id = g.id{sight})"""  # noqa: S608 -- our own words
    question = f"""
        SELECT 0 AS part, row_number() OVER (ORDER BY m.name, m.id) AS n, m.id::text, m.name
        FROM accounts_member m WHERE m.is_active
        UNION ALL SELECT 1, row_number() OVER (ORDER BY g.folded), g.folded, g.name
        FROM crm_tag g {seen if sight else ""} ORDER BY part, n LIMIT %s"""  # noqa: S608 -- our own words
    with connection.cursor() as cursor:
        cursor.execute(question, [*owners, _MOST_CHOICES])
        rows = cursor.fetchall()
    owners_there = [(UUID(key), name) for part, _n, key, name in rows if not part]
    return Choices(owners_there, [(key, name) for part, _n, key, name in rows if part][:_MOST_TAGS])


def imported_refs(source: str, refs: Collection[str]) -> frozenset[str]:
    """Return which references of a source are here already."""
    found = Customer.objects.filter(source=source, external_ref__in=refs).values_list("external_ref", flat=True)
    return frozenset(map(str, found))


def owners() -> list[tuple[UUID, str]]:
    """Return who can look after a customer."""
    return list(Member.objects.filter(is_active=True).order_by("name").values_list("id", "name"))


def _chosen(member: Member | None, filters: CustomerFilters) -> QuerySet[Customer]:
    chosen = customers(member).filter(archived_at__isnull=not filters.is_archived, **_exact(filters))
    if filters.tag:  # joined, so that a count that stops early reads no more of them
        chosen = chosen.filter(tags__folded=filters.tag)
    if filters.country:
        chosen = chosen.filter(addresses__kind="billing", addresses__country=filters.country)
    for ids in _ids_elsewhere(replace(filters, tag="", country="")):
        chosen = chosen.filter(id__in=ids)
    return chosen


def _exact(filters: CustomerFilters) -> dict[str, Any]:
    exact = {"owner_id": filters.owner_id, "currency": filters.currency, "kind": filters.kind}
    return {name: value for name, value in exact.items() if value}


def _ids_elsewhere(filters: CustomerFilters) -> Iterator[Any]:
    """Give the ids that each filter leaves which lies in another table, as a question or a collection."""
    for beginnings in read_search(filters.text) if filters.text else []:
        starts = Q()
        for beginning in beginnings:
            starts |= Q(token__startswith=beginning)
        yield SearchToken.objects.filter(starts).values("customer_id")
    if filters.tag:
        yield Customer.tags.through.objects.filter(tag__folded=filters.tag).values("customer_id")
    if filters.country:
        yield Address.objects.filter(kind="billing", country=filters.country).values("customer_id")
    if filters.own:
        yield fields.ids_with(Subject.CUSTOMER, filters.own)
    if filters.among is not None:
        yield filters.among


def _picked(member: Member | None, filters: CustomerFilters, cursor: Cursor | None, size: int) -> Any:
    """Return the ids of a page, or a question for them: the same that `_chosen` and `_ordered` say."""
    if member is None or not member.may(Permission.CUSTOMER_VIEW):
        return []
    owners = accounts.owners_seen(member, Area.CUSTOMERS)
    if filters.owner_id:
        of_one = frozenset({filters.owner_id})
        owners = of_one if owners is None else of_one & owners
    is_name = filters.order == "name"
    try:
        asked = picking.Asked(
            owners=owners,
            or_nobodys=owners is not None and not filters.owner_id,
            is_archived=filters.is_archived,
            kind=filters.kind,
            currency=filters.currency,
            filters=tuple(_filters_elsewhere(filters)),
            column="sort_key" if is_name else "created_at",
            is_downwards=is_name == (cursor is not None and cursor.is_before),
            behind=(cursor.key if is_name else datetime.fromisoformat(cursor.key), cursor.id) if cursor else None,
        )
        return picking.picked(asked, size)
    except EmptyResultSet:
        return []


def _filters_elsewhere(filters: CustomerFilters) -> Iterator[picking.Filter]:
    yield from picking.by_words(filters.text, filters.kind)
    if filters.tag:
        yield picking.by_tag(filters.tag)
    if filters.country:
        yield picking.by_country(filters.country)
    if filters.own:
        yield picking.by_ids(fields.ids_with(Subject.CUSTOMER, filters.own))
    if filters.among is not None:
        yield picking.by_ids(filters.among)


def _ordered(chosen: QuerySet[Customer], order: Order, *, backwards: bool) -> QuerySet[Customer]:
    upwards = (order == "name") != backwards
    column = "sort_key" if order == "name" else "created_at"
    return chosen.order_by(column, "id") if upwards else chosen.order_by(f"-{column}", "-id")


def _with_columns(chosen: QuerySet[Customer]) -> QuerySet[Customer, Any]:
    billing = Address.objects.filter(customer=OuterRef("pk"), kind="billing")
    tags = Tag.objects.filter(customers=OuterRef("pk")).order_by("folded").values("name")
    return chosen.values(
        "id",
        "name",
        "kind",
        "sort_key",
        "email",
        "phone",
        "currency",
        "created_at",
        "archived_at",
        city_name=Subquery(billing.values("city")[:1]),
        country_code=Subquery(billing.values("country")[:1]),
        owner_name=F("owner__name"),
        tag_names=ArraySubquery(tags),
    )


def _row(values: dict[str, Any]) -> CustomerRow:
    return CustomerRow(
        id=values["id"],
        name=values["name"],
        kind=values["kind"],
        sort_key=values["sort_key"],
        email=values["email"],
        phone=values["phone"],
        city=values["city_name"] or "",
        country=values["country_code"] or "",
        currency=values["currency"],
        owner_name=values["owner_name"] or "",
        tags=tuple(values["tag_names"]),
        created_at=values["created_at"],
        archived_at=values["archived_at"],
    )


def _cursor(row: CustomerRow, order: Order, *, is_before: bool) -> Cursor:
    key = row.sort_key if order == "name" else row.created_at.isoformat()
    return Cursor(key=key, id=row.id, is_before=is_before)
