"""Pages that want to know again who sits there: `@fresh`, below `@needs` or `@member_only`.

Whoever has shown a password, a code or a passkey within the last quarter of an hour passes. Others are asked on a page
of its own and go on where they were: to the page, or, when a form was sent, to the form's page again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

from conto.web import htmx
from conto.web.access import member_of, to_log_in

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

PROVE = "/prove"
FRESH_SECONDS = 15 * 60
_PROVED = "proved_at"


def fresh(page: Page[P]) -> Page[P]:
    """Ask who sits there before a page, unless they have just shown it."""
    return _guard(page, is_file=False)


def fresh_file(page: Page[P]) -> Page[P]:
    """Ask who sits there before a file is given; then lead back to the page with the link to it."""
    return _guard(page, is_file=True)


def _guard(page: Page[P], *, is_file: bool) -> Page[P]:
    @wraps(page)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if member_of(request) is None:
            return to_log_in(request)
        if is_fresh(request):
            return page(request, *args, **kwargs)
        return to_proof(request, is_file=is_file)

    guarded.is_fresh = True  # type: ignore[attr-defined]
    return cast("Page[P]", guarded)


def is_fresh(request: HttpRequest) -> bool:
    """Tell whether the visitor has shown lately who they are; sessions run on the real clock, not on the book's."""
    proved_at = request.session.get(_PROVED)
    return isinstance(proved_at, int) and 0 <= time.time() - proved_at <= FRESH_SECONDS


def note_proof(request: HttpRequest) -> None:
    """Remember that the visitor has just shown who they are."""
    request.session[_PROVED] = int(time.time())


def to_proof(request: HttpRequest, *, is_file: bool = False) -> HttpResponseBase:
    """Send a member to the page that asks, which then leads to where they were."""
    sent_a_form = request.method not in {"GET", "HEAD"}
    stays = sent_a_form or is_file or htmx.is_part(request)
    asked = {"next": page_before(request) if stays else request.get_full_path()}
    if sent_a_form:
        asked["form"] = "1"
    return htmx.redirect(request, f"{PROVE}?{urlencode(asked)}")


def page_before(request: HttpRequest) -> str:
    """Return the address in this book that the visitor was at, or the first page."""
    address = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    there = urlsplit(address)
    return f"{there.path or '/'}?{there.query}" if there.query else there.path or "/"


@receiver(user_logged_in)
def _just_signed_in(request: HttpRequest, **_more: Any) -> None:
    note_proof(request)
