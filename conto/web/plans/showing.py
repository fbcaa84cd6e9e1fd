"""What pages show of plans: prices in words, worked examples, and the invoices that would come; all from the engine."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from conto.apps.plans import queries
from conto.domain.money import to_major
from conto.domain.plan import PlanTerms, agreed, next_invoices
from conto.domain.price import Price, describe, explain, price_from, unscaled, worked
from conto.domain.subscription import Invoice
from conto.web.formats import number_text
from conto.web.plans.words import measure_words, speech_here, timing_words

if TYPE_CHECKING:
    from conto.flows.taxed_ahead import Taxed

SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Example:
    """What a price comes to for a quantity, and why."""

    quantity: Decimal
    amount_minor: int
    why: str


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item of a plan as pages show it."""

    name: str
    key: str
    quantity: str
    timing: str
    measure: str
    price: str
    ramp: tuple[tuple[int, str], ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of an invoice to come."""

    name: str
    starts_on: date
    ends_on: date
    net_minor: int
    why: str


@dataclass(frozen=True, slots=True)
class ShownInvoice:
    """An invoice to come."""

    on: date
    net_minor: int  # what prepaid credit pays taken off
    lines: tuple[ShownLine, ...]
    drawn_minor: int = 0  # by prepaid credit; below 0 is given back to it
    taxed: "Taxed | None" = None  # nothing: nobody says who pays it, or it cannot be told yet

    @property
    def drawn_change_minor(self) -> int:
        """What prepaid credit changes of the invoice."""
        return -self.drawn_minor


def examples_of(price: Price) -> tuple[Example, ...]:
    """Return what a price comes to for quantities that show how it works."""
    speech = speech_here(price.currency)
    return tuple(Example(unscaled(each.quantity), each.amount_minor, explain(each, speech)) for each in worked(price))


def shown_items(rows: Iterable[Any], currency: str) -> list[ShownItem]:
    """Return items, stored or typed, with their prices in words and worked."""
    speech = speech_here(currency)
    made = []
    for row in rows:
        price = price_from(row.price, currency)
        ramp = tuple(
            (each["after_periods"], describe(price_from(each["price"], currency), speech)) for each in row.ramp
        )
        quantity = "" if row.measure else number_text(row.quantity.normalize())
        made.append(
            ShownItem(
                row.name, row.key, quantity, timing_words(row), measure_words(row.measure),
                describe(price, speech), ramp, examples_of(price),
            )
        )  # fmt: skip
    return made


def sample_invoices(
    rows: Sequence[Any], terms: PlanTerms, currency: str, *, zone: str, starts_on: date
) -> list[ShownInvoice]:
    """Return the first invoices of who subscribes on a day, by the engine.

    Raises: RuleBroken as the engine.
    """
    items = queries.engine_items(rows, currency)
    definition = agreed(terms, items, currency=currency, zone=zone, starts_on=starts_on)
    return shown_invoices(next_invoices(definition, most=SAMPLES), {row.key: row.name for row in rows}, currency)


def shown_invoices(
    invoices: Sequence[Invoice], names: dict[str, str], currency: str, taxed: "Sequence[Taxed | None]" = ()
) -> list[ShownInvoice]:
    """Return invoices of the engine as pages show them, with their taxes where those are known."""
    speech = speech_here(currency)
    return [
        ShownInvoice(
            each.on,
            each.net_minor - each.drawn_minor,
            tuple(
                ShownLine(
                    names.get(line.charge.item, line.charge.item), line.starts_on,
                    date.fromordinal(max(line.ends_on.toordinal() - 1, line.starts_on.toordinal())),
                    line.net_minor, explain(line.why, speech, discount_minor=line.discount_minor),
                )
                for line in each.lines
            ),
            each.drawn_minor,
            of_it,
        )
        for each, of_it in zip_longest(invoices, taxed[: len(invoices)])
    ]  # fmt: skip


def commitment_text(commitment: Decimal, currency: str) -> str:
    """Write what a plan commits to for each period."""
    return speech_here(currency).price(commitment.normalize() if commitment else to_major(0, currency), currency)
