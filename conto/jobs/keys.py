"""What `conto keys` does in one book."""

from collections.abc import Callable
from typing import Any

from conto.domain.facts import SYSTEM
from conto.flows import reseal_fields
from conto.jobs.clock import book_now


def reseal(*, say: Callable[[str], None]) -> dict[str, Any]:
    """Seal anew what is sealed with another key than the active one, and tell what came of it."""
    done = reseal_fields.reseal(actor=SYSTEM, at=book_now(), say=lambda count: say(f"{count:,} fields sealed anew …"))
    return {"resealed": done.fields, "unopened": list(done.unopened), "in_use": reseal_fields.keys_in_use()}


def keys_in_use() -> dict[str, Any]:
    """Count the sealed fields by key, and name those that no key opens."""
    verdict = reseal_fields.sealed_fields_open()
    return {"in_use": reseal_fields.keys_in_use(), "unopened": list(verdict.shown), "closed": verdict.violated}
