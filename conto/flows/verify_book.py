"""Verify a book: every rule that must always hold, asked of every row."""

from collections.abc import Callable, Iterable
from functools import partial

from conto.apps.audit.actions import seal_facts
from conto.apps.audit.queries import nothing_is_unsealed, payloads_are_kept, seals_hold
from conto.apps.bulk import refresh_statistics
from conto.apps.bulk.invariants import Check, Verdict, ask, one_view_of_the_book
from conto.apps.bulk.schema_invariants import INVARIANTS as OF_SCHEMA
from conto.apps.catalog.made import items_are_sorted
from conto.apps.contracts.queries.invariants import INVARIANTS as OF_CONTRACTS
from conto.apps.crm.queries.made import customers_are_found, names_are_sorted
from conto.apps.deals.queries.invariants import INVARIANTS as OF_DEALS
from conto.apps.integrations.queries.invariants import INVARIANTS as OF_REQUESTS
from conto.apps.invoicing.queries.invariants import INVARIANTS as OF_DOCUMENTS
from conto.apps.invoicing.queries.invariants import contents_are_frozen, parties_are_frozen
from conto.apps.invoicing.queries.quoted_invariants import INVARIANTS as OF_BILLS
from conto.apps.late.queries.invariants import INVARIANTS as OF_LATE
from conto.apps.ledger.queries.closing import closings_stand
from conto.apps.ledger.queries.invariants import INVARIANTS as OF_LEDGER
from conto.apps.payments.queries.invariants import INVARIANTS as OF_PAYMENTS
from conto.apps.projects.queries.invariants import INVARIANTS as OF_PROJECTS
from conto.apps.quotes.queries.invariants import INVARIANTS as OF_QUOTES
from conto.apps.repeats.queries.invariants import INVARIANTS as OF_REPEATS
from conto.apps.stock.queries.invariants import INVARIANTS as OF_STOCK
from conto.apps.subscriptions.queries.invariants import INVARIANTS as OF_SUBSCRIPTIONS
from conto.apps.subscriptions.queries.recurring import movements_are_right
from conto.apps.usage.queries.invariants import INVARIANTS as OF_USAGE
from conto.flows.reseal_fields import sealed_fields_open

BY_SQL = (
    *OF_LEDGER,
    *OF_DOCUMENTS,
    *OF_PAYMENTS,
    *OF_DEALS,
    *OF_QUOTES,
    *OF_BILLS,
    *OF_CONTRACTS,
    *OF_PROJECTS,
    *OF_STOCK,
    *OF_REPEATS,
    *OF_SUBSCRIPTIONS,
    *OF_USAGE,
    *OF_REQUESTS,
    *OF_LATE,
)


def verify(say: Callable[[Verdict], None] = lambda _: None) -> list[Verdict]:
    """Check all invariants on one view of the book, in the order of their numbers, and return what was found.

    Facts are sealed first, as the worker does every minute, so that a book without a worker is in order too.
    """
    seal_facts()
    refresh_statistics()
    verdicts = []
    with one_view_of_the_book():
        for check in _checks():
            verdict = check()
            say(verdict)
            verdicts.append(verdict)
    return verdicts


def _checks() -> Iterable[Check]:
    by_sql = sorted((*BY_SQL, *OF_SCHEMA), key=lambda invariant: invariant.id)
    for invariant in by_sql:
        yield partial(ask, invariant)
    yield closings_stand
    yield payloads_are_kept
    yield seals_hold
    yield nothing_is_unsealed
    yield contents_are_frozen
    yield parties_are_frozen
    yield sealed_fields_open
    yield customers_are_found
    yield names_are_sorted
    yield items_are_sorted
    yield movements_are_right
