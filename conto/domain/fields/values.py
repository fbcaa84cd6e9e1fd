"""What is entered into fields of one's own, read the same way from pages, programs and files. Source: O-3.

A value is kept as JSON: a text; a number as a text of its digits; money as minor units with the currency; a day as
2026-11-22; a choice by its words, many as a list of them; a link with its scheme. What is empty is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from conto.domain.contact import fold
from conto.domain.errors import Conflict, EntryRefused, RuleBroken
from conto.domain.fields.definition import FieldKind, FieldRule
from conto.domain.money import minor_digits, to_major, to_minor

LONGEST_TEXT = 500
MOST_MINOR = 10**15
_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
_TRUE_MINUS = "\u2212"
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_LINK = re.compile(r"https?://[^\s/@.\"'<>\\]+(\.[^\s/@.\"'<>\\]+)+(:\d+)?(/[^\s\"<>\\]*)?", re.IGNORECASE)
_DAYS = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})"), (3, 2, 1)),
    (re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})"), (3, 2, 1)),
)
_WITH_CURRENCY = re.compile(r"([A-Za-z]{3})?\s*([^A-Za-z]+?)\s*([A-Za-z]{3})?")
Values = dict[str, Any]


def decimal_from_text(text: str, decimal_symbol: str) -> Decimal:
    """Read a number as people write it: 1,234.56 and 1.234,56 and 1 234,5 and 1'234.

    A single separator with three digits behind it groups thousands, unless it is the reader's decimal symbol.

    Raises: ValueError.
    """
    plain = _SPACES.sub("", text).replace(_TRUE_MINUS, "-")
    marks = [mark for mark in plain if mark in ".,"]
    if len(set(marks)) > 1:
        grouping = "," if marks[-1] == "." else "."
        plain = plain.replace(grouping, "").replace(",", ".")
    elif len(marks) > 1 or (marks and marks[0] != decimal_symbol and re.search(r"[.,]\d{3}$", plain)):
        plain = plain.replace(marks[0], "")
    else:
        plain = plain.replace(",", ".")
    if not re.fullmatch(r"-?\d+(\.\d*)?|-?\.\d+", plain, re.ASCII):
        raise ValueError(text)
    try:
        return Decimal(plain)
    except InvalidOperation as wrong:
        raise ValueError(text) from wrong


def read(field: FieldRule, given: Any, *, currency: str) -> Any:
    """Return one value as it is kept, or nothing for what is empty; `currency` is that of money without one.

    Raises: RuleBroken in words that name the field. Source: O-3.
    """
    if given is None or given == [] or (isinstance(given, str) and not given.strip()):
        return None
    if not field.is_entered:
        raise RuleBroken("field.is_made", "“%(label)s” is a formula; nobody enters it.", label=field.label)
    return _READ[field.kind](field, given, currency)


def read_text(field: FieldRule, text: str, *, currency: str, decimal_symbol: str = ".") -> Any:
    """Return a value that somebody wrote, as `read` does: with the reader's decimal symbol, many with ; between them.

    Raises: RuleBroken in words that name the field.
    """
    text = text.strip()
    if not text:
        return None
    given: Any = text
    if field.kind is FieldKind.MANY:
        given = [part.strip() for part in text.split(";") if part.strip()]
    elif field.kind is FieldKind.NUMBER:
        given = _decimal(field, text.rstrip("%"), decimal_symbol)
    elif field.kind is FieldKind.MONEY:
        parts = _WITH_CURRENCY.fullmatch(text)
        if parts is None or (parts[1] and parts[3]):
            raise _no_amount(field, text)
        code = (parts[1] or parts[3] or currency).upper()
        given = {"amount": _decimal(field, parts[2], decimal_symbol), "currency": code}
    return read(field, given, currency=currency)


def _decimal(field: FieldRule, text: str, decimal_symbol: str) -> Decimal:
    try:
        return decimal_from_text(text, decimal_symbol)
    except ValueError as wrong:
        raise (_no_amount if field.kind is FieldKind.MONEY else _no_number)(field, text) from wrong


def _no_number(field: FieldRule, value: Any) -> RuleBroken:
    return RuleBroken(
        "field.no_number", "“%(label)s” takes a number, such as 12 or 2.5; “%(value)s” is none.",
        label=field.label, value=_shown(value),
    )  # fmt: skip


def _no_amount(field: FieldRule, value: Any) -> RuleBroken:
    return RuleBroken(
        "field.no_amount", "“%(label)s” takes an amount, such as 1250.00 EUR; “%(value)s” is none.",
        label=field.label, value=_shown(value),
    )  # fmt: skip


def _shown(value: Any) -> str:
    return str(value).replace("\x00", "")[:60]


def _text(field: FieldRule, given: Any, _currency: str) -> str:
    if not isinstance(given, str):
        raise RuleBroken("field.no_text", "“%(label)s” takes a text.", label=field.label)
    text = " ".join(given.replace("\x00", "").split())
    if len(text) > LONGEST_TEXT:
        raise RuleBroken("field.too_long", "“%(label)s” takes at most %(most)s characters.",
                         label=field.label, most=LONGEST_TEXT)  # fmt: skip
    return text


def _number(field: FieldRule, given: Any, _currency: str) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
        raise _no_number(field, given)
    text = f"{given:f}" if isinstance(given, Decimal) else str(given).strip()
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if not _NUMBER.fullmatch(text):
        raise _no_number(field, given)
    return "0" if Decimal(text) == 0 else f"{Decimal(text):f}"


def _money(field: FieldRule, given: Any, currency: str) -> dict[str, Any]:
    if isinstance(given, str):
        return dict(read_text(field, given, currency=currency))
    if not isinstance(given, Mapping) or given.keys() - {"amount", "amount_minor", "currency"}:
        raise _no_amount(field, given)
    code = str(given.get("currency") or currency).upper()
    digits = minor_digits(code)
    minor = given.get("amount_minor")
    if "amount" in given:
        amount = given["amount"]
        minor = to_minor(amount, code) if abs(amount) < MOST_MINOR else MOST_MINOR + 1
        if minor <= MOST_MINOR and to_major(minor, code) != amount:
            raise RuleBroken("field.amount_too_fine", "“%(label)s”: %(currency)s has %(digits)s decimals.",
                             label=field.label, currency=code, digits=digits)  # fmt: skip
    if isinstance(minor, bool) or not isinstance(minor, int):
        raise _no_amount(field, given.get("amount_minor"))
    if abs(minor) > MOST_MINOR:
        raise RuleBroken("field.too_large", "“%(label)s” can't be that large.", label=field.label)
    return {"amount_minor": minor, "currency": code}


def _date(field: FieldRule, given: Any, _currency: str) -> str:
    if isinstance(given, date):
        return given.isoformat()
    for shape, (year, month, day) in _DAYS:
        if isinstance(given, str) and (found := shape.fullmatch(given.strip())):
            try:
                made = date(int(found[year]), int(found[month]), int(found[day]))
            except ValueError:
                break
            if 1900 <= made.year < 2200:
                return made.isoformat()
    raise RuleBroken(
        "field.no_day", "“%(label)s” takes a day, such as 2026-11-22; “%(value)s” is none.",
        label=field.label, value=_shown(given),
    )  # fmt: skip


def _choice(field: FieldRule, given: Any, _currency: str) -> str:
    known = {fold(choice): choice for choice in field.choices}
    found = known.get(fold(given)) if isinstance(given, str) else None
    if found is None:
        raise RuleBroken(
            "field.no_choice", "“%(label)s” does not offer “%(value)s”, only: %(choices)s.",
            label=field.label, value=_shown(given), choices=", ".join(field.choices),
        )  # fmt: skip
    return found


def _many(field: FieldRule, given: Any, currency: str) -> list[str] | None:
    each = [given] if isinstance(given, str) else given
    if not isinstance(each, Sequence):
        raise RuleBroken("field.no_list", "“%(label)s” takes a list of its choices.", label=field.label)
    chosen = {_choice(field, one, currency) for one in each}
    return [choice for choice in field.choices if choice in chosen]


def _link(field: FieldRule, given: Any, currency: str) -> str:
    text = _text(field, given, currency)
    text = text if "://" in text else f"https://{text}"
    if not _LINK.fullmatch(text):
        raise RuleBroken("field.no_link", "“%(label)s” takes an address on the web; “%(value)s” is none.",
                         label=field.label, value=_shown(given))  # fmt: skip
    return text


_READ = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.MONEY: _money,
    FieldKind.DATE: _date,
    FieldKind.CHOICE: _choice,
    FieldKind.MANY: _many,
    FieldKind.LINK: _link,
}


def checked_values(
    fields: Sequence[FieldRule], given: Mapping[str, Any], *, currency: str, is_new: bool = False,
    decimal_symbol: str | None = None, kept: Mapping[str, Any] | None = None,
) -> Values:  # fmt: skip
    """Return values as they are kept, by key; empty ones as nothing. Of a new record what is required must be there.

    With a `decimal_symbol` all values are texts that somebody wrote. A value that is `kept` already may stay even when
    its field no longer offers it.

    Raises: EntryRefused with every value that cannot stand, by `own.` and its key. Source: O-3, O-6.
    """
    known = {field.key: field for field in fields if not field.is_archived}
    refused: dict[str, RuleBroken] = {}
    made: Values = {}
    for key, value in given.items():
        field = known.get(key)
        if field is None:
            refused[f"own.{key}"] = RuleBroken("field.unknown", "There is no field with the key “%(name)s”.", name=key)
            continue
        field = _offering(field, (kept or {}).get(key))
        try:
            if decimal_symbol is not None and isinstance(value, str):
                made[key] = read_text(field, value, currency=currency, decimal_symbol=decimal_symbol)
            else:
                made[key] = read(field, value, currency=currency)
        except RuleBroken as broken:
            refused[f"own.{key}"] = broken
    for field in known.values():
        is_asked = is_new or field.key in given
        if field.is_required and is_asked and f"own.{field.key}" not in refused and made.get(field.key) is None:
            refused[f"own.{field.key}"] = RuleBroken("field.missing", "“%(label)s” is needed.", label=field.label)
    if refused:
        raise EntryRefused(refused)
    return made


def _offering(field: FieldRule, kept: Any) -> FieldRule:
    """Return a field that also offers what is kept already."""
    if field.kind not in {FieldKind.CHOICE, FieldKind.MANY} or not kept:
        return field
    there = [kept] if isinstance(kept, str) else kept
    return replace(field, choices=(*field.choices, *(each for each in there if each not in field.choices)))


def same_or_meanwhile(
    fields: Sequence[FieldRule], kept: Mapping[str, Any], given: Mapping[str, Any], seen: Mapping[str, Any] | None
) -> Values:
    """Return which of the given values really change what is kept, for somebody who has `seen` other ones.

    What was not touched stays as it is, even if somebody else changed it. Source: O-7.

    Raises: Conflict when both changed the same field to different things.
    """
    labels = {field.key: field.label for field in fields}
    changed: Values = {}
    for key, value in given.items():
        now = kept.get(key)
        if value == now or (seen is not None and value == seen.get(key)):
            continue
        if seen is not None and now != seen.get(key):
            raise Conflict(
                "field.changed_meanwhile",
                "Somebody else has just changed “%(label)s”. Look at it again before you change it.",
                label=labels.get(key, key),
            )
        changed[key] = value
    return changed


def plain_text(value: Any) -> str:
    """Return a value as a text that `read_text` takes back, for files."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        amount = to_major(int(value["amount_minor"]), str(value["currency"]))
        return f"{amount:.{minor_digits(str(value['currency']))}f} {value['currency']}"
    if isinstance(value, list):
        return "; ".join(value)
    return str(value)
