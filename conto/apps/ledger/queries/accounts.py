"""Accounts, their balances and the journal."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from conto.apps.accounts.models import LegalEntity
from conto.apps.bulk.composed import Composed, given
from conto.apps.ledger.models import Account, Entry, Transfer
from conto.domain import journal as recipes
from conto.domain.journal import AccountRole


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account with the sums of what was debited and credited."""

    id: UUID
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

    @property
    def credit_balance_minor(self) -> int:
        """Credits less debits."""
        return -self.balance_minor


@dataclass(frozen=True, slots=True)
class PostedTransfer:
    """A posted transfer in the words of the rules."""

    currency: str
    customer_id: UUID | None
    movement: recipes.Transfer


@dataclass(frozen=True, slots=True)
class JournalTransfer:
    """A line of the journal."""

    debit_id: UUID
    debit_code: str
    debit_name: str
    debit_role: str
    credit_id: UUID
    credit_code: str
    credit_name: str
    credit_role: str
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
    customer_name: str
    item_id: UUID | None  # the document whose open amount it moves
    transfers: tuple[JournalTransfer, ...]


_CHARTS = Composed(
    lambda: Account.objects.filter(
        legal_entity_id__one_of=given("entities"), currency__one_of=given("currencies")
    ).values_list("legal_entity_id", "currency", "role", "id")
)


def charts(pairs: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], dict[AccountRole, UUID]]:
    """Give the accounts by role of legal entities and currencies that have any."""
    wanted = set(pairs)
    found: dict[tuple[UUID, str], dict[AccountRole, UUID]] = defaultdict(dict)
    rows = _CHARTS(entities=list({entity for entity, _ in wanted}), currencies=list({each for _, each in wanted}))
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
WITH moved AS (
    SELECT t.debit_account_id, t.credit_account_id, sum(t.amount_minor)::bigint AS minor
    FROM ledger_transfer t {join} WHERE t.legal_entity_id = %(entity)s AND t.currency = %(currency)s {until}
    GROUP BY 1, 2
)
SELECT a.id, a.code, a.name, a.role, a.kind,
    coalesce((SELECT sum(minor) FROM moved WHERE debit_account_id = a.id), 0)::bigint,
    coalesce((SELECT sum(minor) FROM moved WHERE credit_account_id = a.id), 0)::bigint
FROM ledger_account a WHERE a.legal_entity_id = %(entity)s AND a.currency = %(currency)s
ORDER BY a.code
"""


def trial_balance(legal_entity: LegalEntity, currency: str, until: date | None = None) -> list[AccountBalance]:
    """Give every account with its sums; debits and credits of all accounts are equal."""
    sql = _TRIAL.format(
        join="" if until is None else "JOIN ledger_entry e ON e.id = t.entry_id",
        until="" if until is None else "AND e.dated_on <= %(until)s",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"entity": legal_entity.id, "currency": currency, "until": until})
        return [AccountBalance(*row) for row in cursor.fetchall()]


def accounts(legal_entity: LegalEntity) -> QuerySet[Account]:
    """Return the accounts of a legal entity in all currencies, by number."""
    return Account.objects.filter(legal_entity=legal_entity).order_by("currency", "code")


def currencies(legal_entity: LegalEntity) -> list[str]:
    """Return the currencies that a legal entity keeps accounts in, its own first."""
    found = set(Account.objects.filter(legal_entity=legal_entity).values_list("currency", flat=True).distinct())
    return sorted(found, key=lambda currency: (currency != legal_entity.currency, currency))


@dataclass(frozen=True, slots=True)
class AccountPosting:
    """A movement of one account, with the account's balance after it (debits less credits)."""

    entry_id: UUID
    dated_on: date
    at: datetime
    kind: str
    subject_id: UUID
    memo: str
    customer_id: UUID | None
    customer_name: str
    signed_minor: int
    balance_minor: int
    against: tuple[str, ...]  # the roles of the accounts on the other side

    @property
    def credit_minor(self) -> int:
        """By how much more was credited than debited."""
        return -self.signed_minor


@dataclass(frozen=True, slots=True)
class PostingPlace:
    """Where a page of an account's movements goes on, and the account's balance there."""

    dated_on: date
    entry_id: UUID
    balance_minor: int


_POSTINGS = """
SELECT e.id, e.dated_on, e.at, e.kind, e.subject_id, e.memo, m.customer_id, k.name, m.signed, m.against
FROM ledger_entry e CROSS JOIN LATERAL (
    SELECT (array_agg(t.customer_id))[1] AS customer_id,
        sum(CASE WHEN t.debit_account_id = %(account)s THEN t.amount_minor ELSE -t.amount_minor END)::bigint AS signed,
        array_agg(DISTINCT CASE WHEN t.debit_account_id = %(account)s THEN c.role ELSE d.role END) AS against
    FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_account_id
    JOIN ledger_account c ON c.id = t.credit_account_id
    WHERE t.entry_id = e.id AND (t.debit_account_id = %(account)s OR t.credit_account_id = %(account)s)
    HAVING count(*) > 0
) m LEFT JOIN crm_customer k ON k.id = m.customer_id
WHERE e.legal_entity_id = %(entity)s AND e.dated_on BETWEEN %(since)s AND %(until)s {place} {rare}
ORDER BY e.dated_on DESC, e.id DESC LIMIT %(limit)s
"""
_RARE = """AND e.id IN (SELECT entry_id FROM ledger_transfer
    WHERE debit_account_id = %(account)s OR credit_account_id = %(account)s)"""
_BALANCE = """
SELECT
    coalesce(sum(CASE WHEN t.debit_account_id = %(account)s THEN t.amount_minor ELSE -t.amount_minor END), 0)::bigint,
    count(*)
FROM ledger_transfer t {join}
WHERE (t.debit_account_id = %(account)s OR t.credit_account_id = %(account)s) {until}
"""
_FEW = 5_000


def account_balance(account: Account, until: date | None = None) -> tuple[int, int]:
    """Return debits less credits of an account at the end of a day (or at all), and by how many transfers."""
    sql = _BALANCE.format(
        join="" if until is None else "JOIN ledger_entry e ON e.id = t.entry_id",
        until="" if until is None else "AND e.dated_on <= %(until)s",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"account": account.id, "until": until})
        balance, count = cursor.fetchone()
    return balance, count


def account_postings(
    account: Account, *, since: date, until: date, place: PostingPlace | None = None, limit: int = 50
) -> tuple[list[AccountPosting], PostingPlace | None]:
    """Return the movements of an account, the latest first, each with the balance after it, and where they go on.

    The first page asks for the balance at its end; the place of each next page carries it.
    """
    count = _FEW
    if place is None:
        balance, count = account_balance(account, until)
    else:
        balance = place.balance_minor
    sql = _POSTINGS.format(
        place="" if place is None else "AND (e.dated_on, e.id) < (%(day)s, %(entry)s)",
        rare=_RARE if count < _FEW else "",
    )
    values: dict[str, Any] = {"account": account.id, "entity": account.legal_entity_id, "since": since, "until": until}
    values |= {"limit": limit + 1, "day": place and place.dated_on, "entry": place and place.entry_id}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[Any] = cursor.fetchall()
    postings = []
    for row in rows[:limit]:
        entry_id, dated_on, at, kind, subject_id, memo, customer_id, customer_name, signed, against = row
        head = (entry_id, dated_on, at, kind, subject_id, memo, customer_id, customer_name or "")
        postings.append(AccountPosting(*head, signed, balance, tuple(against)))
        balance -= signed
    last = postings[-1] if len(rows) > limit else None
    return postings, PostingPlace(last.dated_on, last.entry_id, balance) if last else None


def journal(
    legal_entity: LegalEntity,
    *,
    since: date | None = None,
    until: date | None = None,
    kind: str = "",
    account_id: UUID | None = None,
    subjects: Any = None,
    before: tuple[date, UUID] | None = None,
    limit: int = 50,
) -> list[JournalEntry]:
    """Give entries with their lines, the latest first; `before` continues after the last one.

    `subjects` are documents, as ids or a query of ids: what was posted for one of them, or moves what is open of it.
    """
    entries = Entry.objects.filter(legal_entity=legal_entity)
    if kind:
        entries = entries.filter(kind=kind)
    if account_id:
        touching = Transfer.objects.filter(Q(debit_account_id=account_id) | Q(credit_account_id=account_id))
        entries = entries.filter(id__in=touching.values("entry_id"))
    if subjects is not None:
        made = Entry.objects.filter(subject_id__in=subjects).order_by().values_list("id")
        settling = Transfer.objects.filter(receivable_id__in=subjects).values_list("entry_id")
        using = Transfer.objects.filter(credit_id__in=subjects).values_list("entry_id")
        entries = entries.filter(id__in=made.union(settling, using))
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
            "customer__name",
            "receivable_id",
            "debit_account_id",
            "debit_account__code",
            "debit_account__name",
            "debit_account__role",
            "credit_account_id",
            "credit_account__code",
            "credit_account__name",
            "credit_account__role",
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
        (rows[0]["customer__name"] or "") if rows else "",
        next((row["receivable_id"] for row in rows if row["receivable_id"]), None),
        tuple(
            JournalTransfer(
                row["debit_account_id"],
                row["debit_account__code"],
                row["debit_account__name"],
                row["debit_account__role"],
                row["credit_account_id"],
                row["credit_account__code"],
                row["credit_account__name"],
                row["credit_account__role"],
                row["amount_minor"],
                row["tax_category"],
                row["tax_rate"],
            )
            for row in rows
        ),
    )
