"""Pages that say in plain words what went wrong, what was kept and what to do now."""

from __future__ import annotations

import sys

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from conto.web.access import public

SECONDS_TO_WAIT = "10"
WITHOUT_ROOM = frozenset({"25006", "53100"})  # the book only reads, for its disk is nearly full; its disk is full


@public("an error must be readable by anyone")
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that nothing is at this address, or nothing that this reader may see."""
    del exception
    return HttpResponse(render_to_string("errors/404.html", {}, request), status=404)


@public("an error must be readable by anyone")
def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Refuse a page whose own checks said no."""
    del exception
    return HttpResponse(render_to_string("errors/403.html", {}, request), status=403)


@public("an error must be readable by anyone")
def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form without a valid token, most often one left open over a sign-out."""
    del reason
    return HttpResponse(render_to_string("errors/stale.html", {}, request), status=403)


@public("an error must be readable by anyone")
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that the request could not be read, or that it is larger than anything that belongs here."""
    del request
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return HttpResponse(render_to_string("errors/413.html"), status=413)
    return HttpResponse(render_to_string("errors/400.html"), status=400)


@public("an error must be readable by anyone")
def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something broke here, that the database is away, or that it only reads for want of room.

    It draws without the request: whatever broke may be what the frame needs.
    """
    del request
    error = sys.exc_info()[1]
    if isinstance(error, DatabaseError) and getattr(error.__cause__, "sqlstate", "") in WITHOUT_ROOM:
        return HttpResponse(render_to_string("errors/full.html"), status=503, headers={"Retry-After": SECONDS_TO_WAIT})
    if isinstance(error, OperationalError | InterfaceError):
        return unavailable()
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def unavailable() -> HttpResponse:
    """Say that the book cannot be reached at this moment."""
    return HttpResponse(render_to_string("errors/503.html"), status=503, headers={"Retry-After": SECONDS_TO_WAIT})
