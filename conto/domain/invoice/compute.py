"""The computing of a document: lines, allowances, tax per group, totals (rules M-1, M-2, T-2 to T-4, D-1, D-2, I-1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from conto.domain.errors import RuleBroken
from conto.domain.invoice.model import (
    HUNDRED,
    ONE,
    ZERO,
    Adjustment,
    ComputedAdjustment,
    ComputedDocument,
    ComputedLine,
    DocumentInput,
    DocumentTotals,
    LineInput,
    PriceMode,
    TaxGroup,
    TaxMode,
)
from conto.domain.money import (
    EXACT,
    minor_digits,
    percent_of,
    round_fraction,
    round_half_away,
    round_ratio,
    settle,
    settle_ratios,
    share,
)
from conto.domain.tax import TaxCategory, TaxTreatment

_multiply = EXACT.multiply
PRICE_PLACES = 12


class _Amount:
    """One line, or one document allowance or charge within one tax group, while it is being computed.

    `shown` is the amount in the document's price mode and carries its sign: allowances are negative.
    """

    __slots__ = ("base", "net", "shown", "tax")

    def __init__(self, shown: int, base: int) -> None:
        self.shown = shown
        self.base = base
        self.net = shown
        self.tax = 0


class _Group:
    """One tax group while it is being computed."""

    __slots__ = ("amounts", "left", "net", "tax_minor", "treatments")

    def __init__(self) -> None:
        self.amounts: list[_Amount] = []
        self.treatments: list[TaxTreatment] = []
        self.left = 0  # what allowances can still take, in the price mode
        self.net = 0
        self.tax_minor = 0


_Key = tuple[TaxCategory, Decimal]
_Piece = tuple[bool, int, Adjustment, TaxTreatment, _Amount]


def compute(document: DocumentInput) -> ComputedDocument:
    """Compute all amounts of a document; nothing about it is ever computed elsewhere.

    Rounds: each line once (M-1), each tax group once (T-2); prices with tax as in T-3, line mode as in T-4.
    Raises: RuleBroken for a line that cannot be computed.
    Source: I-1; EN 16931 BR-CO-10 to BR-CO-17.
    """
    digits = minor_digits(document.currency)
    groups: dict[_Key, _Group] = {}
    amounts: list[_Amount] = []
    for line in document.lines:
        amount = _line_amount(line, digits)
        _enter(groups, line.tax, amount)
        amounts.append(amount)
    pieces = _adjust(document, groups) if document.allowances or document.charges else []
    gross_mode = document.price_mode is PriceMode.GROSS
    by_line = document.tax_mode is TaxMode.LINE
    for (_, rate), group in groups.items():
        if by_line:
            _tax_by_line(group, rate, gross_mode=gross_mode)
        elif gross_mode:
            _tax_out_of_gross(group, rate)
        else:
            _tax_on_net(group, rate)
    lines = tuple(
        [_computed_line(line, a, gross_mode=gross_mode) for line, a in zip(document.lines, amounts, strict=True)]
    )
    adjustments = tuple([_computed_adjustment(piece, gross_mode=gross_mode) for piece in pieces])
    tax_groups = tuple([_tax_group(key, groups[key]) for key in (sorted(groups) if len(groups) > 1 else groups)])
    return ComputedDocument(
        document.currency,
        document.price_mode,
        lines,
        adjustments,
        tax_groups,
        _totals(document, lines, adjustments, groups.values()),
    )


def line_amount(line: LineInput, currency: str) -> int:
    """Give the amount of one line in the document's price mode, as `compute` does.

    Source: M-1.
    """
    return _line_amount(line, minor_digits(currency)).shown


def _line_amount(line: LineInput, digits: int) -> _Amount:
    quantity, price = line.quantity, line.unit_price
    percent, fixed, charge = line.allowance_percent, line.allowance_minor, line.charge_minor
    if line.base_quantity == ONE:
        exact = _multiply(quantity, price).scaleb(digits, EXACT)
        base = round_half_away(exact)
        shown = base if not percent else round_half_away(_multiply(exact, HUNDRED - percent).scaleb(-2, EXACT))
    else:
        if line.base_quantity <= ZERO:
            raise RuleBroken(
                "invoice.bad_base_quantity", "A price is for more than 0 units (line %(line)s).", line=line.position
            )
        part = Fraction(quantity) * Fraction(price) * 10**digits / Fraction(line.base_quantity)
        base = round_fraction(part)
        shown = round_fraction(part * (1 - Fraction(percent) / 100))
    if percent or fixed or charge:
        if not ZERO <= percent <= HUNDRED or fixed < 0 or charge < 0 or (fixed and base < 0):
            raise RuleBroken(
                "invoice.bad_line_allowance", "The discount of line %(line)s cannot be applied.", line=line.position
            )
        shown -= min(fixed, shown)
        shown += charge
    return _Amount(shown, base)


def _enter(groups: dict[_Key, _Group], tax: TaxTreatment, amount: _Amount) -> _Group:
    key = (tax.category, tax.rate)
    group = groups.get(key)
    if group is None:
        group = groups[key] = _Group()
    group.amounts.append(amount)
    group.left += amount.shown
    if tax not in group.treatments:
        group.treatments.append(tax)
    return group


# --- allowances and charges of the document (D-1, D-2) --------------------------------------------------------------


def _adjust(document: DocumentInput, groups: dict[_Key, _Group]) -> list[_Piece]:
    """Apply percentages before fixed amounts, allowances before charges."""
    pieces: list[_Piece] = []
    for adjustments, is_charge in ((document.allowances, False), (document.charges, True)):
        order = sorted(range(len(adjustments)), key=lambda i: (not adjustments[i].percent, i))
        for source in order:
            pieces += _pieces(groups, adjustments[source], source, is_charge=is_charge)
    pieces.sort(key=lambda piece: (piece[0], piece[1]))
    return pieces


def _pieces(groups: dict[_Key, _Group], adjustment: Adjustment, source: int, *, is_charge: bool) -> list[_Piece]:
    pieces: list[_Piece] = []
    for tax, base, part in _parts(groups, adjustment, is_charge=is_charge):
        if part:
            amount = _Amount(part if is_charge else -part, base)
            _enter(groups, tax, amount)
            pieces.append((is_charge, source, adjustment, tax, amount))
    return pieces


def _parts(
    groups: dict[_Key, _Group], adjustment: Adjustment, *, is_charge: bool
) -> list[tuple[TaxTreatment, int, int]]:
    """Spread an adjustment over its tax groups: (treatment, base, part)."""
    if adjustment.tax is not None:
        group = groups.get((adjustment.tax.category, adjustment.tax.rate))
        targets = [(adjustment.tax, max(group.left, 0) if group else 0)]
    else:
        targets = [(groups[key].treatments[0], groups[key].left) for key in sorted(groups) if groups[key].left > 0]
    left = sum(base for _, base in targets)
    total = adjustment.amount_minor
    if adjustment.percent:
        total += percent_of(left, adjustment.percent)
    if not is_charge:
        total = min(total, left)
    if not targets:
        if total:
            raise RuleBroken("invoice.charge_without_tax", "A charge without lines needs its own tax.")
        return []
    if len(targets) == 1:
        return [(*targets[0], total)]
    parts = share(total, [base for _, base in targets])
    return [(tax, base, part) for (tax, base), part in zip(targets, parts, strict=True)]


# --- tax of one group -----------------------------------------------------------------------------------------------


def _tax_on_net(group: _Group, rate: Decimal) -> None:
    """Tax the sum of the group once and show each amount its part (T-2)."""
    amounts = group.amounts
    net = group.net = group.left if len(amounts) > 1 else amounts[0].shown
    if not rate:
        return
    tax = group.tax_minor = percent_of(net, rate)
    if len(amounts) == 1:
        amounts[0].tax = tax
        return
    over, under = rate.as_integer_ratio()
    parts = settle_ratios([amount.shown * over for amount in amounts], under * 100, tax)
    for amount, part in zip(amounts, parts, strict=True):
        amount.tax = part


def _tax_out_of_gross(group: _Group, rate: Decimal) -> None:
    """Take the net out of the group's gross; tax is then that of the net (T-3).

    An allowance's net and a charge's net and the net of the lines are parts of the group's net.
    """
    amounts = group.amounts
    if not rate:
        group.net = group.left
        return
    net = group.net = _without_tax(group.left, rate)
    group.tax_minor = percent_of(net, rate)
    if len(amounts) == 1:
        amounts[0].net, amounts[0].tax = net, group.tax_minor
        return
    factor = 1 + Fraction(rate) / 100
    for amount, part in zip(amounts, settle([amount.shown / factor for amount in amounts], net), strict=True):
        amount.net = part
    wanted = [Fraction(amount.shown - amount.net) for amount in amounts]
    for amount, part in zip(amounts, settle(wanted, group.tax_minor), strict=True):
        amount.tax = part


def _tax_by_line(group: _Group, rate: Decimal, *, gross_mode: bool) -> None:
    """Round the tax of each amount by itself (T-4)."""
    for amount in group.amounts:
        if gross_mode:
            amount.net = _without_tax(amount.shown, rate)
            amount.tax = amount.shown - amount.net
        elif rate:
            amount.tax = percent_of(amount.shown, rate)
        group.net += amount.net
        group.tax_minor += amount.tax


# --- results --------------------------------------------------------------------------------------------------------


def _computed_line(line: LineInput, amount: _Amount, *, gross_mode: bool) -> ComputedLine:
    net, price, rate = amount.net, line.unit_price, line.tax.rate
    charge, allowance, gross = line.charge_minor, amount.base + line.charge_minor - amount.shown, net + amount.tax
    price_net = price
    if gross_mode:
        gross = amount.shown
        if rate:
            if charge or allowance:
                charge, allowance = _without_tax(charge, rate), _without_tax(allowance, rate)
            price_net = net_price(price, rate)
    return ComputedLine(
        line.position,
        line.name,
        line.quantity,
        line.base_quantity,
        price,
        price_net,
        line.tax,
        amount.base,
        net + allowance - charge,
        allowance,
        charge,
        net,
        amount.tax,
        gross,
    )


def net_price(price: Decimal, rate: Decimal) -> Decimal:
    """Take the tax out of a unit price, to twelve decimals.

    Rounds: half away from zero, once (M-1).
    Source: T-3.
    """
    numerator, denominator = _net_ratio(rate)
    over, under = price.as_integer_ratio()
    places = round_ratio(over * numerator * 10**PRICE_PLACES, under * denominator)
    return Decimal(places).scaleb(-PRICE_PLACES, EXACT).normalize(EXACT)


def _without_tax(gross_minor: int, rate: Decimal) -> int:
    numerator, denominator = _net_ratio(rate)
    return round_ratio(gross_minor * numerator, denominator)


@lru_cache(maxsize=1024)
def _net_ratio(rate: Decimal) -> tuple[int, int]:
    """Give 100 / (100 + rate) in whole numbers."""
    over, under = rate.as_integer_ratio()
    return 100 * under, 100 * under + over


def _computed_adjustment(piece: _Piece, *, gross_mode: bool) -> ComputedAdjustment:
    is_charge, source, adjustment, tax, amount = piece
    sign = 1 if is_charge else -1
    base = amount.base
    if gross_mode and tax.rate:
        base = _without_tax(base, tax.rate)
    return ComputedAdjustment(
        is_charge,
        source,
        tax,
        sign * amount.net,
        sign * amount.tax,
        sign * (amount.shown if gross_mode else amount.net + amount.tax),
        base,
        adjustment.percent if not adjustment.amount_minor else ZERO,
        adjustment.reason,
        adjustment.reason_code,
    )


def _tax_group(key: _Key, group: _Group) -> TaxGroup:
    """State the group, with all reasons that its lines gave (BR-E-01 allows one group)."""
    first = group.treatments[0]
    code, reason, country = first.exemption_code, first.reason, first.country
    if len(group.treatments) > 1:
        code = code if _is_one(t.exemption_code for t in group.treatments) else None
        country = country if _is_one(t.country for t in group.treatments) else ""
        reasons = sorted({t.reason for t in group.treatments if t.reason})
        reason = "; ".join(reasons) or None
    return TaxGroup(key[0], key[1], code, reason, group.net, group.tax_minor, country)


def _is_one(values: Iterable[str | None]) -> bool:
    return len(set(values)) == 1


def _totals(
    document: DocumentInput,
    lines: Sequence[ComputedLine],
    adjustments: Sequence[ComputedAdjustment],
    groups: Iterable[_Group],
) -> DocumentTotals:
    lines_net = sum([line.net_minor for line in lines])
    allowances = charges = rounding = net = tax = 0
    for adjustment in adjustments:
        if adjustment.is_charge:
            charges += adjustment.amount_minor
        else:
            allowances += adjustment.amount_minor
    for group in groups:
        net += group.net
        tax += group.tax_minor
        rounding += group.left if document.price_mode is PriceMode.GROSS else 0
    gross = net + tax
    rounding = rounding - gross if document.price_mode is PriceMode.GROSS else 0
    payable = gross - document.prepaid_minor + rounding
    step = document.cash_rounding_minor
    if step > 1:
        rounded = step * round_fraction(Fraction(payable, step))
        rounding += rounded - payable
        payable = rounded
    return DocumentTotals(lines_net, allowances, charges, net, tax, gross, document.prepaid_minor, rounding, payable)
