"""One line of the log per request: who by id, which page by its pattern, what came of it; no names, no tokens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from conto.apps.audit.trail import Work, working
from conto.apps.upkeep import actions as upkeep
from conto.domain.ids import new_id

log = logging.getLogger("conto.request")


class RequestLogMiddleware:
    """Write the line, and give the request a number that its answer and every other line of it carry."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        if request.path.startswith("/static/"):
            return self.get_response(request)
        number = new_id().hex
        with working(request_id=number) as work:
            answer = self.get_response(request)
            answer.headers["X-Request-ID"] = number
            log.info(
                "request",
                extra={
                    "method": request.method,
                    "path": pattern_of(request),
                    "status": answer.status_code,
                    **_who(request),
                    **work.figures(),
                },
            )
        _note_slow(request, work)
        return answer


def _note_slow(request: HttpRequest, work: Work) -> None:
    page = f"{request.method} {pattern_of(request)}"
    slow = [("query", sql, ms) for sql, ms in work.slow]
    slow += [("page", page, work.ms)] if work.ms >= settings.SLOW_PAGE_MS and request.resolver_match else []
    if slow:
        try:
            upkeep.note_slow(work=slow, asked_by=page, now=timezone.now())
        except DatabaseError:
            log.exception("what took long could not be noted")


def pattern_of(request: HttpRequest) -> str:
    """Return the page as the pattern of its address: what stands in an address may open something."""
    found = request.resolver_match
    return f"/{found.route}" if found else "none"


def _who(request: HttpRequest) -> dict[str, Any]:
    caller = getattr(request, "caller", None)
    if caller is not None:
        return {"member": str(caller.member.id), "key": str(caller.key.id)}
    member = getattr(request, "member", None)
    return {"member": str(member.id)} if member is not None else {}
