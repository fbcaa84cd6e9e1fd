"""Follow the feed of facts with work in the database: each fact once, in order, with the work in one transaction."""

from collections.abc import Callable, Collection

from django.db import transaction

from conto.apps.audit.models import Fact, FactReader
from conto.apps.audit.queries import facts_after, last_position


def begin_to_read(reader: str) -> None:
    """Let a reader read from now on, if it never read before: what happened before it was there is no news."""
    FactReader.objects.get_or_create(name=reader, defaults={"position": last_position()})


@transaction.atomic
def read_on(reader: str, work: Callable[[int, Fact], None], *, kinds: Collection[str], most: int = 1000) -> bool:
    """Do `work` for the next facts of some kinds and remember that they are read; return whether there may be more.

    One process reads at a time for a reader; another finds nothing to do. What `work` writes is kept with the position
    or not at all, so a reader that is killed begins again where it was, and nothing is done twice.
    """
    state = FactReader.objects.select_for_update(skip_locked=True).filter(name=reader).first()
    if state is None:
        return False
    read = facts_after(state.position, kinds=kinds, most=most)
    for position, fact in read.facts:
        work(position, fact)
    if read.position == state.position:
        return False
    FactReader.objects.filter(name=reader).update(position=read.position)
    return True
