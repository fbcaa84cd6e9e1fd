"""What holds for every subscription, whatever happens to it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from conto.domain.subscription import (
    Bill,
    Change,
    ChangeKind,
    Coupon,
    Definition,
    Event,
    Invoice,
    Item,
    Proration,
    When,
    bill,
    move_to_version,
    recurring_steps,
)
from conto.domain.subscription.changes import fold
from tests.domain.examples import examples
from tests.domain.subscriptions import D, agreed, item, price, to, total
from tests.model_check import lives

seeds = st.integers(0, 10**12)
proration = st.sampled_from([Proration.DAY, Proration.SECOND])


def life(seed: int, how: Proration = Proration.DAY) -> tuple[Definition, list[Change], list[Event], date]:
    chance = Random(seed)
    made = lives.definition(chance)
    coupons = (
        *made.coupons,
        Coupon("fixed", amount_minor=chance.randrange(1, 3000), periods=chance.choice([1, 3, None])),
    )
    more = {
        "coupons": coupons if chance.random() < 0.5 else made.coupons,
        "commitment": D(chance.choice([0, 0, 100])),
        "bills_changes_now": chance.random() < 0.7,
        "proration": how,
    }
    changed = Definition(**{name: getattr(made, name) for name in made.__slots__} | more)
    until = changed.starts_on + timedelta(days=chance.randrange(200))
    return changed, lives.changes(chance, changed, until=until), lives.events(chance, changed, until=until), until


def accounts(made: Bill) -> dict[object, int]:
    return {charge: each.net_minor for charge, each in made.billed.accounts.items() if each.net_minor}


@examples(40)
@given(seeds, proration)
def test_ch9_any_order_of_the_same_events_is_the_same_bill(seed: int, how: Proration) -> None:
    definition, changes, events, until = life(seed, how)
    mixed, other = changes[:], events[:]
    Random(seed + 1).shuffle(mixed)
    Random(seed + 2).shuffle(other)
    first = bill(definition, changes, events, until=until)
    assert bill(definition, [*mixed, *changes], [*other, *events], until=until) == first


@examples(40)
@given(seeds, proration)
def test_ch9_billing_twice_is_billing_once(seed: int, how: Proration) -> None:
    definition, changes, events, until = life(seed, how)
    first = bill(definition, changes, events, until=until)
    assert bill(definition, changes, events, until=until, billed=first.billed).invoices == ()


@examples(40)
@given(seeds, proration, st.lists(st.integers(0, 200), max_size=6))
def test_ch11_billing_in_any_steps_is_the_preview(seed: int, how: Proration, days: list[int]) -> None:
    definition, changes, events, until = life(seed, how)
    steps = sorted(definition.starts_on + timedelta(days=day) for day in days)
    preview = bill(definition, changes, events, until=until)
    assert in_steps(definition, changes, events, until, steps)[0] == preview.invoices
    undisturbed = bill(definition, until=until)
    assert in_steps(definition, [], [], until, steps) == (undisturbed.invoices, accounts(undisturbed))


def in_steps(
    definition: Definition, changes: list[Change], events: list[Event], until: date, steps: list[date]
) -> tuple[tuple[Invoice, ...], dict[object, int]]:
    """Bill in steps; where nothing happens, each goes on without what was billed of periods that are over."""
    made: list[Invoice] = []
    over: dict[object, int] = {}
    billed = None
    for day in [*(step for step in steps if step < until), until]:
        step = bill(definition, changes, events, until=day, billed=billed)
        made += step.invoices
        billed = step.billed
        if not changes and not events and billed.settled_on:
            settled = fold(definition, []).position_of_day(date.fromordinal(billed.settled_on))
            over |= {charge: each.net_minor for charge, each in billed.accounts.items() if each.until <= settled}
            billed.accounts = {charge: each for charge, each in billed.accounts.items() if each.until > settled}
    left = {charge: each.net_minor for charge, each in billed.accounts.items()} if billed else {}
    return tuple(made), {charge: net_minor for charge, net_minor in (over | left).items() if net_minor}


@examples(40)
@given(seeds, proration)
def test_ch3_credits_are_never_more_than_what_they_take_back(seed: int, how: Proration) -> None:
    made = bill(*life(seed, how)[:3], until=life(seed, how)[3])
    left: dict[object, list[int]] = {}
    for invoice in made.invoices:
        for line in invoice.lines:
            own = left.setdefault(line.charge, [])
            own.append(max(line.net_minor, 0))
            assert line.number == len(own)
            for number, part in line.credits:
                own[number - 1] -= part
                assert own[number - 1] >= 0
            assert sum(part for _number, part in line.credits) == max(-line.net_minor, 0)
    assert accounts(made) == {charge: sum(own) for charge, own in left.items() if sum(own)}


@examples(40)
@given(seeds, st.integers(0, 60), st.integers(1, 10**6))
def test_ch9_up_and_back_on_one_day_is_zero(seed: int, days: int, cents: int) -> None:
    definition, _changes, _events, _until = life(seed)
    key = definition.items[0].key
    moment = datetime(definition.starts_on.year, definition.starts_on.month, definition.starts_on.day, tzinfo=UTC)
    moment += timedelta(days=days, hours=12)
    there = Change("a", moment, ChangeKind.PRICE, prices=((key, price(str(D(cents) / 100))),), when=When.NOW)
    back = Change("b", moment, ChangeKind.PRICE, prices=((key, definition.items[0].price),), when=When.NOW)
    until = definition.starts_on + timedelta(days=150)
    plain = bill(definition, until=until)
    assert bill(definition, [there, back], until=until).invoices == plain.invoices
    between = bill(definition, [there], until=moment.date() + timedelta(days=1))
    after = bill(definition, [there, back], until=until, billed=between.billed)
    if all(coupon.percent for coupon in definition.coupons):  # an amount is spread otherwise, and is the same
        assert accounts(after) == accounts(plain)
    assert total(between) + total(after) == total(plain)


@examples(60)
@given(
    st.integers(1, 10**7),
    st.lists(st.integers(1, 27), min_size=1, max_size=5, unique=True),
    st.sampled_from(lives.ZONES),
)
def test_ch3_parts_of_a_price_make_the_whole(cents: int, cuts: list[int], zone: str) -> None:
    """Paused and resumed again and again at the same day, a price comes to the same as without."""
    story = []
    for n, day in enumerate(sorted(cuts)):
        moment = datetime(2027, 4, 1 + day, 12, tzinfo=UTC)
        story += [Change(f"{n}a", moment, ChangeKind.PAUSE), Change(f"{n}b", moment, ChangeKind.RESUME)]
    one = agreed(item(str(D(cents) / 100)), zone=zone)
    assert total(bill(one, story, until=date(2027, 4, 30))) == cents
    ended = [Change("end", datetime(2027, 4, 1 + cuts[0], 12, tzinfo=UTC), ChangeKind.CANCEL, when=When.NOW)]
    used = bill(one, ended, until=date(2027, 4, 30))
    assert sum(-each.net_minor for i in used.invoices for each in i.lines if each.is_credit) + total(used) == cents


@examples(30)
@given(st.integers(0, 3000), st.integers(1, 12), st.booleans())
def test_p1_p6_every_day_is_billed_once_from_any_anchor(days: int, count: int, is_aligned: bool) -> None:  # noqa: FBT001
    start = date(2024, 1, 1) + timedelta(days=days)
    by_day = Item("base", price("1000"))
    made = bill(
        agreed(by_day, starts_on=start, count=count, is_calendar_aligned=is_aligned), until=start + timedelta(days=1500)
    )
    lines = [line for invoice in made.invoices for line in invoice.lines]
    assert lines[0].starts_on == start
    assert all(one.ends_on == two.starts_on for one, two in pairwise(lines))
    assert all((line.ends_on - line.starts_on).days == line.why.part for line in lines)
    assert {line.why.part == line.why.whole for line in lines[1:]} <= {True}


def test_ch2_an_upgrade_is_a_credit_and_a_charge() -> None:
    made = bill(agreed(), [to("60", datetime(2027, 4, 11, 12, tzinfo=UTC))], until=date(2027, 4, 30))
    assert [line.is_credit for line in made.invoices[1].lines] == [True, False]


@examples(60)
@given(seeds, proration)
def test_sb13_there_and_back_from_the_next_period_on_bills_as_if_nothing_had_been(seed: int, how: Proration) -> None:
    definition, changes, events, until = life(seed, how)
    chance = Random(seed)
    factor = D(chance.choice(["0.5", "1", "1.5"]))
    items = tuple(
        replace(each, price=replace(each.price, version=f"{each.price.version}!", amount=each.price.amount * factor))
        for each in definition.items
    )
    other = replace(definition, items=items)
    at = datetime.combine(definition.starts_on, datetime.min.time(), UTC) + timedelta(days=chance.randrange(120))
    known: dict[str, Any] = {"at": at, "known_at": at, "when": When.PERIOD_END, "on": at.date()}
    there = move_to_version(definition, changes, (definition, other), key="z1", **known)
    if there.change is None or there.counts_on is None:
        return  # it stays, or nothing of it recurs
    after = [*changes, there.change]
    assert there.after_minor == _recurs(definition, after, there.counts_on)
    assert there.before_minor == _recurs(definition, changes, there.counts_on)
    back = move_to_version(definition, after, (other, definition), key="z2", **known)
    assert (back.stays, back.counts_on, back.after_minor) == (None, there.counts_on, there.before_minor)
    assert back.change is not None
    is_late = any(each.known_at is not None and each.known_at > each.at for each in events)
    if is_late:  # the day of a change bills what came to be known late, which would have come with the next period
        until += timedelta(days=800)
    both, none = (bill(definition, made, events, until=until) for made in ([*after, back.change], changes))
    assert accounts(both) == accounts(none)
    assert is_late or both.invoices == none.invoices


def _recurs(definition: Definition, changes: list[Change], day: date) -> int:
    return [0, *(amount for since, amount in recurring_steps(definition, changes) if since <= day)][-1]
