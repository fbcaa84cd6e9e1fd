"""What machines ask: is it alive, and how is it."""

from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from conto.apps.bulk.condition import Condition, condition
from conto.apps.messaging import queries as messaging
from conto.web.access import public


@public("a balancer asks without a session; it learns that we answer, nothing of the book")
@never_cache
@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the book can be used: its database answers; say whether a worker runs."""
    del request
    try:
        found = condition()
    except DatabaseError:
        return JsonResponse({"status": "down", "database": "down"}, status=503)
    worker = "up" if found.workers else "down"
    return JsonResponse({"status": "up" if found.workers else "degraded", "database": "up", "worker": worker})


@public("for the monitoring, which shows the token CONTO_METRICS_TOKEN")
@never_cache
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the figures of this book to Prometheus; without the token there is no such page."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not settings.METRICS_TOKEN or not constant_time_compare(shown, settings.METRICS_TOKEN):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(condition(), messaging.mail_counts()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Figures:
    """The figures as a collector; all are read from the database, so that any process gives the same."""

    def __init__(self, found: Condition, mails: dict[str, int]) -> None:
        self._found = found
        self._mails = mails

    def collect(self) -> Iterator[Metric]:
        """Give the figures one by one."""
        found = self._found
        single = (
            ("conto_database_size_bytes", "Size of the book's database.", found.size_bytes),
            ("conto_database_connections", "Connections to the book's database.", found.connections),
            (
                "conto_oldest_transaction_seconds",
                "Age of the oldest open transaction.",
                found.oldest_transaction_seconds,
            ),
            ("conto_workers", "Workers that gave a sign of life within a minute.", found.workers),
            ("conto_job_longest_wait_seconds", "How long the oldest due job has waited.", found.longest_wait_seconds),
        )
        for name, words, value in single:
            yield GaugeMetricFamily(name, words, value=value)
        jobs = GaugeMetricFamily("conto_jobs", "Jobs in the queue.", labels=["state"])
        for state, count in found.jobs.items():
            jobs.add_metric([state], count)
        yield jobs
        mails = GaugeMetricFamily("conto_mails", "Mails of the outbox.", labels=["state"])
        for state in ("waiting", "failed", "bounced"):
            mails.add_metric([state], self._mails[state])
        yield mails
