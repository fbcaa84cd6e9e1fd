"""What is and will be billed of a subscription, for programs: lines with what they follow from, and taxes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Annotated

from pydantic import Field

from conto.api.fields import Currency, Day, Minor
from conto.api.nouns.plans import Said
from conto.domain.price import explain, plain_english
from conto.domain.subscription import Invoice
from conto.flows.taxed_ahead import Taxed

PreTax = Annotated[Minor, Field(description="Before tax, in the price mode of the subscription.", examples=[5900])]


@dataclass(frozen=True, slots=True)
class SubscriptionLine:
    """A line of an invoice; below zero it is a credit."""

    item_key: Annotated[str, Field(description="Empty: what is missing to what was committed.", examples=["seats"])]
    name: str
    starts_on: Day
    last_day: Day
    gross_minor: PreTax
    discount_minor: PreTax
    net_minor: PreTax
    why: Said


@dataclass(frozen=True, slots=True)
class TaxedAlike:
    """What is taxed alike; below zero it is given back."""

    category: Annotated[str, Field(examples=["S"])]
    rate: Annotated[Decimal, Field(examples=["19"])]
    taxable_minor: Annotated[int, Field(examples=[5900])]
    tax_minor: Annotated[int, Field(examples=[1121])]


@dataclass(frozen=True, slots=True)
class InvoiceTaxes:
    """What an invoice to come has to be paid with, computed as documents are; below zero it is given back."""

    net_minor: Annotated[int, Field(examples=[5900])]
    tax_minor: Annotated[int, Field(examples=[1121])]
    gross_minor: Annotated[int, Field(examples=[7021])]
    tax_groups: list[TaxedAlike]


@dataclass(frozen=True, slots=True)
class SubscriptionInvoice:
    """What is billed on a day; below zero it is credited."""

    on: Day
    net_minor: PreTax
    lines: list[SubscriptionLine]
    drawn_minor: Annotated[Minor, Field(description="What prepaid credit pays of it; below zero: is given back.")]
    taxed: Annotated[
        InvoiceTaxes | None,
        Field(description="What is to be paid, by this subscription alone. Null: it cannot be told yet."),
    ]


@dataclass(frozen=True, slots=True)
class UpcomingInvoices:
    """The next invoices of a subscription, by what is known."""

    currency: Currency
    invoices: list[SubscriptionInvoice]


def invoices_of(
    invoices: Sequence[Invoice], taxed: Sequence[Taxed | None], names: Mapping[str, str], title: str
) -> list[SubscriptionInvoice]:
    """Return invoices to come with their taxes; what belongs to no item has the title of the subscription."""
    speech = plain_english()
    return [
        SubscriptionInvoice(
            each.on, each.net_minor,
            [
                SubscriptionLine(
                    line.charge.item, names.get(line.charge.item, title), line.starts_on,
                    last_day(line.starts_on, line.ends_on), line.gross_minor, line.discount_minor, line.net_minor,
                    explain(line.why, speech, discount_minor=line.discount_minor),
                )
                for line in each.lines
            ],
            each.drawn_minor,
            _taxes(of_it) if of_it else None,
        )
        for each, of_it in zip_longest(invoices, taxed)
    ]  # fmt: skip


def last_day(starts_on: date, ends_on: date) -> date:
    """Return the last day of what ends before a day; of what is no longer than a moment, its first."""
    return max(starts_on, date.fromordinal(ends_on.toordinal() - 1))


def _taxes(taxed: Taxed) -> InvoiceTaxes:
    groups = [TaxedAlike(each.category, each.rate, each.taxable_minor, each.tax_minor) for each in taxed.parts]
    return InvoiceTaxes(taxed.net_minor, taxed.tax_minor, taxed.gross_minor, groups)
