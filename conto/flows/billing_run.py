"""Bill subscriptions: what is due is computed, put on paper and remembered, customers at a time, each once.

A chunk is one transaction: settled lines, invoices, journal and facts stand together or not at all. So a run that is
killed has billed whole chunks, and the next one goes on; two runs at once share the customers. What cannot be billed
is set aside with its reason and stops nobody else. A dry run is the same, undone chunk by chunk.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction

from conto.apps.bulk import without_collecting
from conto.apps.bulk.retrying import retried
from conto.apps.crm import queries as crm
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.invoicing.entries import CreditPart, LineEntry, NewInvoice
from conto.apps.subscriptions import actions, queries
from conto.apps.subscriptions.actions import Placed, Settled
from conto.apps.subscriptions.queries import LinePlace, Loaded
from conto.apps.usage import queries as usage
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.domain.guardian import issues_at
from conto.domain.ids import new_id
from conto.domain.period import local_day
from conto.domain.price.explain import Speech, explain
from conto.domain.subscription import (
    PASSED_CHECKS,
    SEEN_CHECK,
    Bill,
    Charge,
    Event,
    Invoice,
    Paper,
    PaperLine,
    Reference,
    bill_and_look_ahead,
    paper_of,
)
from conto.flows import issue_document
from conto.gateways.documents.speech import speech_of

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity
    from conto.apps.subscriptions.models import BillingRun, Subscription

BILLING_TASK = "bill_as_asked"
CHUNK = 500  # customers


@dataclass(slots=True)
class RunTotals:
    """What a run, or a chunk of it, did."""

    settled: int = 0
    documents: int = 0
    totals_minor: dict[str, int] = field(default_factory=dict)
    aside: list[tuple[str, RuleBroken]] = field(default_factory=list)  # by the number of the subscription

    def add(self, other: "RunTotals") -> None:
        """Add what a chunk did."""
        self.settled += other.settled
        self.documents += other.documents
        self.aside += other.aside
        for currency, amount_minor in other.totals_minor.items():
            self.totals_minor[currency] = self.totals_minor.get(currency, 0) + amount_minor


def run(*, actor: Actor, at: datetime, chunk: int = CHUNK) -> "BillingRun":
    """Bill everything that is due at an instant, and return the run with its counts.

    `chunk` customers share a transaction; it changes how fast the run is and how much a kill undoes, nothing else.

    Run again, it bills nothing twice; run late, it bills each day that was missed, in order.

    Source: SB-3, SB-8.
    """
    row = actions.begin_run(actor=actor, at=at)
    for _done in _chunks(at, chunk, run_id=row.id, is_dry=False):
        pass  # each chunk has noted what it did
    return actions.end_run(run_id=row.id, actor=actor, at=at)


def run_and_tell(*, actor: Actor, at: datetime, say: Callable[[str], None]) -> RunTotals:
    """Bill as `run` does, say how far it is, and return what it came to with what was set aside.

    Source: SB-8.
    """
    row, total = actions.begin_run(actor=actor, at=at), RunTotals()
    for done in _chunks(at, CHUNK, run_id=row.id, is_dry=False):
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
    for done in _chunks(at, CHUNK, run_id=None, is_dry=True):
        total.add(done)
    return total


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


def _chunks(at: datetime, chunk: int, *, run_id: UUID | None, is_dry: bool) -> Iterable[RunTotals]:
    after: UUID | None = None
    documents = 0
    while True:
        with without_collecting():
            done, after = retried(partial(_next_chunk, at, chunk, after, run_id, is_dry=is_dry))
        if after is None:
            return
        documents += done.documents
        if not is_dry:
            invoicing.catch_up_statistics(written=documents)
        yield done


def _next_chunk(
    at: datetime, chunk: int, after: UUID | None, run_id: UUID | None, *, is_dry: bool
) -> tuple[RunTotals, UUID | None]:
    with transaction.atomic():
        claimed = actions.claim_due(at=at, most=chunk, after=after)
        done = _chunk(claimed.rows, at, run_id) if claimed.rows else RunTotals()
        if run_id is not None:
            actions.note_progress(
                run_id=run_id, settled=done.settled, aside=len(done.aside), documents=done.documents,
                totals_minor=done.totals_minor, at=at,
            )  # fmt: skip
        if is_dry:
            connection.check_constraints()  # what waits for the end of a transaction is asked now
            transaction.set_rollback(True)
        return done, claimed.last_customer


def _chunk(rows: Sequence["Subscription"], at: datetime, run_id: UUID | None) -> RunTotals:
    """Bill a chunk; when something in it cannot be billed, in parts of it, so that only that is left out."""
    try:
        with transaction.atomic():
            loaded = queries.load_many(rows)
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

    So one in five hundred is found in nine steps, and what a customer has beside it stays on one invoice.
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
        _bill_of(loaded, usage.events_of([loaded], known_by=at), at)
    except RuleBroken:
        return False
    return True


def _bill_of(loaded: Loaded, used: Mapping[UUID, Sequence[Event]], at: datetime) -> tuple[Bill, date | None]:
    today, events = local_day(at, loaded.row.zone), used.get(loaded.row.id, ())
    return bill_and_look_ahead(loaded.definition, loaded.changes, events, until=today, billed=loaded.billed)


def _bill_together(
    loaded: Sequence[Loaded], at: datetime, made_at: datetime, run_id: UUID | None, *, is_seen: bool = False
) -> RunTotals:
    """Compute what is due, write it on paper, and remember it."""
    desk = _Desk(loaded, at, made_at, run_id, is_seen=is_seen)
    for _day, groups in groupby(desk.groups(), key=lambda group: group[0].invoice.on):
        desk.write(list(groups))  # day by day, since a later one may credit an earlier
    settled = desk.settled()
    actions.record_settlements(settled=settled, actor=SYSTEM, at=made_at, run_id=run_id)
    return RunTotals(sum(bool(each.placed) for each in settled), desk.documents, desk.totals_minor)


@dataclass(frozen=True, slots=True)
class _Due:
    """What one subscription bills on one day."""

    loaded: Loaded
    invoice: Invoice


class _Desk:
    """One transaction's worth of billing."""

    def __init__(
        self, loaded: Sequence[Loaded], at: datetime, made_at: datetime, run_id: UUID | None, *, is_seen: bool = False
    ) -> None:
        self.loaded = loaded
        self.run_id = run_id
        self.passes = (*PASSED_CHECKS, SEEN_CHECK) if is_seen else PASSED_CHECKS
        self.at = at
        self.made_at = made_at
        self.used = usage.events_of(loaded, known_by=at)
        made = {each.row.id: _bill_of(each, self.used, at) for each in loaded}
        self.bills = {key: done for key, (done, _coming) in made.items()}
        self.coming = {key: coming for key, (_done, coming) in made.items()}
        self.placed: dict[UUID, list[Placed]] = {each.row.id: [] for each in loaded}
        self.places: dict[tuple[Charge, int, UUID], LinePlace] = {}
        self.documents = 0
        self.sellers: dict[UUID, LegalEntity] = {}
        self.sentences: dict[tuple[object, ...], str] = {}
        self.speeches: dict[tuple[str, str, str], Speech] = {}
        self.totals_minor: dict[str, int] = {}
        has_paper = self._has_paper()
        self.profiles = crm.billing_profiles({each.row.customer_id for each in loaded}) if has_paper else {}
        # What somebody has seen and confirmed is issued at once.
        self.issues_at = issues_at(made_at, documents.guardian_rules()) if has_paper and not is_seen else None

    def _has_paper(self) -> bool:
        return any(done.invoices for done in self.bills.values())

    def groups(self) -> "list[list[_Due]]":
        """Put together what goes on one invoice: of one customer, seller, currency and day.

        Source: SB-5.
        """
        grouped: dict[tuple[Any, ...], list[_Due]] = {}
        for each in self.loaded:
            row = each.row
            for invoice in self.bills[row.id].invoices:
                alone = row.id if row.bills_alone else None
                key = (
                    invoice.on, row.customer_id, row.legal_entity_id, row.currency, row.price_mode, row.is_reviewed,
                    row.deal_id, alone,
                )  # fmt: skip
                grouped.setdefault(key, []).append(_Due(each, invoice))
        return sorted(grouped.values(), key=lambda group: group[0].invoice.on)

    def write(self, groups: "Sequence[Sequence[_Due]]") -> None:
        """Put on paper what is due on one day: invoices set at a time, then credit notes one by one."""
        invoices: dict[UUID, list[NewInvoice]] = {}
        papers = []
        for group in groups:
            row = group[0].loaded.row
            paper = paper_of([due.invoice for due in group], row.currency)
            owners = {id(line): due for due in group for line in due.invoice.lines}
            ids: list[UUID] = []
            if paper.lines:
                new = self._invoice(group, paper, owners)
                self.sellers[row.legal_entity_id] = row.legal_entity
                invoices.setdefault(row.legal_entity_id, []).append(new)
                ids.append(new.id)
            papers.append((group, paper, owners, ids))
        for seller_id, some in invoices.items():
            invoicing.issue_entries(
                legal_entity=self.sellers[seller_id], new=some, actor=SYSTEM, at=self.made_at, profiles=self.profiles,
                apart=queries.billed_among, run_id=self.run_id,
            )  # fmt: skip
        for group, paper, owners, ids in papers:
            notes = self._credit(group, paper, owners) if paper.credits else []
            self.documents += len(ids) + len(notes)
            self._note(group, (*ids, *notes))

    def _note(self, group: "Sequence[_Due]", ids: tuple[UUID, ...]) -> None:
        for due in group:
            row = due.loaded.row
            places = {
                (line.charge, line.number): self.places[line.charge, line.number, row.id]
                for line in due.invoice.lines
                if (line.charge, line.number, row.id) in self.places
            }
            self.placed[row.id].append(Placed(due.invoice, ids, places))
            self.totals_minor[row.currency] = self.totals_minor.get(row.currency, 0) + due.invoice.net_minor

    def _invoice(self, group: "Sequence[_Due]", paper: Paper, owners: dict[int, _Due]) -> NewInvoice:
        row = group[0].loaded.row
        language = self.profiles[row.customer_id].language or row.legal_entity.language
        speech = self._speech(language, row.currency, row.legal_entity.country)
        taxes = self._taxes_of(owners, paper)
        document_id = new_id()
        for position, each in enumerate(paper.lines, 1):
            if each.credits is None:
                key = (each.line.charge, each.line.number, owners[id(each.line)].loaded.row.id)
                self.places[key] = LinePlace(document_id, position)
        return NewInvoice(
            id=document_id,
            customer_id=row.customer_id,
            lines=[
                self._entry(each, owners[id(each.line)], speech, taxes, is_shared=len(group) > 1)
                for each in paper.lines
            ],
            waits=row.is_reviewed,
            issues_at=None if row.is_reviewed else self.issues_at,
            fields={
                "currency": row.currency,
                "price_mode": row.price_mode,
                "language": language,
                "deal_id": row.deal_id,
                "overrides": self._passed(group),
            },
        )

    def _passed(self, group: "Sequence[_Due]") -> dict[str, str]:
        return dict.fromkeys(self.passes, f"Agreed with {group[0].loaded.row.number}")

    def _speech(self, language: str, currency: str, country: str) -> Speech:
        key = (language, currency, country)
        if key not in self.speeches:
            self.speeches[key] = speech_of(*key)
        return self.speeches[key]

    def _entry(
        self, each: PaperLine, due: _Due, speech: Speech, taxes: dict[int, tuple[str, Decimal]], *, is_shared: bool
    ) -> LineEntry:
        line, item = each.line, due.loaded.items.get(each.line.charge.item)
        name = item.name if item else due.loaded.row.title  # a commitment has no item
        category, rate = taxes.get(id(each.credits), ("", None))
        return LineEntry(
            name=f"{due.loaded.row.title}: {name}"[:300] if is_shared and name != due.loaded.row.title else name,
            quantity=each.quantity,
            unit_price=each.unit_price,
            item_id=item.item_id if item else None,
            description=self._sentence(each, speech),
            unit_code=item.unit_code if item and abs(each.quantity) != 1 else "C62",
            allowance_minor=each.allowance_minor,
            supply=item.supply if item else "services",
            rate_class=item.rate_class if item else "standard",
            tax_category=category,
            tax_rate=rate,
            period_start_on=line.starts_on,
            period_end_on=max(line.starts_on, date.fromordinal(line.ends_on.toordinal() - 1)),
        )

    def _sentence(self, paper: PaperLine, speech: Speech) -> str:
        """Say what a line follows from; customers who pay the same for the same read the same sentence.

        A discount that stands on the paper by itself is not said again.
        """
        why, discount_minor = paper.line.why, 0 if paper.allowance_minor else paper.line.discount_minor
        key = (
            id(speech), why.price.version, why.price.currency, why.quantity, why.rated, why.part, why.whole,
            why.is_by_second, why.events, why.before_minor, why.is_usage, discount_minor,
        )  # fmt: skip
        if key not in self.sentences:
            self.sentences[key] = explain(why, speech, discount_minor=discount_minor)
        return self.sentences[key]

    def _taxes_of(self, owners: dict[int, _Due], paper: Paper) -> dict[int, tuple[str, Decimal]]:
        """Tell how the lines that are credited were taxed, by reference: a credit is taxed as they were.

        Source: SB-5.
        """
        references = [each.credits for each in paper.lines if each.credits is not None]
        places = self._places_of(owners, references)
        taxed = documents.taxes_of_lines({(place.document_id, place.position) for place in places.values()})
        return {
            reference: taxed[place.document_id, place.position]
            for reference, place in places.items()
            if (place.document_id, place.position) in taxed
        }

    def _places_of(self, owners: dict[int, _Due], references: Sequence[Reference]) -> dict[int, LinePlace]:
        """Tell where the lines stand that are credited, by the identity of the reference."""
        found: dict[int, LinePlace] = {}
        stored: dict[int, tuple[UUID, int]] = {}
        for each in references:
            loaded = owners[id(each.line)].loaded
            place = self.places.get((each.charge, each.number, loaded.row.id))
            if place is not None:
                found[id(each)] = place
            elif each.charge in loaded.charge_ids:
                stored[id(each)] = (loaded.charge_ids[each.charge], each.number)
        places = queries.places_of(set(stored.values()))
        return found | {reference: places[key] for reference, key in stored.items() if key in places}

    def _credit(self, group: "Sequence[_Due]", paper: Paper, owners: dict[int, _Due]) -> list[UUID]:
        """Credit earlier invoices, each by a note of its own.

        Raises: RuleBroken `subscription.not_on_paper` where what is credited is not issued yet.
        """
        places = self._places_of(owners, paper.credits)
        parts: dict[UUID, dict[int, int]] = {}
        for each in paper.credits:
            place = places.get(id(each))
            if place is None:
                raise _not_on_paper()
            of = parts.setdefault(place.document_id, {})
            of[place.position] = of.get(place.position, 0) + each.amount_minor
        issued = documents.documents_by_id(list(parts))
        if len(issued) < len(parts):
            raise _not_on_paper()
        ids = [
            invoicing.draft_credit_note(
                document=issued[document_id],
                parts={position: CreditPart(amount_minor=minor) for position, minor in wanted.items()},
                keeps_lines=True,
                overrides=self._passed(group),
                actor=SYSTEM,
                at=self.made_at,
            ).id
            for document_id, wanted in sorted(parts.items())
        ]
        if group[0].loaded.row.is_reviewed:
            return ids
        if self.issues_at:
            invoicing.schedule_drafts(
                draft_ids=ids, issues_at=self.issues_at, run_id=self.run_id, actor=SYSTEM, at=self.made_at
            )
        else:
            issue_document.issue_many(draft_ids=ids, actor=SYSTEM, at=self.made_at)
        return ids

    def settled(self) -> list[Settled]:
        """Give what is to be remembered of each subscription."""
        return [
            Settled(each, self.bills[key].billed, tuple(self.placed[key]), self.coming[key])
            for key, each in ((one.row.id, one) for one in self.loaded)
        ]


def _not_on_paper() -> RuleBroken:
    return RuleBroken(
        "subscription.not_on_paper", "What this would credit is not issued yet. Issue the draft first, then try again."
    )
