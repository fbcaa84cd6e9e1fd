"""From where things are done: an entrance says it once, and facts whose actor brings no origin take it from here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from conto.domain.facts import Actor, Origin

_HERE: ContextVar[Origin | None] = ContextVar("origin", default=None)


@contextmanager
def working_from(origin: Origin) -> Iterator[None]:
    """Let facts recorded inside tell this origin, unless their actor brings another."""
    token = _HERE.set(origin)
    try:
        yield
    finally:
        _HERE.reset(token)


def work_from(origin: Origin) -> None:
    """Let facts recorded from now on in this process tell this origin: for commands and the worker."""
    _HERE.set(origin)


def origin_of(actor: Actor) -> dict[str, str] | None:
    """Return from where an actor acts, as JSON values."""
    origin = actor.origin or _HERE.get()
    return None if origin is None else origin.body()
