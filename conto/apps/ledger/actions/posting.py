"""Accounts, entries and their reversals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from conto.apps.accounts.models import LegalEntity
from conto.apps.bulk import copy_rows
from conto.apps.ledger import queries
from conto.apps.ledger.models import Account, Entry, Transfer
from conto.apps.ledger.refusals import refusals_in_words
from conto.domain import journal
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.ids import new_id
from conto.domain.journal import AccountRole, EntryKind


class _Standard(NamedTuple):
    code: str
    kind: str
    name: str


# Names are English here and translated where they are shown.
STANDARD_CHART: dict[AccountRole, _Standard] = {
    AccountRole.BANK: _Standard("1000", "asset", gettext_noop("Bank")),
    AccountRole.CASH: _Standard("1010", "asset", gettext_noop("Cash in hand")),
    AccountRole.GATEWAY_CLEARING: _Standard("1050", "asset", gettext_noop("Payment provider clearing")),
    AccountRole.RECEIVABLE: _Standard("1200", "asset", gettext_noop("Receivables")),
    AccountRole.CUSTOMER_CREDIT: _Standard("2100", "liability", gettext_noop("Customer credit")),
    AccountRole.TAX_PAYABLE: _Standard("2200", "liability", gettext_noop("Tax payable")),
    AccountRole.DEPOSITS: _Standard("2300", "liability", gettext_noop("Deposits received")),
    AccountRole.OPENING: _Standard("3000", "equity", gettext_noop("Opening balances")),
    AccountRole.REVENUE: _Standard("4000", "income", gettext_noop("Revenue")),
    AccountRole.LATE_CHARGES: _Standard("4700", "income", gettext_noop("Late charges")),
    AccountRole.EXCHANGE_GAIN: _Standard("4800", "income", gettext_noop("Exchange gains")),
    AccountRole.DISCOUNTS: _Standard("4900", "income", gettext_noop("Early-payment discounts")),
    AccountRole.FEES: _Standard("6200", "expense", gettext_noop("Payment fees")),
    AccountRole.BAD_DEBT: _Standard("6300", "expense", gettext_noop("Bad debt")),
    AccountRole.EXCHANGE_LOSS: _Standard("6800", "expense", gettext_noop("Exchange losses")),
    AccountRole.ROUNDING: _Standard("6900", "expense", gettext_noop("Rounding differences")),
}

# Opened when a seller begins to keep stock, so that nobody else has empty accounts.
STOCK_CHART: dict[AccountRole, _Standard] = {
    AccountRole.INVENTORY: _Standard("1400", "asset", gettext_noop("Inventory")),
    AccountRole.GOODS_RECEIVED: _Standard("2050", "liability", gettext_noop("Goods received, not invoiced")),
    AccountRole.COST_OF_GOODS: _Standard("5000", "expense", gettext_noop("Cost of goods sold")),
    AccountRole.STOCK_DIFFERENCES: _Standard("5100", "expense", gettext_noop("Stock differences")),
}

# Entries that make a receivable or a credit; all others settle what is there.
_OPENING_KINDS = frozenset(
    {
        EntryKind.INVOICE_ISSUED,
        EntryKind.DEPOSIT_ISSUED,
        EntryKind.FINAL_ISSUED,
        EntryKind.CREDIT_NOTE_ISSUED,
        EntryKind.PAYMENT_RECEIVED,
        EntryKind.OPENING,
    }
)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry that is to be posted."""

    id: UUID
    legal_entity_id: UUID
    currency: str
    kind: EntryKind
    dated_on: date
    subject_id: UUID
    transfers: Sequence[journal.Transfer]
    at: datetime
    customer_id: UUID | None = None
    memo: str = ""
    reverses_id: UUID | None = None


def open_accounts(*, legal_entity: LegalEntity, currency: str) -> None:
    """Open the standard accounts of a legal entity in a currency; those that exist stay."""
    _open_standard_accounts(legal_entity.id, currency)


def open_stock_accounts(*, legal_entity: LegalEntity, currency: str) -> None:
    """Open the accounts that stock needs, beside the standard ones; those that exist stay.

    A number that another account has taken is counted on from until one is free.
    """
    _open_standard_accounts(legal_entity.id, currency)
    chart = Account.objects.filter(legal_entity=legal_entity)
    taken, there = (
        set(chart.values_list("code", flat=True)),
        set(chart.filter(currency=currency).values_list("role", flat=True)),
    )
    new = []
    for role, standard in STOCK_CHART.items():
        if role.value in there:
            continue
        code = int(standard.code)
        while str(code) in taken:
            code += 1
        taken.add(str(code))
        new.append(
            Account(
                id=new_id(),
                legal_entity=legal_entity,
                currency=currency,
                code=str(code),
                role=role.value,
                kind=standard.kind,
                name=standard.name,
            )
        )
    Account.objects.bulk_create(new, ignore_conflicts=True)


def post(  # noqa: PLR0913 -- an entry has these parts
    *,
    legal_entity: LegalEntity,
    currency: str,
    kind: EntryKind,
    dated_on: date,
    subject_id: UUID,
    transfers: Sequence[journal.Transfer],
    at: datetime,
    customer_id: UUID | None = None,
    memo: str = "",
) -> Entry:
    """Post one entry, complete, and return it.

    Raises: Conflict `ledger.over_allocated` when a document or credit would be settled by more than is open.
    """
    entry = NewEntry(new_id(), legal_entity.id, currency, kind, dated_on, subject_id, transfers, at, customer_id, memo)
    post_many([entry])
    return Entry.objects.get(id=entry.id)


def post_many(entries: Sequence[NewEntry]) -> None:
    """Post a set of entries with three statements, whatever their number.

    Raises: Conflict `ledger.over_allocated` when a document or credit would be settled by more than is open.
    """
    charts = _charts({(entry.legal_entity_id, entry.currency) for entry in entries})
    transfer_rows = []
    entry_rows = []
    for entry in entries:
        transfers = entry.transfers
        count = len(transfers)
        chart = charts[entry.legal_entity_id, entry.currency]
        opens = entry.kind in _OPENING_KINDS
        for ordinal, t in enumerate(transfers, 1):
            item = t.receivable_id or t.credit_id
            transfer_rows.append(
                (
                    entry.id,
                    ordinal,
                    count,
                    entry.legal_entity_id,
                    entry.currency,
                    chart[t.debit],
                    chart[t.credit],
                    t.amount_minor,
                    entry.customer_id,
                    t.receivable_id,
                    t.credit_id,
                    opens and item is not None,
                    None if t.tax_category is None else str(t.tax_category),
                    t.tax_rate,
                )
            )
        entry_rows.append(
            (
                entry.id,
                entry.legal_entity_id,
                entry.kind.value,
                entry.dated_on,
                entry.at,
                entry.subject_id,
                count,
                entry.reverses_id,
                entry.memo,
            )
        )
    with transaction.atomic(savepoint=False), refusals_in_words():
        copy_rows(Transfer, _TRANSFER_FIELDS, transfer_rows)
        copy_rows(Entry, _ENTRY_FIELDS, entry_rows)


_TRANSFER_FIELDS = [
    "entry",
    "ordinal",
    "transfer_count",
    "legal_entity",
    "currency",
    "debit_account",
    "credit_account",
    "amount_minor",
    "customer",
    "receivable_id",
    "credit_id",
    "opens_item",
    "tax_category",
    "tax_rate",
]
_ENTRY_FIELDS = ["id", "legal_entity", "kind", "dated_on", "at", "subject_id", "transfer_count", "reverses", "memo"]


def reverse(*, entry: Entry, dated_on: date, at: datetime, memo: str = "", subject_id: UUID | None = None) -> Entry:
    """Post the exact negation of an entry, once.

    Raises: Conflict `ledger.already_reversed`.
    """
    if Entry.objects.filter(reverses=entry).exists():
        raise Conflict("ledger.already_reversed", "This entry is already reversed.")
    posted = list(queries.transfers_of_entry(entry.id))
    if not posted:
        raise RuleBroken("ledger.nothing_to_reverse", "An entry without transfers has nothing to reverse.")
    new = NewEntry(
        new_id(),
        entry.legal_entity_id,
        posted[0].currency,
        EntryKind.REVERSED,
        dated_on,
        subject_id or entry.id,
        journal.reversed_entry(transfer.movement for transfer in posted),
        at,
        posted[0].customer_id,
        memo,
        entry.id,
    )
    post_many([new])
    return Entry.objects.get(id=new.id)


def _charts(pairs: set[tuple[UUID, str]]) -> dict[tuple[UUID, str], dict[AccountRole, UUID]]:
    """Give the accounts of legal entities and currencies by role, opened where they are missing."""
    charts = queries.charts(pairs)
    for legal_entity_id, currency in sorted(pairs - charts.keys()):
        _open_standard_accounts(legal_entity_id, currency)
    return charts if charts.keys() >= pairs else queries.charts(pairs)


def _open_standard_accounts(legal_entity_id: UUID, currency: str) -> None:
    """Open the accounts of a currency, numbered and named as in the entity's other currencies."""
    known = {
        role: (code, name)
        for role, code, name in Account.objects.filter(legal_entity_id=legal_entity_id)
        .order_by("currency")
        .values_list("role", "code", "name")
    }
    Account.objects.bulk_create(
        [
            Account(
                id=new_id(),
                legal_entity_id=legal_entity_id,
                currency=currency,
                code=known.get(role.value, standard)[0],
                role=role.value,
                kind=standard.kind,
                name=known[role.value][1] if role.value in known else standard.name,
            )
            for role, standard in STANDARD_CHART.items()
        ],
        ignore_conflicts=True,
    )
