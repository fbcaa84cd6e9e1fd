"""Lists of customers by what formulas make: which fit, and in which order (O-9).

No column holds what a formula makes, so it is made for each customer that the rest of the list leaves. That is done for
so many and no more: a longer list is to be narrowed first, by what is in columns.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from conto.apps.crm import queries as crm
from conto.apps.crm.queries import CustomerFilters
from conto.apps.fields.filters import Wanted
from conto.apps.payments.queries.roll_ups import shown_values
from conto.domain.contact import fold
from conto.domain.errors import RuleBroken
from conto.domain.fields import FieldKind, FieldRule, Subject

if TYPE_CHECKING:
    from conto.apps.accounts.models import Business, Member

MOST = 10_000
_AT_ONCE = 1000


def narrowed(
    business: "Business | None", member: "Member | None", filters: CustomerFilters, today: date
) -> CustomerFilters:
    """Return filters of customers that ask columns only: what they asked of formulas is answered, by ids.

    Raises: RuleBroken when the rest of the list is too long for that.
    """
    made = [each for each in filters.own if each.field.kind is FieldKind.FORMULA]
    if not made:
        return filters
    rest = replace(filters, own=tuple(each for each in filters.own if each.field.kind is not FieldKind.FORMULA))
    values = _values(business, member, rest, [each.field for each in made], today)
    fitting = [id_ for id_, held in values.items() if all(fits(held.get(each.field.key), each) for each in made)]
    return replace(rest, among=fitting)


def in_order(
    business: "Business | None",
    member: "Member | None",
    filters: CustomerFilters,
    *,
    field: FieldRule,
    upwards: bool,
    today: date,
) -> list[UUID]:
    """Return the ids of a list's customers by what a field holds, those without a value last.

    Amounts of one currency stand together, those of the business first: two currencies can't be compared.

    Raises: RuleBroken when the list is too long for that.
    """
    found = _values(business, member, filters, [field], today)
    home = business.currency if business else ""
    keyed = [(_key(held.get(field.key), home), id_) for id_, held in found.items()]
    there = [(key, id_) for key, id_ in keyed if key is not None]
    there.sort(key=lambda each: each[0][1], reverse=not upwards)
    there.sort(key=lambda each: each[0][0])
    return [id_ for _key_, id_ in there] + [id_ for key, id_ in keyed if key is None]


def _values(
    business: "Business | None",
    member: "Member | None",
    filters: CustomerFilters,
    shown: Sequence[FieldRule],
    today: date,
) -> dict[UUID, dict[str, Any]]:
    ids = list(crm.ordered_ids(member, filters, MOST + 1))
    if len(ids) > MOST:
        raise RuleBroken(
            "list.too_long_for_formula",
            "A formula can be asked of at most %(most)s customers. Narrow the list first.",
            most=MOST,
        )
    found: dict[UUID, dict[str, Any]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = {id_: id_ for id_ in ids[start : start + _AT_ONCE]}
        found |= shown_values(business, Subject.CUSTOMER, some, shown=shown, today=today)
    return found


def fits(value: Any, wanted: Wanted) -> bool:
    """Tell whether what a formula makes is what is asked for; what has no value fits nothing."""
    if value is None:
        return False
    key = _key(value, "")
    if wanted.value is not None:
        if isinstance(wanted.value, str) and isinstance(value, str) and isinstance(key, tuple) and key[0] == (2, ""):
            return fold(wanted.value) in fold(value)
        return key == _key(wanted.value, "")
    ends = [_key(end, "") for end in (wanted.least, wanted.most)]
    if key is None or any(end is not None and end[0] != key[0] for end in ends):
        return False
    least, most = ends
    return (least is None or key[1] >= least[1]) and (most is None or key[1] <= most[1])


def _key(value: Any, home: str) -> tuple[tuple[int, str], Any] | None:
    """Return by what a kept value is compared, behind what it can be compared with."""
    match value:
        case None:
            return None
        case {"amount_minor": minor, "currency": currency}:
            return (0 if currency == home else 1, str(currency)), minor
        case Decimal():
            return (2, "number"), value
        case str() if _is_number(value):
            return (2, "number"), Decimal(value)
        case str() if value.count("-") == 2 and value[:4].isdigit():
            return (2, "day"), value
    return (2, ""), fold(str(value))


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()
