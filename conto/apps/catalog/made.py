"""What is made of items' names, to sort by: whether it is right, and writing it anew."""

from conto.apps.bulk.derived import Derived, write_anew, wrong_rows
from conto.apps.bulk.invariants import Verdict, verdict_of
from conto.apps.catalog.models import Item
from conto.domain.contact import sort_key

SORT_KEYS = (Derived(Item, "sort_key", "name", lambda name: sort_key(name)[:200]),)


def items_are_sorted() -> Verdict:
    """Check that items stand where their names belong."""
    return verdict_of("I44", "Items of the catalog are sorted by their names", wrong_rows(SORT_KEYS))


def write_sort_keys() -> int:
    """Write every sort key of items that is not what the name makes it, and return how many there were."""
    return write_anew(SORT_KEYS)
