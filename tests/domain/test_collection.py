"""When an invoice that could not be charged is tried again, and when it is up to the customer."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.collection import RETRY_DAYS, after_failure, is_usable_on, reason_of

FIRST = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("code", "today", "reason", "next_day"),
    [
        ("card_declined", 22, "declined", 23),
        ("insufficient_funds", 23, "no_funds", 25),
        ("card_declined", 25, "declined", 29),
        ("card_declined", 27, "declined", 29),  # the worker was down on the 23rd and the 25th
        ("card_declined", 29, "declined", None),
        ("authentication_required", 22, "authentication", None),
        ("no_such_method", 22, "unusable", None),
        ("expired_card", 22, "unusable", None),
    ],
)
def test_cl4_what_follows_a_charge_that_did_not_go_through(
    code: str, today: int, reason: str, next_day: int | None
) -> None:
    follows = after_failure(first_on=FIRST, today=date(2026, 11, today), failure_code=code)
    assert follows.reason == reason == reason_of(code)
    assert follows.try_on == (date(2026, 11, next_day) if next_day else None)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=8))
def test_cl4_whenever_the_worker_comes_it_is_tried_at_most_as_often_as_the_schedule_says(late: list[int]) -> None:
    today, tries = FIRST, 1
    while True:
        follows = after_failure(first_on=FIRST, today=today, failure_code="card_declined")
        if follows.try_on is None:
            break
        assert follows.try_on > today
        today = follows.try_on + timedelta(days=late[tries % len(late)])
        tries += 1
    assert tries <= 1 + len(RETRY_DAYS)
    assert today >= FIRST + timedelta(days=RETRY_DAYS[-1])


def test_cl3_the_last_day_of_a_card_counts() -> None:
    assert is_usable_on(None, FIRST)
    assert is_usable_on(FIRST, FIRST)
    assert not is_usable_on(FIRST - timedelta(days=1), FIRST)
