"""Charge customers for paying late: what is charged stands on a draft, and each day is charged once.

Customers are taken in chunks; drafts, charges and facts of a chunk stand together or not at all. So a run that is
killed has charged whole chunks and the next one goes on; of two at once one waits for the other and finds nothing left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import queries as accounts
from conto.apps.bulk.retrying import retried
from conto.apps.crm import queries as crm
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.invoicing.entries import CreditPart, LineEntry, NewInvoice
from conto.apps.late import actions, queries
from conto.apps.late.entries import InvoiceCharge, PlacedCharge
from conto.apps.late.words import due_words, fee_name, interest_name, interest_words
from conto.domain.facts import SYSTEM, Actor
from conto.domain.ids import new_id
from conto.domain.late import ChargeKind, LateRule, is_run_due
from conto.domain.money import ZERO, to_major
from conto.domain.period import local_day
from conto.domain.subscription import PASSED_CHECKS
from conto.flows import credit_invoice, issue_batch

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity, Member
    from conto.apps.invoicing.models import Document

CHARGING_TASK = "charge_late_as_asked"
CHUNK = 200  # customers
MOST_PREVIEWED = 500  # customers
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Charges:
    """What a run charged: how many invoices, on how many documents, and how much by currency."""

    invoices: int = 0
    documents: int = 0
    totals_minor: dict[str, int] = field(default_factory=dict)

    def add(self, charges: Sequence[InvoiceCharge]) -> None:
        """Add what stands on one document."""
        self.documents += 1
        self.invoices += len(charges)
        currency = charges[0].invoice.currency
        total = sum(each.wanted.amount_minor for each in charges)
        self.totals_minor[currency] = self.totals_minor.get(currency, 0) + total


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would charge now; nothing is written."""

    charges: tuple[InvoiceCharge, ...]
    totals_minor: dict[str, int]
    documents: int
    is_cut: bool  # there are more customers than were looked through


def run_if_due(*, actor: Actor, at: datetime) -> int:
    """Run where the day of a run has come, and return how many documents it made.

    Without a rule this is one query.

    Source: LF-7.
    """
    rule, last_run_on = queries.rule_and_run()
    business = accounts.legal_entities().first() if rule.is_on else None
    if business is None or not is_run_due(local_day(at, business.zone), rule.charge_day, last_run_on):
        return 0
    return run(actor=actor, at=at).documents


def run(*, actor: Actor, at: datetime, chunk: int = CHUNK) -> Charges:
    """Charge what is late by now, and return what that came to; with the rule off, nothing.

    Run again, it charges nothing twice; run late, it charges every day that was missed, once.

    Source: LF-6, LF-7.
    """
    rule, last_run_on = queries.rule_and_run()
    total, ran_on = Charges(), None
    if not rule.is_on:
        return total
    for entity in accounts.legal_entities():
        today = local_day(at, entity.zone)
        ran_on = min(ran_on or today, today)
        customers = queries.candidates(rule, entity.id, until=today - _DAY, last_run_on=last_run_on)
        for start in range(0, len(customers), chunk):
            ids = [each for some in customers[start : start + chunk] for each in some]
            for charges in retried(lambda ids=ids, entity=entity: _charge(entity, ids, actor, at)):  # type: ignore[misc]
                total.add(charges)
    if ran_on is not None:
        actions.note_run(on=ran_on)
    return total


def _charge(entity: "LegalEntity", ids: Sequence[UUID], actor: Actor, at: datetime) -> list[list[InvoiceCharge]]:
    """Charge one chunk in one transaction, with a constant number of queries."""
    with transaction.atomic():
        actions.lock_rule()
        rule = queries.late_rule()
        if not rule.is_on:
            return []
        today = local_day(at, entity.zone)
        groups = list(_groups(rule, entity, ids, today))
        if not groups:
            return []
        profiles = crm.billing_profiles({group[0].invoice.customer_id for group in groups})
        new: list[NewInvoice] = []
        placed: list[PlacedCharge] = []
        for group in groups:
            language = profiles[group[0].invoice.customer_id].language or entity.language
            document_id, lines = new_id(), _Lines(rule, language)
            for charge in group:
                placed += lines.add(charge, document_id)
            new.append(_new(document_id, group[0], lines.entries, rule, language))
        invoicing.issue_entries(legal_entity=entity, new=new, actor=actor, at=at, profiles=profiles)
        actions.note_charges(placed=placed, yearly_percent=rule.yearly_percent, on=today, actor=actor, at=at)
        if rule.issues_itself:
            issue_batch.begin(draft_ids=[each.id for each in new], actor=SYSTEM, at=at)
        return groups


def _groups(rule: LateRule, entity: "LegalEntity", ids: Sequence[UUID], today: date) -> Iterator[list[InvoiceCharge]]:
    until = today - _DAY
    return queries.charges_wanted(rule, queries.loaded(rule, entity.id, ids, until=until), until=until)


class _Lines:
    """The lines of one document."""

    def __init__(self, rule: LateRule, language: str) -> None:
        self.rule = rule
        self.language = language
        self.entries: list[LineEntry] = []

    def add(self, charge: InvoiceCharge, document_id: UUID) -> list[PlacedCharge]:
        """Add the fee and the interest of an invoice, and return where they stand."""
        placed, wanted = [], charge.wanted
        if wanted.fee_minor:
            words = due_words(charge, self.language)
            self._write(fee_name(charge, self.language), words, wanted.fee_minor, charge, is_fee=True)
            placed.append(PlacedCharge(charge, ChargeKind.FEE, document_id, len(self.entries)))
        if wanted.interest_minor:
            words = interest_words(charge, self.rule.yearly_percent, self.language)
            self._write(interest_name(charge, self.language), words, wanted.interest_minor, charge, is_fee=False)
            placed.append(PlacedCharge(charge, ChargeKind.INTEREST, document_id, len(self.entries)))
        return placed

    def _write(self, name: str, words: str, amount_minor: int, charge: InvoiceCharge, *, is_fee: bool) -> None:
        entry = LineEntry(
            name=name,
            description=words,
            unit_price=to_major(amount_minor, charge.invoice.currency),
            tax_category="O",
            tax_rate=ZERO,
            period_start_on=None if is_fee else charge.wanted.first_on,
            period_end_on=None if is_fee else charge.wanted.last_on,
        )
        self.entries.append(entry)


def _new(
    document_id: UUID, first: InvoiceCharge, lines: Sequence[LineEntry], rule: LateRule, language: str
) -> NewInvoice:
    return NewInvoice(
        id=document_id,
        customer_id=first.invoice.customer_id,
        lines=lines,
        waits=True,
        charges_late=True,
        fields={
            "currency": first.invoice.currency,
            "price_mode": "net",
            "language": language,
            "terms_days": rule.terms_days,
            "early_discount_percent": None,
            "early_discount_days": None,
            "overrides": dict.fromkeys(PASSED_CHECKS, "By the rule for late charges"),
        },
    )


def preview(*, member: "Member", rule: LateRule, at: datetime) -> Preview:
    """Tell what a rule would charge now, on or off, of what a member may see; nothing is written.

    Source: LF-6.
    """
    found: list[InvoiceCharge] = []
    total, is_cut = Charges(), False
    last_run_on = queries.rule_and_run()[1]
    for entity in accounts.legal_entities():
        today = local_day(at, entity.zone)
        customers = queries.candidates(rule, entity.id, until=today - _DAY, last_run_on=last_run_on)
        is_cut = is_cut or len(customers) > MOST_PREVIEWED
        ids = [each for some in customers[:MOST_PREVIEWED] for each in some]
        seen = set(documents.documents(member).filter(id__in=ids).values_list("id", flat=True)) if ids else set()
        for group in _groups(rule, entity, [each for each in ids if each in seen], today):
            total.add(group)
            found += group
    return Preview(tuple(found), total.totals_minor, total.documents, is_cut)


def waive(*, charge_id: UUID, reason: str, actor: Actor, at: datetime) -> "Document | None":
    """Waive a charge: drop its line from the draft, or credit it, and return the credit note.

    Raises: RuleBroken `late.no_reason`, as `credit_invoice`; Conflict `late.already_waived`.
    Source: LF-9.
    """

    def once() -> "Document | None":
        with transaction.atomic():
            said = actions.said_reason(reason)
            charge = actions.locked_charge(charge_id)
            position = queries.line_of(charge.id)
            note = None
            paper = documents.documents_by_id([charge.document_id]).get(charge.document_id)
            if paper is not None:
                parts = {position: CreditPart(amount_minor=charge.amount_minor)}
                note = credit_invoice.credit(document=paper, parts=parts, reason=said, actor=actor, at=at)
            actions.waive(charge=charge, reason=said, actor=actor, at=at, credit_note=note)
            if note is None:
                invoicing.drop_late_line(draft_id=charge.document_id, position=position, actor=actor, at=at)
            return note

    return retried(once)
