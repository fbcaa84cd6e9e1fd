"""The desk of a billing run: what one transaction bills, put on paper, carried or credited, and remembered."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from conto.apps.crm import queries as crm
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.invoicing.actions import Carried
from conto.apps.invoicing.entries import Carrying, CreditPart, LineEntry, NewInvoice
from conto.apps.payments import queries as payments
from conto.apps.subscriptions import queries
from conto.apps.subscriptions.actions import Placed, Settled
from conto.apps.subscriptions.queries import LinePlace, Loaded
from conto.apps.usage import queries as usage
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.guardian import issues_at
from conto.domain.ids import new_id
from conto.domain.period import local_day
from conto.domain.price.explain import Speech, explain
from conto.domain.subscription import (
    PASSED_CHECKS,
    SEEN_CHECK,
    ZERO_CHECK,
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
from conto.flows.charge_words import charge_note
from conto.flows.credit_billed import Wanted, spread
from conto.flows.prepaid_credit import draw_entries
from conto.gateways.documents.speech import speech_of

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity
    from conto.apps.invoicing.models import Document, Draft
    from conto.apps.subscriptions.models import Subscription


def bill_of(loaded: Loaded, used: Mapping[UUID, Sequence[Event]], at: datetime) -> tuple[Bill, date | None]:
    """Compute what a subscription bills up to today, and when it is due again."""
    today, events = local_day(at, loaded.row.zone), used.get(loaded.row.id, ())
    return bill_and_look_ahead(loaded.definition, loaded.changes, events, until=today, billed=loaded.billed)


@dataclass(frozen=True, slots=True)
class Due:
    """What one subscription bills on one day."""

    loaded: Loaded
    invoice: Invoice


class Desk:
    """One transaction's worth of billing."""

    def __init__(
        self, loaded: Sequence[Loaded], at: datetime, made_at: datetime, run_id: UUID | None, *, is_seen: bool = False
    ) -> None:
        self.loaded = loaded
        self.run_id = run_id
        self.is_seen = is_seen
        self.passes = (*PASSED_CHECKS, SEEN_CHECK) if is_seen else PASSED_CHECKS
        self.at = at
        self.made_at = made_at
        self.used = usage.events_of(loaded, known_by=at)
        made = {each.row.id: bill_of(each, self.used, at) for each in loaded}
        self.bills = {key: done for key, (done, _coming) in made.items()}
        self.coming = {key: coming for key, (_done, coming) in made.items()}
        self.placed: dict[UUID, list[Placed]] = {each.row.id: [] for each in loaded}
        self.places: dict[tuple[Charge, int, UUID], LinePlace] = {}
        self.drawn: dict[tuple[UUID, date], dict[UUID, LinePlace]] = {}  # of a subscription's day, by credit
        self.taken_back: dict[LinePlace, LinePlace] = {}  # by the place of a credit line
        self.documents = 0
        self.to_charge: list[tuple[UUID, UUID]] = []  # the papers that are charged once issued, with their customers
        self.sellers: dict[UUID, LegalEntity] = {}
        self.sentences: dict[tuple[object, ...], str] = {}
        self.speeches: dict[tuple[str, str, str], Speech] = {}
        self.totals_minor: dict[str, int] = {}
        has_paper = self._has_paper()
        self.profiles = crm.billing_profiles({each.row.customer_id for each in loaded}) if has_paper else {}
        # What somebody has seen and confirmed is issued at once.
        self.minimums = documents.minimum_amounts() if has_paper and not is_seen else {}
        self.has_carried = documents.is_any_carried()
        self.issues_at = issues_at(made_at, documents.guardian_rules()) if has_paper and not is_seen else None

    def _has_paper(self) -> bool:
        return any(done.invoices for done in self.bills.values())

    def groups(self) -> "list[list[Due]]":
        """Put together what goes on one invoice: of one customer, seller, currency and day.

        Source: SB-5.
        """
        grouped: dict[tuple[Any, ...], list[Due]] = {}
        for each in self.loaded:
            row = each.row
            for invoice in self.bills[row.id].invoices:
                key = (invoice.on, row.is_reviewed, *_invoice_key(row))
                grouped.setdefault(key, []).append(Due(each, invoice))
        return sorted(grouped.values(), key=lambda group: group[0].invoice.on)

    def write(self, groups: "Sequence[Sequence[Due]]") -> None:
        """Put on paper what is due on one day: invoices set at a time, then credit notes one by one."""
        invoices: dict[UUID, list[NewInvoice]] = {}
        papers = []
        carried = self._carried(groups)
        for group in groups:
            row = group[0].loaded.row
            paper = paper_of([due.invoice for due in group], row.currency)
            owners = {id(line): due for due in group for line in due.invoice.lines}
            ids: list[UUID] = []
            if paper.lines:
                new = self._invoice(group, paper, owners, carried.get(_key_of(group)))
                self.sellers[row.legal_entity_id] = row.legal_entity
                invoices.setdefault(row.legal_entity_id, []).append(new)
                ids.append(new.id)
                if row.collection == "charge":
                    self.to_charge.append((new.id, row.customer_id))
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

    def _note(self, group: "Sequence[Due]", ids: tuple[UUID, ...]) -> None:
        for due in group:
            row = due.loaded.row
            places = {
                (line.charge, line.number): self.places[line.charge, line.number, row.id]
                for line in due.invoice.lines
                if (line.charge, line.number, row.id) in self.places
            }
            drawn = self.drawn.get((row.id, due.invoice.on))
            self.placed[row.id].append(Placed(due.invoice, ids, places, drawn))
            self.totals_minor[row.currency] = self.totals_minor.get(row.currency, 0) + due.invoice.net_minor

    def _carried(self, groups: "Sequence[Sequence[Due]]") -> dict[tuple[Any, ...], Carried]:
        """Take up what was carried for what is billed now; what somebody has confirmed is billed by itself.

        Source: SB-12.
        """
        if not self.has_carried or self.is_seen:
            return {}
        keys = {_key_of(group) for group in groups if not group[0].loaded.row.is_reviewed}
        drafts = list(documents.carried_of({group[0].loaded.row.customer_id for group in groups}))
        charged = payments.wanted_among([draft.id for draft in drafts])
        ids = {draft.id: key for draft in drafts if (key := _carried_key(draft, charged)) in keys}
        taken = invoicing.take_carried(ids=ids)
        return {ids[draft_id]: each for draft_id, each in taken.items()}

    def _carrying(self, group: "Sequence[Due]", since: datetime) -> Carrying | None:
        """Tell below what an invoice waits for more; the last bill of a subscription does not wait.

        Source: SB-12.
        """
        row = group[0].loaded.row
        minimum_minor = self.minimums.get(row.currency)
        is_last = any(self.coming[due.loaded.row.id] is None for due in group)
        if minimum_minor is None or row.is_reviewed or is_last:
            return None
        self.has_carried = True
        return Carrying(minimum_minor, since, row.id if row.bills_alone else None)

    def issue_last(self) -> None:
        """Issue what is carried for customers of whom a subscription is over: nothing may come that it could wait for.

        Source: SB-12.
        """
        if not self.has_carried:
            return
        over = {each.row.customer_id for each in self.loaded if self.coming[each.row.id] is None}
        ids = [draft.id for draft in documents.carried_of(over)] if over else []
        if ids:
            issue_document.issue_many(draft_ids=ids, actor=SYSTEM, at=self.made_at, apart=queries.billed_among)

    def _invoice(
        self, group: "Sequence[Due]", paper: Paper, owners: dict[int, Due], carried: Carried | None
    ) -> NewInvoice:
        row = group[0].loaded.row
        language = self.profiles[row.customer_id].language or row.legal_entity.language
        speech = self._speech(language, row.currency, row.legal_entity.country)
        document_id = carried.id if carried else new_id()
        before = carried.lines if carried else ()
        targets = self._places_of(owners, [each.credits for each in paper.lines if each.credits is not None])
        for position, each in enumerate(paper.lines, len(before) + 1):
            place = LinePlace(document_id, position)
            if each.credits is None:
                self.places[each.line.charge, each.line.number, owners[id(each.line)].loaded.row.id] = place
            elif id(each.credits) in targets:
                self.taken_back[place] = targets[id(each.credits)]
        taxes = _taxes_of(targets)
        lines = [
            self._entry(each, owners[id(each.line)], speech, taxes, is_shared=len(group) > 1 or bool(before))
            for each in paper.lines
        ]
        first = len(before) + 1
        return NewInvoice(
            id=document_id,
            customer_id=row.customer_id,
            lines=[*before, *lines, *self._draws(group, paper, lines, LinePlace(document_id, first), language)],
            carrying=self._carrying(group, carried.since if carried else self.made_at),
            waits=row.is_reviewed,
            issues_at=None if row.is_reviewed else self.issues_at,
            fields={
                **(carried.fields if carried else {}),
                "currency": row.currency,
                "price_mode": row.price_mode,
                "language": language,
                "deal_id": row.deal_id,
                "overrides": self._passed(group),
                **({"notes": charge_note(language)} if row.collection == "charge" else {}),
            },
        )

    def _draws(
        self, group: "Sequence[Due]", paper: Paper, lines: Sequence[LineEntry], first: LinePlace, language: str
    ) -> list[LineEntry]:
        """Say on paper what prepaid credit pays, after the lines, and remember where.

        Source: SB-14.
        """
        entries: list[LineEntry] = []
        for due in group:
            row, invoice = due.loaded.row, due.invoice
            if not invoice.drawn:
                continue
            own = {id(line) for line in invoice.lines if line.kind == "usage"}
            used = [(each, entry) for each, entry in zip(paper.lines, lines, strict=True) if id(each.line) in own]
            drawn = [(due.loaded.prepaid[UUID(each.key)], each.amount_minor) for each in invoice.drawn]
            places = self.drawn.setdefault((row.id, invoice.on), {})
            for credit_id, parts in draw_entries(drawn, used, row.currency, language):
                places[credit_id] = LinePlace(first.document_id, first.position + len(lines) + len(entries))
                entries += parts
        return entries

    def _passed(self, group: "Sequence[Due]") -> dict[str, str]:
        is_paid = any(due.invoice.drawn for due in group)  # what prepaid credit pays may be all of it
        passes = (*self.passes, ZERO_CHECK) if is_paid else self.passes
        return dict.fromkeys(passes, f"Agreed with {group[0].loaded.row.number}")

    def _speech(self, language: str, currency: str, country: str) -> Speech:
        key = (language, currency, country)
        if key not in self.speeches:
            self.speeches[key] = speech_of(*key)
        return self.speeches[key]

    def _entry(
        self, each: PaperLine, due: Due, speech: Speech, taxes: dict[int, tuple[str, Decimal]], *, is_shared: bool
    ) -> LineEntry:
        item = due.loaded.items.get(each.line.charge.item)
        name = item.name if item else due.loaded.row.title  # a commitment has no item
        category, rate = taxes.get(id(each.credits), ("", None))
        return entry_of(
            each,
            item,
            name=f"{due.loaded.row.title}: {name}"[:300] if is_shared and name != due.loaded.row.title else name,
            description=self._sentence(each, speech),
            tax_category=category,
            tax_rate=rate,
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

    def _places_of(self, owners: dict[int, Due], references: Sequence[Reference]) -> dict[int, LinePlace]:
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

    def _credit(self, group: "Sequence[Due]", paper: Paper, owners: dict[int, Due]) -> list[UUID]:
        """Credit earlier invoices, each by a note of its own.

        Raises: RuleBroken `subscription.not_on_paper` where what is credited is not issued yet.
        """
        places = self._places_of(owners, paper.credits)
        wanted: Wanted = {}
        for each in paper.credits:
            place = places.get(id(each))
            if place is None:
                raise _not_on_paper()
            of = wanted.setdefault(place.document_id, {})
            of[place.position] = of.get(place.position, 0) + each.amount_minor
        wanted, issued = spread(wanted, self.taken_back, self._issued)
        ids = [
            invoicing.draft_credit_note(
                document=issued[document_id],
                parts={position: CreditPart(amount_minor=minor) for position, minor in of.items()},
                keeps_lines=True,
                overrides=self._passed(group),
                actor=SYSTEM,
                at=self.made_at,
            ).id
            for document_id, of in sorted(wanted.items())
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

    def _issued(self, wanted: Wanted) -> "dict[UUID, Document]":
        """Return the invoices that are credited; what is carried of them is issued first.

        Raises: RuleBroken `subscription.not_on_paper` where one is not issued yet.
        """
        issued = documents.documents_by_id(list(wanted))
        if self.has_carried and (carried := documents.carried_among(wanted.keys() - issued.keys())):
            issue_document.issue_many(draft_ids=carried, actor=SYSTEM, at=self.made_at, apart=queries.billed_among)
            issued = documents.documents_by_id(list(wanted))
        if len(issued) < len(wanted):
            raise _not_on_paper()
        return issued

    def settled(self) -> list[Settled]:
        """Give what is to be remembered of each subscription."""
        return [
            Settled(each, self.bills[key].billed, tuple(self.placed[key]), self.coming[key])
            for key, each in ((one.row.id, one) for one in self.loaded)
        ]


def entry_of(each: PaperLine, item: Any, *, name: str = "", **more: Any) -> LineEntry:
    """Return what a line of a bill says on paper, of an item or, for a commitment, of none, with its words and tax."""
    return LineEntry(
        name=name,
        quantity=each.quantity,
        unit_price=each.unit_price,
        item_id=item.item_id if item else None,
        unit_code=item.unit_code if item and abs(each.quantity) != 1 else "C62",
        allowance_minor=each.allowance_minor,
        supply=item.supply if item else "services",
        rate_class=item.rate_class if item else "standard",
        period_start_on=each.line.starts_on,
        period_end_on=queries.last_day(each.line.starts_on, each.line.ends_on),
        **more,
    )


def _taxes_of(targets: Mapping[int, LinePlace]) -> dict[int, tuple[str, Decimal]]:
    """Tell how the lines that are credited were taxed, by reference: a credit is taxed as they were.

    Source: SB-5.
    """
    taxed = documents.taxes_of_lines({(place.document_id, place.position) for place in targets.values()})
    return {
        reference: taxed[place.document_id, place.position]
        for reference, place in targets.items()
        if (place.document_id, place.position) in taxed
    }


def _invoice_key(row: "Subscription") -> tuple[Any, ...]:
    """Tell what subscriptions must have in common to stand on one invoice.

    Source: SB-5.
    """
    alone = row.id if row.bills_alone else None
    how = row.collection
    return row.customer_id, row.legal_entity_id, row.currency, row.price_mode, row.deal_id, alone, how


def _key_of(group: "Sequence[Due]") -> tuple[Any, ...]:
    return _invoice_key(group[0].loaded.row)


def _carried_key(draft: "Draft", charged: AbstractSet[UUID]) -> tuple[Any, ...]:
    return (
        draft.customer_id, draft.legal_entity_id, draft.currency, draft.price_mode, draft.deal_id, draft.carried_for,
        "charge" if draft.id in charged else "send",
    )  # fmt: skip


def _not_on_paper() -> RuleBroken:
    return RuleBroken(
        "subscription.not_on_paper", "What this would credit is not issued yet. Issue the draft first, then try again."
    )
