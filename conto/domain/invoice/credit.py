"""Credit notes: parts of an issued document that sum to the whole, per line and per tax group, to the cent (I-2).

Every amount is the difference of two cumulative amounts (credited after less credited before), each rounded by
itself from the whole. So parts telescope: whatever the parts were, all of them together are the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from conto.domain.errors import RuleBroken
from conto.domain.invoice.model import (
    ONE,
    ZERO,
    ComputedAdjustment,
    ComputedDocument,
    ComputedLine,
    DocumentTotals,
    PriceMode,
    TaxGroup,
)
from conto.domain.money import minor_digits, percent_of, round_fraction, settle, to_major
from conto.domain.tax import TaxCategory

_Key = tuple[TaxCategory, Decimal]


@dataclass(frozen=True, slots=True)
class Credited:
    """What earlier credit notes took of a line; the amount is in the document's price mode."""

    quantity: Decimal = ZERO
    amount_minor: int = 0


@dataclass(frozen=True, slots=True)
class CreditWish:
    """What to credit of a line now: a quantity (goods came back), or an amount (the price was too high)."""

    quantity: Decimal | None = None
    amount_minor: int | None = None  # in the document's price mode


@dataclass(frozen=True, slots=True)
class _LinePart:
    """One line and how much of it is credited before and after, in the price mode."""

    line: ComputedLine
    shown: int
    before: int
    after: int
    quantity: Decimal
    quantity_before: Decimal


@dataclass(frozen=True, slots=True)
class _Cumulative:
    """What is credited of one tax group at a moment."""

    shown: int
    net: int
    tax: int
    adjusted: tuple[int, ...]


def credit_share(
    original: ComputedDocument, before: Mapping[int, Credited], wanted: Mapping[int, CreditWish]
) -> ComputedDocument:
    """Compute the credit note for parts of lines, keyed by the line's position.

    Lines keep the position of the line that they correct; all amounts are positive like the document's own.

    Raises: RuleBroken `credit.…` for more than is left, for nothing, and for a result below zero.
    Source: I-2.
    """
    unknown = set(wanted) - {line.position for line in original.lines}
    if unknown:
        raise RuleBroken("credit.unknown_line", "The document has no line %(line)s.", line=min(unknown))
    parts = [
        _part(original, line, before.get(line.position, Credited()), wanted.get(line.position))
        for line in original.lines
    ]
    if all(part.after == part.before and not part.quantity for part in parts):
        raise RuleBroken("credit.nothing_left", "There is nothing to credit.")
    return _credit_document(original, parts)


def credit_rest(original: ComputedDocument, before: Mapping[int, Credited]) -> ComputedDocument:
    """Compute the credit note for everything that is not credited yet.

    Raises: RuleBroken `credit.nothing_left` when all is credited.
    Source: I-2.
    """
    wanted = {}
    for line in original.lines:
        done = before.get(line.position, Credited())
        shown = _shown(original, line)
        quantity, amount = line.quantity - done.quantity, shown - done.amount_minor
        if quantity and (amount or not shown):
            wanted[line.position] = CreditWish(quantity=quantity)
        elif amount:
            wanted[line.position] = CreditWish(amount_minor=amount)
    return credit_share(original, before, wanted)


def _shown(original: ComputedDocument, line: ComputedLine) -> int:
    return line.gross_minor if original.price_mode is PriceMode.GROSS else line.net_minor


def _part(original: ComputedDocument, line: ComputedLine, done: Credited, wish: CreditWish | None) -> _LinePart:
    shown = _shown(original, line)
    if wish is None:
        return _LinePart(line, shown, done.amount_minor, done.amount_minor, ZERO, done.quantity)
    if (wish.quantity is None) == (wish.amount_minor is None):
        raise RuleBroken(
            "credit.quantity_or_amount", "Credit line %(line)s by quantity or by amount.", line=line.position
        )
    if wish.quantity is not None:
        after = _after_quantity(line, shown, done, wish.quantity)
        return _LinePart(line, shown, done.amount_minor, after, wish.quantity, done.quantity)
    after = done.amount_minor + (wish.amount_minor or 0)
    _refuse_more_than_line(line, wrong=not _between(0, wish.amount_minor or 0, shown - done.amount_minor))
    return _LinePart(line, shown, done.amount_minor, after, ZERO, done.quantity)


def _after_quantity(line: ComputedLine, shown: int, done: Credited, quantity: Decimal) -> int:
    total = done.quantity + quantity
    wrong = not _between(ZERO, quantity, line.quantity) or not _between(ZERO, total, line.quantity)
    _refuse_more_than_line(line, wrong=wrong)
    whole = Fraction(shown) / Fraction(line.quantity)
    step = round_fraction(whole * Fraction(total)) - round_fraction(whole * Fraction(done.quantity))
    after = done.amount_minor + step
    return after if _between(0, after, shown) else shown


def _between(low: Decimal | int, value: Decimal | int, high: Decimal | int) -> bool:
    """Tell whether a value lies between zero and a bound that may be on either side of it."""
    return low <= value <= high if high >= low else high <= value <= low


def _refuse_more_than_line(line: ComputedLine, *, wrong: bool) -> None:
    if wrong:
        raise RuleBroken(
            "credit.more_than_left", "No more can be credited than is left of line %(line)s.", line=line.position
        )


# --- the document ---------------------------------------------------------------------------------------------------


def _credit_document(original: ComputedDocument, parts: list[_LinePart]) -> ComputedDocument:
    by_key: dict[_Key, list[_LinePart]] = {}
    for part in parts:
        by_key.setdefault((part.line.tax.category, part.line.tax.rate), []).append(part)
    lines: list[ComputedLine] = []
    adjustments: list[ComputedAdjustment] = []
    groups: list[TaxGroup] = []
    rounding = 0
    for group in original.tax_groups:
        key = (group.category, group.rate)
        own = [a for a in original.adjustments if (a.tax.category, a.tax.rate) == key]
        mine = by_key.get(key, parts)  # a group of charges alone goes with the lines of the whole document
        old = _cumulative(original, group, own, mine, after=False)
        new = _cumulative(original, group, own, mine, after=True)
        net, tax = new.net - old.net, new.tax - old.tax
        group_lines, group_adjustments = _amounts(original, by_key.get(key, []), own, old, new)
        if not (net or tax or group_lines or group_adjustments):
            continue
        lines += group_lines
        adjustments += group_adjustments
        groups.append(replace(group, taxable_minor=net, tax_minor=tax))
        if original.price_mode is PriceMode.GROSS:
            rounding += (new.shown - old.shown) - net - tax
    lines.sort(key=lambda line: line.position)
    adjustments.sort(key=lambda a: (a.is_charge, a.source))
    rounding += _cash_rounding(original, parts)
    totals = _totals(lines, adjustments, groups, rounding)
    if totals.payable_minor < 0:
        raise RuleBroken("credit.below_zero", "These lines together would give a credit note below zero.")
    return ComputedDocument(
        original.currency, original.price_mode, tuple(lines), tuple(adjustments), tuple(groups), totals
    )


def _ratio(parts: list[_LinePart], *, after: bool) -> Fraction:
    """Tell which part of some lines is credited, 0 to 1, whatever the signs of their amounts.

    Lines of 0.00 count by their quantities: they may carry the charges of the document.
    """
    whole = sum(abs(part.shown) for part in parts)
    if whole:
        return Fraction(sum(abs(part.after if after else part.before) for part in parts), whole)
    pieces = sum(abs(Fraction(part.line.quantity)) for part in parts)
    if not pieces:
        return Fraction(0)
    done = (part.quantity_before + (part.quantity if after else ZERO) for part in parts)
    return sum(abs(Fraction(quantity)) for quantity in done) / pieces


def _cumulative(
    original: ComputedDocument,
    group: TaxGroup,
    own: list[ComputedAdjustment],
    parts: list[_LinePart],
    *,
    after: bool,
) -> _Cumulative:
    """Give what is credited of a group once the lines are credited so far (T-2, T-3 on the sum)."""
    ratio = _ratio(parts, after=after)
    gross_mode = original.price_mode is PriceMode.GROSS
    adjusted = tuple(round_fraction(ratio * (a.gross_minor if gross_mode else a.amount_minor)) for a in own)
    in_group = [part for part in parts if (part.line.tax.category, part.line.tax.rate) == (group.category, group.rate)]
    shown = sum(part.after if after else part.before for part in in_group)
    shown += sum(minor if a.is_charge else -minor for a, minor in zip(own, adjusted, strict=True))
    if ratio == 1:
        return _Cumulative(shown, group.taxable_minor, group.tax_minor, adjusted)
    if ratio == 0:
        return _Cumulative(0, 0, 0, adjusted)
    net = round_fraction(shown / (1 + Fraction(group.rate) / 100)) if gross_mode else shown
    if group.is_base_times_rate:
        tax = percent_of(net, group.rate)
    else:
        tax = round_fraction(Fraction(group.tax_minor * net, group.taxable_minor)) if group.taxable_minor else 0
    return _Cumulative(shown, net, tax, adjusted)


def _amounts(
    original: ComputedDocument,
    parts: list[_LinePart],
    own: list[ComputedAdjustment],
    old: _Cumulative,
    new: _Cumulative,
) -> tuple[list[ComputedLine], list[ComputedAdjustment]]:
    """Show the group's part on its lines and adjustments: nets and taxes by largest remainder."""
    parts = [part for part in parts if part.after != part.before or part.quantity]
    moved = [
        (a, 1 if a.is_charge else -1, new_minor - old_minor)
        for a, old_minor, new_minor in zip(own, old.adjusted, new.adjusted, strict=True)
        if new_minor != old_minor
    ]
    shown = [part.after - part.before for part in parts] + [sign * step for _, sign, step in moved]
    treatment = parts[0].line.tax if parts else moved[0][0].tax if moved else None
    if treatment is None:
        return [], []
    rate = Fraction(treatment.rate) / 100
    gross_mode = original.price_mode is PriceMode.GROSS
    net_step, tax_step = new.net - old.net, new.tax - old.tax
    nets = settle([minor / (1 + rate) for minor in shown], net_step) if gross_mode else shown
    exact = [Fraction(a - b) for a, b in zip(shown, nets, strict=True)] if gross_mode else [rate * b for b in nets]
    taxes = settle(exact, tax_step)
    count = len(parts)
    lines = [_line(original, part, net, tax) for part, net, tax in zip(parts, nets[:count], taxes[:count], strict=True)]
    adjustments = [
        replace(
            a,
            amount_minor=sign * net,
            tax_minor=sign * tax,
            gross_minor=step if gross_mode else sign * (net + tax),
            base_minor=0,
            percent=ZERO,
        )
        for (a, sign, step), net, tax in zip(moved, nets[count:], taxes[count:], strict=True)
    ]
    return lines, adjustments


def _line(original: ComputedDocument, part: _LinePart, net: int, tax: int) -> ComputedLine:
    """Write a credited line: a quantity at its price, or an amount as one unit of that price."""
    line, shown = part.line, part.after - part.before
    gross_mode = original.price_mode is PriceMode.GROSS
    gross = shown if gross_mode else net + tax
    if not part.quantity:
        price, price_net = to_major(abs(shown), original.currency), to_major(abs(net), original.currency)
        quantity = -ONE if shown < 0 else ONE  # a price is never below zero (BR-27)
        return ComputedLine(
            line.position, line.name, quantity, ONE, price, price_net, line.tax, shown, net, 0, 0, net, tax, gross
        )
    share = Fraction(part.quantity) / Fraction(line.base_quantity)
    digits = 10 ** minor_digits(original.currency)
    amount = round_fraction(share * Fraction(line.unit_price) * digits)
    base = round_fraction(share * Fraction(line.unit_price_net) * digits) if gross_mode else amount
    return replace(
        line,
        quantity=part.quantity,
        amount_minor=amount,
        base_minor=base,
        allowance_minor=max(base - net, 0),
        charge_minor=max(net - base, 0),
        net_minor=net,
        tax_minor=tax,
        gross_minor=gross,
    )


def _cash_rounding(original: ComputedDocument, parts: list[_LinePart]) -> int:
    """Credit the part of the cash rounding that the credited part of the document stands for."""
    whole = original.totals.rounding_minor
    if original.price_mode is PriceMode.GROSS:
        shown = sum(line.gross_minor for line in original.lines)
        shown += sum(a.gross_minor if a.is_charge else -a.gross_minor for a in original.adjustments)
        whole -= shown - original.totals.gross_minor
    after, before = _ratio(parts, after=True), _ratio(parts, after=False)
    return round_fraction(whole * after) - round_fraction(whole * before)


def _totals(
    lines: list[ComputedLine], adjustments: list[ComputedAdjustment], groups: list[TaxGroup], rounding: int
) -> DocumentTotals:
    allowances = sum(a.amount_minor for a in adjustments if not a.is_charge)
    charges = sum(a.amount_minor for a in adjustments if a.is_charge)
    net = sum(group.taxable_minor for group in groups)
    tax = sum(group.tax_minor for group in groups)
    lines_net = sum(line.net_minor for line in lines)
    return DocumentTotals(lines_net, allowances, charges, net, tax, net + tax, 0, rounding, net + tax + rounding)
