"""The files the embedded server reads: its settings and who may connect."""

import os
from pathlib import Path

from conto.config.home import Home
from conto.config.postgres.account import Account
from conto.config.postgres.errors import PostgresError

HBA = """# Written by Conto at every start.
# TYPE  DATABASE  USER  METHOD
local   all       all   scram-sha-256
"""

SETTINGS = """# Written by Conto at every start; put your own settings into local.conf beside this file.
listen_addresses = ''
port = 5432
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 100
password_encryption = 'scram-sha-256'

shared_buffers = 128MB
effective_cache_size = 512MB
work_mem = 8MB
maintenance_work_mem = 64MB
max_parallel_workers_per_gather = 1
jit = off
random_page_cost = 1.1
wal_compression = on
max_wal_size = 1GB
min_wal_size = 80MB
checkpoint_timeout = 15min

timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
datestyle = 'ISO, YMD'
logging_collector = off
log_line_prefix = '%m [%p] %u@%d '
log_checkpoints = off
default_text_search_config = 'pg_catalog.simple'

include = 'local.conf'
include = 'room.conf'
"""


def write_settings(home: Home, account: Account) -> None:
    """Write the server's settings, so that a newer Conto brings its own to an older folder."""
    data = home.postgres / "data"
    for name, text in (
        ("pg_hba.conf", HBA),
        ("postgresql.conf", SETTINGS.format(socket=str(home.socket).replace("'", "''"))),
    ):
        write_file(data / name, text, account)
    for name, text in (("local.conf", "# Your own settings for the server.\n"), ("room.conf", "")):
        if not (data / name).exists():
            write_file(data / name, text, account)


def write_file(path: Path, text: str, account: Account) -> None:
    """Write a small file of the server's so that it is whole or as before."""
    if path.exists() and path.read_text() == text:
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.chmod(0o600)
    account.own(draft)
    draft.replace(path)


def prepare_socket_folder(home: Home, account: Account) -> None:
    """Make the socket's folder, closed to others; refuse one that somebody else has laid there.

    Raises: PostgresError.
    """
    folder = home.socket
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    expected = {os.geteuid(), account.uid}
    if folder.is_symlink() or found.st_uid not in expected:
        raise PostgresError(f"The folder {folder} belongs to somebody else; Conto does not put its socket there.")
    account.own(folder)
    folder.chmod(0o700)
