"""What a subscription bills, day by day, with fractions: written from docs/rules, slow, meant to be obviously right.

It plays the story for every single day: which price and quantity stand on it, whether it is billed, to which period it
belongs. Then it adds up the days. It knows nothing of the engine but the words in which a subscription is told.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from conto.domain.price import Price
from conto.domain.subscription import Change, Definition, Event, Item

ONE_DAY = timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
A_YEAR = {"day": Fraction(365), "week": Fraction(365, 7), "month": 12, "quarter": 4, "half_year": 2, "year": 1}


def half_away(value: Fraction) -> int:
    whole = int(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


def months_on(day: date, months: int) -> date:
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@dataclass
class Beat:
    """Periods from an anchor on; `since` is the first day that it rules."""

    since: date
    anchor: date
    interval: str
    count: int

    def start(self, n: int) -> date:
        if self.interval in MONTHS:
            return months_on(self.anchor, n * self.count * MONTHS[self.interval])
        return self.anchor + timedelta(days=n * self.count * (7 if self.interval == "week" else 1))

    def around(self, day: date) -> tuple[date, date]:
        n = 0
        while self.start(n) > day:
            n -= 1
        while self.start(n + 1) <= day:
            n += 1
        return self.start(n), self.start(n + 1)


def calendar_start(day: date, interval: str) -> date:
    if interval == "week":
        while day.weekday() != 0:
            day -= ONE_DAY
    if interval in MONTHS:
        day = day.replace(day=1)
        while (day.month - 1) % MONTHS[interval]:
            day = months_on(day, -1)
    return day


def amount(price: Price, quantity: Fraction, values: list[Fraction]) -> Fraction:  # noqa: C901, PLR0912 -- plain as the rules
    """Rate a quantity for a whole period in major units, before minimum and cap (PR-3 to PR-10)."""
    cost, free = Fraction(price.amount), Fraction(price.free_units)
    units = max(quantity - free, Fraction(0))
    if price.kind == "flat":
        return cost
    if price.kind == "per_unit":
        return units * cost
    if price.kind == "package":
        packages = 0
        while packages * Fraction(price.package_size) < units:
            packages += 1
        return packages * cost
    if price.kind == "percentage":
        total = Fraction(0)
        for place, value in enumerate(values):
            if place < free:
                continue
            each = cost + value * Fraction(price.percent) / 100
            if price.least_each is not None:
                each = max(each, Fraction(price.least_each))
            if price.most_each is not None:
                each = min(each, Fraction(price.most_each))
            total += each
        return total
    if units == 0 and not price.fee_without_use:
        return Fraction(0)
    total, below = Fraction(0), Fraction(0)
    for tier in price.tiers:
        is_last = tier.up_to is None or units <= Fraction(tier.up_to)
        top = units if is_last else Fraction(tier.up_to or 0)
        if price.kind == "graduated":
            total += (top - below) * Fraction(tier.unit_price) + Fraction(tier.flat_fee)
        elif is_last:
            each = Fraction(0) if price.kind == "stair_step" else Fraction(tier.unit_price)
            total = units * each + Fraction(tier.flat_fee)
        below = top
        if is_last:
            break
    return total


class Model:
    """One subscription, played day by day."""

    def __init__(self, agreed: Definition, changes: list[Change], until: date) -> None:
        self.agreed = agreed
        self.last = until + timedelta(days=420)
        self.paid_from = agreed.starts_on + timedelta(days=agreed.trial_days)
        anchor = agreed.anchor_on or self.paid_from
        if agreed.is_calendar_aligned:
            anchor = calendar_start(anchor, agreed.interval)
        self.beats = [Beat(agreed.starts_on, anchor, agreed.interval, agreed.count)]
        self.items: dict[str, Item] = {}
        self.price: dict[str, dict[date, Price]] = {}
        self.quantity: dict[str, dict[date, Decimal]] = {}
        self.there: dict[str, dict[date, bool]] = {}
        first = agreed.starts_on - timedelta(days=400)
        self.days = [first + timedelta(days=n) for n in range((self.last - first).days)]
        self.state = dict.fromkeys(self.days, "active")
        for item in agreed.items:
            self.enter(item, first)
        if agreed.ends_on is not None:
            self.let(self.state, self.after_end(agreed.ends_on), "ended")
        zone = agreed.zone
        for change in sorted(changes, key=lambda each: (each.at, each.key)):
            day = change.at.astimezone(ZoneInfo(zone)).date()
            if change.kind == "zone":
                zone = change.zone
            self.play(change, day)

    def enter(self, item: Item, day: date) -> None:
        if item.key not in self.items:
            self.items[item.key] = item
            self.price[item.key] = dict.fromkeys(self.days, item.price)
            self.quantity[item.key] = dict.fromkeys(self.days, item.quantity)
            self.there[item.key] = dict.fromkeys(self.days, False)
        self.let(self.there[item.key], day, True)
        self.let(self.price[item.key], day, item.price)
        self.let(self.quantity[item.key], day, item.quantity)

    def after_end(self, day: date) -> date:
        return day + ONE_DAY if self.agreed.bills_end_day else day

    def let(self, story: dict, day: date, value: object) -> None:
        for each in self.days:
            if each >= day:
                story[each] = value

    def beat(self, day: date) -> Beat:
        found = self.beats[0]
        for each in self.beats:
            if each.since <= day:
                found = each
        return found

    def next_period(self, day: date) -> date:
        return self.paid_from if day < self.paid_from else self.beat(day).around(day)[1]

    def worth(self, item: Item, price: Price, quantity: Decimal, beat: tuple[str, int]) -> Fraction:
        units = Fraction(0) if item.measure else Fraction(quantity)
        exact = max(amount(price, units, []), Fraction(price.minimum))
        if price.cap is not None:
            exact = min(exact, Fraction(price.cap))
        return exact * A_YEAR[beat[0]] / beat[1]

    def moment(self, wish: str | None, day: date, *, is_less: bool, advance: bool) -> date:
        when = wish or (self.agreed.downgrade if is_less else "now")
        waits = when == "period_end" or (when == "now_without_credit" and advance)
        return self.next_period(day) if waits else day

    def play(self, change: Change, day: date) -> None:
        getattr(self, f"play_{change.kind}")(change, day)

    def play_zone(self, change: Change, day: date) -> None:
        """Nothing but the zone changes."""

    def play_price(self, change: Change, day: date) -> None:
        eve, beat = day - ONE_DAY, self.beat(day)
        rhythm = (beat.interval, beat.count)
        old = sum(
            self.worth(self.items[k], self.price[k][eve], self.quantity[k][eve], rhythm) for k, _ in change.prices
        )
        new = sum(self.worth(self.items[k], price, self.quantity[k][eve], rhythm) for k, price in change.prices)
        for key, price in change.prices:
            start = self.moment(change.when, day, is_less=new < old, advance=in_advance(self.items[key]))
            self.let(self.price[key], start, price)

    def play_quantity(self, change: Change, day: date) -> None:
        own = self.quantity[change.item]
        less = change.quantity < own[day - ONE_DAY]
        start = self.moment(change.when, day, is_less=less, advance=in_advance(self.items[change.item]))
        self.let(own, start, change.quantity)

    def play_add(self, change: Change, day: date) -> None:
        assert change.added is not None
        self.enter(change.added, self.moment(change.when or "now", day, is_less=False, advance=False))

    def play_remove(self, change: Change, day: date) -> None:
        own = self.there[change.item]
        wish = change.when or (self.agreed.downgrade if own[day - ONE_DAY] else "now")
        self.let(own, self.moment(wish, day, is_less=True, advance=in_advance(self.items[change.item])), False)

    def play_pause(self, change: Change, day: date) -> None:
        if self.state[day] == "active":
            self.stop(change.when or "now", day, "pausing", "paused")

    def play_resume(self, _change: Change, day: date) -> None:
        if self.state[day] in {"paused", "pausing"}:
            self.let(self.state, day, "active")

    def play_cancel(self, change: Change, day: date) -> None:
        if self.state[day] in {"ended", "leaving"}:
            return
        when = change.when or "period_end"
        self.stop(when, self.after_end(day) if when == "now" else day, "leaving", "ended")

    def stop(self, when: str, day: date, meanwhile: str, at_last: str) -> None:
        if when == "now_without_credit":
            end = self.next_period(day)
            self.let(self.state, day, meanwhile)
            self.let(self.state, end, at_last)
        else:
            self.let(self.state, self.next_period(day) if when == "period_end" else day, at_last)

    def play_renew(self, change: Change, day: date) -> None:
        if self.state[day] not in {"paused", "pausing"}:
            self.let(self.state, day, "active")
        if change.ends_on is not None:
            self.let(self.state, self.after_end(change.ends_on), "ended")

    def play_interval(self, change: Change, day: date) -> None:
        eve = day - ONE_DAY
        old, prices = self.beat(eve), dict(change.prices)
        before = after = Fraction(0)
        for key, item in self.items.items():
            price, quantity = self.price[key][eve], self.quantity[key][eve]
            before += self.worth(item, price, quantity, (old.interval, old.count))
            after += self.worth(item, prices.get(key, price), quantity, (change.interval, change.count))
        start = self.moment(change.when, day, is_less=after < before, advance=True)
        anchor = old.anchor if self.agreed.keeps_anchor else start
        if self.agreed.is_calendar_aligned:
            anchor = calendar_start(start, change.interval)
        self.beats = [each for each in self.beats if each.since < start] or self.beats[:1]
        if (old.interval, old.count) != (change.interval, change.count):
            if self.beats[-1].since >= start:
                self.beats = []
            self.beats.append(Beat(start, anchor, change.interval, change.count))
        for key, price in prices.items():
            self.let(self.price[key], start, price)

    def span(self, day: date) -> tuple[date, date, date, date]:
        """The whole period of a day, and the part of it that its rhythm rules."""
        beat = self.beat(day)
        start, end = beat.around(day)
        later = [each.since for each in self.beats if each.since > beat.since]
        return start, end, max(start, beat.since), min([end, *later])

    def end(self) -> date | None:
        if self.state[self.days[-1]] != "ended":
            return None
        return next(day for n, day in enumerate(self.days) if all(self.state[d] == "ended" for d in self.days[n:]))


def in_advance(item: Item) -> bool:
    return item.measure is None and item.timing == "advance"


def latest(events: list[Event], until: date, zone: str) -> list[Event]:
    known: dict[str, Event] = {}
    for event in events:
        at = max(event.at, event.known_at or event.at)
        if at.astimezone(ZoneInfo(zone)).date() > until:
            continue
        if event.key not in known or known[event.key].revision < event.revision:
            known[event.key] = event
    return sorted((each for each in known.values() if each.value is not None), key=lambda each: (each.at, each.key))


def totals(
    agreed: Definition, changes: list[Change], events: list[Event], until: date
) -> tuple[dict[tuple, int], set[tuple]]:
    """Tell what each charge comes to by a day, as far as is known then, in minor units; and which are not due."""
    model = Model(agreed, changes, until)
    found: dict[tuple, int] = {}
    not_due: set[tuple] = set()
    known = latest(events, until, agreed.zone)
    for key, item in model.items.items():
        stretches: dict[tuple, list[date]] = defaultdict(list)
        billed = {"active", "leaving", "pausing"} if in_advance(item) else {"active"}
        span = None
        for day in model.days:
            if day < max(model.paid_from, model.beats[0].since) or model.state[day] not in billed:
                continue
            if not model.there[key][day]:
                continue
            quantity = Decimal(0) if item.measure else model.quantity[key][day]
            if span is None or day >= span[3]:
                span = model.span(day)
            stretches[(span, model.price[key][day].version, quantity)].append(day)
        for (span, version, quantity), days in stretches.items():
            price = model.price[key][days[0]]
            ends = model.end()
            closing = span[3] if ends is None or ends > span[3] else max(ends, span[2])
            due = days[0] if in_advance(item) else closing
            if due > until:
                not_due.add((key, span[0], version, quantity))
                continue
            exact = rated(item, price, quantity, days, span, known, agreed.zone)
            found[(key, span[0], version, quantity)] = half_away(exact * 100)
    return {charge: minor for charge, minor in found.items() if minor}, not_due


def rated(
    item: Item, price: Price, quantity: Decimal, days: list[date], span: tuple, known: list[Event], zone: str
) -> Fraction:
    part = Fraction(len(days), (span[1] - span[0]).days)
    if item.measure is None:
        exact = amount(price, Fraction(quantity), [Fraction(quantity)]) * part
    else:
        inside = [each for each in known if day_of(each.at, zone) in set(days) and each.metric == item.measure.metric]
        values = [Fraction(each.value or 0) for each in inside]
        exact = amount(price, measured(item.measure.aggregate, values), values)
    exact = max(exact, Fraction(price.minimum) * part)
    if price.cap is not None and exact > Fraction(price.cap) * part:
        exact = Fraction(price.cap) * part
    return exact


def day_of(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def measured(how: str, values: list[Fraction]) -> Fraction:
    if how == "count":
        return Fraction(len(values))
    if how == "unique":
        return Fraction(len(set(values)))
    if how == "max":
        return max(values, default=Fraction(0))
    if how == "last":
        return values[-1] if values else Fraction(0)
    return max(sum(values, Fraction(0)), Fraction(0))
