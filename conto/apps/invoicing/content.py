"""The canonical form of an issued document, by which its hash is made and later proved from the stored rows."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from conto.domain.canonical import canonical_decimal

# The order of these fields is the form. The number stands before all of them; parties are named by their own hash.
DOCUMENT_CONTENT = (
    "id",
    "kind",
    "type_code",
    "legal_entity_id",
    "customer_id",
    "issued_on",
    "due_on",
    "currency",
    "minor_digits",
    "price_mode",
    "language",
    "corrects_id",
    "lines_net_minor",
    "allowances_minor",
    "charges_minor",
    "net_minor",
    "tax_minor",
    "gross_minor",
    "prepaid_minor",
    "rounding_minor",
    "payable_minor",
    "terms_days",
    "early_discount_percent",
    "early_discount_days",
    "details",
)
LINE_CONTENT = (
    "position",
    "item_id",
    "name",
    "description",
    "quantity",
    "unit_code",
    "unit_price",
    "base_quantity",
    "amount_minor",
    "allowance_percent",
    "allowance_minor",
    "net_minor",
    "tax_category",
    "tax_rate",
    "tax_share_minor",
    "period_start_on",
    "period_end_on",
    "corrects_position",
    "corrects_quantity",
)
TAX_CONTENT = ("position", "category", "rate", "exemption_code", "reason", "taxable_minor", "tax_minor", "is_by_line")
ALLOWANCE_CONTENT = (
    "position",
    "is_charge",
    "source",
    "reason",
    "reason_code",
    "percent",
    "base_minor",
    "amount_minor",
    "tax_share_minor",
    "gross_minor",
    "tax_category",
    "tax_rate",
)

Row = Sequence[Any]


def content_of(
    document: Row, parties: tuple[bytes, bytes], lines: Sequence[Row], taxes: Sequence[Row], allowances: Sequence[Row]
) -> bytes:
    """Write everything that is hashed but the number; rows hold the fields above in their order."""
    return _CANONICAL.encode([document, parties[0].hex(), parties[1].hex(), lines, taxes, allowances]).encode()


def content_sha256(number: str, content: bytes) -> bytes:
    """Hash a document: its number and its content."""
    return hashlib.sha256(number.encode() + b"\n" + content).digest()


def _plain(value: Any) -> str:
    write = _WRITTEN_AS.get(type(value))
    if write is None:
        raise TypeError(f"{type(value).__name__} has no place in a document")
    return write(value)


# Prices, rates and quantities of a mass run are few; equal decimals are written alike whatever their zeros.
_WRITTEN_AS: dict[type, Callable[[Any], str]] = {
    UUID: str,
    Decimal: lru_cache(4096)(canonical_decimal),
    date: date.isoformat,
}
_CANONICAL = json.JSONEncoder(default=_plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
