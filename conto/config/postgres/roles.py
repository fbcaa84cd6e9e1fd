"""The four log-ins of the embedded server: who may do what to a book."""

import psycopg
from psycopg import sql

from conto.config.home import BACKUP_LOGIN, Home


def connect_as_admin(home: Home, database: str = "postgres") -> psycopg.Connection:
    """Return a connection of the superuser, who makes books and extensions and nothing else."""
    return psycopg.connect(
        host=str(home.socket),
        port=5432,
        user="conto_admin",
        password=home.secrets().database_passwords["conto_admin"],
        dbname=database,
        autocommit=True,
        connect_timeout=10,
    )


def create_roles(home: Home) -> None:
    """Create the log-ins of the owner, the application and the backups where they are missing."""
    passwords = home.secrets().database_passwords
    with connect_as_admin(home) as connection:
        found = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
        for role in ("conto_owner", "conto_app", BACKUP_LOGIN):
            if role in found:
                continue
            connection.execute(
                sql.SQL(
                    "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD {}"
                ).format(sql.Identifier(role), sql.Literal(passwords[role]))
            )
            connection.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
            if role == BACKUP_LOGIN:
                connection.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(sql.Identifier(role)))
