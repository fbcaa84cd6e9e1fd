"""The one way to issue: a set of computed documents gets its numbers, is booked and frozen, by COPY."""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import transaction
from psycopg.types.json import Jsonb

from conto.apps.audit import actions as audit
from conto.apps.bulk import copy_rows
from conto.apps.bulk.composed import Composed, given, prepared_cursor
from conto.apps.invoicing.actions.goods import sold_document
from conto.apps.invoicing.actions.rows import (
    ALLOWANCE_FIELDS,
    DOCUMENT_FIELDS,
    LINE_FIELDS,
    TAX_FIELDS,
    DocumentRows,
    rows_of,
)
from conto.apps.invoicing.content import content_sha256
from conto.apps.invoicing.models import (
    CheckOverride,
    Document,
    DocumentAllowance,
    DocumentLine,
    DocumentTax,
    NumberSeries,
    Party,
    Prepayment,
)
from conto.apps.invoicing.new_documents import IssuedNumber, NewDocument, PartySnapshot
from conto.apps.invoicing.queries.loading import first_ordinal
from conto.apps.invoicing.refusals import refusals_in_words
from conto.apps.ledger import actions as ledger
from conto.apps.stock import actions as goods
from conto.apps.stock.actions import SoldDocument
from conto.apps.stock.queries import moving as stock
from conto.domain import facts, journal
from conto.domain.errors import RuleBroken
from conto.domain.ids import new_id
from conto.domain.journal import AccountRole, EntryKind
from conto.domain.numbering import NumberPattern, numbers_for

_ENTRY_KINDS = {
    "invoice": EntryKind.INVOICE_ISSUED,
    "deposit": EntryKind.DEPOSIT_ISSUED,
    "final": EntryKind.FINAL_ISSUED,
    "credit_note": EntryKind.CREDIT_NOTE_ISSUED,
}


_KEEP = """
INSERT INTO invoicing_party (id, sha256, body)
SELECT id, sha256, body::jsonb FROM unnest(%b::uuid[], %b::bytea[], %b::text[]) new (id, sha256, body)
ON CONFLICT DO NOTHING RETURNING sha256, id
"""
_SERIES = Composed(lambda: NumberSeries.objects.filter(id__one_of=given("ids")).annotate(**stock.concerns()))
_PARTIES = Composed(lambda: Party.objects.filter(sha256__one_of=given("sha256")).values_list("sha256", "id"))


def issue_computed(batch: Sequence[NewDocument], *, actor: facts.Actor) -> list[IssuedNumber]:
    """Issue computed documents in one transaction, with a constant number of statements; the caller may add to it.

    Numbers follow the issue dates; within a day, the order of the batch. The result is in the order of the batch.

    Raises: RuleBroken `series.date_before_last`; Conflict when the database finds that another was faster.
    """
    if not batch:
        return []
    with transaction.atomic(savepoint=False), refusals_in_words():
        parties = _keep_parties(batch)
        sold = [sold_document(new) for new in batch if new.kind != "deposit"]
        all_series = {each.id: each for each in _series(batch, sold)}
        concerned = stock.concerned_by(next(iter(all_series.values())))
        moved = goods.move_goods(sold, concerned, actor_name=actor.name)
        rows = [rows_of(new, parties[new.seller.sha256], parties[new.buyer.sha256]) for new in batch]
        entries = [_entry(new) for new in batch]
        ledger.post_many([*entries, *moved.entries])
        copy_rows(DocumentLine, LINE_FIELDS, [line for each in rows for line in each.lines])
        copy_rows(DocumentTax, TAX_FIELDS, [tax for each in rows for tax in each.taxes])
        allowances = [allowance for each in rows for allowance in each.allowances]
        if allowances:
            copy_rows(DocumentAllowance, ALLOWANCE_FIELDS, allowances)
        places = _numbered(batch, all_series)
        document_rows = [
            _document_row(new, own, entry.id, place)
            for new, own, entry, place in zip(batch, rows, entries, places, strict=True)
        ]
        copy_rows(Document, DOCUMENT_FIELDS, document_rows)
        goods.store_moves(moved)
        _write_surroundings(batch, actor)
        issued = [
            IssuedNumber(new.id, entry.id, place[2]) for new, entry, place in zip(batch, entries, places, strict=True)
        ]
        happened = [(_fact(new, done), new.issued_at) for new, done in zip(batch, issued, strict=True)]
        audit.record_many([*happened, *((_passed(new), new.issued_at) for new in batch if new.overrides)], actor=actor)
    return issued


def _series(batch: Sequence[NewDocument], sold: Sequence[SoldDocument]) -> list[Any]:
    """Return the series of documents, each with what the documents concern of stock."""
    return _SERIES(
        ids=list({new.series_id for new in batch}),
        items=list({line.item_id for document in sold for line in document.lines}),
        corrected=list({document.corrects_id for document in sold if document.corrects_id}),
    )


def _keep_parties(batch: Sequence[NewDocument]) -> dict[bytes, UUID]:
    wanted: dict[bytes, PartySnapshot] = {}
    for new in batch:
        wanted[new.seller.sha256] = new.seller
        wanted[new.buyer.sha256] = new.buyer
    kept = _kept_parties(wanted)
    missing = sorted(wanted.keys() - kept.keys())  # in one order, so that two who add the same queue up
    if missing:
        with prepared_cursor() as cursor:
            cursor.execute(_KEEP, [[new_id() for _ in missing], missing, [wanted[sha].body for sha in missing]])
            kept |= {bytes(sha): party_id for sha, party_id in cursor.fetchall()}
        others = [sha for sha in missing if sha not in kept]
        kept |= _kept_parties(others) if others else {}  # another transaction was faster with these
    return kept


def _kept_parties(wanted: Collection[bytes]) -> dict[bytes, UUID]:
    return {bytes(sha): party_id for sha, party_id in _PARTIES(sha256=list(wanted))}


def _entry(new: NewDocument) -> ledger.NewEntry:
    computed = new.computed
    groups, rounding = computed.tax_groups, computed.totals.rounding_minor
    match new.kind:
        case "deposit":
            transfers = journal.deposit_issued(new.id, groups, rounding)
        case "credit_note":
            transfers = journal.credit_note_issued(new.id, groups, rounding, _income(new))
        case "final":
            deducted = [part for prepayment in new.prepayments for part in prepayment.parts]
            transfers = journal.final_issued(new.id, groups, deducted, rounding)
        case _:
            transfers = journal.invoice_issued(new.id, groups, rounding, _income(new))
    return ledger.NewEntry(
        new_id(),
        new.legal_entity_id,
        computed.currency,
        _ENTRY_KINDS[new.kind],
        new.issued_on,
        new.id,
        transfers,
        new.issued_at,
        new.customer_id,
    )


def _income(new: NewDocument) -> AccountRole:
    if new.is_late_charge:
        return AccountRole.LATE_CHARGES
    return AccountRole.DEPOSITS if new.corrects_deposit else AccountRole.REVENUE


_Place = tuple[int, int, str]  # year, ordinal, number


def _numbered(batch: Sequence[NewDocument], all_series: dict[UUID, NumberSeries]) -> list[_Place]:
    """Take one run of numbers per series and year, in the order of series, and give it out by date."""

    def series_and_year(index: int) -> tuple[UUID, int]:
        series_id = batch[index].series_id
        return series_id, batch[index].issued_on.year if all_series[series_id].is_yearly else 0

    places: dict[int, _Place] = {}
    order = sorted(range(len(batch)), key=lambda i: (*series_and_year(i), batch[i].issued_on))
    for (series_id, year), members in groupby(order, key=series_and_year):
        indexes = list(members)
        series = all_series[series_id]
        dates = batch[indexes[0]].issued_on, batch[indexes[-1]].issued_on
        first = _take_numbers(series, year, len(indexes), dates)
        pattern = NumberPattern(series.prefix, series.width, series.is_yearly)
        numbers = numbers_for(pattern, year, first, len(indexes))
        for offset, (index, number) in enumerate(zip(indexes, numbers, strict=True)):
            places[index] = (year, first + offset, number)
    return [places[index] for index in range(len(batch))]


_TAKE = """
UPDATE invoicing_numbercounter SET last_ordinal = last_ordinal + %s, last_issued_on = %s
WHERE series_id = %s AND year = %s AND (last_issued_on IS NULL OR last_issued_on <= %s)
RETURNING last_ordinal
"""
_BEGIN = """
INSERT INTO invoicing_numbercounter (series_id, year, first_ordinal, last_ordinal)
VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


def _take_numbers(series: NumberSeries, year: int, count: int, dates: tuple[date, date]) -> int:
    """Raise the counter by `count` and give the first of the run; the row stays locked until the commit."""
    take: list[Any] = [count, dates[1], series.id, year, dates[0]]
    with prepared_cursor() as cursor:
        cursor.execute(_TAKE, take)
        row = cursor.fetchone()
        if row is None:
            first = first_ordinal(series, year)
            begin: list[Any] = [series.id, year, first, first - 1]
            cursor.execute(_BEGIN, begin)
            cursor.execute(_TAKE, take)
            row = cursor.fetchone()
    if row is None:
        raise RuleBroken(
            "series.date_before_last",
            "The numbers of %(prefix)s are in the order of dates; a later date than %(on)s has been used already.",
            prefix=series.prefix,
            on=dates[0],
        )
    return int(row[0]) - count + 1


def _document_row(new: NewDocument, own: DocumentRows, entry_id: UUID, place: _Place) -> tuple[Any, ...]:
    year, ordinal, number = place
    return (*own.document, year, ordinal, number, entry_id, content_sha256(number, own.content), Jsonb(new.details))


def _write_surroundings(batch: Sequence[NewDocument], actor: facts.Actor) -> None:
    overrides = [
        CheckOverride(id=new_id(), document_id=new.id, code=code, reason=reason, actor_name=actor.name)
        for new in batch
        for code, reason in new.overrides.items()
    ]
    if overrides:
        CheckOverride.objects.bulk_create(overrides)
    prepayments = [
        Prepayment(
            id=new_id(),
            final_id=new.id,
            deposit_id=prepayment.deposit_id,
            net_minor=sum(part.taxable_minor for part in prepayment.parts),
            tax_minor=sum(part.tax_minor for part in prepayment.parts),
            gross_minor=sum(part.taxable_minor + part.tax_minor for part in prepayment.parts),
        )
        for new in batch
        for prepayment in new.prepayments
    ]
    if prepayments:
        Prepayment.objects.bulk_create(prepayments)


def _passed(new: NewDocument) -> facts.Fact:
    return facts.CheckOverridden(
        subject_id=new.id,
        customer_id=new.customer_id,
        codes=tuple(new.overrides),
        reason="; ".join(dict.fromkeys(new.overrides.values())),
    )


def _fact(new: NewDocument, done: IssuedNumber) -> facts.Fact:
    total = new.computed.totals.payable_minor
    currency = new.computed.currency
    if new.kind == "credit_note":
        return facts.CreditNoteIssued(
            subject_id=new.id,
            customer_id=new.customer_id,
            entry_id=done.entry_id,
            number=done.number,
            currency=currency,
            total_minor=total,
            issued_on=new.issued_on,
            corrects_id=new.corrects_id,
            corrects_number=new.corrects_number,
        )
    kind = facts.DepositInvoiceIssued if new.kind == "deposit" else facts.InvoiceIssued
    return kind(
        subject_id=new.id,
        customer_id=new.customer_id,
        entry_id=done.entry_id,
        number=done.number,
        currency=currency,
        total_minor=total,
        issued_on=new.issued_on,
        due_on=new.due_on,
    )
