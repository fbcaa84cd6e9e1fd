"""Every invariant that SQL can ask, in one question that is cheap enough for every simulated day."""

from django.db import connection, transaction

from conto.apps.accounts import queries as accounts
from conto.apps.bulk.composed import prepared_cursor
from conto.apps.quotas import queries as quotas
from conto.apps.quotas.models import Quota
from conto.flows import verify_book

# What the ledger says of the days of a target: receivables from invoices less what credit notes gave.
LEDGER = {
    "invoiced": """SELECT coalesce(sum(CASE WHEN d.kind = 'credit_note' THEN -1 ELSE 1 END * t.amount_minor), 0)
        FROM ledger_transfer t JOIN invoicing_document d ON d.entry_id = t.entry_id
            JOIN ledger_account a
                ON a.id = CASE WHEN d.kind = 'credit_note' THEN t.credit_account_id ELSE t.debit_account_id END
        WHERE a.role = CASE WHEN d.kind = 'credit_note' THEN 'customer_credit' ELSE 'receivable' END
            AND t.currency = %s AND d.issued_on BETWEEN %s AND %s""",
}
LATEST = 6  # targets that are asked each day
RULES = verify_book.BY_SQL
QUESTION = " UNION ALL ".join(
    f"(SELECT '{rule.id}' AS rule, breach.* FROM ({rule.violations}) AS breach(words) LIMIT 3)" for rule in RULES
)


def violations_today() -> list[str]:
    """Return what is broken at one moment, whatever others write while it is asked."""
    is_alone = connection.in_atomic_block  # a test whose work nobody else sees or changes
    with transaction.atomic(), connection.cursor() as plain, prepared_cursor() as prepared:
        if not is_alone:
            plain.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        prepared.execute(QUESTION)  # to plan it takes three times as long as to answer it
        broken = [f"{rule} {words}" for rule, words in prepared.fetchall()]
        return [*broken, *targets_off_the_ledger()]


def targets_off_the_ledger() -> list[str]:
    """Return which targets of everybody do not say what the ledger says, or what people and the rest come to (Z-2)."""
    entities = accounts.legal_entities()
    if not entities:  # killed before the business was there
        return []
    zone = entities[0].zone
    rows = list(Quota.objects.filter(member=None, team=None).order_by("-starts_on", "span", "measure")[:LATEST])
    told = quotas.reached(rows, zone=zone)
    broken = []
    for row in rows:
        by_person = quotas.divided(row.measure, row.currency, row.starts_on, row.last_day, zone=zone)
        said = {told[row.id], sum(by_person.values())}
        if row.measure in LEDGER:
            with prepared_cursor() as cursor:
                cursor.execute(LEDGER[row.measure], [row.currency, row.starts_on, row.last_day])
                said.add(int(cursor.fetchone()[0]))
        if len(said) > 1:
            broken.append(f"Z-2 {row.measure} of {row.period}: {sorted(said)}")
    return broken


def violations_of_everything() -> list[str]:
    """Return what is broken now, the hashes of every document, party and fact included."""
    return [f"{verdict.id} {verdict.shown}" for verdict in verify_book.verify() if verdict.violated]
