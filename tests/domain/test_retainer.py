"""What retainers cover: every minute once, never more than was brought, and whatever the order."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from conto.domain.period import Interval, Rhythm
from conto.domain.project import Grant, Piece, check_retainer, cover, granted_days, overage_rate_on, period_rows
from conto.domain.project.retainer import Share, current_row, grant_of, with_waiting
from tests.domain.refusals import refused

FIRST = date(2026, 9, 1)
MONTHS = Rhythm(FIRST, Interval.MONTH)


def grant(n: int, minutes: int = 600, carry: int = 0, closed: int = 0, *, is_revoked: bool = False) -> Grant:
    starts_on = MONTHS.period(n).start
    ends_on, lapses_on = granted_days(MONTHS, starts_on, carry)
    return Grant(UUID(int=n + 1), starts_on, ends_on, lapses_on, minutes, closed, is_revoked)


def piece(n: int, day: date, minutes: int, person: str = "Anna") -> Piece:
    return Piece(UUID(int=n), day, person, UUID(int=1 + len(person)), minutes)


grants_of_months = st.lists(
    st.builds(
        grant, st.integers(0, 7), st.integers(1, 900), st.integers(0, 3), st.integers(0, 100), is_revoked=st.booleans()
    ),
    max_size=6,
    unique_by=lambda each: each.starts_on,
)
pieces_of_work = st.lists(
    st.tuples(st.integers(-20, 260), st.integers(1, 600), st.sampled_from(["Anna", "Ben"])), max_size=14
).map(lambda told: [piece(n, FIRST + timedelta(days=day), m, who) for n, (day, m, who) in enumerate(told, 1)])


@given(grants_of_months, pieces_of_work)
def test_wp14_every_minute_is_covered_or_beyond_and_no_period_covers_more_than_it_has(
    grants: list[Grant], pieces: list[Piece]
) -> None:
    covering = cover(grants, pieces)
    by_id = {each.id: each for each in grants}
    for each in pieces:
        assert covering.of_piece(each.id) + covering.beyond_minutes[each.id] == each.minutes
    for known in grants:
        assert sum(share.minutes for share in covering.shares if share.grant_id == known.id) <= known.left_minutes
    for share in covering.shares:
        assert share.minutes > 0
        assert by_id[share.grant_id].starts_on <= share.day < by_id[share.grant_id].lapses_on
    for each in pieces:  # beyond only where nothing was left that reaches this day
        if covering.beyond_minutes[each.id]:
            for known in grants:
                if known.starts_on <= each.day < known.lapses_on:
                    taken = sum(s.minutes for s in covering.shares if s.grant_id == known.id and s.day <= each.day)
                    assert taken == known.left_minutes


@given(grants_of_months, pieces_of_work, st.randoms(use_true_random=False))
def test_wp14_any_order_of_recording_and_of_approval_covers_the_same(
    grants: list[Grant], pieces: list[Piece], random: object
) -> None:
    ids = [each.id for each in pieces]
    random.shuffle(ids)  # type: ignore[attr-defined]
    again = [Piece(key, p.day, p.person, p.member_id, p.minutes) for key, p in zip(ids, pieces, strict=True)]
    random.shuffle(again)  # type: ignore[attr-defined]

    def told(work: list[Piece]) -> tuple[object, ...]:
        covering = cover(list(reversed(grants)), work)
        by_id = {each.id: each for each in work}
        beyond = sorted(
            (by_id[k].day, by_id[k].person, by_id[k].minutes, m) for k, m in covering.beyond_minutes.items()
        )
        return beyond, sorted(
            (s.day, by_id[s.piece_id].person, by_id[s.piece_id].minutes, s.grant_id, s.minutes) for s in covering.shares
        )

    assert told(pieces) == told(again)


@given(grants_of_months, pieces_of_work, st.integers(-20, 260))
def test_wp14_later_work_never_changes_what_covers_earlier_work(
    grants: list[Grant], pieces: list[Piece], cut: int
) -> None:
    until = FIRST + timedelta(days=cut)
    earlier = [each for each in pieces if each.day <= until]
    whole = cover(grants, pieces)
    assert cover(grants, earlier).shares == tuple(s for s in whole.shares if s.day <= until)


@given(grants_of_months, pieces_of_work, st.integers(0, 400))
def test_wp15_what_came_into_a_period_is_used_lapsed_or_left(
    grants: list[Grant], pieces: list[Piece], days: int
) -> None:
    today = FIRST + timedelta(days=days)
    work = [each for each in pieces if each.day <= today]
    open_grants = [Grant(g.id, g.starts_on, g.ends_on, g.lapses_on, g.left_minutes) for g in grants if g.left_minutes]
    shares = cover(open_grants, work).shares
    rows = period_rows(open_grants, shares=shares, beyond=(), waiting=(), today=today)
    carried = 0
    for row in rows:
        assert row.carried_minutes == carried
        assert row.covered_minutes == row.used_minutes + row.lapsed_minutes + row.left_minutes
        assert row.left_minutes >= 0
        carried = row.left_minutes
    still = [each for each in open_grants if each.lapses_on > today]
    used = {g.id: sum(s.minutes for s in shares if s.grant_id == g.id) for g in still}
    assert carried == sum(g.minutes - used[g.id] for g in still)


def test_wp15_the_table_of_what_is_not_used() -> None:
    hours = [(date(2026, 9, 5), 4), (date(2026, 10, 5), 3), (date(2026, 11, 5), 18)]
    work = [piece(n, day, 60 * each) for n, (day, each) in enumerate(hours, 1)]

    def told(carry: int) -> list[tuple[int, int, int]]:
        grants = [grant(n, carry=carry) for n in range(3)]
        covering = cover(grants, work)
        beyond = [(each.day, covering.beyond_minutes[each.id]) for each in work]
        rows = period_rows(grants, shares=covering.shares, beyond=beyond, waiting=(), today=date(2026, 11, 20))
        return [(r.used_minutes // 60, r.lapsed_minutes // 60, r.beyond_minutes // 60) for r in rows]

    assert told(0) == [(4, 6, 0), (3, 7, 0), (10, 0, 8)]
    assert told(1) == [(4, 0, 0), (3, 3, 0), (18, 0, 0)]


def test_wp14_what_waits_comes_after_all_that_is_approved() -> None:
    approved, waiting = [piece(1, date(2026, 9, 20), 500)], [piece(2, date(2026, 9, 1), 200)]
    covering, beyond = with_waiting([grant(0)], approved, waiting)
    assert (covering.beyond_minutes, beyond) == ({UUID(int=1): 0}, {UUID(int=2): 100})


def test_wp16_an_hour_beyond_costs_what_its_period_says() -> None:
    told = [Grant(UUID(int=1), FIRST, date(2026, 10, 1), date(2026, 10, 1), 60, overage_rate=Decimal(150))]
    days = (date(2026, 8, 31), FIRST, date(2026, 9, 30), date(2026, 10, 1))
    assert [overage_rate_on(told, day) for day in days] == [None, Decimal(150), Decimal(150), None]


def test_wp18_the_table_of_the_warning() -> None:
    carried = [grant(0, carry=1), grant(1)]
    used = [Share(UUID(int=9), date(2026, 9, 5), carried[0].id, 480)]
    for waits, percent, warned in ((95, 79, False), (96, 80, True)):
        work = [piece(1, date(2026, 10, 5), 480)]
        rows = period_rows(
            carried, shares=[*used, *cover([carried[1]], work).shares], beyond=(),
            waiting=[(date(2026, 10, 6), waits)], today=date(2026, 10, 20),
        )  # fmt: skip
        assert (rows[1].covered_minutes, rows[1].used_percent, rows[1].is_warned) == (720, percent, warned)


def test_wp13_what_no_retainer_can_be() -> None:
    for minutes, carry in ((0, 0), (-1, 0), (600_001, 0)):
        with refused("retainer.bad_minutes"):
            check_retainer(minutes=minutes, carry_periods=carry)
    for carry in (-1, 25):
        with refused("retainer.bad_carry", most=24):
            check_retainer(minutes=60, carry_periods=carry)
    check_retainer(minutes=1, carry_periods=0)
    check_retainer(minutes=600_000, carry_periods=24)


def test_wp14_what_lapses_on_a_day_covers_nothing_of_it() -> None:
    lapses_on = grant(0).lapses_on
    work = [piece(1, lapses_on - timedelta(days=1), 60), piece(2, lapses_on, 60)]
    assert cover([grant(0)], work).beyond_minutes == {UUID(int=1): 0, UUID(int=2): 60}


def test_wp14_what_waits_finds_what_approved_work_left_in_each_period() -> None:
    grants = [grant(0, 100), grant(1, 100)]
    approved = [piece(1, date(2026, 9, 2), 30), piece(2, date(2026, 9, 3), 40), piece(3, date(2026, 10, 2), 10)]
    waiting = [piece(4, date(2026, 9, 20), 31), piece(5, date(2026, 10, 20), 90)]
    _, beyond = with_waiting(grants, approved, waiting)
    assert beyond == {UUID(int=4): 1, UUID(int=5): 0}
    assert with_waiting(grants, approved, ())[1] == {}


def test_wp15_a_day_is_told_in_the_period_that_begins_on_it() -> None:
    grants = [grant(0), grant(1)]
    first, second = grants
    told = [FIRST - timedelta(days=1), FIRST, second.starts_on - timedelta(days=1), second.starts_on]
    assert [grant_of(grants, day) for day in told] == [None, first, first, second]


def test_wp15_what_is_left_lapses_on_its_day_minute_by_minute() -> None:
    whole, nearly, spent = grant(0, 60), grant(1, 60), grant(2, 60)
    shares = [Share(UUID(int=9), nearly.starts_on, nearly.id, 59), Share(UUID(int=8), spent.starts_on, spent.id, 60)]
    rows = period_rows([whole, nearly, spent], shares=shares, beyond=(), waiting=(), today=spent.lapses_on)
    assert [row.lapsed_minutes for row in rows] == [60, 1, 0]
    rows = period_rows([whole], shares=(), beyond=(), waiting=(), today=whole.lapses_on - timedelta(days=1))
    assert [row.lapsed_minutes for row in rows] == [0]
    rows = period_rows([whole], shares=(), beyond=(), waiting=(), today=whole.lapses_on)
    assert [(row.lapsed_minutes, row.waiting_minutes) for row in rows] == [(60, 0)]


def test_wp15_what_lapses_of_several_in_one_period_and_what_waits_on_several_days_are_summed() -> None:
    # Both are told in the second period: what the first carried into it, and its own.
    grants = [grant(0, 60, carry=1), grant(1, 30), grant(2, 60)]
    (_, second, _) = period_rows(
        grants, shares=(), beyond=(), today=grants[2].starts_on,
        waiting=[(grants[1].starts_on, 5), (grants[1].starts_on, 7)],
    )  # fmt: skip
    assert (second.lapsed_minutes, second.waiting_minutes) == (90, 12)


def test_wp16_where_two_periods_run_the_later_one_says_what_an_hour_beyond_costs() -> None:
    told = [
        Grant(UUID(int=2), FIRST, date(2026, 12, 1), date(2026, 12, 1), 60, overage_rate=Decimal(150)),
        Grant(UUID(int=1), date(2026, 10, 1), date(2026, 11, 1), date(2026, 11, 1), 60, overage_rate=Decimal(90)),
    ]
    assert [overage_rate_on(told, date(2026, month, 5)) for month in (9, 10, 11)] == [150, 90, 150]


def test_wp18_the_period_that_runs_today_is_warned_of() -> None:
    rows = period_rows([grant(0), grant(1)], shares=(), beyond=(), waiting=(), today=FIRST)
    first, second = rows
    days = (FIRST - timedelta(days=1), FIRST, second.grant.starts_on, second.grant.last_day, second.grant.ends_on)
    assert [current_row(rows, day) for day in days] == [None, first, second, second, None]
