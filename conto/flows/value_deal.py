"""A deal is worth what its quote says, so that nobody types the value again."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from conto.apps.deals import actions as deals
from conto.apps.quotes import queries
from conto.domain.errors import Conflict
from conto.domain.facts import Actor
from conto.domain.period import local_day

if TYPE_CHECKING:
    from conto.apps.quotes.models import Quote

_KEEPS_ITS_VALUE = frozenset({"deal.not_open", "deal.value_of_lines"})


def value_by_quote(
    quote: "Quote",
    *,
    actor: Actor,
    at: datetime,
    chosen: Collection[int] | None = None,
    chosen_recurring: Collection[str] | None = None,
    only_if_none: bool = False,
) -> None:
    """Make the net total of a quote, with the first year of what recurs, the value of its deal in its currency.

    With `chosen` and `chosen_recurring` what the customer took, else what stood chosen beforehand; with
    `only_if_none` a value that is there stays. A deal that is closed, or whose products make its value, keeps it.
    Source: S-4.
    """
    deal = quote.deal
    if deal is None or (only_if_none and deal.value_minor):
        return
    taken = None if chosen is None else frozenset(chosen)
    today = local_day(at, quote.legal_entity.zone)
    shown = queries.shown(quote, today, chosen=taken, chosen_recurring=chosen_recurring)
    if shown.document is None and not shown.recurring:
        return
    once = shown.document.totals.net_minor if shown.document else 0
    year = sum(each.recurrence.year.net_minor for each in shown.recurring if each.is_taken)
    worth = {"value_minor": once + year, "currency": quote.currency}
    try:
        deals.change_deal(deal=deal, changes=worth, actor=actor, at=at)
    except Conflict as refusal:
        if refusal.code not in _KEEPS_ITS_VALUE:
            raise
