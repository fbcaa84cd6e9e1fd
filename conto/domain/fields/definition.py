"""What a field of one's own is: its kind, label, choices or formula, and what may be said of it. Source: O-1, O-2."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from conto.domain.contact import fold
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.fields import formula
from conto.domain.fields.formula import Type
from conto.domain.permissions import Permission, Role

MOST_FIELDS = 60
MOST_CHOICES = 100
LONGEST_LABEL = 60
LONGEST_CHOICE = 80
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Subject(StrEnum):
    """Records that can have fields of one's own."""

    CUSTOMER = "customer"
    CONTACT = "contact"
    LEAD = "lead"
    DEAL = "deal"
    QUOTE = "quote"
    INVOICE = "invoice"


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    MANY = "many"
    LINK = "link"
    FORMULA = "formula"


# What the books say of the customer of a record; formulas use these like fields (O-5).
ROLL_UPS: dict[str, Type] = {
    "paid_12_months": "money",
    "late_rate": "number",
    "open_balance": "money",
    "next_due": "date",
    "next_renewal": "date",
}
_MONEY = frozenset({Permission.INVOICE_VIEW})
# What somebody has to see themselves who is to see a sum of it.
ROLL_UP_RIGHTS: dict[str, frozenset[Permission]] = {
    "paid_12_months": _MONEY | {Permission.PAYMENT_VIEW},
    "late_rate": _MONEY | {Permission.PAYMENT_VIEW},
    "open_balance": _MONEY,
    "next_due": _MONEY,
    "next_renewal": _MONEY | {Permission.CONTRACT_VIEW},
}
_TYPES: dict[FieldKind, Type] = {
    FieldKind.TEXT: "text",
    FieldKind.NUMBER: "number",
    FieldKind.MONEY: "money",
    FieldKind.DATE: "date",
    FieldKind.CHOICE: "text",
    FieldKind.LINK: "text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """A field as its business defined it."""

    key: str
    label: str
    kind: FieldKind
    choices: tuple[str, ...] = ()
    is_required: bool = False
    is_listed: bool = False
    formula: str = ""
    is_archived: bool = False
    seen_by: frozenset[Role] | None = None  # beside owners and admins; none: whoever sees the record
    edited_by: frozenset[Role] | None = None  # of those who see it; none: all of them

    @property
    def is_entered(self) -> bool:
        """Tell whether people enter it, and nothing makes it."""
        return self.kind is not FieldKind.FORMULA


def key_of(label: str, taken: Sequence[str] = ()) -> str:
    """Return a key for a label, by which programs and formulas name the field; a number makes it the only one."""
    plain = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:36]
    plain = plain if _KEY.fullmatch(plain) else f"field_{plain}".rstrip("_")[:36]
    known = {*taken, *formula.RESERVED, *ROLL_UPS}
    key, n = plain, 2
    while key in known:
        key, n = f"{plain}_{n}", n + 1
    return key


def checked_definition(
    field: FieldRule, *, others: Sequence[FieldRule], before: FieldRule | None = None, has_values: bool = False
) -> FieldRule:
    """Return a field's definition in its normal form. Source: O-1, O-2, O-6.

    Raises: RuleBroken that says what cannot stand; Conflict when values are there already.
    """
    if before is not None and before.kind is not field.kind and has_values:
        raise Conflict(
            "field.kind_has_values",
            "“%(label)s” has values, so it stays what it is. Add a new field and archive this one.",
            label=before.label,
        )
    others = [each for each in others if each.key != field.key]
    label = _line(field.label, LONGEST_LABEL)
    if any(fold(each.label) == fold(label) and not each.is_archived for each in others):
        raise Conflict("field.label_taken", "Another field is called “%(label)s”.", label=label)
    if not _KEY.fullmatch(field.key) or field.key in formula.RESERVED or field.key in ROLL_UPS:
        raise RuleBroken(
            "field.bad_key",
            "“%(key)s” can't be a key: small letters, digits and _ only, and no word that formulas use.",
            key=field.key,
        )
    if before is None and len(others) >= MOST_FIELDS:
        raise RuleBroken("field.too_many", "At most %(most)s fields.", most=MOST_FIELDS)
    is_chosen = field.kind in {FieldKind.CHOICE, FieldKind.MANY}
    made = replace(
        field,
        label=label,
        choices=_choices(field.choices) if is_chosen else (),
        formula=field.formula.strip() if field.kind is FieldKind.FORMULA else "",
        is_required=field.is_required and field.is_entered,
    )
    if made.kind is FieldKind.FORMULA:
        type_of(made, [*others, made])
    for each in others:
        if before is not None and each.kind is FieldKind.FORMULA and not each.is_archived:
            type_of(each, [*others, made])  # what uses it works on
    return made


def type_of(field: FieldRule, fields: Sequence[FieldRule]) -> Type:
    """Return what a formula makes.

    Raises: RuleBroken for a formula that cannot be read, names what is not there, or leads back to itself. Source: O-4.
    """
    by_key = {each.key: each for each in fields}

    def of(key: str, way: tuple[str, ...]) -> Type:
        if key in way:
            labels = " → ".join(by_key[each].label for each in (*way[way.index(key) :], key))
            raise RuleBroken("formula.circle", "This formula leads back to itself: %(way)s.", way=labels)
        known = by_key[key]
        if known.kind is FieldKind.FORMULA:
            return formula.type_of(formula.parse(known.formula), lambda name: named(name, (*way, key)))
        if known.kind is FieldKind.MANY:
            raise RuleBroken(
                "formula.many", "“%(label)s” has several values; formulas can't use it.", label=known.label
            )
        return _TYPES[known.kind]

    def named(name: str, way: tuple[str, ...]) -> Type:
        if name in ROLL_UPS:
            return ROLL_UPS[name]
        if name in by_key:
            return of(name, way)
        raise RuleBroken("formula.unknown_name", "There is no field with the key “%(name)s”.", name=name)

    return of(field.key, ())


def demand_unused(field: FieldRule, others: Sequence[FieldRule]) -> None:
    """Refuse to put a field away that a formula in use needs. Source: O-6.

    Raises: Conflict.
    """
    for each in others:
        is_live = each.kind is FieldKind.FORMULA and not each.is_archived and each.key != field.key
        if is_live and field.key in formula.names_in(formula.parse(each.formula)):
            raise Conflict("field.used_by_formula", "The formula “%(label)s” uses this field.", label=each.label)


def _line(value: Any, most: int) -> str:
    text = " ".join(str(value or "").replace("\x00", "").split())
    if not text:
        raise RuleBroken("entry.missing", "This is needed.")
    if len(text) > most:
        raise RuleBroken("entry.too_long", "At most %(most)s characters.", most=most)
    return text


def _choices(given: Sequence[str]) -> tuple[str, ...]:
    made = {fold(text): text for each in given if (text := " ".join(str(each).replace("\x00", "").split()))}
    for text in made.values():
        if ";" in text or len(text) > LONGEST_CHOICE:
            raise RuleBroken(
                "field.bad_choice", "“%(choice)s” can't be a choice: at most %(most)s characters, and no ;",
                choice=text, most=LONGEST_CHOICE,
            )  # fmt: skip
    if not made:
        raise RuleBroken("field.no_choices", "Say at least one choice.")
    if len(made) > MOST_CHOICES:
        raise RuleBroken("field.too_many_choices", "At most %(most)s choices.", most=MOST_CHOICES)
    return tuple(made.values())
