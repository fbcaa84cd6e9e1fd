"""The page that says how the book is: worker, jobs, database, and what the last check of the books found."""

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from conto.apps.audit import queries as audit
from conto.apps.bulk.condition import condition, failed_jobs, retry_failed_job
from conto.apps.messaging import queries as messaging
from conto.apps.upkeep import actions as upkeep
from conto.apps.upkeep import queries as upkeep_queries
from conto.domain.checkup import Remark
from conto.domain.facts import BookVerified
from conto.domain.permissions import Permission
from conto.flows import mend_book
from conto.flows.audit_book import VERIFY_TASK
from conto.flows.checkup import look_around
from conto.web.access import needs
from conto.web.htmx import redirect, toast
from conto.web.reading import book, found

LONG_WAIT_SECONDS = 300


@require_GET
@needs(Permission.BOOK_MONITOR)
def health(request: HttpRequest) -> HttpResponseBase:
    """Show how the book is."""
    now = condition()
    verified = audit.latest_facts().filter(kind=BookVerified.kind).first()
    context = {
        "now": now,
        "size_megabytes": round(now.size_bytes / 1_000_000),
        "is_late": now.longest_wait_seconds > LONG_WAIT_SECONDS,
        "wait_minutes": round(now.longest_wait_seconds / 60),
        "failed": failed_jobs() if now.jobs["failed"] else [],
        "counts": messaging.mail_counts(),
        "verified": verified,
        "remarks": [_in_words(remark) for remark in look_around(now=timezone.now(), at=book(request).at)],
        "findings": [_with_remedy(text) for text in verified.body["findings"]] if verified else [],
    }
    return render(request, "watch/health.html", context)


@require_POST
@needs(Permission.BOOK_VERIFY)
def verify(request: HttpRequest) -> HttpResponseBase:
    """Let the worker check every rule of the book now."""
    try:
        with transaction.atomic():
            app.configure_task(VERIFY_TASK, queueing_lock=VERIFY_TASK).defer()
    except AlreadyEnqueued:
        return toast(redirect(request, reverse("settings_health")), _("The check is waiting for the worker already."))
    return toast(redirect(request, reverse("settings_health")), _("The worker checks the book now."))


@require_POST
@needs(Permission.BOOK_MONITOR)
def mend(request: HttpRequest, rule: str) -> HttpResponseBase:
    """Let the worker make anew what a broken rule is about, and check the book again."""
    found(mend_book.FIXES.get(rule))
    member = book(request).member
    try:
        with transaction.atomic():
            app.configure_task(mend_book.MENDING_TASK, queueing_lock=mend_book.MENDING_TASK).defer(
                rule=rule, asked_by=str(member.id), name=member.name
            )
    except AlreadyEnqueued:
        return toast(redirect(request, reverse("settings_health")), _("The worker is mending the book already."))
    return toast(redirect(request, reverse("settings_health")), _("The worker mends this now and checks again."))


@require_POST
@needs(Permission.BOOK_MONITOR)
def retry(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Put a job that gave up back into the queue."""
    with transaction.atomic():
        found(retry_failed_job(job_id) or None)
    return toast(redirect(request, reverse("settings_health")), _("The job runs again."))


@require_GET
@needs(Permission.BOOK_MONITOR)
def slow(request: HttpRequest) -> HttpResponseBase:
    """Show which pages and which questions to the database took long, those that cost most in all first."""
    context = {
        "pages": upkeep_queries.slow_work("page"),
        "queries": upkeep_queries.slow_work("query"),
        "page_ms": settings.SLOW_PAGE_MS,
        "query_ms": settings.SLOW_QUERY_MS,
    }
    return render(request, "watch/slow.html", context)


@require_POST
@needs(Permission.BOOK_MONITOR)
def forget_slow(request: HttpRequest) -> HttpResponseBase:
    """Forget what took long until now."""
    upkeep.forget_slow()
    return toast(redirect(request, reverse("settings_slow")), _("What took long until now is forgotten."))


def _with_remedy(finding: str) -> dict[str, str]:
    """Give a broken rule with what can be done: a fix that Conto knows, or advice to a person."""
    rule = finding.partition(" ")[0]
    fix = mend_book.FIXES.get(rule)
    words = fix.words if fix else mend_book.ADVICE.get(rule, "")
    return {"text": finding, "rule": rule if fix else "", "words": _(words) if words else ""}


def _in_words(remark: Remark) -> dict[str, str]:
    """Give a remark in the reader's language, with the mark that the page shows it with."""
    state = {"serious": "block", "fine": "ok"}.get(remark.severity, "warn")
    says, do = _(remark.says), _(remark.do) if remark.do else ""
    return {"state": state, "says": says % remark.params, "do": do % remark.params if do else ""}
