"""Find customers by a few typed characters, and those that a new one may be the double of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from conto.apps.accounts.models import Member
from conto.apps.crm.models import Customer, SearchToken
from conto.apps.crm.queries.lists import customers, owners_in_sql
from conto.apps.crm.tokens import LONGEST, read_number, read_search
from conto.domain.contact import fold, sort_key
from conto.domain.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A customer that a search found; `contact_name` is the person through whom, if one."""

    id: UUID
    name: str
    kind: str
    email: str
    phone: str
    city: str
    contact_name: str
    is_archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A customer that is here already and looks the same in `why`: name, email, phone or vat."""

    id: UUID
    name: str
    why: str
    is_archived: bool


def find(member: Member | None, text: str, limit: int = 8) -> list[Found]:
    """Return the customers that a search finds: whose name begins so first, archived ones last."""
    terms = read_search(text)
    if member is None or not member.may(Permission.CUSTOMER_VIEW) or not terms:
        return []
    return _found(member, text, terms, limit)


_COLUMNS = ("id", "name", "kind", "email", "phone", "is_archived", "city", "contact_name")
# A short word can mean half the book: then the first that come are enough, beside the names that begin so.
_MOST = 1000
_MOST_BEGINNING = 50


def _found(member: Member, text: str, terms: list[list[str]], limit: int) -> list[Found]:
    meets: list[str] = []
    values: list[Any] = []
    for beginnings in sorted(terms, key=lambda term: max(map(len, term)), reverse=True):
        either = " OR ".join(["t.token LIKE %s"] * len(beginnings))
        meets.append(either)
        values.extend(_beginning(each) for each in beginnings)
    others = "".join(
        f" AND EXISTS (SELECT 1 FROM crm_searchtoken t WHERE t.customer_id = w.customer_id AND ({either}))"  # noqa: S608
        for either in meets[1:]
    )
    first = meets[0].replace("t.token", "w.token")
    sight, owners = owners_in_sql(member, "s")
    # Asked of each candidate, not afterwards: those that are not seen must not take the places of those that are.
    seen = f" AND EXISTS (SELECT 1 FROM crm_customer s WHERE s.id = w.customer_id{sight})" if sight else ""  # noqa: S608
    any_of = [_beginning(each) for beginnings in terms for each in beginnings]
    # What finds nobody as it was written may be a phone or tax number written in pieces.
    number = read_number(text)
    whole = ""
    if number:
        whole = f"""
            UNION (SELECT w.customer_id FROM crm_searchtoken w
                   WHERE w.token LIKE %s{seen} AND NOT EXISTS (SELECT 1 FROM candidates) LIMIT {_MOST})"""  # noqa: S608
        any_of.append(_beginning(number))
    begins = _beginning(sort_key(text)) if sort_key(text) else ""
    sql = f"""
        WITH candidates AS (
            (SELECT w.customer_id FROM crm_searchtoken w WHERE ({first}){others}{seen} LIMIT {_MOST})
            UNION (SELECT s.id FROM crm_customer s WHERE s.sort_key LIKE %s{sight}
                   ORDER BY s.sort_key LIMIT {_MOST_BEGINNING})
        ), all_candidates AS (
            SELECT customer_id FROM candidates{whole}
        ), found AS MATERIALIZED (
            SELECT c.id, c.name, c.kind, c.email, c.phone, c.sort_key, c.archived_at IS NOT NULL AS is_archived,
                   c.sort_key LIKE %s AS begins
            FROM crm_customer c WHERE c.id = ANY(ARRAY(SELECT customer_id FROM all_candidates))
            ORDER BY is_archived, begins DESC, c.sort_key, c.id LIMIT %s)
        SELECT f.id, f.name, f.kind, f.email, f.phone, f.is_archived,
               coalesce((SELECT a.city FROM crm_address a WHERE a.customer_id = f.id AND a.kind = 'billing'), ''),
               coalesce((SELECT p.name FROM crm_searchtoken t JOIN crm_contact p ON p.id = t.contact_id
                         WHERE t.customer_id = f.id AND t.token LIKE ANY(%s) LIMIT 1), '')
        FROM found f ORDER BY f.is_archived, f.begins DESC, f.sort_key, f.id"""  # noqa: S608 -- our own words
    with connection.cursor() as cursor:
        of_number = [_beginning(number), *owners] if number else []
        cursor.execute(sql, [*values, *owners, begins, *owners, *of_number, begins, limit, any_of])
        return [Found(**dict(zip(_COLUMNS, row, strict=True))) for row in cursor.fetchall()]


def _beginning(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"


def duplicates_of(
    member: Member | None, *, name: str = "", email: str = "", phone: str = "", vat: str = "", limit: int = 3
) -> list[Likeness]:
    """Return the customers that a new one may be the double of, with what is the same.

    Phone and VAT number are compared in their normal form.
    """
    visible = customers(member)
    asked: list[tuple[str, Any]] = []
    for why, word in (("vat", fold(vat)), ("email", fold(email)), ("phone", phone.removeprefix("+"))):
        if word:
            asked.append((why, Q(id__in=SearchToken.objects.filter(token=word[:LONGEST]).values("customer_id"))))
    if sort_key(name):
        asked.append(("name", Q(sort_key=sort_key(name)[:200])))
    found: dict[UUID, Likeness] = {}
    for why, condition in asked:
        for row in visible.filter(condition).order_by("archived_at", "sort_key")[:limit]:
            found.setdefault(row.id, _likeness(row, why))
    return list(found.values())[:limit]


def _likeness(row: Customer, why: str) -> Likeness:
    return Likeness(id=row.id, name=row.name, why=why, is_archived=row.archived_at is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtAddress:
    """A customer who has a mail address, or the person there who has it."""

    customer_id: UUID
    contact_id: UUID | None
    is_archived: bool


def at_addresses(addresses: Sequence[str]) -> dict[str, list[AtAddress]]:
    """Return who has some mail addresses, by address. For the capture of letters, which asks for no member."""
    wanted = {fold(address)[:LONGEST]: address for address in addresses}
    rows = (
        SearchToken.objects.filter(token__in=wanted)
        .values_list("token", "customer_id", "contact_id", "customer__email", "contact__email", "customer__archived_at")
        .order_by("customer_id", "contact_id")
    )
    found: dict[str, list[AtAddress]] = {}
    for token, customer_id, contact_id, of_customer, of_contact, archived_at in rows:
        address = wanted[token]
        if (of_contact if contact_id else of_customer).lower() == address.lower():
            made = AtAddress(customer_id=customer_id, contact_id=contact_id, is_archived=archived_at is not None)
            found.setdefault(address, []).append(made)
    return found
