"""What is billed when: what should be billed, as far as it is known on a day, minus what was billed before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from conto.domain.price import Drawn, Price, PriceKind, Rated, draw_down
from conto.domain.price.explain import Derivation
from conto.domain.subscription.changes import fold, in_order
from conto.domain.subscription.coupons import discounted
from conto.domain.subscription.model import Change, ChangeKind, Definition, Event, Proration, Timing
from conto.domain.subscription.usage import Usage
from conto.domain.subscription.wanted import COMMITMENT, Charge, Wanted, commitment_of, wanted_in

_NEVER = -(10**12)
_HORIZONS_DAYS = (40, 400, 4_000, 40_000)  # no rhythm is longer than 120 years
_LAST = date(2500, 1, 1).toordinal()


@dataclass(slots=True)
class Account:
    """What was billed for one charge so far: the state that the next bill goes on from."""

    price: Price
    gross_minor: int = 0
    discount_minor: int = 0
    fixed_minor: dict[str, int] = field(default_factory=dict)  # of it by coupons with an amount
    start: int = 0
    end: int = 0
    until: int = 0  # the end of its period
    kind: str = "recurring"
    lines: list[int] = field(default_factory=list)  # what is left of each line, net; credits leave 0

    @property
    def net_minor(self) -> int:
        """What is left after discounts."""
        return self.gross_minor - self.discount_minor

    def copy(self) -> Account:
        """Copy it with its parts that change."""
        return Account(
            self.price, self.gross_minor, self.discount_minor, {**self.fixed_minor}, self.start, self.end, self.until,
            self.kind, [*self.lines],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice. Below zero it is a credit of earlier lines, `credits` says of which and how much."""

    charge: Charge
    kind: str
    starts_on: date
    ends_on: date  # the day after the last
    gross_minor: int
    discount_minor: int
    why: Derivation
    number: int  # which line of its charge
    credits: tuple[tuple[int, int], ...] = ()

    @property
    def net_minor(self) -> int:
        """What the line comes to after its discount."""
        return self.gross_minor - self.discount_minor

    @property
    def is_credit(self) -> bool:
        """Whether the line gives back."""
        return self.net_minor < 0

    @property
    def key(self) -> str:
        """A name for the line that is the same whenever and wherever it is billed."""
        first = date.fromordinal(self.charge.first_day).isoformat()
        return f"{self.charge.item}/{first}/{self.charge.version}/{self.charge.quantity}/{self.number}"


@dataclass(frozen=True, slots=True)
class Invoice:
    """What is billed on one day; below zero it is a credit note to the customer's balance."""

    on: date
    lines: tuple[Line, ...]
    drawn: tuple[Drawn, ...] = ()

    @property
    def net_minor(self) -> int:
        """The sum of the lines, prepaid credit not taken off."""
        return sum(line.net_minor for line in self.lines)

    @property
    def drawn_minor(self) -> int:
        """What prepaid credit pays of it."""
        return sum(each.amount_minor for each in self.drawn)


@dataclass(slots=True)
class Billed:
    """What was billed up to a day; the next bill goes on from here."""

    settled_on: int = 0
    accounts: dict[Charge, Account] = field(default_factory=dict)
    drawn: list[Drawn] = field(default_factory=list)

    def copy(self) -> Billed:
        """Copy it, so that a preview changes nothing."""
        return Billed(self.settled_on, {key: each.copy() for key, each in self.accounts.items()}, [*self.drawn])


@dataclass(frozen=True, slots=True)
class Bill:
    """The invoices of a stretch of time, and what the next one goes on from."""

    invoices: tuple[Invoice, ...]
    billed: Billed


def bill(
    definition: Definition,
    changes: Iterable[Change] = (),
    usage: Iterable[Event] = (),
    *,
    until: date,
    billed: Billed | None = None,
) -> Bill:
    """Bill a subscription up to and with a day, going on from what was billed before.

    Nothing is billed twice: on each day on which something is due, each charge is set to what it should come to by
    what is known on that day, and the line is the difference.

    Source: CH-1, CH-9, CH-11, U-8.
    """
    state = billed.copy() if billed is not None else Billed()
    return Bill(tuple(_Run(definition, in_order(changes), list(usage), state).invoices(until)), state)


def bill_and_look_ahead(
    definition: Definition,
    changes: Iterable[Change] = (),
    usage: Iterable[Event] = (),
    *,
    until: date,
    billed: Billed | None = None,
) -> tuple[Bill, date | None]:
    """Bill as `bill` does, and tell the next day on which something may be due as `next_day` does.

    Source: as both.
    """
    state = billed.copy() if billed is not None else Billed()
    run = _Run(definition, in_order(changes), list(usage), state)
    made = Bill(tuple(run.invoices(until)), state)
    return made, run.next_day(until.toordinal())


def next_day(
    definition: Definition, changes: Iterable[Change] = (), *, after: date, usage: Iterable[Event] = ()
) -> date | None:
    """Tell the next day, after one, on which something may be due; nothing where nothing ever will be.

    Nothing is billed between such days, so whoever bills on them bills what is billed by looking every day.

    Source: SB-3.
    """
    run = _Run(definition, in_order(changes), list(usage), Billed(after.toordinal()))
    return run.next_day(after.toordinal())


def is_all_in_advance(definition: Definition) -> bool:
    """Tell whether all that is agreed is settled when its period begins, unless something changes.

    Source: CH-9.
    """
    return not definition.commitment and all(
        item.measure is None and (item.is_once or item.timing is Timing.ADVANCE) for item in definition.items
    )


class _Run:
    """One walk through the days on which something is due."""

    def __init__(self, definition: Definition, changes: list[Change], events: list[Event], state: Billed) -> None:
        self.definition = definition
        where = fold(definition, [each for each in changes if each.kind is ChangeKind.ZONE])
        self.unchanged = where if not changes else None
        # Nothing can come to be known of what was settled: the next bill begins after it.
        self.is_as_left = bool(state.settled_on) and not changes and not events
        # What is paid in advance is settled when its period begins: of one that is over nothing comes any more.
        self.is_in_advance = self.is_as_left and is_all_in_advance(definition)
        self.known_on = [where.day_of_instant(each.known_at or each.at) for each in changes]
        self.changes = changes
        self.events = events
        self.state = state
        self.line = where
        self.usage: Usage | None = None
        self.dirty = _NEVER
        self.commitment = (
            Price(COMMITMENT, PriceKind.FLAT, definition.currency, definition.commitment)
            if definition.commitment
            else None
        )

    def invoices(self, until: date) -> Iterator[Invoice]:
        last = until.toordinal()
        is_new = not self.state.settled_on
        first = self.state.settled_on or self.definition.starts_on.toordinal()
        first += self.is_as_left
        if first > last:
            return
        marks = [first, *sorted({day for day in self.known_on if first < day <= last})]
        for place, low in enumerate(marks):
            high = marks[place + 1] if place + 1 < len(marks) else last + 1
            self._learn(low, is_first=place == 0 and is_new)
            is_known = not (is_new or self.is_as_left) or place > 0
            for day in self._days(low, high, is_marked=is_known):
                invoice = self._settle(day)
                if invoice is not None:
                    yield invoice

    def next_day(self, after: int) -> date | None:
        later = [day for day in self.known_on if day > after]
        self._learn(max(later, default=after), is_first=True)
        low = after + 1
        for days in _HORIZONS_DAYS:
            high = min(after + days, _LAST)
            found = [*self._days(low, high, is_marked=False), *(day for day in later if low <= day < high)]
            ends = self.line.end_of_all()
            over = None if ends is None else self.line.day(ends)
            if over is not None:
                known = self.usage.known_days() if self.usage is not None else set()
                found = [day for day in found if day <= over or day in known or day in later]
            if found:
                return date.fromordinal(min(found))
            if (over is not None and over < high) or high == _LAST:
                return None
            low = high
        return None

    def _learn(self, low: int, *, is_first: bool) -> None:
        """Fold what is known on a day, and note from where on it may change what was billed."""
        known = [change for change, day in zip(self.changes, self.known_on, strict=True) if day <= low]
        self.line = self.unchanged or fold(self.definition, known)
        self.usage = Usage(self.events, self.line) if self.events else None
        if is_first or not self.state.settled_on:
            return
        since = self.state.settled_on
        if self.is_as_left:
            self.dirty = self.line.position_of_day(date.fromordinal(since)) + 1  # what ended there is billed
            return
        touched = [
            min(self.line.position(change.at), self.line.position_of_day(date.fromordinal(since)))
            for change, day in zip(self.changes, self.known_on, strict=True)
            if since <= day <= low
        ]
        here = self.line.position_of_day(date.fromordinal(since))
        self.dirty = min([self.dirty if self.dirty != _NEVER else here, here, *touched])

    def _days(self, low: int, high: int, *, is_marked: bool) -> list[int]:
        """Give the days from one to before another on which something may be due."""
        line, agreed = self.line, self.definition
        days = {low} if is_marked and agreed.bills_changes_now else set()
        first, final = (line.position_of_day(date.fromordinal(day)) for day in (low, high))
        for span in line.spans(first, final):
            days |= {line.day(span.since), line.day(span.until)}
        days.add(line.day(line.paid_from))
        ends = line.end_of_all()
        if ends is not None:
            days.add(line.day(ends))
            if self.usage is not None:
                days |= {day for day in self.usage.known_days() if day > line.day(ends)}
        if agreed.bills_changes_now:
            steps = [
                line.activity,
                *(s for each in line.items.values() for s in (each.prices, each.quantities, each.present)),
            ]
            days |= {line.day(at) for each in steps for at in each.at[1:]}
        return sorted(day for day in days if low <= day < high)

    def _settle(self, day: int) -> Invoice | None:
        line, state = self.line, self.state
        here = line.position_of_day(date.fromordinal(day))
        low = here + 1 if self.is_in_advance else min(self.dirty, here)
        if self.usage is not None and state.settled_on:
            touched = self.usage.first_touched(state.settled_on, day)
            low = low if touched is None else min(low, touched)
        high = here if line.by_day else line.position_of_day(date.fromordinal(day + 1)) - 1
        wanted, held = self._wanted(low, high, day)
        gone = [
            charge
            for charge, account in state.accounts.items()
            if account.until >= low and account.gross_minor and charge not in wanted and charge not in held
        ]
        self.dirty, state.settled_on = here, day
        return self._difference(day, wanted, gone)

    def _wanted(self, low: int, high: int, day: int) -> tuple[dict[Charge, Wanted], set[Charge]]:
        wanted: dict[Charge, Wanted] = {}
        held: set[Charge] = set()
        for span in self.line.spans(low, high):
            due = []
            for each in wanted_in(self.line, span, self.usage, day):
                if each.due_on <= day:
                    due.append(each)
                elif each.kind == "usage" or not self._is_in_advance(each):
                    held.add(each.charge)
            if self.commitment is not None:
                missing = commitment_of(self.line, span, self.commitment, due)
                if missing is not None and missing.due_on <= day:
                    due.append(missing)
                elif missing is not None:
                    held.add(missing.charge)
            wanted |= {each.charge: each for each in due}
        return wanted, held

    def _is_in_advance(self, each: Wanted) -> bool:
        return self.line.items[each.charge.item].item.timing == "advance"

    def _difference(self, day: int, wanted: dict[Charge, Wanted], gone: Sequence[Charge]) -> Invoice | None:
        accounts = self.state.accounts
        changed, same = [], []
        for charge, each in wanted.items():
            account = accounts.get(charge)
            if account is not None:
                account.until = each.span.until  # a new rhythm may have cut its period
            if each.gross_minor != (account.gross_minor if account is not None else 0):
                changed.append(each)
            elif account is not None:
                same.append(each)
        if not changed and not gone:
            return None
        discounts = discounted(self.definition, self.line, changed, same, gone, accounts)
        lines = [self._line(each.charge, each, discounts) for each in changed]
        lines += [self._line(each.charge, each, discounts) for each in same if each.charge in discounts]
        lines += [self._line(charge, None, discounts) for charge in gone]
        return Invoice(date.fromordinal(day), tuple(lines), self._draw(lines, date.fromordinal(day)))

    def _line(self, charge: Charge, each: Wanted | None, discounts: dict[Charge, tuple[int, dict[str, int]]]) -> Line:
        account = self.state.accounts.get(charge)
        if account is None:
            assert each is not None  # noqa: S101 -- what is gone has an account
            account = self.state.accounts[charge] = Account(each.price, kind=each.kind)
        gross = each.gross_minor if each is not None else 0
        start, end = _window(account, each)
        why = self._why(account, each)
        discount, fixed = discounts.get(charge, (0, {}))
        gross_change, discount_change = gross - account.gross_minor, discount - account.discount_minor
        account.gross_minor, account.discount_minor, account.fixed_minor = gross, discount, fixed
        if each is not None:
            account.start, account.end, account.until = each.start, each.end, each.span.until
        paid = _credit(account.lines, gross_change - discount_change)
        first, after = self.line.day(start), self.line.day(end - 1) + 1
        return Line(
            charge, account.kind, date.fromordinal(first), date.fromordinal(after), gross_change, discount_change, why,
            len(account.lines), paid,
        )  # fmt: skip

    def _why(self, account: Account, each: Wanted | None) -> Derivation:
        by_second = self.definition.proration is Proration.SECOND
        if each is None:
            return Derivation(account.price, 0, Rated(0, 0, 1), 0, 1, by_second, 0, account.gross_minor)
        return Derivation(
            each.price, each.quantity, each.rated, each.part, each.whole, by_second, each.events,
            each.before_minor + account.gross_minor, each.kind == "usage",
        )  # fmt: skip

    def _draw(self, lines: Sequence[Line], on: date) -> tuple[Drawn, ...]:
        """Let prepaid credit pay what was used; what is credited goes back to what was drawn last.

        Source: PR-13.
        """
        if not self.definition.prepaid:
            return ()
        used = sum(line.net_minor for line in lines if line.kind == "usage")
        drawn: dict[str, int] = {}
        for each in self.state.drawn:
            drawn[each.key] = drawn.get(each.key, 0) + each.amount_minor
        if used >= 0:
            left = [
                replace(each, left_minor=each.left_minor - drawn.get(each.key, 0)) for each in self.definition.prepaid
            ]
            moved = draw_down(left, used, on)
        else:
            back = []
            for key in dict.fromkeys(each.key for each in reversed(self.state.drawn)):
                part = min(drawn[key], -used)
                used += part
                if part:
                    back.append(Drawn(key, -part))
            moved = tuple(back)
        self.state.drawn += moved
        return moved


def _credit(lines: list[int], net_change: int) -> tuple[tuple[int, int], ...]:
    """Take a credit from the newest lines of the charge first, never more than what is left of one.

    Source: CH-3.
    """
    lines.append(max(net_change, 0))
    taken = []
    back = -net_change
    for place in range(len(lines) - 2, -1, -1):
        part = min(lines[place], back)
        if part > 0:
            lines[place] -= part
            back -= part
            taken.append((place + 1, part))
    return tuple(taken)


def _window(account: Account, each: Wanted | None) -> tuple[int, int]:
    """Tell the days that a line is about: those that are new, or those that are no longer billed."""
    if each is None:
        return account.start, account.end
    if account.end and each.start == account.start and each.end != account.end:
        return max(min(each.end, account.end), each.tail), max(each.end, account.end)
    return each.start, each.end
