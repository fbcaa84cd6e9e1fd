"""Choose the customers of a page of a list, so that a rare filter costs about as much as a common one.

There are two ways to a page. One goes through the list's order and asks of each customer whether it fits, until the
page is full: good when many fit. The other gathers all who fit and sorts them: good when few do. The database chooses
between them by what it guesses of tags and beginnings of words, and a wrong guess reads the whole book. So it is looked
at first: the next few hundred customers often fill the page; where they don't, each filter is counted, though not far,
and the cheaper way is taken.
"""
# ruff: noqa: S608 -- questions are made of our own words; what was typed goes along as values

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import prod
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from conto.apps.crm.tokens import like_beginning, read_search

NEAR = 400  # customers in the list's order that are asked at once
MOST_COUNTED = 8_000
FEW = 2  # so few of the near ones fit: most of a walk is in vain
# What steps cost, one against the other: a customer of an index, one looked up in a set, in an index, in its table.
_PASSED, _IN_SET, _ASKED, _READ = 3, 6, 100, 80
_SHARE_OF_MANY = Fraction(1, 20)  # of the book, for what was not counted to its end


@dataclass(frozen=True, slots=True)
class Words:
    """A part of a question, and its values."""

    text: str = ""
    values: tuple[Any, ...] = ()

    def __add__(self, other: "Words | str") -> "Words":
        """Return both, one behind the other."""
        if isinstance(other, str):
            return Words(self.text + other, self.values)
        return Words(self.text + other.text, self.values + other.values)


@dataclass(frozen=True, slots=True)
class Filter:
    """Customers that one filter leaves: as a question for all of their ids, and as a condition on one, `c`.

    A filter without a condition is one that the list's own columns ask already.
    """

    ids: Words
    condition: Words | None
    letters: int = 0  # of a typed word: long ones are rarer


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page asks: conditions on columns, filters that lie in other tables, the order, and where to begin."""

    owners: frozenset[UUID] | None = None  # whose customers; nothing: everybody's
    or_nobodys: bool = False
    is_archived: bool = False
    kind: str = ""
    currency: str = ""
    filters: tuple[Filter, ...] = ()
    column: str = "sort_key"  # or created_at
    is_downwards: bool = False
    behind: tuple[str | datetime, UUID] | None = None

    @property
    def order(self) -> str:
        """How it is sorted."""
        way = " DESC" if self.is_downwards else ""
        return f"ORDER BY c.{self.column}{way}, c.id{way}"


def by_words(text: str) -> list[Filter]:
    """Return what typed words leave, word by word."""
    found = []
    for beginnings in read_search(text):
        likes = tuple(like_beginning(each) for each in beginnings)
        ids = " UNION ALL ".join(["SELECT t.customer_id FROM crm_searchtoken t WHERE t.token LIKE %s"] * len(likes))
        either = " OR ".join(["t.token LIKE %s"] * len(likes))
        # Fenced by OFFSET 0 they are asked one by one: else all customers of a word are gathered first.
        one = f"EXISTS (SELECT 1 FROM crm_searchtoken t WHERE t.customer_id = c.id AND ({either}) OFFSET 0)"
        found.append(Filter(Words(ids, likes), Words(one, likes), letters=min(map(len, beginnings))))
    return sorted(found, key=lambda each: each.letters)


def by_tag(folded: str) -> Filter:
    """Return what a tag leaves."""
    tag = "(SELECT g.id FROM crm_tag g WHERE g.folded = %s)"
    rows = "SELECT t.customer_id FROM crm_tag_customers t WHERE t.tag_id ="
    one = f"EXISTS (SELECT 1 FROM crm_tag_customers t WHERE t.tag_id = {tag} AND t.customer_id = c.id OFFSET 0)"
    return Filter(Words(f"{rows} {tag}", (folded,)), Words(one, (folded,)))


def by_country(country: str) -> Filter:
    """Return what the country of the billing address leaves."""
    rows = "FROM crm_address a WHERE a.kind = 'billing' AND a.country = %s"
    one = f"EXISTS (SELECT 1 {rows} AND a.customer_id = c.id OFFSET 0)"
    return Filter(Words(f"SELECT a.customer_id {rows}", (country,)), Words(one, (country,)))


def by_ids(ids: Any) -> Filter:
    """Return what a question of another area leaves, or a collection of ids.

    Raises: EmptyResultSet when that is known to be nobody.
    """
    if not isinstance(ids, QuerySet):
        some = ([str(each) for each in ids],)
        return Filter(Words("SELECT unnest(%s::uuid[])", some), Words("c.id = ANY(%s::uuid[])", some))
    text, values = ids.order_by().query.sql_with_params()
    one = Words(f"EXISTS (SELECT 1 FROM ({text}) x(id) WHERE x.id = c.id)", tuple(values))
    return Filter(Words(f"SELECT x.id FROM ({text}) x(id)", tuple(values)), one)


def picked(asked: Asked, size: int) -> RawSQL | list[UUID]:
    """Return the ids of the first customers in the order asked, at most `size`, or a question for them."""
    if asked.owners is not None and not asked.owners and not asked.or_nobodys:
        return []
    if asked.owners is not None and not asked.filters and asked.column == "sort_key" and not asked.currency:
        return _asked_for(_merged(asked, size))
    filters = (*asked.filters, *_of_columns(asked))
    if not filters:
        return _asked_for(_walked(asked, (), (), size))
    near, book, counts = _looked(asked, filters, size)
    if len(near) >= size:
        return near
    return _asked_for(_cheaper(asked, _Known(filters, counts, book, len(near)), size))


def _asked_for(question: Words) -> RawSQL:
    return RawSQL(question.text, question.values)  # noqa: S611 -- made of our own words


def _of_columns(asked: Asked) -> list[Filter]:
    """Return the conditions on columns that an index can gather as well."""
    found = []
    if asked.owners is not None:
        ids = "SELECT w.id FROM crm_customer w WHERE w.owner_id = ANY(%s::uuid[])"
        nobodys = " UNION ALL SELECT w.id FROM crm_customer w WHERE w.owner_id IS NULL" if asked.or_nobodys else ""
        found.append(Filter(Words(ids + nobodys, (_texts(asked.owners),)), None))
    if asked.is_archived:
        found.append(Filter(Words("SELECT w.id FROM crm_customer w WHERE w.archived_at IS NOT NULL"), None))
    return found


def _texts(ids: frozenset[UUID]) -> list[str]:
    return sorted(map(str, ids))


def _columns(asked: Asked, *, owners: bool = True) -> Words:
    found = Words("c.archived_at IS NOT NULL" if asked.is_archived else "c.archived_at IS NULL")
    if asked.kind:
        found += Words(" AND c.kind = %s", (asked.kind,))
    if asked.currency:
        found += Words(" AND c.currency = %s", (asked.currency,))
    if owners and asked.owners is not None:
        nobodys = " OR c.owner_id IS NULL" if asked.or_nobodys else ""
        found += Words(f" AND (c.owner_id = ANY(%s::uuid[]){nobodys})", (_texts(asked.owners),))
    return found + _behind(asked)


def _behind(asked: Asked) -> Words:
    if asked.behind is None:
        return Words()
    side = "<" if asked.is_downwards else ">"
    cast = "%s::text" if asked.column == "sort_key" else "%s::timestamptz"
    return Words(f" AND (c.{asked.column}, c.id) {side} ({cast}, %s::uuid)", asked.behind)


def _merged(asked: Asked, size: int) -> Words:
    """Say how a page by name is made of the pages of each owner."""
    column, rest = asked.column, _columns(asked, owners=False)
    one = Words(f"SELECT c.id, c.{column} FROM crm_customer c WHERE c.owner_id = o AND ") + rest
    pages = Words("SELECT s.* FROM unnest(%s::uuid[]) o, LATERAL (", (_texts(asked.owners or frozenset()),))
    pages += one + f" {asked.order} LIMIT {size}) s"
    if asked.or_nobodys:
        pages += f" UNION ALL (SELECT c.id, c.{column} FROM crm_customer c WHERE c.owner_id IS NULL AND "
        pages += rest + f" {asked.order} LIMIT {size})"
    return Words("SELECT c.id FROM (") + pages + f") c {asked.order} LIMIT {size}"


def _looked(asked: Asked, filters: Sequence[Filter], size: int) -> tuple[list[UUID], int, list[int]]:
    """Return who fits among the next customers and, unless that fills the page, the book's size and each filter's."""
    named = f"c.id, c.{asked.column}, c.archived_at, c.owner_id, c.kind" + (", c.currency" if asked.currency else "")
    inner = " WHERE c.archived_at IS NOT NULL" if asked.is_archived else " WHERE true"
    near = Words(f"SELECT {', '.join(dict.fromkeys(named.split(', ')))} FROM crm_customer c{inner}")
    near += _behind(asked) + f" {asked.order} LIMIT {NEAR}"
    fitting = Words(f"SELECT c.id, c.{asked.column} FROM (") + near + ") c WHERE " + _columns(asked)
    fitting += _conditions(filters)
    question = Words("WITH near AS MATERIALIZED (") + fitting + f" {asked.order} LIMIT {size})"
    book = "(SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass('crm_customer'))"
    question += f" SELECT ARRAY(SELECT id FROM near), {book}"
    for each in filters:
        question += f", CASE WHEN (SELECT count(*) FROM near) < {size} THEN (SELECT count(*) FROM ("
        question += Words("SELECT 1 FROM (") + each.ids + f") y(id) LIMIT {MOST_COUNTED + 1}) z) END"
    with connection.cursor() as cursor:
        cursor.execute(question.text, question.values)
        ids, size_of_book, *counts = cursor.fetchone()
    return ids, max(size_of_book, NEAR, *(each or 0 for each in counts)), counts


def _conditions(filters: Sequence[Filter]) -> Words:
    found = Words()
    for each in filters:
        if each.condition is not None:
            found += Words(" AND ") + each.condition
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """What looking told: the filters with their counts, how large the book is, and how many of the next ones fit."""

    filters: Sequence[Filter]
    counts: Sequence[int]
    book: int
    fitting: int

    def is_many(self, n: int) -> bool:
        """Tell whether a filter leaves more than were counted."""
        return self.counts[n] > MOST_COUNTED

    def share(self, *some: int) -> Fraction:
        """Return which part of the book filters leave together, as far as it is known."""
        parts = (Fraction(self.counts[n], self.book) for n in some)
        known = [max(part, _SHARE_OF_MANY) if self.is_many(n) else part for n, part in zip(some, parts, strict=True)]
        return prod(known, start=Fraction(1))

    def to_ask(self, *, but: int | None = None) -> list[int]:
        """Return the filters that are not asked by the list's own columns."""
        return [n for n, each in enumerate(self.filters) if each.condition is not None and n != but]

    def named(self, some: Iterable[int]) -> list[Filter]:
        """Return filters by their places."""
        return [self.filters[n] for n in some]


def _cheaper(asked: Asked, known: _Known, size: int) -> Words:
    """Say the question that is expected to cost the least."""
    first = min(range(len(known.filters)), key=known.counts.__getitem__)
    to_ask = known.to_ask()
    if known.is_many(first) and known.fitting < FEW and to_ask:  # it may be that hardly anybody has them all
        return _crossed(asked, known.named(to_ask), size)
    sets = [n for n in to_ask if not known.is_many(n)]
    others = known.to_ask(but=first)
    in_sets = [n for n in others if not known.is_many(n) and known.counts[n] * _IN_SET < known.counts[first] * _ASKED]
    if known.is_many(first) or _cost_of_walk(known, to_ask, sets, size) < _cost_of_gathering(
        known, first, others, in_sets
    ):
        return _walked(asked, known.named(sets), known.named(n for n in to_ask if n not in sets), size)
    rest = known.named(n for n in others if n not in in_sets)
    return _gathered(asked, known.filters[first], known.named(in_sets), rest, size)


def _cost_of_walk(known: _Known, to_ask: Sequence[int], sets: Sequence[int], size: int) -> Fraction:
    fitting = known.share(*range(len(known.filters)))
    passed = min(Fraction(known.book), size / fitting) if fitting else Fraction(known.book)
    asked_one_by_one = passed * known.share(*sets) * (len(to_ask) - len(sets))
    return passed * _PASSED + sum(known.counts[n] for n in sets) * _IN_SET + asked_one_by_one * _ASKED


def _cost_of_gathering(known: _Known, first: int, others: Sequence[int], sets: Sequence[int]) -> Fraction:
    count = known.counts[first]
    asked_one_by_one = count * known.share(*sets) * (len(others) - len(sets))
    looked_up = count * _PASSED + sum(known.counts[n] for n in sets) * _IN_SET
    return looked_up + asked_one_by_one * _ASKED + count * known.share(*others) * _READ


def _crossed(asked: Asked, filters: Sequence[Filter], size: int) -> Words:
    """Say the question for filters that many have, and nearly none of the next customers has together.

    Words of one name are had together by few, so who has the two longest is gathered. A single word is only not among
    the next names. Else a set is asked first: to look somebody up there costs the least.
    """
    *rest, last = filters
    if last.letters and rest:
        return _gathered(asked, rest[-1], [last], rest[:-1], size)
    if last.letters and not asked.kind:
        return _walked(asked, [], filters, size)
    return _walked(asked, [last], rest, size)


def _sets(sets: Sequence[Filter]) -> tuple[Words, Words]:
    """Return sets as tables of a question, and the conditions to be in them; a CASE keeps them from being joined."""
    tables, conditions = Words(), Words()
    for n, each in enumerate(sets):
        tables += Words(f"{', ' if n else ''}s{n}(id) AS MATERIALIZED (") + each.ids + ")"
        conditions += f" AND CASE WHEN c.id IN (SELECT id FROM s{n}) THEN true END"
    return tables, conditions


def _walked(asked: Asked, sets: Sequence[Filter], rest: Sequence[Filter], size: int) -> Words:
    """Say how a page is filled by going through the order, asking sets first and indexes then."""
    tables, in_sets = _sets(sets)
    question = Words("WITH ") + tables + " " if sets else Words()
    question += Words("SELECT c.id FROM crm_customer c WHERE ") + _columns(asked) + in_sets
    return question + _conditions(rest) + f" {asked.order} LIMIT {size}"


def _gathered(asked: Asked, first: Filter, sets: Sequence[Filter], rest: Sequence[Filter], size: int) -> Words:
    """Say how a page is made of all whom the rarest filter leaves; only who has the other filters is read."""
    tables, in_sets = _sets(sets)
    question = Words("WITH ") + tables + ", " if sets else Words("WITH ")
    question += Words("those(id) AS MATERIALIZED (SELECT c.id FROM (SELECT DISTINCT c.id FROM (") + first.ids
    question += Words(") c(id) WHERE true") + in_sets + " OFFSET 0) c WHERE true" + _conditions(rest) + ")"
    question += " SELECT c.id FROM crm_customer c WHERE c.id = ANY(ARRAY(SELECT id FROM those)) AND "
    return question + _columns(asked) + f" {asked.order} LIMIT {size}"
