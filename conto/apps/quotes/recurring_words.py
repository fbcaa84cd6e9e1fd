"""What a quote offers again and again, in plain sentences for its customer: what, how much, from when, for how long."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conto.apps.plans.words import rhythm_words
from conto.apps.quotes.queries.recurring import ShownPart
from conto.domain.price import PriceKind, Speech, describe, price_from
from conto.domain.quote import (
    ChoiceKind,
    Recurrence,
    RecurringItem,
    RecurringPart,
    RecurringSum,
    coupons_of,
    item_name,
    part_name,
)
from conto.domain.quote.recurring import kept


@dataclass(frozen=True, slots=True)
class SaidItem:
    """One thing that is billed: its name with how many of it, its price in a sentence, and how it is chosen."""

    name: str
    price: str
    choice: str = ""  # its name in a choice; empty: it always counts
    is_taken: bool = True


@dataclass(frozen=True, slots=True)
class SaidAmount:
    """What invoices come to: which of them, and how much with its tax."""

    words: str
    amount: str  # with its tax
    tax: str  # how much of it that is; empty: none
    is_usual: bool = False


@dataclass(frozen=True, slots=True)
class SaidPart:
    """A part as its customer reads it."""

    title: str
    rhythm: str
    items: tuple[SaidItem, ...]
    amounts: tuple[SaidAmount, ...]
    terms: tuple[str, ...]
    position: int = 0
    choice: str = ""  # its name in a choice; empty: it always counts
    group: str = ""  # of which one is taken; empty: it is an option for itself
    is_taken: bool = True
    mark: str = ""  # whether it is an option, and taken

    @property
    def usual(self) -> str:
        """What the most invoices come to; empty where only use is billed."""
        return next((each.amount for each in self.amounts if each.is_usual), "")


@dataclass(frozen=True, slots=True)
class Tongue:
    """How a part is said: the language of its texts, and how prices, amounts and days read in it."""

    language: str
    speech: Speech
    money: Callable[[int, str], str]
    day: Callable[[date], str]


def recurring_words(shown: ShownPart, tongue: Tongue, *, is_accepted: bool = False) -> SaidPart:
    """Say a part that recurs; amounts have their tax, as invoices have.

    Source: Q-12.
    """
    part, recurrence = shown.part, shown.recurrence
    is_free = part.kind is not ChoiceKind.FIXED
    with translation.override(tongue.language):
        rhythm = rhythm_words(part.terms.interval.value, part.terms.count)
        return SaidPart(
            part.title,
            rhythm,
            tuple(_offered(each, shown, tongue.speech) for each in part.items),
            tuple(_amounts(part, recurrence, rhythm, tongue)),
            tuple(_terms(shown.counting, recurrence, tongue, is_accepted=is_accepted and shown.is_taken)),
            part.position,
            part_name(part) if is_free else "",
            part.choice_group,
            shown.is_taken,
            mark_of(is_taken=shown.is_taken) if is_free else "",
        )


def mark_of(*, is_taken: bool) -> str:
    """Return the words beside an option."""
    return _("option, chosen") if is_taken else _("option, not in the sums")


def sum_words(sums: Iterable[RecurringSum], tongue: Tongue) -> tuple[SaidAmount, ...]:
    """Say what the parts that count come to together, for each rhythm.

    Source: Q-13.
    """
    with translation.override(tongue.language):
        return tuple(
            SaidAmount(
                rhythm_words(each.interval.value, each.count),
                tongue.money(each.amount.payable_minor, each.currency),
                _tax(each.amount.tax_minor, each.currency, tongue),
                is_usual=True,
            )
            for each in sums
        )


def _offered(each: RecurringItem, shown: ShownPart, speech: Speech) -> SaidItem:
    said = _item(each, shown.part.currency, speech)
    if not each.is_optional:
        return said
    return replace(said, choice=item_name(shown.part, each), is_taken=each in shown.counting.items)


def _item(each: RecurringItem, currency: str, speech: Speech) -> SaidItem:
    read = price_from(kept(each.price), currency)
    price = describe(read, speech)
    if each.measure:
        return SaidItem(each.name, _("%(price)s, by what is used") % {"price": price})
    if each.is_once:
        price = _("%(price)s, once") % {"price": price}
    is_one = each.quantity == 1 or read.kind is PriceKind.FLAT
    return SaidItem(each.name if is_one else f"{speech.number(each.quantity.normalize())} × {each.name}", price)


def _amounts(part: RecurringPart, recurrence: Recurrence, rhythm: str, tongue: Tongue) -> Iterator[SaidAmount]:
    """Say what the invoices come to, as long as it changes."""
    last = len(recurrence.steps) - 1
    for n, step in enumerate(recurrence.steps):
        known = {"day": tongue.day(step.on), "n": step.times, "rhythm": rhythm}
        is_open = n == last and not (part.months and step.times == 1)
        if step.times == 1 and not is_open:
            words = _("on %(day)s") % known
        elif is_open and not n:
            words = _("%(rhythm)s, first on %(day)s") % known
        elif is_open:
            words = _("%(rhythm)s from %(day)s on") % known
        else:
            words = ngettext("from %(day)s on, %(n)d time", "from %(day)s on, %(n)d times", step.times) % known
        amount = tongue.money(step.amount.payable_minor, part.currency)
        tax = _tax(step.amount.tax_minor, part.currency, tongue)
        yield SaidAmount(words, amount, tax, step.amount == recurrence.usual)


def _tax(minor: int, currency: str, tongue: Tongue) -> str:
    return _("of it tax %(tax)s") % {"tax": tongue.money(minor, currency)} if minor else ""


def _terms(part: RecurringPart, recurrence: Recurrence, tongue: Tongue, *, is_accepted: bool) -> Iterator[str]:
    starts = tongue.day(recurrence.starts_on)
    if is_accepted:
        yield _("The subscription begins on %(day)s.") % {"day": starts}
    elif part.starts_on is None:
        yield _("It begins on the day of acceptance; the days above are those of an acceptance on %(day)s.") % {
            "day": starts
        }
    else:
        yield _("It begins on %(day)s, or on the day of acceptance where that is later.") % {
            "day": tongue.day(part.starts_on)
        }
    if part.terms.trial_days:
        n = {"n": part.terms.trial_days}
        yield ngettext("The first day is free.", "The first %(n)d days are free.", part.terms.trial_days) % n
    for coupon in coupons_of(part, recurrence.starts_on):
        known = {"code": coupon.key, "n": coupon.periods or 0}
        if coupon.periods is None:
            yield _("The discount %(code)s is in these amounts.") % known
        else:
            yield (
                ngettext(
                    "The discount %(code)s is in the amounts of the first period.",
                    "The discount %(code)s is in the amounts of the first %(n)d periods.",
                    coupon.periods,
                )
                % known
            )
    if part.months:
        n = {"n": part.months}
        yield (
            ngettext(
                "The subscription runs for %(n)d month and then ends.",
                "The subscription runs for %(n)d months and then ends.",
                part.months,
            )
            % n
        )
    else:
        yield _("The subscription goes on until it is cancelled.")
    if any(each.measure for each in part.items):
        yield _("What is used is billed afterwards and is in none of these amounts.")
