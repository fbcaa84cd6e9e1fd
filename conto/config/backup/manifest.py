"""The manifest of a backup: what was in the book at that instant, so that a restored book can be compared with it."""

from typing import Any

import psycopg
from psycopg import sql

Manifest = dict[str, Any]

# Row texts must read the same on every server.
_SETTINGS = (
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL IntervalStyle = 'postgres'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL max_parallel_workers_per_gather = 0",
)
_TABLES = """
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
# The sum of the rows' hashes does not depend on their order; 52 bits of each are plenty to find a difference.
_TABLE = """
SELECT count(*), coalesce(sum(('x' || left(encode(sha256(convert_to(t::text, 'UTF8')), 'hex'), 13))::bit(52)::bigint), 0)::text
FROM {} t
"""  # noqa: E501 - a query reads better whole
_FIGURES = {
    "ledger": """
        SELECT a.currency || ' ' || a.role AS name,
            (sum(CASE WHEN t.debit_account_id = a.id THEN t.amount_minor ELSE -t.amount_minor END))::text
        FROM ledger_account a JOIN ledger_transfer t ON a.id IN (t.debit_account_id, t.credit_account_id)
        GROUP BY 1 ORDER BY 1""",
    "facts": "SELECT 'count', count(*)::text FROM audit_fact",
    "documents": """
        SELECT 'hashes', encode(sha256(coalesce(string_agg(content_sha256, ''::bytea ORDER BY id), ''::bytea)), 'hex')
        FROM invoicing_document""",
    "files": """
        SELECT 'hashes', encode(sha256(coalesce(string_agg(sha256, ''::bytea ORDER BY id), ''::bytea)), 'hex')
        FROM invoicing_attachment""",
}
_NEEDED = {
    "ledger": "ledger_transfer",
    "facts": "audit_fact",
    "documents": "invoicing_document",
    "files": "invoicing_attachment",
}


def take_manifest(connection: psycopg.Connection) -> Manifest:
    """Count and hash every table, and what the books are about, inside the transaction that is open."""
    for setting in _SETTINGS:
        connection.execute(setting)
    names = [str(name) for (name,) in connection.execute(_TABLES).fetchall()]
    tables = {}
    for name in names:
        row = connection.execute(sql.SQL(_TABLE).format(sql.Identifier(name))).fetchone()
        tables[name] = [int(row[0]), str(row[1])] if row else [0, "0"]
    return {"tables": tables, **take_figures(connection)}


def take_figures(connection: psycopg.Connection) -> Manifest:
    """Add up what the books are about: what an upgrade may never change."""
    names = {str(name) for (name,) in connection.execute(_TABLES).fetchall()}
    return {
        figure: {str(key): value for key, value in connection.execute(question).fetchall()}
        for figure, question in _FIGURES.items()
        if _NEEDED[figure] in names
    }


def differences(kept: Manifest, found: Manifest) -> list[str]:
    """Say in words what is not as it was; nothing, when everything is."""
    said = []
    before, after = kept.get("tables", {}), found.get("tables", {})
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            rows = [str(each[0]) if each else "no such table" for each in (before.get(name), after.get(name))]
            same = (
                "the same number of rows, other contents" if rows[0] == rows[1] else f"{rows[0]} rows became {rows[1]}"
            )
            said.append(f"{name}: {same}")
    return said + [
        f"{figure}: {kept.get(figure)} became {found.get(figure)}"
        for figure in _FIGURES
        if kept.get(figure) != found.get(figure)
    ]
