"""Make the open items anew from the transfers, when something else has changed them."""

from django.db import connection


def rebuild_open_items() -> int:
    """Write every open item that is not what its transfers make it, and return how many there were.

    Raises: IntegrityError when the transfers themselves make an item that cannot be.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT conto_rebuild_open_items()")
        return int(cursor.fetchone()[0])
