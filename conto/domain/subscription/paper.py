"""From what is billed to what stands on paper: which lines make an invoice, and which credit an earlier one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from conto.domain.money import ONE, to_major
from conto.domain.price import PriceKind, unscaled
from conto.domain.subscription.bill import Invoice, Line
from conto.domain.subscription.wanted import Charge

# What a check list would ask a person about, and what a subscription has settled: its prices are agreed, equal amounts
# are its nature, and who has no electronic address gets the paper. Departures from a contract, unusual amounts and
# doubles stop it all the same.
PASSED_CHECKS = (
    "check.price_differs", "check.similar_document", "check.vat_charged_unvalidated", "check.no_xml_in_currency",
    "check.buyer_electronic_address", "check.seller_electronic_address", "check.deposit_not_deducted",
)  # fmt: skip
SEEN_CHECK = "check.amount_unusual"  # of what somebody has seen to the cent before it was billed
ZERO_CHECK = "check.zero_total"  # of what prepaid credit pays
_QUANTITY_PLACES = 6


@dataclass(frozen=True, slots=True)
class Reference:
    """A part of a credit: how much of which earlier line of its charge a line takes back."""

    line: Line
    number: int
    amount_minor: int

    @property
    def charge(self) -> Charge:
        """The charge that both lines belong to."""
        return self.line.charge


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line for a document. A credit has a quantity of −1 and the line that it takes back."""

    line: Line
    quantity: Decimal
    unit_price: Decimal
    allowance_minor: int = 0
    credits: Reference | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """What a settlement puts on paper: an invoice with these lines, and credits of earlier invoices beside it.

    Either both kinds of lines stand on one invoice, or the credits stand alone, as notes to their invoices.
    """

    lines: tuple[PaperLine, ...]
    credits: tuple[Reference, ...]


def paper_of(invoices: Sequence[Invoice], currency: str) -> Paper:
    """Say what stands on paper for what is billed to one customer on one day.

    Charges and credits stand on one invoice while it does not come to less than nothing; otherwise each credit is a
    credit note to its invoice, and the charges are an invoice of their own. What prepaid credit pays comes off what is
    to be paid; what is given back to it stands beside the credits that give it back, so that no note pays it again.

    Units: amounts in minor units of the currency; prices in its major unit.
    Source: SB-5, SB-14.
    """
    lines = [line for invoice in invoices for line in invoice.lines if line.gross_minor or line.discount_minor]
    charges = [_charge(line, currency) for line in lines if line.net_minor >= 0]
    taken = [line for line in lines if line.net_minor < 0]
    drawn_minor = sum(invoice.drawn_minor for invoice in invoices)
    if sum(line.net_minor for line in lines) - drawn_minor >= 0:
        return Paper((*(paper for line in taken for paper in _credits(line, currency)), *charges), ())
    if drawn_minor >= 0 and not any(each.drawn_minor < 0 for each in invoices):
        return Paper(tuple(charges), tuple(_references(taken)))
    beside, apart = _parted(taken, sum(each.line.net_minor for each in charges) - drawn_minor)
    back = [PaperLine(each.line, -ONE, to_major(each.amount_minor, currency), credits=each) for each in beside]
    return Paper((*back, *charges), tuple(apart))


def _charge(line: Line, currency: str) -> PaperLine:
    if line.gross_minor < 0 or line.discount_minor < 0:
        return PaperLine(line, ONE, to_major(line.net_minor, currency))
    quantity, price = _counted(line, currency)
    return PaperLine(line, quantity, price, line.discount_minor)


def _counted(line: Line, currency: str) -> tuple[Decimal, Decimal]:
    """Give quantity and unit price where their product is the amount, else one times the amount."""
    why, whole = line.why, to_major(line.gross_minor, currency)
    quantity = unscaled(why.quantity)
    if (
        why.price.kind is PriceKind.PER_UNIT
        and quantity > 0
        and quantity == round(quantity, _QUANTITY_PLACES)
        and quantity * why.price.amount == whole
    ):
        return quantity, why.price.amount
    return ONE, whole


def _credits(line: Line, currency: str) -> Iterable[PaperLine]:
    for each in _references([line]):
        yield PaperLine(line, -ONE, to_major(each.amount_minor, currency), credits=each)


def _parted(taken: Iterable[Line], room_minor: int) -> tuple[list[Reference], list[Reference]]:
    """Part credits into what an invoice has room for, what was used the longest ago first, and what needs notes."""
    beside: list[Reference] = []
    apart: list[Reference] = []
    for each in sorted(_references(taken), key=lambda one: (one.line.kind != "usage", one.charge.first_day)):
        part_minor = min(room_minor, each.amount_minor)
        room_minor -= part_minor
        if part_minor:
            beside.append(Reference(each.line, each.number, part_minor))
        if each.amount_minor > part_minor:
            apart.append(Reference(each.line, each.number, each.amount_minor - part_minor))
    return beside, apart


def _references(lines: Iterable[Line]) -> Iterable[Reference]:
    for line in lines:
        for number, amount_minor in line.credits:
            yield Reference(line, number, amount_minor)
