"""Late fees and late interest: what an invoice that was not paid in time is charged, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from conto.domain.errors import RuleBroken
from conto.domain.money import minor_digits, round_fraction

ZERO = Decimal(0)
LARGEST_MINOR = 10**9
_DAY = timedelta(days=1)
_YEAR_DAYS = 365
_PERCENT_PLACES = 4
# Between what each number of the rule may lie.
BOUNDS: dict[str, tuple[int, int]] = {
    "grace_days": (0, 180),
    "yearly_percent": (0, 25),
    "cap_percent": (0, 100),
    "charge_day": (0, 28),
    "terms_days": (0, 90),
}


class ChargeKind(StrEnum):
    """What is charged for paying late."""

    FEE = "fee"
    INTEREST = "interest"


@dataclass(frozen=True, slots=True)
class LateAmounts:
    """The amounts of the rule in one currency, in minor units; 0 is none."""

    fee_minor: int = 0
    least_minor: int = 0
    cap_minor: int = 0


NO_AMOUNTS = LateAmounts()


@dataclass(frozen=True, slots=True)
class LateRule:
    """What a business charges for paying late."""

    is_on: bool = False
    counts_from: date | None = None  # only invoices that fall due on this day or later
    grace_days: int = 14
    yearly_percent: Decimal = ZERO
    cap_percent: Decimal = ZERO  # of the payable total; 0: no such cap
    charge_day: int = 1  # of the month; 0: every night
    terms_days: int = 14  # in which the charge is to be paid
    companies_only: bool = True
    issues_itself: bool = False
    amounts: Mapping[str, LateAmounts] = field(default_factory=dict)  # by currency

    def of(self, currency: str) -> LateAmounts:
        """Return the amounts in a currency.

        Source: LF-2.
        """
        return self.amounts.get(currency, NO_AMOUNTS)


DEFAULT_RULE = LateRule()


@dataclass(frozen=True, slots=True)
class Preset:
    """Numbers that fill the form: what a law says as it was read, never advice. Nothing: to be looked up."""

    code: str
    country: str  # or EU
    yearly_percent: Decimal | None
    points: int = 0  # above a base rate that changes
    fee: Mapping[str, int] = field(default_factory=dict)  # by currency, in minor units


PRESETS = (
    Preset("eu", "EU", None, points=8, fee={"EUR": 4000}),
    Preset("de", "DE", None, points=9, fee={"EUR": 4000}),
    Preset("ch", "CH", Decimal(5)),
)


def refuse_unusable(rule: LateRule) -> None:
    """Refuse a rule with a number out of bounds, or one that is on and says too little.

    Raises: RuleBroken `late.out_of_bounds`, `late.bad_amount`, `late.no_first_day`, `late.charges_nothing`,
    `money.unknown_currency`.
    Source: LF-10.
    """
    for name, (low, high) in BOUNDS.items():
        value = Decimal(getattr(rule, name))
        if not low <= value <= high or value != round(value, _PERCENT_PLACES):
            raise RuleBroken(
                "late.out_of_bounds", "This is a number from %(low)s to %(high)s.", name=name, low=low, high=high
            )
    for currency, amounts in rule.amounts.items():
        minor_digits(currency)  # refuses an unknown one
        if not all(
            0 <= minor <= LARGEST_MINOR for minor in (amounts.fee_minor, amounts.least_minor, amounts.cap_minor)
        ):
            raise RuleBroken("late.bad_amount", "This amount in %(currency)s cannot be charged.", currency=currency)
    if rule.is_on and rule.counts_from is None:
        raise RuleBroken("late.no_first_day", "Say from which due date on invoices count.")
    if rule.is_on and not rule.yearly_percent and not any(each.fee_minor for each in rule.amounts.values()):
        raise RuleBroken("late.charges_nothing", "Set a fee or a percentage, or switch late charges off.")


@dataclass(frozen=True, slots=True)
class Move:
    """A change of what is open of an invoice after it was issued: below zero what settles it."""

    on: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Charged:
    """What was charged before, waived or not. The days of interest are the first and the last, both counted."""

    kind: ChargeKind
    amount_minor: int
    capped_minor: int = 0  # what the cap kept off
    first_on: date | None = None
    last_on: date | None = None
    yearly_percent: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class LateInvoice:
    """An invoice with what happened to it."""

    due_on: date
    payable_minor: int
    moves: tuple[Move, ...] = ()
    charged: tuple[Charged, ...] = ()
    is_excluded: bool = False

    @property
    def charged_minor(self) -> int:
        """What was charged so far."""
        return sum(each.amount_minor for each in self.charged)


@dataclass(frozen=True, slots=True)
class OpenDays:
    """Days in a row, first and last counted, on which the same amount was open."""

    first_on: date
    last_on: date
    open_minor: int

    @property
    def days(self) -> int:
        """How many days these are."""
        return (self.last_on - self.first_on).days + 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an invoice is charged now."""

    fee_minor: int = 0
    interest_minor: int = 0
    capped_minor: int = 0  # interest that the cap kept off
    pieces: tuple[OpenDays, ...] = ()
    first_on: date | None = None
    last_on: date | None = None
    earlier_minor: int = 0  # charged too much before, taken off this interest

    @property
    def amount_minor(self) -> int:
        """Fee and interest."""
        return self.fee_minor + self.interest_minor


NOTHING = Wanted()


def open_days(invoice: LateInvoice, first_on: date, last_on: date) -> tuple[OpenDays, ...]:
    """List the days on which something was open at their end, by amount.

    Source: LF-3.
    """
    pieces: list[OpenDays] = []
    open_minor, start = invoice.payable_minor, first_on
    for move in sorted(invoice.moves, key=lambda each: each.on):
        if move.on > last_on:
            break
        if move.on > start:
            _add(pieces, start, move.on - _DAY, open_minor)
            start = move.on
        open_minor += move.amount_minor
    _add(pieces, start, last_on, open_minor)
    return tuple(pieces)


def _add(pieces: list[OpenDays], first_on: date, last_on: date, open_minor: int) -> None:
    if first_on > last_on or open_minor <= 0:
        return
    before = pieces[-1] if pieces else None
    if before and before.open_minor == open_minor and before.last_on == first_on - _DAY:
        pieces[-1] = OpenDays(before.first_on, last_on, open_minor)
    else:
        pieces.append(OpenDays(first_on, last_on, open_minor))


def exact_interest(pieces: Sequence[OpenDays], yearly_percent: Decimal) -> Fraction:
    """Return simple interest by actual days over 365, exactly, in minor units.

    Source: LF-3.
    """
    return sum(
        (Fraction(piece.open_minor * piece.days) * Fraction(yearly_percent) / (100 * _YEAR_DAYS) for piece in pieces),
        Fraction(0),
    )


def is_late(invoice: LateInvoice, *, grace_days: int, until: date) -> bool:
    """Tell whether something was open at the end of the last grace day, or of a later day up to `until`.

    Source: LF-1.
    """
    return bool(open_days(invoice, invoice.due_on + timedelta(days=grace_days), until))


def wanted(invoice: LateInvoice, rule: LateRule, currency: str, *, until: date) -> Wanted:
    """Tell what an invoice is charged for all days up to `until` that were not charged yet.

    Rounds: half away from zero, once for all days so far (M-1).
    Source: LF-1, LF-2, LF-3, LF-4, LF-5.
    """
    if invoice.is_excluded or not is_late(invoice, grace_days=rule.grace_days, until=until):
        return NOTHING
    if rule.counts_from is not None and invoice.due_on < rule.counts_from:
        return NOTHING
    room = _room(invoice, rule, currency)
    has_fee = any(each.kind is ChargeKind.FEE for each in invoice.charged)
    fee_minor = 0 if has_fee else min(rule.of(currency).fee_minor, room)
    return _with_interest(invoice, rule.yearly_percent, fee_minor, room - fee_minor, until)


def _room(invoice: LateInvoice, rule: LateRule, currency: str) -> int:
    """Tell how much may be charged before the cap is reached; a percentage of the total is rounded down."""
    caps = [LARGEST_MINOR * 10**6]
    if rule.cap_percent:
        caps.append(int(invoice.payable_minor * Fraction(rule.cap_percent) // 100))
    if rule.of(currency).cap_minor:
        caps.append(rule.of(currency).cap_minor)
    return max(0, min(caps) - invoice.charged_minor)


def _with_interest(invoice: LateInvoice, percent: Decimal, fee_minor: int, room: int, until: date) -> Wanted:
    first_on = next_day(invoice)
    pieces = open_days(invoice, first_on, until)
    own = exact_interest(pieces, percent)
    if not own:
        return Wanted(fee_minor)
    before, before_minor = Fraction(0), 0
    for each in invoice.charged:
        if each.kind is ChargeKind.INTEREST and each.first_on and each.last_on:
            before += exact_interest(open_days(invoice, each.first_on, each.last_on), each.yearly_percent)
            before_minor += each.amount_minor + each.capped_minor
    owed = round_fraction(before + own) - before_minor
    taken = max(0, min(owed, room))
    if not taken:
        return Wanted(fee_minor)
    too_much = max(0, before_minor - round_fraction(before))
    return Wanted(fee_minor, taken, owed - taken, pieces, first_on, until, too_much)


def next_day(invoice: LateInvoice) -> date:
    """Return the first day whose interest was not charged yet.

    Source: LF-4.
    """
    ends = [each.last_on for each in invoice.charged if each.last_on]
    return max([invoice.due_on, *ends]) + _DAY


def is_worth_charging(amounts_minor: Sequence[int], least_minor: int) -> bool:
    """Tell whether what a customer is charged in one run comes to the smallest amount.

    Source: LF-6.
    """
    return 0 < sum(amounts_minor) >= least_minor


def charging_day(today: date, charge_day: int) -> date:
    """Return the last day, up to today, on which a run is due.

    Source: LF-7.
    """
    if not charge_day:
        return today
    if today.day >= charge_day:
        return today.replace(day=charge_day)
    return (today.replace(day=1) - _DAY).replace(day=charge_day)


def is_run_due(today: date, charge_day: int, last_run_on: date | None) -> bool:
    """Tell whether the day of a run has come since the last one.

    Source: LF-7.
    """
    return last_run_on is None or last_run_on < charging_day(today, charge_day)
