"""What can go wrong with the embedded server, in words for its owner."""


class PostgresError(Exception):
    """The database server can't do what was asked; the message says why and what to do."""


class DiskFullError(PostgresError):
    """There is no room for the database to write."""
