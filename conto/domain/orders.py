"""Orders of an online shop, read from a plain list: one order a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from conto.domain.errors import Finding
from conto.domain.money import minor_digits

_COLUMNS = 4
_MOST_FINDINGS = 50
_LONGEST_NAME = 50
_MOST_DIGITS = 7
_LONGEST_AMOUNT = 20
_LARGEST = Decimal(10) ** 12


class Order(NamedTuple):
    """One order as the shop knows it. `ref` names it for ever: the same file read again gives the same refs."""

    ref: str
    customer_ref: str
    ordered_on: date
    quantity: int
    value_minor: int


@dataclass(frozen=True, slots=True)
class OrderList:
    """The orders of a file, oldest first, and what could not be read, each with its line number."""

    orders: tuple[Order, ...]
    findings: tuple[Finding, ...]


def read_orders(lines: Iterable[str], currency: str) -> OrderList:
    """Return the orders of a list with the columns customer, date (YYYYMMDD), quantity and value.

    Orders come back by date, then customer, then their place in the file, so that numbers follow dates. There is no
    order id in such a list, and two equal lines are two orders: the ref counts them.

    Units: `value_minor` in minor units of `currency`.
    """
    digits = minor_digits(currency)
    seen: Counter[tuple[str, str, str, str]] = Counter()
    orders: list[Order] = []
    findings: list[Finding] = []
    for number, line in enumerate(lines, start=1):
        fields = line.split()
        if not fields or (number == 1 and not fields[-1][:1].isdigit()):
            continue
        order = _order(fields, digits)
        if isinstance(order, str):
            findings.append(Finding("orders.bad_line", "Line %(line)s: %(why)s", {"line": number, "why": order}))
            if len(findings) == _MOST_FINDINGS:
                break
            continue
        key = (fields[0], fields[1], fields[2], fields[3])
        seen[key] += 1
        orders.append(order._replace(ref=f"{'/'.join(key)}/{seen[key]}"))
    orders.sort(key=lambda order: (order.ordered_on, order.customer_ref))
    return OrderList(tuple(orders), tuple(findings))


def _order(fields: list[str], digits: int) -> Order | str:
    if len(fields) != _COLUMNS:
        return f"has {len(fields)} columns, not {_COLUMNS} (customer, date, quantity, value)."
    customer, day, quantity, value = fields
    try:
        ordered_on = datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 -- a day has no zone
    except ValueError:
        return f"{day[:_LONGEST_NAME]!r} is not a date like 19970131."
    if len(customer) > _LONGEST_NAME or not customer.isprintable():
        return f"{customer[:_LONGEST_NAME]!r} is not the name of a customer (at most {_LONGEST_NAME} letters)."
    if not (quantity.isascii() and quantity.isdigit() and len(quantity) <= _MOST_DIGITS and int(quantity) > 0):
        return f"{quantity[:_LONGEST_NAME]!r} is not a quantity above zero."
    minor = _minor(value, digits)
    return minor if isinstance(minor, str) else Order("", customer, ordered_on, int(quantity), minor)


def _minor(value: str, digits: int) -> int | str:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return f"{value[:_LONGEST_NAME]!r} is not an amount."
    if len(value) > _LONGEST_AMOUNT or not amount.is_finite() or amount < 0 or amount > _LARGEST:
        return f"{value[:_LONGEST_NAME]!r} is not an amount of an order."
    minor = amount.scaleb(digits)
    if minor != minor.to_integral_value():
        return f"{value[:_LONGEST_NAME]!r} has more than {digits} decimals."
    return int(minor)
