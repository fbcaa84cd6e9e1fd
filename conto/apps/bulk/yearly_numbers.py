"""Numbers of what is counted per seller and year: without a gap, and the same for nobody."""

from uuid import UUID

from django.db import connection, models

from conto.domain.numbering import NumberPattern, number_for

_TAKE = """
INSERT INTO {table} (legal_entity_id, year, last_ordinal) VALUES (%s, %s, 1)
ON CONFLICT (legal_entity_id, year) DO UPDATE SET last_ordinal = {table}.last_ordinal + 1
RETURNING last_ordinal
"""


def next_number(counter: type[models.Model], *, legal_entity_id: UUID, year: int, pattern: NumberPattern) -> str:
    """Take the next number of a seller's year; it is given back when the transaction is.

    `counter` has a row per seller and year with its `last_ordinal`. Others wait for the row until the transaction ends,
    so take the number late.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE.format(table=counter._meta.db_table), [legal_entity_id, year])  # noqa: SLF001 -- documented
        (ordinal,) = cursor.fetchone()
    return number_for(pattern, year, ordinal)
