"""What stands against moving goods, said in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.db import IntegrityError

from conto.domain.errors import Conflict
from conto.domain.stock import plain

_MEANWHILE = ("stock.moved_meanwhile", "Somebody else has just moved these goods. Look at them again.")
_BY_CONSTRAINT = {
    "stock_on_hand": ("stock.not_on_hand", "There are not as many on hand, and this item is not sold below zero."),
    "stock_move_in_order": _MEANWHILE,
    "stock_move_stands_on_last": _MEANWHILE,
    "stock_receipt_reversed_once": ("stock.reversed_already", "This receipt is taken back already."),
    "stock_of_item_once": ("stock.kept_already", "Stock of this item is kept already."),
}


def not_on_hand(quantity: Decimal) -> Conflict:
    """Return the refusal of what would take more than there is."""
    return Conflict(
        "stock.not_on_hand",
        "Only %(quantity)s are on hand, and this item is not sold below zero.",
        quantity=plain(quantity),
    )


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """Turn the refusal of a constraint that two people can meet into a `Conflict`."""
    try:
        yield
    except IntegrityError as error:
        words = _BY_CONSTRAINT.get(getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "")
        if words is None:
            raise
        raise Conflict(*words) from error
