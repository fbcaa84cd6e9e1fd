"""What a quote offers again and again, in plain sentences for its customer: what, how much, from when, for how long."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conto.apps.plans.words import rhythm_words
from conto.apps.quotes.queries.recurring import ShownPart
from conto.domain.price import PriceKind, Speech, describe, price_from
from conto.domain.quote import Recurrence, RecurringItem, RecurringPart, coupons_of
from conto.domain.quote.recurring import kept

Money = Callable[[int, str], str]


@dataclass(frozen=True, slots=True)
class SaidItem:
    """One thing that is billed: its name with how many of it, and its price in a sentence."""

    name: str
    price: str


@dataclass(frozen=True, slots=True)
class SaidAmount:
    """What invoices come to: which of them, and how much with its tax."""

    words: str
    amount: str
    is_usual: bool = False


@dataclass(frozen=True, slots=True)
class SaidPart:
    """A part as its customer reads it."""

    title: str
    rhythm: str
    items: tuple[SaidItem, ...]
    amounts: tuple[SaidAmount, ...]
    terms: tuple[str, ...]

    @property
    def usual(self) -> str:
        """What the most invoices come to; empty where only use is billed."""
        return next((each.amount for each in self.amounts if each.is_usual), "")


def recurring_words(shown: ShownPart, *, speech: Speech, money: Money, language: str) -> SaidPart:
    """Say a part that recurs in a language; amounts have their tax, as invoices have.

    Source: Q-12.
    """
    part, recurrence = shown.part, shown.recurrence
    with translation.override(language):
        rhythm = rhythm_words(part.terms.interval.value, part.terms.count)
        return SaidPart(
            part.title,
            rhythm,
            tuple(_item(each, part.currency, speech) for each in part.items),
            tuple(_amounts(part, recurrence, rhythm, money, language)),
            tuple(_terms(part, recurrence, language)),
        )


def _item(each: RecurringItem, currency: str, speech: Speech) -> SaidItem:
    read = price_from(kept(each.price), currency)
    price = describe(read, speech)
    if each.measure:
        return SaidItem(each.name, _("%(price)s, by what is used") % {"price": price})
    if each.is_once:
        price = _("%(price)s, once") % {"price": price}
    is_one = each.quantity == 1 or read.kind is PriceKind.FLAT
    return SaidItem(each.name if is_one else f"{speech.number(each.quantity.normalize())} × {each.name}", price)


def _amounts(
    part: RecurringPart, recurrence: Recurrence, rhythm: str, money: Money, language: str
) -> Iterator[SaidAmount]:
    """Say what the invoices come to, as long as it changes."""
    last = len(recurrence.steps) - 1
    for n, step in enumerate(recurrence.steps):
        known = {"day": _day(step.on, language), "n": step.times, "rhythm": rhythm}
        is_open = n == last and not (part.months and step.times == 1)
        if step.times == 1 and not is_open:
            words = _("on %(day)s") % known
        elif is_open and not n:
            words = _("%(rhythm)s, first on %(day)s") % known
        elif is_open:
            words = _("%(rhythm)s from %(day)s on") % known
        else:
            words = ngettext("from %(day)s on, %(n)d time", "from %(day)s on, %(n)d times", step.times) % known
        amount = money(step.amount.payable_minor, part.currency)
        if step.amount.tax_minor:
            both = {"amount": amount, "tax": money(step.amount.tax_minor, part.currency)}
            amount = _("%(amount)s, of it tax %(tax)s") % both
        yield SaidAmount(words, amount, step.amount == recurrence.usual)


def _terms(part: RecurringPart, recurrence: Recurrence, language: str) -> Iterator[str]:
    starts = _day(recurrence.starts_on, language)
    if part.starts_on is None:
        yield _("It begins on the day of acceptance; the days above are those of an acceptance on %(day)s.") % {
            "day": starts
        }
    else:
        yield _("It begins on %(day)s, or on the day of acceptance where that is later.") % {
            "day": _day(part.starts_on, language)
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


def _day(day: date, language: str) -> str:
    return format_date(day, format="long", locale=translation.to_locale(language))
