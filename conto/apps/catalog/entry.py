"""What may be entered about an item and its price: one set of checks for pages, programs and imports."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from conto.apps.crm.entry import EntryRefused
from conto.domain.errors import RuleBroken
from conto.domain.money import minor_digits
from conto.domain.tax import RateClass, SupplyKind

_UNIT = re.compile(r"[A-Z0-9]{2,3}")
_MOST = Decimal(10) ** 12
_FINEST_PLACES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An item as it is entered."""

    name: str
    kind: str = "service"
    code: str = ""
    description: str = ""
    unit_code: str = "C62"
    supply: str = "services"
    rate_class: str = "standard"
    cost: Decimal | None = None


def _words(most: int, *, is_needed: bool = False, is_long: bool = False) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        text = str(value or "").replace("\x00", "").replace("\r\n", "\n").strip()
        text = text if is_long else " ".join(text.split())
        if is_needed and not text:
            raise RuleBroken("entry.missing", "This is needed.")
        if len(text) > most:
            raise RuleBroken("entry.too_long", "At most %(most)s characters.", most=most)
        return text

    return check


def _one_of(*known: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in known:
            raise RuleBroken("entry.unknown_choice", "“%(value)s” is not one of the choices.", value=value)
        return str(value)

    return check


def _unit(value: Any) -> str:
    code = str(value or "").strip().upper()
    if not _UNIT.fullmatch(code):
        raise RuleBroken("item.bad_unit", "“%(unit)s” is not a unit code (UN/ECE Recommendation 20).", unit=value)
    return code


def _amount(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    amount = Decimal(value)
    exponent = amount.as_tuple().exponent
    if not amount.is_finite() or not 0 <= amount < _MOST:
        raise RuleBroken("item.bad_amount", "Between 0 and a trillion.")
    if isinstance(exponent, int) and -exponent > _FINEST_PLACES:
        raise RuleBroken("item.too_fine", "At most %(places)s decimals.", places=_FINEST_PLACES)
    return amount


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "kind": _one_of("product", "service"),
    "code": _words(60),
    "name": _words(200, is_needed=True),
    "description": _words(4000, is_long=True),
    "unit_code": _unit,
    "supply": _one_of(*SupplyKind),
    "rate_class": _one_of(*RateClass),
    "cost": _amount,
}
ITEM_FIELDS = tuple(_CHECKS)


def checked_item(given: Mapping[str, Any]) -> dict[str, Any]:
    """Give an item's fields in their normal form.

    Raises: EntryRefused with every field that cannot stand.
    """
    normal: dict[str, Any] = {}
    problems: dict[str, RuleBroken] = {}
    for name, value in given.items():
        try:
            normal[name] = _CHECKS[name](value)
        except RuleBroken as broken:
            problems[name] = broken
    if problems:
        raise EntryRefused(problems)
    return normal


def checked_price(currency: str, amount: Decimal, price_mode: str) -> tuple[str, Decimal]:
    """Give a price's currency and amount in their normal form.

    Raises: EntryRefused for `currency`, `amount` or `price_mode`.
    """
    problems: dict[str, RuleBroken] = {}
    code = currency.strip().upper()
    checked: Decimal | None = None
    try:
        minor_digits(code)
    except RuleBroken as broken:
        problems["currency"] = broken
    try:
        checked = _amount(amount)
    except RuleBroken as broken:
        problems["amount"] = broken
    if price_mode not in {"net", "gross"}:
        problems["price_mode"] = RuleBroken("item.bad_price_mode", "A price is net or gross.")
    if checked is None and not problems:
        problems["amount"] = RuleBroken("entry.missing", "This is needed.")
    if problems or checked is None:
        raise EntryRefused(problems)
    return code, checked
