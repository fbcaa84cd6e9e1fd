"""How the database, the worker and the queue are: for the health page, the probes and the metrics."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

WORKER_SILENT_SECONDS = 60
_FAILED_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Condition:
    """What can be told of a running book in one look. Units: bytes, seconds."""

    database_version: str
    size_bytes: int
    connections: int
    oldest_transaction_seconds: int
    workers: int  # that gave a sign of life within the last minute
    jobs: dict[str, int]  # waiting, running, failed
    longest_wait_seconds: int  # of a job that is due


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that gave up."""

    id: int
    name: str
    attempts: int
    failed_at: datetime | None


_WORKERS = "(SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s))"
_LOOK = f"""
SELECT current_setting('server_version'), pg_database_size(current_database()),
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
       (SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)::bigint FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()),
       {_WORKERS},
       (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'),
       (SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'),
       (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'),
       (SELECT coalesce(max(extract(epoch FROM now() - coalesce(j.scheduled_at, e.at))), 0)::bigint
        FROM procrastinate_jobs j CROSS JOIN LATERAL
            (SELECT max(at) AS at FROM procrastinate_events WHERE job_id = j.id) e
        WHERE j.status = 'todo' AND coalesce(j.scheduled_at, e.at) <= now())
"""  # noqa: S608 -- our own words


def condition() -> Condition:
    """Return how the book is, with one query."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, [WORKER_SILENT_SECONDS])
        version, size, connections, oldest, workers, waiting, running, failed, wait = cursor.fetchone()
    jobs = {"waiting": waiting, "running": running, "failed": failed}
    return Condition(version, size, connections, oldest, workers, jobs, wait)


def has_worker() -> bool:
    """Tell whether a worker gave a sign of life within the last minute."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_WORKERS} > 0", [WORKER_SILENT_SECONDS])
        return bool(cursor.fetchone()[0])


def is_wanted(tasks: Sequence[str]) -> bool:
    """Tell whether a job of one of these tasks waits or runs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE task_name = ANY(%s) AND status IN ('todo', 'doing'))",
            [list(tasks)],
        )
        return bool(cursor.fetchone()[0])


def failed_jobs() -> list[FailedJob]:
    """Return the jobs that gave up, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT j.id, j.task_name, j.attempts,
                      (SELECT max(at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'failed')
               FROM procrastinate_jobs j WHERE j.status = 'failed' ORDER BY j.id DESC LIMIT %s""",
            [_FAILED_SHOWN],
        )
        return [FailedJob(*row) for row in cursor.fetchall()]


def retry_failed_job(job_id: int) -> bool:
    """Put a job that gave up back into the queue, and return whether there was one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_jobs WHERE id = %s AND status = 'failed' FOR UPDATE", [job_id])
        found: Any = cursor.fetchone()
        if found:
            cursor.execute("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", [job_id])
        return found is not None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The server under the book, as far as its safety goes."""

    version: int
    version_words: str
    clock: datetime
    is_safe_on_disk: bool
    is_remote: bool
    is_encrypted: bool


_SURROUNDINGS = """
SELECT current_setting('server_version_num')::int, current_setting('server_version'), clock_timestamp(),
       current_setting('fsync')::bool AND current_setting('full_page_writes')::bool,
       inet_server_addr() IS NOT NULL AND NOT inet_server_addr() <<= ANY(ARRAY['127.0.0.0/8', '::1/128']::inet[]),
       coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)
"""


def surroundings() -> Surroundings:
    """Return on what server the book stands."""
    with connection.cursor() as cursor:
        cursor.execute(_SURROUNDINGS)
        return Surroundings(*cursor.fetchone())
