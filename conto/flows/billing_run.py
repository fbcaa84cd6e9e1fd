"""Bill subscriptions: what is due is computed, put on paper and remembered, customers at a time, each once.

A chunk is one transaction: settled lines, invoices, journal and facts stand together or not at all. So a run that is
killed has billed whole chunks, and the next one goes on; two runs at once share the customers. What cannot be billed
is set aside with its reason and stops nobody else. A dry run is the same, undone chunk by chunk.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction

from conto.apps.bulk import without_collecting
from conto.apps.bulk.behind import in_steps
from conto.apps.bulk.retrying import retried
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.payments import actions as payments
from conto.apps.subscriptions import actions, queries
from conto.apps.subscriptions.queries import Loaded
from conto.apps.usage import queries as usage
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.flows.billing_desk import Desk, bill_of

if TYPE_CHECKING:
    from conto.apps.subscriptions.models import BillingRun, Subscription

BILLING_TASK = "bill_as_asked"
CHUNK = 1000  # customers


@dataclass(slots=True)
class RunTotals:
    """What a run, or a chunk of it, did."""

    settled: int = 0
    documents: int = 0
    totals_minor: dict[str, int] = field(default_factory=dict)
    aside: list[tuple[str, RuleBroken]] = field(default_factory=list)  # by the number of the subscription
    document_ids: list[UUID] = field(default_factory=list)  # of a chunk: documents, and drafts that are to become some
    drafts: int = 0  # of a dry chunk
    papers: list[dict[str, Any]] = field(default_factory=list)  # of a dry chunk: the first documents, as they were

    def add(self, other: "RunTotals") -> None:
        """Add what a chunk did."""
        self.settled += other.settled
        self.documents += other.documents
        self.aside += other.aside
        self.document_ids += other.document_ids
        for currency, amount_minor in other.totals_minor.items():
            self.totals_minor[currency] = self.totals_minor.get(currency, 0) + amount_minor


def run(*, actor: Actor, at: datetime, chunk: int = CHUNK) -> "BillingRun":
    """Bill everything that is due at an instant, and return the run with its counts.

    `chunk` customers share a transaction; it changes how fast the run is and how much a kill undoes, nothing else.

    Run again, it bills nothing twice; run late, it bills each day that was missed, in order.

    Source: SB-3, SB-8.
    """
    row = actions.begin_run(actor=actor, at=at)
    for _done in _chunks(at, chunk, row.id):
        pass  # each chunk has noted what it did
    return actions.end_run(run_id=row.id, actor=actor, at=at)


def run_and_tell(*, actor: Actor, at: datetime, say: Callable[[str], None]) -> RunTotals:
    """Bill as `run` does, say how far it is, and return what it came to with what was set aside.

    Source: SB-8.
    """
    row, total = actions.begin_run(actor=actor, at=at), RunTotals()
    for done in _chunks(at, CHUNK, row.id):
        total.add(done)
        say(f"{total.settled:,} billed, {len(total.aside):,} set aside")
    actions.end_run(run_id=row.id, actor=actor, at=at)
    return total


def run_if_due(*, actor: Actor, at: datetime) -> int:
    """Begin a run where something is due, and return how many subscriptions it billed.

    Source: SB-3.
    """
    if not queries.is_anything_due(at=at):
        return 0
    return run(actor=actor, at=at).settled_count


def dry_run(*, at: datetime) -> RunTotals:
    """Do everything that a run would do, undo it, and return what it came to.

    Source: SB-8.
    """
    total = RunTotals()
    for done in dry_chunks(at=at):
        total.add(done)
    return total


def dry_chunks(*, at: datetime, chunk: int = CHUNK, most_papers: int = 0) -> Iterator[RunTotals]:
    """Do what a run would do chunk by chunk, undo each, and tell what it came to, with the first of its documents.

    Source: SB-8.
    """
    after: UUID | None = None
    while True:
        done, after = retried(partial(_next_dry_chunk, at, chunk, most_papers, after))
        most_papers -= len(done.papers)
        done.document_ids.clear()  # as below
        yield done
        if after is None:
            return


def bill_now(*, row: "Subscription", at: datetime, made_at: datetime, run_id: UUID | None = None) -> RunTotals:
    """Bill one subscription at once, as somebody has seen and confirmed it; what cannot be billed is refused.

    Raises: RuleBroken with the reason.
    Source: SB-3, SB-7.
    """
    with transaction.atomic():
        locked = actions.locked(row)
        return _bill_together([queries.load(locked)], at, made_at, run_id, is_seen=True)


def try_again(*, row: "Subscription", at: datetime) -> RunTotals:
    """Bill a subscription that was set aside; what still cannot be billed stays aside with its reason of now.

    Source: SB-8.
    """

    def once() -> RunTotals:
        with transaction.atomic():
            return _chunk([actions.locked(row)], at, None)

    return retried(once)


def _chunks(at: datetime, chunk: int, run_id: UUID) -> Iterator[RunTotals]:
    written = 0
    for done in in_steps(partial(_next_chunk, at, chunk, run_id)):
        written += done.documents
        done.document_ids.clear()  # a large book has too many to keep them all
        invoicing.catch_up_statistics(written=written)
        yield done


@without_collecting()
@transaction.atomic
def _next_chunk(at: datetime, chunk: int, run_id: UUID, after: UUID | None) -> tuple[RunTotals, UUID | None]:
    claimed = actions.claim_due(at=at, most=chunk, after=after)
    done = _chunk(claimed.rows, at, run_id) if claimed.rows else RunTotals()
    actions.note_progress(
        run_id=run_id, settled=done.settled, aside=len(done.aside), documents=done.documents,
        totals_minor=done.totals_minor, at=at,
    )  # fmt: skip
    return done, claimed.last_customer


@without_collecting()
@transaction.atomic
def _next_dry_chunk(at: datetime, chunk: int, most_papers: int, after: UUID | None) -> tuple[RunTotals, UUID | None]:
    claimed = actions.claim_due(at=at, most=chunk, after=after, is_dry=True)
    done = _chunk(claimed.rows, at, None) if claimed.rows else RunTotals()
    connection.check_constraints()  # what waits for the end of a transaction is asked now
    done.drafts = documents.count_drafts(done.document_ids)
    done.papers = documents.papers_of(done.document_ids[:most_papers], at.date())
    transaction.set_rollback(True)
    return done, claimed.last_customer


def _chunk(rows: Sequence["Subscription"], at: datetime, run_id: UUID | None) -> RunTotals:
    """Bill a chunk; when something in it cannot be billed, in parts of it, so that only that is left out."""
    try:
        with transaction.atomic():
            loaded = queries.load_many(rows, is_to_bill=True)
            return _bill_together([loaded[row.id] for row in rows], at, at, run_id)
    except RuleBroken as refusal:
        if len(rows) == 1:
            actions.set_aside(row=rows[0], refusal=refusal, actor=SYSTEM, at=at, run_id=run_id)
            return RunTotals(aside=[(rows[0].number, refusal)])
    total = RunTotals()
    for part in _parts(rows, at):
        total.add(_chunk(actions.locked_many(part), at, run_id))
    return total


def _parts(rows: Sequence["Subscription"], at: datetime) -> "list[list[Subscription]]":
    """Part a chunk in halves by customer, and one customer by what cannot be computed.

    So one in a thousand is found in ten steps, and what a customer has beside it stays on one invoice.
    """
    by_customer = [list(some) for _customer, some in groupby(rows, key=lambda row: row.customer_id)]
    if len(by_customer) > 1:
        half = len(by_customer) // 2
        return [[row for some in part for row in some] for part in (by_customer[:half], by_customer[half:])]
    sound = [row for row in rows if _is_computable(row, at)]
    if not sound or len(sound) == len(rows):
        return [[row] for row in rows]
    return [sound, *([row] for row in rows if row not in sound)]


def _is_computable(row: "Subscription", at: datetime) -> bool:
    try:
        loaded = queries.load(row)
        bill_of(loaded, usage.events_of([loaded], known_by=at), at)
    except RuleBroken:
        return False
    return True


def _bill_together(
    loaded: Sequence[Loaded], at: datetime, made_at: datetime, run_id: UUID | None, *, is_seen: bool = False
) -> RunTotals:
    """Compute what is due, write it on paper, and remember it."""
    desk = Desk(loaded, at, made_at, run_id, is_seen=is_seen)
    for _day, groups in groupby(desk.groups(), key=lambda group: group[0].invoice.on):
        desk.write(list(groups))  # day by day, since a later one may credit an earlier
    desk.issue_last()
    payments.want_collection(wanted=desk.to_charge, at=made_at)
    settled = desk.settled()
    actions.record_settlements(settled=settled, actor=SYSTEM, at=made_at, run_id=run_id)
    ids = list(dict.fromkeys(key for each in settled for placed in each.placed for key in placed.document_ids))
    return RunTotals(sum(bool(each.placed) for each in settled), desk.documents, desk.totals_minor, document_ids=ids)
