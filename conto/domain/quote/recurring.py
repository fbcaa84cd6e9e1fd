"""What a quote offers again and again: parts that become subscriptions, priced by the rules of subscriptions."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from conto.domain.contract import MOST_MONTHS
from conto.domain.errors import Finding, RuleBroken
from conto.domain.invoice import DocumentInput, LineInput, PriceMode, compute
from conto.domain.money import HUNDRED, ONE, ZERO
from conto.domain.period import add_months
from conto.domain.plan import PlanTerms, agreed, next_invoices
from conto.domain.price import Price, PriceKind, price_from, rate_part, scaled, telling_quantities
from conto.domain.quote.kinds import ChoiceKind
from conto.domain.subscription import Coupon, Definition, Invoice, Item, Timing, bill, paper_of, standing_on
from conto.domain.subscription.written import coupon_from, coupon_written, measure_from, ramp_from
from conto.domain.tax import TaxTreatment

if TYPE_CHECKING:
    from conto.domain.quote.model import QuoteContent

MOST_PARTS = 10
MOST_SHOWN = 25  # invoices that are looked at: two years of months, and the one after
_YEAR_MONTHS = 12
_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class RecurringItem:
    """One thing that a part bills. Prices, measure and ramps are written as the rules read them."""

    key: str
    name: str
    price: str
    tax: TaxTreatment
    quantity: Decimal = ONE
    timing: Timing = Timing.ADVANCE
    measure: str = ""
    is_once: bool = False
    ramp: str = ""
    asked_price: str = ""  # of the plan; empty: the price is the plan's
    asked_ramp: str = ""
    unit_code: str = "C62"
    supply: str = "services"
    rate_class: str = "standard"
    item: str = ""  # the catalog's id
    is_optional: bool = False  # for the customer to choose
    is_chosen: bool = False  # what stands there before anybody chooses


@dataclass(frozen=True, slots=True)
class RecurringPart:
    """A version of a plan as it is offered: it becomes a subscription when the quote is accepted."""

    position: int
    plan_version: str  # the id
    plan: str  # as people name it
    title: str
    currency: str
    price_mode: PriceMode
    zone: str
    terms: PlanTerms  # with the trial that is offered
    items: tuple[RecurringItem, ...]
    tax: TaxTreatment  # of what belongs to no item
    asked_trial_days: int = 0  # of the plan
    starts_on: date | None = None  # none: the day of acceptance
    months: int = 0  # of its term; 0: it goes on until somebody ends it
    coupons: str = ""
    is_given: bool = True  # whether the plan can be taken; what was sent holds
    kind: ChoiceKind = ChoiceKind.FIXED
    choice_group: str = ""
    is_chosen: bool = False  # what stands there before anybody chooses


@dataclass(frozen=True, slots=True)
class Amount:
    """What an invoice comes to."""

    net_minor: int = 0
    tax_minor: int = 0
    payable_minor: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(
            self.net_minor + other.net_minor,
            self.tax_minor + other.tax_minor,
            self.payable_minor + other.payable_minor,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """Invoices in a row that come to the same, the first of them on a day."""

    on: date
    times: int
    amount: Amount


@dataclass(frozen=True, slots=True)
class Recurrence:
    """What a part bills when it begins on a day, without what is measured."""

    starts_on: date
    last_day: date | None
    trial_last_day: date | None
    steps: tuple[Step, ...]
    usual: Amount  # what the most of its invoices come to
    year: Amount  # what its first year comes to, or its term where that is shorter
    monthly_minor: int  # what recurs, a month, before discounts and tax

    @property
    def first(self) -> Step | None:
        """The first invoice, or nothing where only use is billed."""
        return self.steps[0] if self.steps else None


def written(value: Any) -> str:
    """Write plain values as a text that is the same for the same values; nothing for nothing."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")) if value else ""


def kept(text: str) -> Any:
    """Read back what `written` wrote."""
    return json.loads(text) if text else None


def coupons_written(coupons: Sequence[Coupon]) -> str:
    """Write down coupons as they are promised: from the first day on, whichever that will be."""
    return written([coupon_written(replace(each, starts_on=None)) for each in coupons])


def coupons_of(part: RecurringPart, starts_on: date) -> tuple[Coupon, ...]:
    """Give the coupons that a part promises, from its first day on.

    Source: Q-12, D-4.
    """
    promised = json.loads(part.coupons) if part.coupons else []
    return tuple(replace(coupon_from(each), starts_on=starts_on) for each in promised)


def begins_on(part: RecurringPart, accepted_on: date) -> date:
    """Give the first day of a part when the quote is accepted on a day: never before that.

    Source: Q-12.
    """
    return max(part.starts_on or accepted_on, accepted_on)


def ends_on(part: RecurringPart, starts_on: date) -> date | None:
    """Give the end that the engine takes: the day after the term, its last where that is billed anyway.

    Source: Q-12.
    """
    if not part.months:
        return None
    after = add_months(starts_on, part.months)
    return after - timedelta(days=1) if part.terms.bills_end_day else after


def definition_of(part: RecurringPart, starts_on: date) -> Definition:
    """Give the subscription that a part becomes when it begins on a day.

    Raises: RuleBroken as the engine.
    Source: Q-12, SB-1.
    """
    return agreed(
        part.terms, [_item(each, part.currency) for each in part.items], currency=part.currency, zone=part.zone,
        starts_on=starts_on, ends_on=ends_on(part, starts_on), coupons=coupons_of(part, starts_on),
    )  # fmt: skip


def recurrence_of(part: RecurringPart, accepted_on: date) -> Recurrence:
    """Give what a part bills when the quote is accepted on a day.

    Rounds: as subscriptions and invoices do.
    Raises: RuleBroken as the engine.
    Source: Q-12.
    """
    starts_on = begins_on(part, accepted_on)
    definition = definition_of(part, starts_on)
    invoices = [each for each in next_invoices(definition, most=MOST_SHOWN) if _has_paper(each, part.currency)]
    due = [(each.on, amount_of(part, each)) for each in invoices]
    steps = []
    for amount, group in groupby(due, key=lambda each: each[1]):
        same = [on for on, _amount in group]
        steps.append(Step(same[0], len(same), amount))
    standing = standing_on(definition, (), starts_on)
    trial_ends_on = starts_on + timedelta(days=part.terms.trial_days)
    year = sum((amount_of(part, each) for each in _first_year(part, definition)), Amount())
    after = ends_on(part, starts_on)
    last_day = after if after is None or part.terms.bills_end_day else after - timedelta(days=1)
    return Recurrence(
        starts_on,
        last_day,
        trial_ends_on - timedelta(days=1) if part.terms.trial_days else None,
        tuple(steps),
        _usual(steps),
        year,
        standing.monthly_minor,
    )


def amount_of(part: RecurringPart, invoice: Invoice) -> Amount:
    """Give what a bill of a part comes to on paper.

    Rounds: as `compute` does.
    Source: SB-5, I-1.
    """
    taxes = {each.key: each.tax for each in part.items}
    lines = [
        LineInput(
            n,
            each.line.charge.item,
            each.quantity,
            each.unit_price,
            taxes.get(each.line.charge.item, part.tax),
            allowance_minor=each.allowance_minor,
        )
        for n, each in enumerate(paper_of([invoice], part.currency).lines, 1)
    ]
    totals = compute(DocumentInput(part.currency, part.price_mode, tuple(lines))).totals
    return Amount(totals.net_minor, totals.tax_minor, totals.payable_minor)


def monthly_of(parts: Sequence[RecurringPart], accepted_on: date) -> int:
    """Give what parts that count are worth a month, as subscriptions are.

    Source: Q-12, SB-7.
    """
    return sum(standing_on(definition_of(each, on), (), on).monthly_minor
               for each in parts for on in [begins_on(each, accepted_on)])  # fmt: skip


def deepest_discount_of(part: RecurringPart, accepted_on: date) -> Decimal:
    """Give the deepest discount of any item of a part, in percent of what its plan asks.

    Own prices, coupons and days of trial together, over the first year; of what is measured the price alone, at the
    quantities that show how it works. Where items are for choice, the deepest of what may be chosen.
    Rounds: to four decimals of a percent, half to even.
    Source: Q-5, Q-12, Q-13.
    """
    fixed = tuple(each for each in part.items if not each.is_optional)
    free = [each for each in part.items if each.is_optional]
    choices = [part.items]  # the share of an item in coupons is the largest where little else is chosen
    if part.coupons and free:
        choices += [fixed, *((*fixed, each) for each in free)]
    return max(_deepest(replace(part, items=items), accepted_on) for items in choices)


def _deepest(part: RecurringPart, accepted_on: date) -> Decimal:
    starts_on = begins_on(part, accepted_on)
    asked = replace(part, items=tuple(_asked(each) for each in part.items), coupons="",
                    terms=replace(part.terms, trial_days=part.asked_trial_days))  # fmt: skip
    end = _year_end(part, starts_on, part.asked_trial_days)
    paid, full = (_by_item(replace(definition_of(each, starts_on), ends_on=end)) for each in (part, asked))
    found = [(ONE - Decimal(paid.get(key, 0)) / amount) * HUNDRED for key, amount in full.items() if amount > 0]
    measured = [(price_from(json.loads(each.price), part.currency), _asked_price(each, part.currency))
                for each in part.items if each.measure and each.asked_price]  # fmt: skip
    found += [_off(own, plan) for own, plan in measured]
    return max((each.quantize(_PLACES) for each in found), default=ZERO)


def findings_of_recurring(content: "QuoteContent", today: date) -> Iterator[Finding]:
    """List what stands against the parts that recur.

    Source: Q-6, Q-12.
    """
    for part in content.recurring:
        known = {"plan": part.plan, "currency": part.currency}
        if not part.is_given:
            yield Finding(
                "quote.plan_archived",
                "The plan %(plan)s is not offered any more. Choose another plan, or take it out.",
                known,
            )
        if part.currency != content.currency:
            yield Finding(
                "quote.plan_currency",
                "The plan %(plan)s is in %(currency)s, and the quote is not. Choose another plan, or take it out.",
                known,
            )
        if part.starts_on is not None and part.starts_on < today:
            yield Finding("quote.recurring_past", "%(plan)s would begin on a day that is past.", known)
    sizes = Counter(part.choice_group for part in content.recurring if part.kind is ChoiceKind.CHOICE)
    for group, size in sizes.items():
        if not group.strip():
            yield Finding("quote.plans_unnamed", "Plans to choose from need the name of their group.")
        elif size == 1:
            yield Finding("quote.plan_alone", "“%(group)s” offers only one plan to choose.", {"group": group})


def check_months(months: int) -> None:
    """Refuse a term that cannot be.

    Raises: RuleBroken `quote.recurring_months`.
    """
    if not 0 <= months <= MOST_MONTHS:
        raise RuleBroken("quote.recurring_months", "A term has up to %(most)s months.", most=MOST_MONTHS)


def _item(each: RecurringItem, currency: str) -> Item:
    return Item(
        each.key,
        price_from(json.loads(each.price), currency),
        each.quantity,
        each.timing,
        measure_from(json.loads(each.measure) if each.measure else None),
        each.is_once,
        ramp_from(json.loads(each.ramp) if each.ramp else [], currency),
    )


def _asked(each: RecurringItem) -> RecurringItem:
    return replace(each, price=each.asked_price, ramp=each.asked_ramp) if each.asked_price else each


def _asked_price(each: RecurringItem, currency: str) -> Price:
    return price_from(json.loads(each.asked_price), currency)


def _off(own: Price, asked: Price) -> Decimal:
    """Give by how much a measured price is below the plan's, where it is that the most."""
    found = [ZERO]
    for quantity in {*telling_quantities(asked), *telling_quantities(own)}:
        units = scaled(quantity)
        paid, full = (_exact(price, units) for price in (own, asked))
        if full > 0:
            found.append((ONE - paid / full) * HUNDRED)
    return max(found)


def _exact(price: Price, units: int) -> Decimal:
    transactions = (units,) if price.kind is PriceKind.PERCENTAGE else ()
    rated = rate_part(price, units, transactions)
    return Decimal(rated.numerator) / Decimal(rated.denominator)


def _has_paper(invoice: Invoice, currency: str) -> bool:
    return bool(paper_of([invoice], currency).lines)


def _usual(steps: Sequence[Step]) -> Amount:
    """Choose what the most invoices come to, of as many the later ones."""
    times: dict[Amount, int] = {}
    for step in steps:
        times[step.amount] = times.pop(step.amount, 0) + step.times
    return max(reversed(times), key=lambda amount: times[amount], default=Amount())


def _year_end(part: RecurringPart, starts_on: date, trial_days: int) -> date:
    """Give the day after the first year that is paid for, or of the term where that ends before."""
    year = add_months(starts_on + timedelta(days=trial_days), _YEAR_MONTHS)
    if part.terms.bills_end_day:
        year -= timedelta(days=1)
    term = ends_on(part, starts_on)
    return year if term is None else min(year, term)


def _first_year(part: RecurringPart, definition: Definition) -> tuple[Invoice, ...]:
    end = _year_end(part, definition.starts_on, part.terms.trial_days)
    return _all_of(replace(definition, ends_on=end))


def _all_of(definition: Definition) -> tuple[Invoice, ...]:
    end = definition.ends_on or definition.starts_on
    return bill(definition, until=end + timedelta(days=1)).invoices


def _by_item(definition: Definition) -> dict[str, int]:
    found: dict[str, int] = {}
    for invoice in _all_of(definition):
        for line in invoice.lines:
            if line.charge.item:
                found[line.charge.item] = found.get(line.charge.item, 0) + line.net_minor
    return found
