"""The expectation that a rule says no, by its code."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conto.domain.errors import RuleBroken


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Fail unless the rule of this code refuses, in words that are complete."""
    with pytest.raises(RuleBroken) as caught:
        yield
    assert caught.value.code == code
    assert "%(" not in str(caught.value)
