"""The guardian: what is unusual about an invoice, told by what the same customer was billed before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from conto.domain.contact import fold
from conto.domain.contract import Priced
from conto.domain.errors import Finding, RuleBroken
from conto.domain.money import to_major

MOST_LOOKED_AT = 12  # documents of a customer, the latest ones
_LIKE_PERCENT = 10  # how near an amount is to one that was billed before
_SPREADS = 4  # how many usual deviations lie within the range
GUARDED_CODES = ("check.amount_unusual", "check.too_early", "check.duplicate", "check.off_contract")


@dataclass(frozen=True, slots=True)
class GuardianRules:
    """What the guardian looks at, and from where on it speaks."""

    watches_amounts: bool = True
    watches_rhythm: bool = True
    watches_duplicates: bool = True
    least_documents: int = 6  # fewer tell nothing
    amount_percent: int = 50  # an amount may differ from the middle one by so much in any case
    rhythm_percent: int = 25  # of the gap, by which an invoice may be late or early in any case
    rhythm_days: int = 5  # by which it may be in any case
    duplicate_days: int = 20  # between two documents that are the same
    review_hours: int = 0  # so long what a billing run makes waits before it is issued by itself


DEFAULT_RULES = GuardianRules()
# Between what each threshold may lie. Rhythm needs four days, and no more documents are looked at than twelve.
BOUNDS: dict[str, tuple[int, int]] = {
    "least_documents": (4, MOST_LOOKED_AT),
    "amount_percent": (5, 1000),
    "rhythm_percent": (0, 100),
    "rhythm_days": (0, 90),
    "duplicate_days": (0, 90),
    "review_hours": (0, 720),
}


def refuse_unusable(rules: GuardianRules) -> None:
    """Refuse rules with a threshold out of bounds.

    Raises: RuleBroken `guardian.out_of_bounds`, with the threshold and its bounds.
    Source: GU-6.
    """
    for each in fields(rules):
        low, high = BOUNDS.get(each.name, (0, 1))
        if not low <= getattr(rules, each.name) <= high:
            raise RuleBroken(
                "guardian.out_of_bounds",
                "This is a number from %(low)s to %(high)s.",
                threshold=each.name,
                low=low,
                high=high,
            )


def issues_at(made_at: datetime, rules: GuardianRules) -> datetime | None:
    """Tell when a draft that a billing run makes is issued by itself; nothing: at once.

    Source: GU-7.
    """
    return made_at + timedelta(hours=rules.review_hours) if rules.review_hours else None


@dataclass(frozen=True, slots=True)
class Past:
    """A document that a customer was billed before. The amount is before tax, in minor units."""

    issued_on: date
    net_minor: int
    kinds: frozenset[object] = frozenset()  # of what it bills


def middle(values: Sequence[int] | Sequence[Fraction]) -> Fraction:
    """Give the median, exactly.

    Source: GU-1.
    """
    ordered, half = sorted(Fraction(value) for value in values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def deviation(values: Sequence[int], center: Fraction) -> Fraction:
    """Give the usual deviation from the middle: the median of all deviations, which no single value moves.

    Source: GU-1.
    """
    return middle([abs(value - center) for value in values])


# --- amounts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UsualRange:
    """Between which amounts a customer's documents lie, and of how many that is known. In minor units, exactly."""

    low: Fraction
    high: Fraction
    documents: int
    is_steady: bool = True  # the amounts themselves differ so little that the percentage makes the range

    @property
    def low_minor(self) -> int:
        """The lowest whole amount within.

        Rounds: up.
        """
        return -(-self.low.numerator // self.low.denominator)

    @property
    def high_minor(self) -> int:
        """The highest whole amount within.

        Rounds: down.
        """
        return self.high.numerator // self.high.denominator

    def holds(self, amount_minor: int) -> bool:
        """Tell whether an amount lies within."""
        return self.low <= amount_minor <= self.high


def usual_range(amounts: Sequence[int], rules: GuardianRules = DEFAULT_RULES) -> UsualRange | None:
    """Give the range of amounts, whatever their order; nothing when they are too few to tell.

    Source: GU-1.
    """
    if len(amounts) < rules.least_documents:
        return None
    center = middle(amounts)
    by_percent, by_spread = center * rules.amount_percent / 100, deviation(amounts, center) * _SPREADS
    width = max(by_percent, by_spread)
    return UsualRange(max(Fraction(0), center - width), center + width, len(amounts), by_percent >= by_spread)


def is_known_amount(amount_minor: int, past: Sequence[Past]) -> bool:
    """Tell whether the latest document, or two of them, came to about this amount. The latest stands first.

    Source: GU-1.
    """
    near = abs(amount_minor) * _LIKE_PERCENT
    alike = (abs(each.net_minor - amount_minor) * 100 <= near for each in past)
    return next(alike, False) or sum(alike) > 1


def asks_second_look(amount_minor: int, past: Sequence[Past], rules: GuardianRules = DEFAULT_RULES) -> bool:
    """Tell whether it takes more than the amounts alone to say that an amount is usual.

    Source: GU-1.
    """
    if not rules.watches_amounts or len(past) < rules.least_documents or is_known_amount(amount_minor, past):
        return False
    known = usual_range([each.net_minor for each in past], rules)
    return known is not None and not (known.is_steady and known.holds(amount_minor))


def unusual_amount(
    amount_minor: int,
    kinds: Collection[object],
    past: Sequence[Past],
    rules: GuardianRules = DEFAULT_RULES,
    *,
    is_only_of_kind: bool = False,
) -> UsualRange | None:
    """Give the usual range that an amount lies outside of; nothing when it is usual, or too little is known.

    Compared are the documents that bill something of the same kind, where they are enough, else all. What bills a
    subscription is only compared with its kind: a new one says nothing of what the customer bought before.

    Source: GU-1.
    """
    if not asks_second_look(amount_minor, past, rules):
        return None
    of_its_kind = [each for each in past if not each.kinds.isdisjoint(kinds)]
    compared = of_its_kind if is_only_of_kind or len(of_its_kind) >= rules.least_documents else past
    known = usual_range([each.net_minor for each in compared], rules)
    return known if known is not None and not known.holds(amount_minor) else None


def kind_of_line(item: object, name: str) -> object:
    """Tell what a line bills: its item in the catalog, else its name, whatever its case.

    Source: GU-1, GU-3.
    """
    return item or fold(name)


def amount_finding(amount_minor: int, known: UsualRange, currency: str) -> Finding:
    """Say that an amount lies outside of the usual range, with the range and the amount.

    Source: GU-1.
    """
    return Finding(
        "check.amount_unusual",
        "The last %(documents)s invoices of this customer came to between %(low)s and %(high)s before tax; this one "
        "comes to %(amount)s.",
        {
            "documents": known.documents,
            "low": Priced(to_major(known.low_minor, currency), currency),
            "high": Priced(to_major(known.high_minor, currency), currency),
            "amount": Priced(to_major(amount_minor, currency), currency),
        },
        "warn",
    )


# --- rhythm -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How regularly a customer is billed, by the days on which that was done."""

    last_on: date
    gap_days: int  # the middle one
    tolerance_days: int
    days: int  # on which the customer was billed
    last_gap_days: int = 0

    @property
    def expected_on(self) -> date:
        """The day on which the next invoice is expected."""
        return self.last_on + timedelta(days=self.gap_days)

    @property
    def late_after(self) -> date:
        """The last day on which an invoice would not be late."""
        return self.expected_on + timedelta(days=self.tolerance_days)

    @property
    def was_early_days(self) -> int:
        """By how many days the last invoice came before it was expected; zero when it came in time."""
        early_days = self.gap_days - self.last_gap_days
        return early_days if early_days > self.tolerance_days else 0

    def late_days(self, on: date) -> int:
        """Give by how many days the next invoice is overdue on a day; zero within the tolerance."""
        return (on - self.expected_on).days if on > self.late_after else 0


def rhythm_of(days: Collection[date], rules: GuardianRules = DEFAULT_RULES) -> Rhythm | None:
    """Tell the rhythm of the days on which a customer was billed; nothing where there are too few, or is none.

    Documents of one day count once. The last gap is judged by the others and does not make the rhythm.

    Rounds: the middle gap half up, the tolerance up, to days.
    Source: GU-2.
    """
    ordered = sorted(set(days))
    if len(ordered) < max(rules.least_documents, 4):
        return None
    gaps = [(later - earlier).days for earlier, later in pairwise(ordered)]
    before = gaps[:-1]
    center = middle(before)
    spread = deviation(before, center) * _SPREADS
    if spread > center:
        return None
    tolerance = max(Fraction(rules.rhythm_days), center * rules.rhythm_percent / 100, spread)
    return Rhythm(
        ordered[-1],
        (2 * center.numerator + center.denominator) // (2 * center.denominator),
        -(-tolerance.numerator // tolerance.denominator),
        len(ordered),
        gaps[-1],
    )


def early_finding(on: date, days: Collection[date], rules: GuardianRules = DEFAULT_RULES) -> Finding | None:
    """Say that an invoice comes much too early: before half of the usual gap is over, beyond the tolerance.

    A second one on the day of the last is not a matter of rhythm.

    Source: GU-2.
    """
    known = rhythm_of(days, rules) if rules.watches_rhythm else None
    if known is None or on <= known.last_on:
        return None
    passed_days = (on - known.last_on).days
    if 2 * passed_days >= known.gap_days or known.gap_days - passed_days <= known.tolerance_days:
        return None
    return Finding(
        "check.too_early",
        "This customer is billed every %(gap)s days, the last time on %(last)s; the next invoice is expected on "
        "%(expected)s, this one comes %(days)s days early.",
        {
            "gap": known.gap_days,
            "last": known.last_on,
            "expected": known.expected_on,
            "days": known.gap_days - passed_days,
        },
        "warn",
    )


# --- the same once more -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line of a document as it is compared with that of another one."""

    kind: object
    quantity: Decimal
    unit_price: Decimal
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class BilledPaper:
    """A document as it is compared with another one of the same customer, seller, currency and amount."""

    number: str  # empty: a draft that is issued together with the one that is looked at
    issued_on: date
    lines: tuple[PaperLine, ...]
    order_reference: str = ""
    period: tuple[str, str] = ("", "")  # of the whole, as the paper keeps it
    id: object = None


def duplicate_finding(
    paper: BilledPaper, others: Sequence[BilledPaper], rules: GuardianRules = DEFAULT_RULES
) -> Finding | None:
    """Say of which document another one of the same amount is the double: by its lines, or by its order number.

    Source: GU-3.
    """
    if not rules.watches_duplicates:
        return None
    near = [each for each in others if abs((each.issued_on - paper.issued_on).days) <= rules.duplicate_days]
    alike = [each for each in near if _periods(each) == _periods(paper)]
    same_lines = [each for each in alike if _content(each) == _content(paper)]
    same_order = [each for each in alike if paper.order_reference and each.order_reference == paper.order_reference]
    first = next(iter(same_lines or same_order), None)
    if first is None:
        return None
    if not first.number:
        return Finding(
            "check.duplicate",
            "Another draft that is issued together with this one has the same lines and amount.",
            severity="warn",
        )
    known = {"number": first.number, "on": first.issued_on, **({"document_id": first.id} if first.id else {})}
    if same_lines:
        return Finding(
            "check.duplicate",
            "%(number)s of %(on)s has billed this customer for the same lines already.",
            known,
            "warn",
        )
    return Finding(
        "check.duplicate",
        "%(number)s of %(on)s has billed this customer the same amount for order %(order)s already.",
        {**known, "order": paper.order_reference},
        "warn",
    )


def _periods(paper: BilledPaper) -> tuple[object, ...]:
    """Give the periods that a paper bills; the same service in another month is another service."""
    return (paper.period, tuple(sorted({(_day(line.starts_on), _day(line.ends_on)) for line in paper.lines})))


def _day(day: date | None) -> int:
    return day.toordinal() if day else 0


def _content(paper: BilledPaper) -> list[tuple[str, Decimal, Decimal]]:
    return sorted((str(line.kind), line.quantity, line.unit_price) for line in paper.lines)
