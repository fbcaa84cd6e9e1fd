"""What the formulas of a record make of its values and roll-ups. Source: O-4, O-5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from conto.domain.fields import formula
from conto.domain.fields.definition import ROLL_UPS, FieldKind, FieldRule
from conto.domain.fields.formula import Amount, Value
from conto.domain.money import to_major, to_minor


@lru_cache(maxsize=500)
def tree_of(text: str) -> formula.Node:
    """Return a formula as it is worked out; each text is read once."""
    return formula.parse(text)


def roll_ups_used(field: FieldRule, fields: Sequence[FieldRule]) -> frozenset[str]:
    """Return which roll-ups a formula uses, itself or through another. Source: O-5."""
    by_key = {each.key: each for each in fields}

    def used(each: FieldRule, way: frozenset[str]) -> frozenset[str]:
        if each.kind is not FieldKind.FORMULA or each.key in way:
            return frozenset()
        names = formula.names_in(tree_of(each.formula))
        found = frozenset(name for name in names if name in ROLL_UPS)
        for name in names:
            found |= used(by_key[name], way | {each.key}) if name in by_key else frozenset()
        return found

    return used(field, frozenset())


def uses_money(field: FieldRule, fields: Sequence[FieldRule]) -> bool:
    """Tell whether a formula uses, itself or through another, what the books say of the customer. Source: O-5."""
    return bool(roll_ups_used(field, fields))


def made_of(
    fields: Sequence[FieldRule], values: Mapping[str, Any], roll_ups: Mapping[str, Value], today: date
) -> dict[str, Any]:
    """Return what each formula makes, in the form of a kept value; nothing where it cannot be said."""
    by_key = {field.key: field for field in fields}
    known: dict[str, Value] = {}

    def named(name: str) -> Value:
        if name not in known:
            known[name] = None  # what leads back to itself has no value
            field = by_key.get(name)
            if field is None:
                known[name] = roll_ups.get(name)
            elif field.kind is FieldKind.FORMULA:
                known[name] = formula.evaluate(tree_of(field.formula), named, today)
            else:
                known[name] = _loose(field, values.get(name))
        return known[name]

    return {field.key: _kept(named(field.key)) for field in fields if field.kind is FieldKind.FORMULA}


def _loose(field: FieldRule, value: Any) -> Value:
    if value is None:
        return None
    try:
        return _read(field, value)
    except (ArithmeticError, ValueError, TypeError, KeyError):
        return None  # what nobody can read has no value, rather than no page


def _read(field: FieldRule, value: Any) -> Value:
    match field.kind:
        case FieldKind.NUMBER:
            return Decimal(value)
        case FieldKind.MONEY:
            return Amount(to_major(value["amount_minor"], value["currency"]), value["currency"])
        case FieldKind.DATE:
            return date.fromisoformat(value)
    return value if isinstance(value, str) else None


def _kept(value: Value) -> Any:
    match value:
        case bool():
            return "yes" if value else "no"
        case Amount(amount, currency):
            return {"amount_minor": to_minor(amount, currency), "currency": currency}
        case Decimal():
            text = f"{formula.round_places(value, 6):f}".rstrip("0").rstrip(".")
            return "0" if text in {"-0", ""} else text
        case date():
            return value.isoformat()
    return value
