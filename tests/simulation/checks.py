"""Every invariant that SQL can ask, in one question that is cheap enough for every simulated day."""

from django.db import connection

from conto.flows import verify_book

RULES = verify_book.BY_SQL
QUESTION = " UNION ALL ".join(
    f"(SELECT '{rule.id}' AS rule, breach.* FROM ({rule.violations}) AS breach(words) LIMIT 3)" for rule in RULES
)


def violations_today() -> list[str]:
    """Return what is broken now."""
    with connection.cursor() as cursor:
        cursor.execute(QUESTION)
        return [f"{rule} {words}" for rule, words in cursor.fetchall()]


def violations_of_everything() -> list[str]:
    """Return what is broken now, the hashes of every document, party and fact included."""
    return [f"{verdict.id} {verdict.shown}" for verdict in verify_book.verify() if verdict.violated]
