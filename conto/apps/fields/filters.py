"""What a list asks of own fields: a value, a part of a text, or from where to where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conto.domain.errors import EntryRefused, RuleBroken
from conto.domain.fields import FieldKind, FieldRule, read_text, type_of

RANGED = frozenset({FieldKind.NUMBER, FieldKind.MONEY, FieldKind.DATE})
ENDS = ("from", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one field has to be: like `value`, or between `least` and `most`."""

    field: FieldRule
    value: Any = None
    least: Any = None
    most: Any = None


def wanted_in(
    fields: Sequence[FieldRule],
    asked: Mapping[str, str],
    *,
    currency: str,
    decimal_symbol: str = ".",
    asks_formulas: bool = False,
    seen: Sequence[FieldRule] | None = None,
) -> tuple[Wanted, ...]:
    """Return what a list is asked for: `own.sector` by its value, `own.visits.from` and `own.visits.until` by ends.

    With `asks_formulas` what formulas make can be asked too. Who asks may know only those that are `seen`; a formula
    may be made of others.

    Raises: EntryRefused for what no field can be.
    """
    found: list[Wanted] = []
    refused: dict[str, RuleBroken] = {}
    known = {field.key: field for field in (fields if seen is None else seen) if not field.is_archived}
    parts: dict[str, dict[str, str]] = {}
    for name, text in asked.items():
        if name.startswith("own.") and text.strip():
            key, _dot, end = name.removeprefix("own.").partition(".")
            parts.setdefault(key, {})[end] = text[:200]
    for key, texts in parts.items():
        field = known.get(key)
        if field is None or set(texts) - {"", *ENDS}:
            refused[f"own.{key}"] = RuleBroken("field.unknown", "There is no field with the key “%(name)s”.", name=key)
            continue
        try:
            read_as = shape_of(field, fields) if asks_formulas else field
            found.append(replace(_wanted(read_as, texts, currency, decimal_symbol), field=field))
        except RuleBroken as broken:
            refused[f"own.{key}"] = broken
    if refused:
        raise EntryRefused(refused)
    return tuple(found)


def shape_of(field: FieldRule, fields: Sequence[FieldRule]) -> FieldRule:
    """Return a field as if what its formula makes were entered; one that is entered as it is. Source: O-9."""
    if field.kind is not FieldKind.FORMULA:
        return field
    made = type_of(field, fields)
    if made == "truth":
        return replace(field, kind=FieldKind.CHOICE, choices=("yes", "no"), formula="")
    return replace(field, kind=FieldKind(made), formula="")


def asked_by_programs(asked: Sequence[str]) -> dict[str, str]:
    """Return what a program asks as `key:value` or `key:from..until`, the way an address of a page does."""
    found: dict[str, str] = {}
    for each in asked:
        key, _colon, text = each.partition(":")
        least, dots, most = text.partition("..")
        if dots:
            found |= {f"own.{key}.from": least, f"own.{key}.until": most}
        else:
            found[f"own.{key}"] = text
    return found


def _wanted(field: FieldRule, texts: Mapping[str, str], currency: str, decimal_symbol: str) -> Wanted:
    if field.kind is FieldKind.FORMULA:
        raise RuleBroken("field.formula_not_asked", "Lists can't be asked for the formula “%(label)s”.",
                         label=field.label)  # fmt: skip
    if set(texts) != {""} and field.kind not in RANGED:
        raise RuleBroken("field.no_ends", "“%(label)s” is asked for by its value.", label=field.label)

    def made(end: str) -> Any:
        text = texts.get(end, "")
        if field.kind in {FieldKind.TEXT, FieldKind.LINK} or not text:
            return text.strip() or None
        return read_text(field, text, currency=currency, decimal_symbol=decimal_symbol)

    return Wanted(field=field, value=made(""), least=made("from"), most=made("until"))
