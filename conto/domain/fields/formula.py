"""Formulas over fields: a small language with decimal arithmetic. Nothing in it can call, loop or reach out.

Source: O-4. An expression is read by recursive descent into a tree, its types are inferred when it is defined, and it
is evaluated with 34 digits. What cannot be said (a missing value, a division by zero, two currencies) has no value.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal, DecimalException, localcontext
from typing import Any, Literal

from conto.domain.errors import RuleBroken

Type = Literal["number", "money", "date", "text", "truth"]
LONGEST = 500
DEEPEST = 30
FUNCTIONS: dict[str, tuple[int, int]] = {  # with how many arguments at least and at most
    "min": (2, 9),
    "max": (2, 9),
    "round": (1, 2),
    "abs": (1, 1),
    "if": (3, 3),
    "first": (2, 9),
}
RESERVED = frozenset({*FUNCTIONS, "today", "and", "or", "not"})
_CONTEXT = Context(prec=34)
_MOST = Decimal(10) ** 15
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([a-z_][a-z0-9_]*)|\"([^\"]*)\"|(<=|>=|!=|[-+*/(),=<>]))")
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_COMPARISONS = tuple(_COMPARED)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money in major units, while a formula works with it."""

    value: Decimal
    currency: str


Value = Decimal | Amount | date | str | bool | None


@dataclass(frozen=True, slots=True)
class Constant:
    """A number or a text that stands in the formula."""

    value: Decimal | str


@dataclass(frozen=True, slots=True)
class Name:
    """A field, a roll-up, or `today`."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or a function with what it works on."""

    name: str
    parts: tuple[Node, ...]


Node = Constant | Name | Call


def parse(text: str) -> Node:
    """Return a formula as a tree.

    Raises: RuleBroken that says where it cannot be read.
    """
    if len(text) > LONGEST:
        raise RuleBroken("entry.too_long", "At most %(most)s characters.", most=LONGEST)
    return _Reader(text).whole()


class _Reader:
    """Reads one formula from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.place = 0
        self.depth = 0

    def whole(self) -> Node:
        """Read all of it."""
        if not self.tokens:
            raise RuleBroken("formula.empty", "Write a formula, such as visits * 12.")
        made = self.comparison()
        if self.place < len(self.tokens):
            raise _unexpected(self.tokens[self.place][1])
        return made

    def comparison(self) -> Node:
        """Read sums with at most one comparison between them."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise RuleBroken("formula.too_deep", "This formula has too many parts inside each other.")
        left = self.sum()
        if (mark := self.taken(*_COMPARISONS)) is not None:
            left = Call(mark, (left, self.sum()))
        self.depth -= 1
        return left

    def sum(self) -> Node:
        """Read what is added and subtracted."""
        left = self.product()
        while (mark := self.taken("+", "-")) is not None:
            left = Call(mark, (left, self.product()))
        return left

    def product(self) -> Node:
        """Read what is multiplied and divided."""
        left = self.signed()
        while (mark := self.taken("*", "/")) is not None:
            left = Call(mark, (left, self.signed()))
        return left

    def signed(self) -> Node:
        """Read a part with its signs."""
        minus = False
        while self.taken("-") is not None:
            minus = not minus
        part = self.part()
        return Call("minus", (part,)) if minus else part

    def part(self) -> Node:
        """Read a number, a text, a name, a function, or something in parentheses."""
        if self.place >= len(self.tokens):
            raise RuleBroken("formula.unfinished", "This formula ends too early.")
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind == "number":
            return Constant(Decimal(text))
        if kind == "text":
            return Constant(text)
        if kind == "name":
            return self.call(text) if text in FUNCTIONS else Name(text)
        if text == "(":
            made = self.comparison()
            self.demand(")")
            return made
        raise _unexpected(text)

    def call(self, name: str) -> Node:
        """Read what a function works on."""
        self.demand("(")
        parts = [self.comparison()]
        while self.taken(",") is not None:
            parts.append(self.comparison())
        self.demand(")")
        least, most = FUNCTIONS[name]
        if not least <= len(parts) <= most:
            raise RuleBroken("formula.count", "%(name)s() takes %(least)s to %(most)s parts.",
                             name=name, least=least, most=most)  # fmt: skip
        return Call(name, tuple(parts))

    def taken(self, *marks: str) -> str | None:
        """Take the next mark if it is one of these."""
        if self.place < len(self.tokens) and self.tokens[self.place][0] == "mark":
            text = self.tokens[self.place][1]
            if text in marks:
                self.place += 1
                return text
        return None

    def demand(self, mark: str) -> None:
        """Take a mark that has to come."""
        if self.taken(mark) is None:
            raise RuleBroken("formula.missing", "A “%(mark)s” is missing.", mark=mark)


def _unexpected(text: str) -> RuleBroken:
    return RuleBroken("formula.unexpected", "“%(text)s” can't stand here.", text=text)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            raise _unexpected(text[place:].strip()[:1])
        place = found.end()
        number, name, words, mark = found.groups()
        if number is not None:
            yield "number", number
        elif name is not None:
            yield "name", name
        elif words is not None:
            yield "text", words
        else:
            yield "mark", mark


def names_in(node: Node) -> frozenset[str]:
    """Return the fields and roll-ups that a formula names."""
    match node:
        case Name(name):
            return frozenset({name} - {"today"})
        case Call(_, parts):
            return frozenset().union(*map(names_in, parts))
    return frozenset()


def type_of(node: Node, named: Callable[[str], Type]) -> Type:
    """Return what a formula makes; `named` says what a name holds.

    Raises: RuleBroken where a formula puts together what does not go together.
    """
    match node:
        case Constant(value):
            return "text" if isinstance(value, str) else "number"
        case Name("today"):
            return "date"
        case Name(name):
            return named(name)
        case Call(name, parts):
            return _type_of_call(name, [type_of(part, named) for part in parts])


_SAME: dict[tuple[str, Type, Type], Type] = {
    ("+", "number", "number"): "number", ("-", "number", "number"): "number",
    ("+", "money", "money"): "money", ("-", "money", "money"): "money",
    ("+", "date", "number"): "date", ("-", "date", "number"): "date", ("-", "date", "date"): "number",
    ("*", "number", "number"): "number", ("*", "money", "number"): "money", ("*", "number", "money"): "money",
    ("/", "number", "number"): "number", ("/", "money", "number"): "money", ("/", "money", "money"): "number",
}  # fmt: skip


def _type_of_call(name: str, types: Sequence[Type]) -> Type:
    if name in {"+", "-", "*", "/"}:
        made = _SAME.get((name, types[0], types[1]))
    elif name in _COMPARISONS:
        made = "truth" if types[0] == types[1] and (types[0] != "text" or name in {"=", "!="}) else None
    elif name == "if":
        made = types[1] if types[0] == "truth" and types[1] == types[2] else None
    elif name == "round":
        made = types[0] if types[0] in {"number", "money"} and set(types[1:]) <= {"number"} else None
    elif name in {"minus", "abs"}:
        made = types[0] if types[0] in {"number", "money"} else None
    elif name in {"min", "max"}:
        made = types[0] if len(set(types)) == 1 and types[0] not in {"text", "truth"} else None
    else:
        made = types[0] if len(set(types)) == 1 else None
    if made is None:
        raise RuleBroken(
            "formula.types", "“%(name)s” can't put numbers, amounts, days and texts together like this.", name=name
        )
    return made


def evaluate(node: Node, values: Callable[[str], Value], today: date) -> Value:
    """Return what a formula makes of values; nothing where it cannot be said. Source: O-4."""
    try:
        with localcontext(_CONTEXT):
            made = _value(node, values, today)
    except (DecimalException, OverflowError):
        return None
    size = made.value if isinstance(made, Amount) else made
    return None if isinstance(size, Decimal) and abs(size) >= _MOST else made


def _value(node: Node, values: Callable[[str], Value], today: date) -> Value:
    match node:
        case Constant(value):
            return value
        case Name("today"):
            return today
        case Name(name):
            return values(name)
        case Call("if", (question, then, other)):
            answer = _value(question, values, today)
            return None if answer is None else _value(then if answer else other, values, today)
        case Call("first", parts):
            made = (_value(part, values, today) for part in parts)
            return next((each for each in made if each is not None), None)
        case Call(name, parts):
            known = [_value(part, values, today) for part in parts]
            return None if any(each is None for each in known) else _applied(name, known)


def _applied(name: str, parts: Sequence[Value]) -> Value:
    if name in _COMPARISONS:
        return _compared(name, *parts)
    currencies = {part.currency for part in parts if isinstance(part, Amount)}
    if len(currencies) > 1:
        return None
    dates = [part for part in parts if isinstance(part, date)]
    if dates:
        return _with_dates(name, parts)
    plain = [part.value if isinstance(part, Amount) else part for part in parts]
    numbers = [part for part in plain if isinstance(part, Decimal)]
    made = _with_numbers(name, numbers)
    is_amount = currencies and not (name == "/" and all(isinstance(part, Amount) for part in parts))
    return Amount(made, currencies.pop()) if is_amount and made is not None else made


def _with_numbers(name: str, numbers: Sequence[Decimal]) -> Decimal | None:
    if name == "round":
        places = int(numbers[1]) if len(numbers) > 1 else 0
        return round_places(numbers[0], places) if 0 <= places <= 12 else None
    if name == "/":
        return numbers[0] / numbers[1] if numbers[1] else None
    return _PLAIN[name](*numbers)


_PLAIN: dict[str, Callable[..., Decimal]] = {
    "+": lambda first, second: first + second,
    "-": lambda first, second: first - second,
    "*": lambda first, second: first * second,
    "minus": lambda only: -only,
    "abs": abs,
    "min": min,
    "max": max,
}


def round_places(number: Decimal, places: int) -> Decimal:
    """Round to some decimals, halves away from zero as everywhere in the book (M-1)."""
    return number.quantize(Decimal(1).scaleb(-places), rounding="ROUND_HALF_UP")


def _with_dates(name: str, parts: Sequence[Value]) -> Value:
    first = parts[0]
    days = [part for part in parts if isinstance(part, date)]
    if name in {"min", "max"}:
        return min(days) if name == "min" else max(days)
    second = parts[1]
    if isinstance(first, date) and isinstance(second, date):
        return Decimal((first - second).days)
    if isinstance(first, date) and isinstance(second, Decimal):
        return first + timedelta(days=int(second) if name == "+" else -int(second))
    return None


def _compared(name: str, first: Value, second: Value) -> bool | None:
    left: Any = first
    right: Any = second
    if isinstance(first, Amount) and isinstance(second, Amount):
        if first.currency != second.currency:
            return None
        left, right = first.value, second.value
    return bool(_COMPARED[name](left, right))
