"""Drafts with everything that their computing asks for, set at a time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import SellerBankAccount
from conto.apps.bulk.composed import Composed, given
from conto.apps.catalog import queries as catalog
from conto.apps.crm import queries as crm
from conto.apps.invoicing.models import (
    Document,
    Draft,
    DraftAllowance,
    DraftLine,
    NumberCounter,
    NumberSeries,
    WriteOff,
)
from conto.apps.invoicing.queries.stored import computed_documents, credited_lines
from conto.apps.ledger import queries as ledger
from conto.apps.stock.queries import moving as stock
from conto.domain.invoice import ComputedDocument, Credited, Deposit
from conto.domain.numbering import NumberPattern, number_for
from conto.domain.tax import Rate

_SERIES_KINDS = {"final": "invoice"}


@dataclass(frozen=True, slots=True)
class LoadedDraft:
    """A draft and all that it is computed from."""

    draft: Draft
    on: date  # the day for which it is computed
    lines: Sequence[DraftLine]
    allowances: Sequence[DraftAllowance]
    profile: crm.BillingProfile
    rates: tuple[Rate, ...]
    series: NumberSeries | None
    bank: SellerBankAccount | None = None
    corrected: ComputedDocument | None = None
    credited: dict[int, Credited] = field(default_factory=dict)
    deposits: tuple[Deposit, ...] = ()


def series_kind(kind: str) -> str:
    """Name the kind of series that a kind of document takes its number from."""
    return _SERIES_KINDS.get(kind, kind)


def next_number(draft: Draft, on: date) -> str:
    """Return the number that a draft would get if it were the next to be issued; another may be faster."""
    series = draft.series or _series([draft]).get((draft.legal_entity_id, series_kind(draft.kind)))
    if series is None:
        return ""
    year = on.year if series.is_yearly else 0
    counter = NumberCounter.objects.filter(series=series, year=year).first()
    ordinal = counter.last_ordinal + 1 if counter else first_ordinal(series, year)
    return number_for(NumberPattern(series.prefix, series.width, series.is_yearly), on.year, ordinal)


def first_ordinal(series: NumberSeries, year: int) -> int:
    """Return the first number of a series in a year: the start for a firm that switches, else 1."""
    return series.start_ordinal if not series.is_yearly or series.start_year in (None, year) else 1


def queue_for_corrected(document_ids: Collection[UUID]) -> None:
    """Let credit notes of one document be issued one after the other, so that the second sees the first."""
    with connection.cursor() as cursor:
        for document_id in sorted(document_ids):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('credit:' || %s, 0))", [str(document_id)])


def credit_notes_among(draft_ids: Collection[UUID]) -> dict[UUID, Draft]:
    """Return the drafts of credit notes among drafts."""
    return Draft.objects.filter(kind="credit_note").in_bulk(list(draft_ids))


def load(draft: Draft, on: date) -> LoadedDraft:
    """Load one draft."""
    return load_many([draft], on)[draft.id]


_LINES = Composed(
    lambda: (
        DraftLine.objects.filter(draft_id__one_of=given("drafts"))
        .annotate(**stock.on_hand_of_lines())
        .order_by("position")
    )
)
_ALLOWANCES = Composed(lambda: DraftAllowance.objects.filter(draft_id__one_of=given("drafts")).order_by("position"))
_DEFAULT_SERIES = Composed(
    lambda: NumberSeries.objects.filter(
        legal_entity_id__one_of=given("legal_entities"), kind__one_of=given("kinds"), is_default=True
    )
)


def load_many(drafts: Collection[Draft], on: date) -> dict[UUID, LoadedDraft]:
    """Load drafts with a constant number of queries."""
    ids = [draft.id for draft in drafts]
    lines: dict[UUID, list[DraftLine]] = defaultdict(list)
    for line in _LINES(drafts=ids):
        lines[line.draft_id].append(line)
    allowances: dict[UUID, list[DraftAllowance]] = defaultdict(list)
    for allowance in _ALLOWANCES(drafts=ids):
        allowances[allowance.draft_id].append(allowance)
    profiles = crm.billing_profiles({draft.customer_id for draft in drafts})
    return surrounded(drafts, on, lines=lines, allowances=allowances, profiles=profiles)


def surrounded(
    drafts: Collection[Draft],
    on: date,
    *,
    lines: Mapping[UUID, Sequence[DraftLine]],
    profiles: Mapping[UUID, crm.BillingProfile],
    allowances: Mapping[UUID, Sequence[DraftAllowance]] = MappingProxyType({}),
) -> dict[UUID, LoadedDraft]:
    """Load what surrounds drafts whose parts are at hand, stored or not, with a constant number of queries."""
    countries = {draft.legal_entity.country for draft in drafts}
    for profile in profiles.values():
        countries |= {place.country for place in (profile.billing, profile.delivery) if place}
    rates = catalog.rates_for(countries, on)
    all_series = _series(drafts)
    payees = {(draft.legal_entity_id, draft.currency): draft.legal_entity for draft in drafts}
    banks = {key: accounts.bank_account(entity, key[1]) for key, entity in payees.items()}
    corrected, credited = _corrected(drafts)
    deposits = _deposits([draft for draft in drafts if draft.kind == "final"])
    return {
        draft.id: LoadedDraft(
            draft,
            on,
            lines.get(draft.id, ()),
            allowances.get(draft.id, ()),
            profiles[draft.customer_id],
            rates,
            draft.series or all_series.get((draft.legal_entity_id, series_kind(draft.kind))),
            banks[draft.legal_entity_id, draft.currency],
            corrected.get(draft.corrects_id) if draft.corrects_id else None,
            credited.get(draft.corrects_id, {}) if draft.corrects_id else {},
            deposits.get(draft.id, ()),
        )
        for draft in drafts
    }


def _series(drafts: Collection[Draft]) -> dict[tuple[UUID, str], NumberSeries]:
    rows = _DEFAULT_SERIES(
        legal_entities=list({draft.legal_entity_id for draft in drafts}),
        kinds=list({series_kind(draft.kind) for draft in drafts}),
    )
    return {(row.legal_entity_id, row.kind): row for row in rows}


def _corrected(
    drafts: Collection[Draft],
) -> tuple[dict[UUID, ComputedDocument], dict[UUID, dict[int, Credited]]]:
    ids = {draft.corrects_id for draft in drafts if draft.corrects_id}
    if not ids:
        return {}, {}
    return computed_documents(list(Document.objects.filter(id__in=ids))), credited_lines(ids)


def _deposits(finals: Collection[Draft]) -> dict[UUID, tuple[Deposit, ...]]:
    if not finals:
        return {}
    links = list(
        Draft.deposits.through.objects.filter(draft__in=[draft.id for draft in finals])
        .order_by("document__issued_on", "document_id")
        .values_list("draft_id", "document_id")
    )
    documents = Document.objects.in_bulk([document_id for _, document_id in links])
    available = available_deposits(list(documents.values()))
    groups = {key: computed.tax_groups for key, computed in computed_documents(list(documents.values())).items()}
    found: dict[UUID, list[Deposit]] = defaultdict(list)
    for draft_id, document_id in links:
        document = documents[document_id]
        found[draft_id].append(
            Deposit(document_id, document.number, groups[document_id], document.payable_minor, available[document_id])
        )
    return {draft_id: tuple(each) for draft_id, each in found.items()}


def available_deposits(documents: Collection[Document]) -> dict[UUID, int]:
    """Give what was paid on deposits and neither credited, given up nor deducted yet."""
    ids = [document.id for document in documents]
    still_open = ledger.open_by_document(ids)
    credited = dict(
        Document.objects.filter(corrects__in=ids).values_list("corrects_id").annotate(Sum("payable_minor")).order_by()
    )
    given_up = dict(
        WriteOff.objects.filter(document__in=ids, entry__reversed_by=None)
        .values_list("document_id")
        .annotate(Sum("amount_minor"))
        .order_by()
    )
    used = set(Document.objects.filter(id__in=ids, deducted_as__isnull=False).values_list("id", flat=True))
    return {
        document.id: 0
        if document.id in used
        else max(
            0,
            document.payable_minor
            - still_open[document.id]
            - credited.get(document.id, 0)
            - given_up.get(document.id, 0),
        )
        for document in documents
    }
