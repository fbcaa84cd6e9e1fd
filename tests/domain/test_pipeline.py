"""Pipelines (S-1 … S-4): stage rules, weighted value, deals that slip, products."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.pipeline import (
    REQUIRABLE_FIELDS,
    StageRules,
    demand_move,
    findings_for_move,
    first_pipeline,
    is_silent,
    lacks_next_step,
    line_minor,
    weighted_minor,
)
from tests.domain.refusals import refused

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
FIELDS = st.lists(st.sampled_from(REQUIRABLE_FIELDS), unique=True).map(tuple)
STAGES = [
    StageRules("Qualified", 1, checklist=("Budget asked",)),
    StageRules("Meeting", 2, required_fields=("contact",)),
    StageRules("Proposal", 3, required_fields=("value", "expected_close_on")),
]


def codes(current: int, target: StageRules, *, filled: set[str] = set(), ticked: set[str] = set()) -> list[str]:  # noqa: B006
    found = findings_for_move(target=target, stages=STAGES, current=STAGES[current], filled=filled, ticked=ticked)
    return [finding.code for finding in found]


def test_s1_going_on_asks_for_the_checklist_that_is_left_and_the_fields_ahead() -> None:
    assert codes(0, STAGES[1]) == ["deal.contact_missing", "deal.not_ticked"]
    assert codes(0, STAGES[1], filled={"contact"}, ticked={"Budget asked"}) == []


def test_s1_leaping_over_a_stage_leaps_over_none_of_its_fields() -> None:
    found = codes(0, STAGES[2], filled={"value"}, ticked={"Budget asked"})
    assert found == ["deal.contact_missing", "deal.close_day_missing"]


def test_s1_going_back_asks_for_nothing() -> None:
    assert codes(2, STAGES[0]) == codes(2, STAGES[2]) == []


def test_s1_another_pipeline_asks_for_the_fields_of_the_target_only() -> None:
    other = StageRules("Trial", 1, required_fields=("source",), checklist=("x",), is_of_pipeline=False)
    assert codes(0, other) == ["deal.source_missing"]


def test_s1_a_refusal_names_everything_that_is_missing() -> None:
    found = findings_for_move(target=STAGES[2], stages=STAGES, current=STAGES[0], filled=(), ticked=())
    with refused("deal.stage_asks_for_more", stage="Proposal", findings=found):
        demand_move(found, stage="Proposal")
    demand_move((), stage="Proposal")


@given(st.lists(st.tuples(FIELDS, st.lists(st.text(min_size=1, max_size=9), max_size=3)), min_size=2, max_size=6),
       FIELDS, st.integers(0, 5), st.integers(0, 5))  # fmt: skip
def test_s1_what_is_asked_is_missed_until_it_is_there(
    shapes: list[tuple[tuple[str, ...], list[str]]], filled: tuple[str, ...], start: int, goal: int
) -> None:
    stages = [StageRules(str(n), n, fields, tuple(points)) for n, (fields, points) in enumerate(shapes)]
    current, target = stages[start % len(stages)], stages[goal % len(stages)]
    found = findings_for_move(target=target, stages=stages, current=current, filled=filled, ticked=())
    again = findings_for_move(
        target=target, stages=stages, current=current, filled=REQUIRABLE_FIELDS, ticked=current.checklist
    )
    assert again == ()
    if target.position <= current.position:
        assert found == ()
    else:
        passed = stages[current.position + 1 : target.position + 1]
        wanted = {field for stage in passed for field in stage.required_fields} - set(filled)
        assert len(found) == len(wanted) + len(current.checklist)


@pytest.mark.parametrize(
    ("value", "probability", "weighted"),
    [(100_000, 20, 20_000), (1, 50, 1), (3, 40, 1), (99_999, 60, 59_999), (5, 0, 0), (7, 100, 7)],
)
def test_s2_weighted_value_is_rounded_half_away_once_per_deal(value: int, probability: int, weighted: int) -> None:
    assert weighted_minor(value, probability) == weighted


@given(st.integers(0, 10**13), st.integers(0, 100))
def test_s2_weighted_value_lies_between_nothing_and_all_and_is_what_the_database_computes(value: int, p: int) -> None:
    weighted = weighted_minor(value, p)
    assert 0 <= weighted <= value
    assert weighted == (value * p + 50) // 100  # as `board_totals` writes it in SQL
    assert abs(weighted * 100 - value * p) <= 50


@given(st.integers(1, 400), st.integers(0, 60 * 24 * 500))
def test_s3_a_deal_is_silent_from_the_day_on_that_its_stage_names(days: int, minutes: int) -> None:
    last = NOW - timedelta(minutes=minutes)
    assert is_silent(last_activity_at=last, silent_after_days=days, at=NOW) == (minutes >= days * 24 * 60)
    assert not is_silent(last_activity_at=last, silent_after_days=None, at=NOW)


def test_s3_only_open_deals_lack_a_next_step() -> None:
    assert lacks_next_step(state="open", next_step_at=None)
    assert not lacks_next_step(state="open", next_step_at=NOW)
    assert not lacks_next_step(state="won", next_step_at=None)


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "amount"),
    [("3", 9999, "0", 29997), ("1.5", 3333, "10", 4500), ("0.333333", 10000, "0", 3333), ("2", 500, "100", 0)],
)
def test_s4_a_product_is_rounded_once_per_line(quantity: str, price: int, discount: str, amount: int) -> None:
    made = line_minor(quantity=Decimal(quantity), unit_price_minor=price, discount_percent=Decimal(discount))
    assert made == amount


@pytest.mark.parametrize("language", ["en", "de", "fr", "xx", "de-AT"])
def test_a_new_book_has_four_stages_and_reasons_in_its_language(language: str) -> None:
    first = first_pipeline(language)
    assert [stage.probability_percent for stage in first.stages] == [20, 40, 60, 80]
    assert len({stage.name for stage in first.stages}) == 4
    assert len(set(first.lost_reasons)) == 5
