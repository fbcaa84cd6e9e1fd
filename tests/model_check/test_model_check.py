"""The engine and the model bill the same; the long run is a command (tests/README.md)."""

import pytest

from tests.model_check.check import differences


@pytest.mark.parametrize("part", [0, 1])
def test_ch1_the_engine_bills_what_the_model_counts_day_by_day(part: int) -> None:
    assert [(seed, wrong) for seed in range(part * 40, part * 40 + 40) if (wrong := differences(seed))] == []
