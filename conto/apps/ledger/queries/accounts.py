"""Accounts, their balances and the journal."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from conto.apps.accounts.models import LegalEntity
from conto.apps.ledger.models import Account, Entry, Transfer
from conto.domain import journal as recipes
from conto.domain.journal import AccountRole


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account with the sums of what was debited and credited."""

    code: str
    name: str
    role: str
    kind: str
    debit_minor: int
    credit_minor: int

    @property
    def balance_minor(self) -> int:
        """Debits less credits."""
        return self.debit_minor - self.credit_minor


@dataclass(frozen=True, slots=True)
class PostedTransfer:
    """A posted transfer in the words of the rules."""

    currency: str
    customer_id: UUID | None
    movement: recipes.Transfer


@dataclass(frozen=True, slots=True)
class JournalTransfer:
    """A line of the journal."""

    debit_code: str
    debit_name: str
    credit_code: str
    credit_name: str
    amount_minor: int
    tax_category: str | None
    tax_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An entry of the journal with its lines."""

    id: UUID
    dated_on: date
    at: datetime
    kind: str
    subject_id: UUID
    memo: str
    currency: str
    customer_id: UUID | None
    transfers: tuple[JournalTransfer, ...]


def charts(pairs: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], dict[AccountRole, UUID]]:
    """Give the accounts by role of legal entities and currencies that have any."""
    wanted = set(pairs)
    found: dict[tuple[UUID, str], dict[AccountRole, UUID]] = defaultdict(dict)
    rows = Account.objects.filter(
        legal_entity_id__in={entity for entity, _ in wanted}, currency__in={currency for _, currency in wanted}
    ).values_list("legal_entity_id", "currency", "role", "id")
    for entity, currency, role, account_id in rows:
        if (entity, currency) in wanted:
            found[entity, currency][AccountRole(role)] = account_id
    return dict(found)


def transfers_of_entry(entry_id: UUID) -> list[PostedTransfer]:
    """Give the transfers of an entry in their order."""
    rows = (
        Transfer.objects.filter(entry_id=entry_id).select_related("debit_account", "credit_account").order_by("ordinal")
    )
    return [
        PostedTransfer(
            row.currency,
            row.customer_id,
            recipes.Transfer(
                AccountRole(row.debit_account.role),
                AccountRole(row.credit_account.role),
                row.amount_minor,
                row.receivable_id,
                row.credit_id,
                row.tax_category,
                row.tax_rate,
            ),
        )
        for row in rows
    ]


_TRIAL = """
SELECT a.code, a.name, a.role, a.kind, coalesce(p.debit, 0)::bigint, coalesce(p.credit, 0)::bigint
FROM ledger_account a LEFT JOIN (
    SELECT account_id, sum(greatest(signed_minor, 0)) AS debit, sum(greatest(-signed_minor, 0)) AS credit
    FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
    WHERE p.legal_entity_id = %s AND p.currency = %s AND e.dated_on <= coalesce(%s, e.dated_on)
    GROUP BY account_id
) p ON p.account_id = a.id
WHERE a.legal_entity_id = %s AND a.currency = %s
ORDER BY a.code
"""


def trial_balance(legal_entity: LegalEntity, currency: str, until: date | None = None) -> list[AccountBalance]:
    """Give every account with its sums; debits and credits of all accounts are equal."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL, [legal_entity.id, currency, until, legal_entity.id, currency])
        return [AccountBalance(*row) for row in cursor.fetchall()]


def journal(
    legal_entity: LegalEntity,
    *,
    since: date | None = None,
    until: date | None = None,
    before: tuple[date, UUID] | None = None,
    limit: int = 50,
) -> list[JournalEntry]:
    """Give entries with their lines, the latest first; `before` continues after the last one."""
    entries = Entry.objects.filter(legal_entity=legal_entity)
    if since:
        entries = entries.filter(dated_on__gte=since)
    if until:
        entries = entries.filter(dated_on__lte=until)
    if before:
        day, entry_id = before
        entries = entries.filter(Q(dated_on__lt=day) | Q(dated_on=day, id__lt=entry_id))
    page = list(entries.order_by("-dated_on", "-id")[:limit])
    lines: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in (
        Transfer.objects.filter(entry_id__in=[entry.id for entry in page])
        .order_by("entry_id", "ordinal")
        .values(
            "entry_id",
            "currency",
            "customer_id",
            "debit_account__code",
            "debit_account__name",
            "credit_account__code",
            "credit_account__name",
            "amount_minor",
            "tax_category",
            "tax_rate",
        )
    ):
        lines[row["entry_id"]].append({**row})
    return [_journal_entry(entry, lines[entry.id]) for entry in page]


def _journal_entry(entry: Entry, rows: list[dict[str, Any]]) -> JournalEntry:
    return JournalEntry(
        entry.id,
        entry.dated_on,
        entry.at,
        entry.kind,
        entry.subject_id,
        entry.memo,
        rows[0]["currency"] if rows else "",
        rows[0]["customer_id"] if rows else None,
        tuple(
            JournalTransfer(
                row["debit_account__code"],
                row["debit_account__name"],
                row["credit_account__code"],
                row["credit_account__name"],
                row["amount_minor"],
                row["tax_category"],
                row["tax_rate"],
            )
            for row in rows
        ),
    )
