"""How many examples a property is tried on: few in ./test, CONTO_EXAMPLES=10000 in the long run."""

import os

from hypothesis import HealthCheck, settings


def examples(few: int) -> settings:
    return settings(
        max_examples=int(os.environ.get("CONTO_EXAMPLES", few)),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
