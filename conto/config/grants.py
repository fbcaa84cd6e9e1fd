"""What the application may do with the tables of the job queue, which are not ours to migrate."""

from psycopg import sql

from conto.config.book import APP_ROLE


def grant_queue() -> None:
    """Grant the application's role the use of Procrastinate's tables, sequences and functions."""
    from django.db import connection  # noqa: PLC0415 - needs Django to be set up

    role = sql.Identifier(APP_ROLE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relkind FROM pg_class WHERE relname LIKE 'procrastinate\\_%%' AND relkind = ANY(%s)"
            " AND relnamespace = 'public'::regnamespace",
            [["r", "S"]],
        )
        for name, kind in cursor.fetchall():
            rights = "USAGE, SELECT ON SEQUENCE" if kind == "S" else "SELECT, INSERT, UPDATE, DELETE ON TABLE"
            statement = sql.SQL("GRANT " + rights + " {} TO {}").format(sql.Identifier(name), role)
            cursor.execute(statement)
        cursor.execute(
            "SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'procrastinate\\_%%'"
            " AND pronamespace = 'public'::regnamespace"
        )
        for (signature,) in cursor.fetchall():
            cursor.execute(sql.SQL("GRANT EXECUTE ON FUNCTION " + signature + " TO {}").format(role))
