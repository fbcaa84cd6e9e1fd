"""Choose the customers of a page of a list, so that a rare filter costs about as much as a common one.

There are two ways to a page. One goes through the list's order and asks of each customer whether it fits, until the
page is full: good when many fit. The other gathers all who fit and sorts them: good when few do. The database chooses
between them by what it guesses of tags and beginnings of words, and a wrong guess reads the whole book. So it is looked
at first: the next few hundred customers often fill the page; where they don't, each filter is counted, though not far,
and the cheaper way is taken. Where every filter leaves many, the database is asked how many it guesses. When fewer of
the next ones fit than that promises (names of companies stand together), a longer stretch of the order is gone through
before all who fit are gathered.
"""
# ruff: noqa: S608 -- questions are made of our own words; what was typed goes along as values

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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
STRETCH = 20_000  # customers in the list's order that are asked before all who fit are gathered
FEW = 2  # of the near ones fit at least: what they tell of the others is better than what sizes tell
FURTHER = 3  # times as far as sizes promise those are who fit, where none of the near ones do: names stand together
AT_ODDS = 8  # times fewer of the near ones fit than the sizes of the filters promise
# What steps cost, one against the other: a customer of an index, put into a set, looked up in an index, in its table.
_PASSED, _IN_SET, _ASKED, _READ = 3, 6, 100, 80
# Beyond this the database, which has 4 MB to work with, would go through a set as through a list.
_MOST_IN_SET = 200_000


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

    A filter without a condition is one that the list's own columns ask already. `if_common` is a cheaper condition,
    for what the database knows to be common.
    """

    ids: Words
    condition: Words | None
    if_common: Words | None = None


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


def by_words(text: str, kind: str = "") -> list[Filter]:
    """Return what typed words leave, word by word; asked for one kind, only of that."""
    found = []
    of_kind = {"person": " AND t.is_person", "company": " AND NOT t.is_person"}.get(kind, "")
    for beginnings in read_search(text):
        likes = tuple(like_beginning(each) for each in beginnings)
        one_beginning = f"SELECT t.customer_id FROM crm_searchtoken t WHERE t.token LIKE %s{of_kind}"
        ids = " UNION ALL ".join([one_beginning] * len(likes))
        found.append(Filter(Words(ids, likes), _has_word("t.token || ''", likes), _has_word("t.token", likes)))
    return found


def _has_word(token: str, likes: tuple[str, ...]) -> Words:
    """Say that a customer has a word.

    Fenced by OFFSET 0 customers are asked one by one: else all who have the word are gathered first. In the disguise of
    a sum a token is looked for among the few of the customer, never among all that begin so.
    """
    either = " OR ".join([f"{token} LIKE %s"] * len(likes))
    return Words(f"EXISTS (SELECT 1 FROM crm_searchtoken t WHERE t.customer_id = c.id AND ({either}) OFFSET 0)", likes)


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
    known = _Known(filters, counts, book, len(near))
    if any(each > MOST_COUNTED for each in counts):
        known = _guessed(asked, known)
    return _asked_for(_cheaper(asked, known, size))


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
    near = _next_in_order(asked, NEAR)
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
    """What is known of a page: the filters, whom each leaves, how large the book is, how many of the next ones fit.

    `of_kind` is the part of the book that has the kind and the currency asked for.
    """

    filters: Sequence[Filter]
    counts: Sequence[int]
    book: int
    fitting: int
    of_kind: Fraction = Fraction(1)

    @property
    def to_ask(self) -> list[int]:
        """The filters that are not asked by the list's own columns, the rarest first."""
        some = [n for n, each in enumerate(self.filters) if each.condition is not None]
        return sorted(some, key=self.counts.__getitem__)

    @property
    def is_at_odds(self) -> bool:
        """Tell whether far fewer of the next ones fit than filters that know nothing of each other would leave."""
        promised = NEAR * self.of_kind * self.share(range(len(self.filters)))
        return promised >= AT_ODDS and self.fitting * AT_ODDS < promised

    def share(self, some: Iterable[int]) -> Fraction:
        """Return which part of the book filters leave together that know nothing of each other."""
        return prod((Fraction(self.counts[n], self.book) for n in some), start=Fraction(1))

    def named(self, some: Iterable[int]) -> list[Filter]:
        """Return filters by their places."""
        return [self.filters[n] for n in some]


def _guessed(asked: Asked, known: _Known) -> _Known:
    """Return the same with how many the database guesses that a filter leaves, where counting was given up.

    Each part of the question is fenced, so that the plan tells its rows by name.
    """
    columns = replace(asked, owners=None, or_nobodys=False, behind=None, is_archived=False)
    parts = [each.ids for each in known.filters]
    parts.append(Words("SELECT c.id FROM crm_customer c WHERE ") + _columns(columns))
    question = Words("EXPLAIN (FORMAT JSON, COSTS) WITH ")
    for n, part in enumerate(parts):
        question += Words(f"{', ' if n else ''}g{n} AS MATERIALIZED (") + part + ")"
    question += " SELECT 1 FROM " + ", ".join(f"g{n}" for n in range(len(parts)))
    with connection.cursor() as cursor:
        cursor.execute(question.text, question.values)
        plan = cursor.fetchone()[0][0]["Plan"]
    rows = {each["Subplan Name"]: each["Plan Rows"] for each in plan["Plans"] if "Subplan Name" in each}
    *counts, of_kind = (int(rows[f"CTE g{n}"]) for n in range(len(parts)))
    known_to_end = zip(known.counts, counts, strict=True)
    filters = [
        replace(each, condition=each.if_common) if each.if_common and guess > MOST_COUNTED else each
        for each, guess in zip(known.filters, counts, strict=True)
    ]
    counts = [count if count <= MOST_COUNTED else max(count, guess) for count, guess in known_to_end]
    book = max(known.book, of_kind, *counts)
    return replace(known, filters=filters, counts=counts, book=book, of_kind=Fraction(max(of_kind, 1), book))


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to a page: whom it begins with (nothing: the order), which filters are asked as sets, which one by one."""

    first: int | None
    sets: Sequence[int]
    others: Sequence[int]
    cost: Fraction


def _cheaper(asked: Asked, known: _Known, size: int) -> Words:
    """Say the question that is expected to cost the least."""
    if not known.is_at_odds:
        seen = Fraction(known.fitting if known.fitting >= FEW else 0, NEAR)
        fitting = seen or known.of_kind * known.share(range(len(known.filters))) / FURTHER
        passed = min(Fraction(known.book), size / fitting) if fitting else Fraction(known.book)
        return _said(asked, known, min(_walk(known, passed), *_gatherings(known), key=lambda way: way.cost), size)
    if len(known.filters) == 1 and known.of_kind == 1:  # those of one word are only not among the next names
        return _said(asked, known, _walk(known, Fraction(STRETCH, 2)), size)
    crossing = min(_walk(known, Fraction(known.book)), *_gatherings(known), key=lambda way: way.cost)
    return _stretched(asked, known.named(known.to_ask), _said(asked, known, crossing, size), size)


def _said(asked: Asked, known: _Known, way: _Way, size: int) -> Words:
    sets, others = known.named(way.sets), known.named(way.others)
    if way.first is None:
        return _walked(asked, sets, others, size)
    return _gathered(asked, known.filters[way.first], sets, others, size)


def _walk(known: _Known, passed: Fraction) -> _Way:
    """Return what it costs to go through the order past so many customers."""
    sets, others, asking, _ = _split(known, known.to_ask, passed * known.of_kind)
    return _Way(None, sets, others, passed * _PASSED + asking)


def _gatherings(known: _Known) -> Iterator[_Way]:
    """Give what it costs to begin with the rarest filter or, where that one is better a set, with the next."""
    for first in sorted(range(len(known.filters)), key=known.counts.__getitem__)[:2]:
        count = Fraction(known.counts[first])
        sets, others, asking, left = _split(known, [n for n in known.to_ask if n != first], count)
        yield _Way(first, sets, others, count * _PASSED + asking + left * _READ)


def _split(known: _Known, some: Sequence[int], left: Fraction) -> tuple[list[int], list[int], Fraction, Fraction]:
    """Return which filters are better sets and which are asked one by one, what that costs, and who is left."""
    sets: list[int] = []
    others: list[int] = []
    cost = Fraction(0)
    for n in some:
        as_set, asked = known.counts[n] * _IN_SET, left * _ASKED
        is_set = as_set < asked and known.counts[n] <= _MOST_IN_SET
        (sets if is_set else others).append(n)
        cost += as_set if is_set else asked
        left *= known.share([n])
    return sets, others, cost, left


def _stretched(asked: Asked, filters: Sequence[Filter], crossing: Words, size: int) -> Words:
    """Say how a page is filled from a longer stretch of the order, and by a crossing only if that does not fill it."""
    inner = _next_in_order(asked, STRETCH)
    found = Words("WITH stretch(id) AS MATERIALIZED (SELECT c.id FROM (") + inner + ") c WHERE " + _columns(asked)
    found += _conditions(filters) + f" {asked.order} LIMIT {size})"
    found += f" SELECT id FROM stretch WHERE (SELECT count(*) FROM stretch) >= {size} UNION ALL SELECT o.id FROM ("
    return found + crossing + f") o(id) WHERE (SELECT count(*) FROM stretch) < {size}"


def _next_in_order(asked: Asked, most: int) -> Words:
    """Say who comes next in the order, with the columns that are asked; so many, whether they fit or not."""
    named = f"c.id, c.{asked.column}, c.archived_at, c.owner_id, c.kind" + (", c.currency" if asked.currency else "")
    where = " WHERE c.archived_at IS NOT NULL" if asked.is_archived else " WHERE true"
    question = Words(f"SELECT {', '.join(dict.fromkeys(named.split(', ')))} FROM crm_customer c{where}")
    return question + _behind(asked) + f" {asked.order} LIMIT {most}"


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
