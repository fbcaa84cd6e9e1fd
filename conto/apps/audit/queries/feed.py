"""The feed: every fact once, in one order, none missed."""

from collections.abc import Collection
from dataclasses import dataclass

from conto.apps.audit.models import Fact, FactPosition


@dataclass(frozen=True, slots=True)
class FactsRead:
    """Facts with their positions, in order, and the position up to which the feed was read."""

    facts: tuple[tuple[int, Fact], ...]
    position: int


def facts_after(position: int, *, kinds: Collection[str] | None = None, most: int = 1000) -> FactsRead:
    """Return the facts after a position of the feed, each with its payload, in order; with `kinds`, only such.

    Facts are committed in another order than their ids and times say, so whoever reads "all facts since the last I
    saw" by id or time misses those that commit late. Positions are given after the commit, by one job, without gaps
    (`actions.put_in_order`, every few seconds): a fact at a position never moves, and nothing ever comes in before it.

    To follow the feed: keep a position (0 = from the first fact; `last_position()` = from now on), call this, do the
    work, keep `position` of the answer in the same transaction as the work, and go on until it no longer moves. It
    moves on over facts of other kinds too, so it is kept also when `facts` is empty. At most `most` positions are
    looked at per call. `actions.read_on` does all of that for readers whose work is in the database.
    """
    window = FactPosition.objects.filter(position__gt=position, position__lte=position + most).order_by("position")
    places = list(window.values_list("position", "fact_id"))
    if not places:
        return FactsRead((), position)
    wanted = Fact.objects.filter(id__in=[fact_id for _, fact_id in places]).select_related("payload")
    if kinds is not None:
        wanted = wanted.filter(kind__in=kinds)
    known = {fact.id: fact for fact in wanted}
    found = tuple((place, known[fact_id]) for place, fact_id in places if fact_id in known)
    return FactsRead(found, places[-1][0])


def last_position() -> int:
    """Return the position of the newest fact that is in order; 0 in a book without facts."""
    last = FactPosition.objects.order_by("-position").values_list("position", flat=True).first()
    return last or 0
