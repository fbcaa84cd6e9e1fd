"""The contract that an accepted quote makes: its terms, and the prices of what was chosen."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from conto.domain import contract
from conto.domain.canonical import canonical_bytes, read_back
from conto.domain.contract import Renewal, Terms
from conto.domain.errors import Finding, RuleBroken
from conto.domain.money import EXACT
from conto.domain.period import add_months
from conto.domain.quote.choosing import counting
from conto.domain.quote.model import HUNDRED, ZERO, ContractOffer, QuoteContent, QuoteLine

MOST_PRICES = 200
_PRICE_STEP, _PERCENT_STEP = Decimal(1).scaleb(-12), Decimal(1).scaleb(-4)


@dataclass(frozen=True, slots=True)
class QuotedPrice:
    """A price that a quote makes part of a contract, in the quote's price mode."""

    name: str
    unit_price: Decimal
    item: str
    description: str
    unit_code: str
    allowance_percent: Decimal


def written_offer(offer: ContractOffer | None) -> dict[str, Any] | None:
    """Give the terms of a contract as they are stored; nothing for a quote that makes none."""
    return None if offer is None else json.loads(canonical_bytes(offer))


def read_offer(stored: Mapping[str, Any] | None) -> ContractOffer | None:
    """Give the terms of a contract as they were stored."""
    return None if stored is None else read_back(ContractOffer, json.dumps(dict(stored)))


def terms_on(offer: ContractOffer, accepted_on: date) -> Terms:
    """Give the terms of the contract when the quote is accepted on a day.

    Source: G-6.
    """
    begins = offer.starts_on or accepted_on
    if offer.renewal is Renewal.NONE:
        ends = add_months(begins, offer.months) - timedelta(days=1) if offer.months else None
        return Terms(begins, ends, notice_days=offer.notice_days)
    return Terms(
        begins, None, offer.renewal, offer.months, offer.renewal_months or offer.months, offer.notice_days
    )  # fmt: skip


def check_offer(offer: ContractOffer, accepted_on: date) -> None:
    """Refuse terms of a contract that cannot be.

    Raises: RuleBroken.
    Source: G-1, G-6.
    """
    if not 0 <= offer.months <= contract.MOST_MONTHS or not 0 <= offer.renewal_months <= contract.MOST_MONTHS:
        raise RuleBroken(
            "contract.bad_months",
            "A contract that renews has terms of 1 to %(most)s months.",
            most=contract.MOST_MONTHS,
        )
    if offer.starts_on and not contract.EARLIEST <= offer.starts_on <= contract.LATEST:
        raise RuleBroken("contract.bad_start", "A contract begins between 1900 and 2999.")
    contract.check_terms(terms_on(offer, accepted_on))


def agreed_prices(content: QuoteContent, chosen: Collection[int]) -> tuple[QuotedPrice, ...]:
    """List the prices that a choice agrees: each line that counts, with the discount on the whole; the same ones once.

    Rounds: to twelve decimals of a price, only where both discounts together have more decimals than a percentage.
    Source: G-6.
    """
    return tuple(dict.fromkeys(_price(line, content.discount_percent) for line in counting(content.lines, chosen)))


def _price(line: QuoteLine, whole: Decimal) -> QuotedPrice:
    price, off = line.unit_price, line.allowance_percent
    both = off + whole - EXACT.multiply(off, whole).scaleb(-2, EXACT)
    if both == both.quantize(_PERCENT_STEP):
        off = both.quantize(_PERCENT_STEP).normalize()
    else:
        price = EXACT.multiply(price, HUNDRED - whole).scaleb(-2, EXACT).quantize(_PRICE_STEP, context=EXACT)
    return QuotedPrice(line.name, price, line.item, line.description, line.unit_code, off or ZERO)


def findings_of_contract(content: QuoteContent) -> Iterator[Finding]:
    """List what stands against the contract that a quote would make.

    Source: G-6, Q-6.
    """
    if content.contract is None:
        return
    try:
        check_offer(content.contract, content.offered_on)
    except RuleBroken as refusal:
        yield Finding(refusal.code, refusal.message, refusal.params)
    prices = agreed_prices(content, {line.position for line in content.lines})
    if len(prices) > MOST_PRICES:
        yield Finding("quote.too_many_prices", "A contract agrees at most %(most)s prices.", {"most": MOST_PRICES})
