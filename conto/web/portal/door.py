"""The door of the public pages: who may come in how often, and what every answer says about keeping it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.payments import actions
from conto.web.access import public

if TYPE_CHECKING:
    from conto.apps.invoicing.models import PortalLink

Page = Callable[..., HttpResponseBase]

SPAN = timedelta(minutes=10)
MOST_VISITS = 300  # of one address, pages and files
MOST_WRITES = 20  # of one address: questions, payments begun, links asked for
MOST_WRONG = 30  # tokens of one address that are none


def behind_link(page: Page) -> Page:
    """Let a page be reached by a valid link only, in the document's language, and keep it out of every cache."""

    @wraps(page)
    def guarded(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        wait = waiting_seconds(request)
        if wait:
            return kept_nowhere(busy(request, wait))
        at = moment(request)
        link = queries.link_of_token(token, at) if request.method == "POST" else _seen(request, token, at)
        if link is None:
            return kept_nowhere(closed(request, token))
        with translation.override(link.document.language), timezone.override(link.document.legal_entity.zone):
            try:
                response = page(request, link, **kwargs)
            except Http404:
                response = render(request, "portal/closed.html", {"reason": "unknown"}, status=404)
            response.headers["Content-Language"] = link.document.language
            return kept_nowhere(response)

    return public("the customer's page behind a secret link")(guarded)


def _seen(request: HttpRequest, token: str, at: datetime) -> PortalLink | None:
    # A member who looks at the customer's page is not the customer.
    if getattr(request, "member", None) is not None:
        return queries.link_of_token(token, at)
    return invoicing.see_link(token=token, at=at)


def moment(request: HttpRequest) -> datetime:
    """Return the book's now."""
    at: datetime = request.at  # type: ignore[attr-defined]
    return at


def waiting_seconds(request: HttpRequest) -> int:
    """Count the visit and tell how long the visitor has to wait, mostly 0."""
    address = request.META.get("REMOTE_ADDR", "")
    at = timezone.now()
    wait = actions.count_visit(caller=f"visit {address}", at=at, span=SPAN, most=MOST_VISITS)
    if request.method == "POST" and not wait:
        wait = actions.count_visit(caller=f"write {address}", at=at, span=SPAN, most=MOST_WRITES)
    return wait


def closed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Say in plain words why a link does not open, and what to do."""
    address = request.META.get("REMOTE_ADDR", "")
    link = queries.link_ever_of_token(token)
    if link is None:
        wait = actions.count_visit(caller=f"wrong {address}", at=timezone.now(), span=SPAN, most=MOST_WRONG)
        if wait:
            return busy(request, wait)
        return render(request, "portal/closed.html", {"reason": "unknown"}, status=404)
    reason = "revoked" if link.revoked_at else "expired"
    with translation.override(link.document.language):
        context = {"reason": reason, "token": token, "seller": link.document.legal_entity}
        return render(request, "portal/closed.html", context, status=410)


def busy(request: HttpRequest, wait: int) -> HttpResponseBase:
    """Ask a visitor who comes too often to wait."""
    response = render(request, "portal/busy.html", {"minutes": -(-wait // 60)}, status=429)
    response.headers["Retry-After"] = str(wait)
    return response


def kept_nowhere(response: HttpResponseBase) -> HttpResponseBase:
    """Keep an answer out of caches and search engines, and its address out of other sites' logs.

    No stricter policy than same-origin: with no referrer at all browsers hide the origin of our own forms too, and the
    check against foreign forms refuses them.
    """
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def context_of(link: PortalLink, token: str, **more: Any) -> dict[str, Any]:
    """Return what every page of a link shows."""
    return {"document": link.document, "seller": link.document.legal_entity, "token": token, **more}
