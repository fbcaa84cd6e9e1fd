"""Previews: what a price, a subscription or an invoice would come to, and why. Nothing is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import translation
from pydantic import ConfigDict, Field

from conto.api.fields import Currency, Entry, Flag, Language, Minor, Number
from conto.api.nouns.lines import TaxGroup, Totals, totals_shape
from conto.api.nouns.preview_entries import PreviewPrice, PreviewSubscriptionEntry, PreviewTax
from conto.api.operations import noun, writes
from conto.domain import invoice as invoices
from conto.domain.permissions import Permission
from conto.domain.price import Hit, PriceKind, explain, rate_part, scaled, unscaled
from conto.domain.price.explain import Derivation
from conto.domain.subscription import Invoice, Line, bill, paper_of
from conto.domain.tax import TaxTreatment
from conto.gateways.documents.speech import speech_of

router = noun("Previews")
_ITEM, _INVOICE = Permission.ITEM_VIEW, Permission.INVOICE_VIEW
Exact = Annotated[str, Field(description="Numerator and denominator, in minor units.", examples=["14997/2"])]
Sentence = Annotated[str, Field(description="In the language that was asked for.", examples=["7 × €8.50"])]
Parts = Annotated[int, Field(ge=1, le=10**9)]


class PreviewPriceEntry(Entry):
    """A price and a quantity; `part` of a `whole` period in days or seconds."""

    price: PreviewPrice
    quantity: Annotated[Number, Field(examples=["10.5"])] = Decimal(1)
    transactions: Annotated[
        list[Number], Field(max_length=10_000, description="Amounts, for a percentage.", examples=[[]])
    ] = []
    part: Annotated[Parts, Field(examples=[9])] = 1
    whole: Annotated[Parts, Field(examples=[30])] = 1
    is_usage: Annotated[Flag, Field(description="Used in that part: not prorated, but its bounds are.")] = False
    language: Language = "en"


@dataclass(frozen=True, slots=True)
class PreviewHit:
    """A tier that was hit (from 0), the units in it, their price and its fee."""

    tier: int
    units: Decimal
    unit_price: Decimal
    flat_fee: Decimal


@dataclass(frozen=True, slots=True)
class PreviewDerivation:
    """All that an amount follows from, and one sentence of it."""

    price_version: str
    kind: PriceKind
    quantity: Decimal
    events: int
    tiers: list[PreviewHit]
    bound: Annotated[str, Field(description="`minimum` or `cap`, where one decided.")]
    part: int
    whole: int
    exact_minor: Exact
    rounded_minor: Minor
    before_minor: Annotated[Minor, Field(description="Billed earlier for the same.")]
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class PricePreview:
    """What a price comes to."""

    currency: Currency
    amount_minor: Minor
    derivation: PreviewDerivation


@dataclass(frozen=True, slots=True)
class CreditedPart:
    """How much of which earlier line of the same charge a credit takes back."""

    line: str
    amount_minor: Minor


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line; below zero it is a credit."""

    key: Annotated[str, Field(examples=["base/2027-04-01/basic/1000000000000/1"])]
    item: str
    kind: Annotated[str, Field(examples=["recurring"])]
    starts_on: date
    ends_on: Annotated[date, Field(description="The day after the last.")]
    gross_minor: Minor
    discount_minor: Minor
    net_minor: Minor
    credits: list[CreditedPart]
    derivation: PreviewDerivation


@dataclass(frozen=True, slots=True)
class PreviewDrawn:
    """What is drawn from a prepaid credit; below zero it is given back."""

    key: str
    amount_minor: Minor


@dataclass(frozen=True, slots=True)
class PreviewInvoice:
    """What is billed on a day; below zero it is a credit note."""

    on: date
    lines: list[PreviewLine]
    net_minor: Minor
    drawn: list[PreviewDrawn]
    drawn_minor: Minor
    tax_groups: Annotated[list[TaxGroup], Field(description="Empty without `tax`, and of a credit note.")]
    totals: Annotated[Totals | None, Field(description="Null without `tax`, and of a credit note.")]


@dataclass(frozen=True, slots=True)
class SubscriptionPreview:
    """The invoices of a subscription until a day."""

    currency: Currency
    invoices: list[PreviewInvoice]


class PreviewInvoiceLine(Entry):
    """A line of an invoice: quantity × price, less a percentage, less an amount."""

    name: Annotated[str, Field(max_length=300, examples=["Consulting"])] = ""
    quantity: Number = Decimal(1)
    unit_price: Annotated[Number, Field(examples=["100"])]
    base_quantity: Number = Decimal(1)
    allowance_percent: Annotated[Number, Field(ge=0, le=100, examples=["10"])] = Decimal(0)
    allowance_minor: Annotated[Minor, Field(ge=0, examples=[0])] = 0
    tax: PreviewTax = PreviewTax()


class PreviewAdjustment(Entry):
    """A discount or charge on the whole invoice: a percentage or an amount."""

    percent: Annotated[Number, Field(ge=0, le=100, examples=["5"])] = Decimal(0)
    amount_minor: Annotated[Minor, Field(ge=0, examples=[0])] = 0
    is_charge: Annotated[Flag, Field(examples=[False])] = False


class PreviewInvoiceEntry(Entry):
    """Lines, discounts and taxes of an invoice."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "currency": "EUR",
                    "lines": [
                        {"name": "Consulting", "quantity": "8", "unit_price": "100", "tax": {"rate": "19"}},
                        {"name": "Book", "unit_price": "19.90", "tax": {"rate": "7"}},
                    ],
                    "adjustments": [{"percent": "10"}],
                }
            ]
        },
    )

    currency: Currency
    price_mode: Literal["net", "gross"] = "net"
    tax_mode: Literal["document", "line"] = "document"
    lines: Annotated[list[PreviewInvoiceLine], Field(min_length=1, max_length=1000)]
    adjustments: Annotated[list[PreviewAdjustment], Field(max_length=20)] = []
    prepaid_minor: Annotated[Minor, Field(ge=0)] = 0
    cash_rounding_minor: Annotated[int, Field(ge=0, le=1000, examples=[0])] = 0


@dataclass(frozen=True, slots=True)
class InvoicePreviewLine:
    """A line with its amounts."""

    position: int
    name: str
    net_minor: Minor
    tax_minor: Minor
    gross_minor: Minor
    allowance_minor: Minor


@dataclass(frozen=True, slots=True)
class InvoicePreview:
    """What an invoice comes to."""

    currency: Currency
    lines: list[InvoicePreviewLine]
    tax_groups: list[TaxGroup]
    totals: Totals


@writes(router, "/previews/price", needs=_ITEM, gives=PricePreview)
def preview_price(request: HttpRequest, entry: PreviewPriceEntry) -> Any:  # noqa: ARG001 -- nothing but the entry counts
    """Preview what a price makes of a quantity.

    Stateless: the exact amount, the rounded one, and all that it follows from, by the rules of billing itself.
    """
    return price_preview(entry)


@writes(router, "/previews/subscription", needs=_ITEM, gives=SubscriptionPreview)
def preview_subscription(request: HttpRequest, entry: PreviewSubscriptionEntry) -> Any:  # noqa: ARG001 -- as above
    """Preview the invoices of a subscription until a day.

    Stateless: a definition, changes and usage in, the invoices with their lines and derivations out, at most 200
    periods. With `tax`, and `taxes` of single items, each invoice says what is to be paid, as documents compute it.
    """
    return subscription_preview(entry)


@writes(router, "/previews/invoice", needs=_INVOICE, gives=InvoicePreview)
def preview_invoice(request: HttpRequest, entry: PreviewInvoiceEntry) -> Any:  # noqa: ARG001 -- as above
    """Preview what an invoice comes to.

    Stateless: lines, discounts and taxes in, totals by EN 16931 out.
    """
    return invoice_preview(entry)


def price_preview(entry: PreviewPriceEntry) -> PricePreview:
    """Rate a price as it was handed in."""
    price, quantity = entry.price.price(), scaled(entry.quantity)
    transactions = tuple(map(scaled, entry.transactions))
    if transactions:
        quantity = sum(transactions)
    elif price.kind is PriceKind.PERCENTAGE:
        transactions = (quantity,)
    rated = rate_part(price, quantity, transactions, entry.part, entry.whole, is_usage=entry.is_usage)
    why = Derivation(price, quantity, rated, entry.part, entry.whole, events=len(transactions), is_usage=entry.is_usage)
    with translation.override(entry.language):
        return PricePreview(price.currency, rated.amount_minor, _derivation(why, _sentences(entry.language)))


def subscription_preview(entry: PreviewSubscriptionEntry) -> SubscriptionPreview:
    """Bill a subscription as it was handed in."""
    entry.check_size()
    definition = entry.definition.definition()
    changes = [each.change() for each in entry.changes]
    made = bill(definition, changes, [each.event() for each in entry.events], until=entry.until)
    with translation.override(entry.language):
        say = _sentences(entry.language)
        return SubscriptionPreview(definition.currency, [_invoice(each, say, entry) for each in made.invoices])


def invoice_preview(entry: PreviewInvoiceEntry) -> InvoicePreview:
    """Compute an invoice as it was handed in."""
    lines = tuple(
        invoices.LineInput(
            position, each.name, each.quantity, each.unit_price, TaxTreatment(each.tax.category, each.tax.rate),
            each.allowance_percent, each.allowance_minor, base_quantity=each.base_quantity,
        )
        for position, each in enumerate(entry.lines, 1)
    )  # fmt: skip
    adjustments = [(each.is_charge, invoices.Adjustment(each.percent, each.amount_minor)) for each in entry.adjustments]
    made = invoices.compute(
        invoices.DocumentInput(
            entry.currency,
            invoices.PriceMode(entry.price_mode),
            lines,
            tuple(each for is_charge, each in adjustments if not is_charge),
            tuple(each for is_charge, each in adjustments if is_charge),
            entry.prepaid_minor,
            invoices.TaxMode(entry.tax_mode),
            entry.cash_rounding_minor,
        )
    )
    return InvoicePreview(
        entry.currency,
        [
            InvoicePreviewLine(
                each.position, each.name, each.net_minor, each.tax_minor, each.gross_minor, each.allowance_minor
            )
            for each in made.lines
        ],
        _groups(made),
        totals_shape(made.totals),
    )


def _sentences(language: str) -> Callable[[Derivation], str]:
    return lambda why: explain(why, speech_of(language, why.price.currency))


def _derivation(why: Derivation, say: Callable[[Derivation], str]) -> PreviewDerivation:
    rated = why.rated
    exact = rated.exact
    return PreviewDerivation(
        why.price.version, why.price.kind, unscaled(why.quantity), why.events, [_hit(each) for each in rated.hits],
        rated.bound, why.part, why.whole, f"{exact.numerator}/{exact.denominator}", rated.amount_minor,
        why.before_minor, say(why),
    )  # fmt: skip


def _hit(hit: Hit) -> PreviewHit:
    return PreviewHit(hit[0], *(unscaled(each) for each in hit[1:]))


def _invoice(made: Invoice, say: Callable[[Derivation], str], entry: PreviewSubscriptionEntry) -> PreviewInvoice:
    drawn = [PreviewDrawn(each.key, each.amount_minor) for each in made.drawn]
    lines, document = [_line(each, say) for each in made.lines], _document(made, entry)
    return PreviewInvoice(
        made.on, lines, made.net_minor, drawn, made.drawn_minor, _groups(document) if document else [],
        totals_shape(document.totals) if document else None,
    )  # fmt: skip


def _document(made: Invoice, entry: PreviewSubscriptionEntry) -> invoices.ComputedDocument | None:
    """Compute what is billed on a day as its invoice; nothing without a tax, with prepaid credit, or by notes."""
    paper = paper_of([made], entry.definition.currency)
    if entry.tax is None or made.drawn or paper.credits or not paper.lines:
        return None
    taxes = [entry.taxes.get(each.line.charge.item, entry.tax) for each in paper.lines]
    lines = tuple(
        invoices.LineInput(
            position, each.line.charge.item, each.quantity, each.unit_price, TaxTreatment(tax.category, tax.rate),
            allowance_minor=each.allowance_minor,
        )
        for position, (each, tax) in enumerate(zip(paper.lines, taxes, strict=True), 1)
    )  # fmt: skip
    return invoices.compute(
        invoices.DocumentInput(entry.definition.currency, invoices.PriceMode(entry.price_mode), lines)
    )


def _groups(made: invoices.ComputedDocument) -> list[TaxGroup]:
    return [
        TaxGroup(each.category.value, each.rate, each.reason or "", each.taxable_minor, each.tax_minor)
        for each in made.tax_groups
    ]


def _line(line: Line, say: Callable[[Derivation], str]) -> PreviewLine:
    of_charge = line.key.rpartition("/")[0]
    return PreviewLine(
        line.key, line.charge.item, line.kind, line.starts_on, line.ends_on, line.gross_minor, line.discount_minor,
        line.net_minor, [CreditedPart(f"{of_charge}/{number}", part) for number, part in line.credits],
        _derivation(line.why, say),
    )  # fmt: skip
