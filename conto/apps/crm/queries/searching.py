"""Find customers by a few typed characters, and those that a new one may be the double of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from conto.apps.accounts.models import Member
from conto.apps.crm.models import Customer, SearchToken
from conto.apps.crm.queries.lists import customers, owners_in_sql
from conto.apps.crm.tokens import LONGEST, like_beginning, read_number, read_search
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
_MOST = 300
_MOST_BEGINNING = 50
# Whoever sees so few customers is answered from those: to go through a word's customers until some are theirs could
# mean to go through all. Whoever sees more comes across some soon, and fewer are enough.
_FEW = 8000
_MOST_OF_SOME = 100


Words = list[list[str]]  # for each word of the search how it may begin, as conditions


def _found(member: Member, text: str, terms: list[list[str]], limit: int) -> list[Found]:
    sight, owners = owners_in_sql(member, "s")
    number, begins = read_number(text), sort_key(text)
    given: dict[str, Any] = {"owners": owners[0] if owners else [], "limit": limit}
    given |= {"begins": like_beginning(begins) if begins else "", "number": like_beginning(number)}
    words: Words = []
    for beginnings in sorted(terms, key=lambda term: max(map(len, term)), reverse=True):
        wide = [
            each for each in beginnings if not any(each != other and each.startswith(other) for other in beginnings)
        ]
        names = [f"b{len(given) + n}" for n in range(len(wide))]
        given |= {name: like_beginning(each) for name, each in zip(names, wide, strict=True)}
        words.append([f"t.token LIKE %({name})s" for name in names])
    given["any_of"] = [like_beginning(each) for term in [*terms, [number] if number else []] for each in term]
    candidates = _of_those_seen(words, sight.replace("%s", "%(owners)s")) if sight else _of_all(words)
    with connection.cursor() as cursor:
        cursor.execute(_question(candidates, sight.replace("%s", "%(owners)s"), is_number=bool(number)), given)
        return [Found(**dict(zip(_COLUMNS, row, strict=True))) for row in cursor.fetchall()]


def _of_all(words: Words) -> str:
    """Say how customers are found by words for who sees all: through the longest word, which the fewest have."""
    return f"""
        candidates AS (
            {_through(words, "", _MOST)}
            UNION (SELECT s.id FROM crm_customer s WHERE s.sort_key LIKE %(begins)s
                   ORDER BY s.sort_key LIMIT {_MOST_BEGINNING}))"""  # noqa: S608 -- our own words


def _of_those_seen(words: Words, sight: str) -> str:
    """Say the same for who does not see all: through those that are seen where they are few, else through the word.

    Sight is asked of each candidate, not afterwards: what is not seen must not take the places of what is.
    """
    fence = "" if len(words) > 1 else " OFFSET 0"
    seen = f" AND EXISTS (SELECT 1 FROM crm_customer s WHERE s.id = w.customer_id{sight}{fence})"  # noqa: S608
    return f"""
        few AS MATERIALIZED (
            SELECT s.id FROM unnest(%(owners)s::uuid[]) o, LATERAL (
                SELECT c.id FROM crm_customer c WHERE c.owner_id = o LIMIT {_FEW + 1}) s
            UNION ALL (SELECT s.id FROM crm_customer s WHERE s.owner_id IS NULL LIMIT {_FEW + 1})
            LIMIT {_FEW + 1}
        ), are_few AS MATERIALIZED (SELECT count(*) <= {_FEW} AS yes FROM few
        ), candidates AS (
            (SELECT f.id AS customer_id FROM few f
             WHERE (SELECT yes FROM are_few){_has("f.id", words, fence=" OFFSET 0")} LIMIT {_MOST})
            UNION {_through(words, f" AND NOT (SELECT yes FROM are_few){seen}", _MOST_OF_SOME)}
            UNION SELECT s.id FROM unnest(%(owners)s::uuid[]) o, LATERAL (
                SELECT n.id FROM (SELECT c.id, c.sort_key FROM crm_customer c
                                  WHERE c.owner_id = o AND c.sort_key LIKE %(begins)s OFFSET 0) n
                ORDER BY n.sort_key LIMIT {_MOST_BEGINNING}) s
            UNION (SELECT s.id FROM crm_customer s WHERE s.owner_id IS NULL AND s.sort_key LIKE %(begins)s
                   ORDER BY s.sort_key LIMIT {_MOST_BEGINNING}))"""  # noqa: S608 -- our own words


def _through(words: Words, also: str, most: int) -> str:
    """Say how customers are found through the first word: a question for each beginning, so that each stops early."""
    rest = _has("w.customer_id", words[1:])
    ways = [each.replace("t.token", "w.token") for each in words[0]]
    asked = "SELECT w.customer_id FROM crm_searchtoken w WHERE"
    return " UNION ".join(f"({asked} {each}{rest}{also} LIMIT {most})" for each in ways)


def _has(customer: str, words: Words, fence: str = "") -> str:
    # Fenced by OFFSET 0 they are asked one by one: else all customers of a word are gathered first.
    asked = f"SELECT 1 FROM crm_searchtoken t WHERE t.customer_id = {customer}"  # noqa: S608 -- our own words
    return "".join(f" AND EXISTS ({asked} AND ({' OR '.join(each)}){fence})" for each in words)


def _question(candidates: str, sight: str, *, is_number: bool) -> str:
    whole = ""
    if is_number:  # what finds nobody as it was written may be a phone or tax number written in pieces
        seen = f" AND EXISTS (SELECT 1 FROM crm_customer s WHERE s.id = w.customer_id{sight})" if sight else ""  # noqa: S608
        whole = f"""
            UNION (SELECT w.customer_id FROM crm_searchtoken w
                   WHERE w.token LIKE %(number)s{seen} AND NOT EXISTS (SELECT 1 FROM candidates) LIMIT {_MOST})"""  # noqa: S608
    return f"""
        WITH {candidates}, all_candidates AS (
            SELECT customer_id FROM candidates{whole}
        ), found AS MATERIALIZED (
            SELECT c.id, c.name, c.kind, c.email, c.phone, c.sort_key, c.archived_at IS NOT NULL AS is_archived,
                   c.sort_key LIKE %(begins)s AS begins
            FROM crm_customer c WHERE c.id = ANY(ARRAY(SELECT customer_id FROM all_candidates))
            ORDER BY is_archived, begins DESC, c.sort_key, c.id LIMIT %(limit)s)
        SELECT f.id, f.name, f.kind, f.email, f.phone, f.is_archived,
               coalesce((SELECT a.city FROM crm_address a WHERE a.customer_id = f.id AND a.kind = 'billing'), ''),
               coalesce((SELECT p.name FROM crm_searchtoken t JOIN crm_contact p ON p.id = t.contact_id
                         WHERE t.customer_id = f.id AND t.token LIKE ANY(%(any_of)s) LIMIT 1), '')
        FROM found f ORDER BY f.is_archived, f.begins DESC, f.sort_key, f.id"""  # noqa: S608 -- our own words


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


def here_already(
    member: Member | None, *, emails: Collection[str], phones: Collection[str], names: Collection[str]
) -> list[tuple[Likeness, str, str]]:
    """Return the customers who have one of some details, each with what is the same and how it was asked.

    Mails are folded, phones in their normal form, names sort keys. Two queries, however long the lists are.
    """
    asked = {fold(email)[:LONGEST]: ("email", email) for email in emails}
    asked |= {phone.removeprefix("+")[:LONGEST]: ("phone", phone) for phone in phones}
    visible = customers(member)
    tokens = SearchToken.objects.filter(token__in=list(asked), customer__in=visible).values_list(
        "token", "customer_id", "customer__name", "customer__archived_at"
    )
    found = [
        (Likeness(id=id_, name=name, why=asked[token][0], is_archived=archived is not None), *asked[token])
        for token, id_, name, archived in tokens
    ]
    return found + [(_likeness(row, "name"), "name", row.sort_key) for row in visible.filter(sort_key__in=list(names))]


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


def meant_by(member: Member | None, texts: Collection[str]) -> dict[str, list[Customer]]:
    """Return which customers each of some texts means, as a file names them, as far as a member sees them.

    By id, by the reference of where they come from, by the mail address of theirs or of a person there, or by name: the
    first of these ways that finds somebody counts. Two queries, however long the list is.
    """
    wanted = {text for text in texts if text}
    ids = {id_: text for text in wanted if (id_ := _as_id(text))}
    mails = {
        address: {each.customer_id for each in found}
        for address, found in at_addresses([text for text in wanted if "@" in text]).items()
    }
    keys = {text: sort_key(text)[:200] for text in wanted}
    known = Q(external_ref__in=wanted) | Q(sort_key__in=set(keys.values()) - {""})
    known |= Q(id__in={*ids, *(id_ for found in mails.values() for id_ in found)})
    rows = list(customers(member).filter(known).order_by("sort_key", "id"))
    made: dict[str, list[Customer]] = {}
    for text in wanted:
        ways = (
            [row for row in rows if ids.get(row.id) == text],
            [row for row in rows if row.external_ref == text],
            [row for row in rows if row.id in mails.get(text, ())],
            [row for row in rows if row.sort_key == keys[text]],
        )
        if found := next(filter(None, ways), None):
            made[text] = found
    return made


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
