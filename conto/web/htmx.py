"""Answers to htmx: a page or the part of it that changed, a toast, a redirect of the client."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, unquote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

TOAST_COOKIE = "conto_toast"
TOAST_SECONDS = 20


def is_part(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part; going back in history asks for the page."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"


def page_or_part(
    request: HttpRequest, template: str, part: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draw the page, or only its partial `part` when htmx asks."""
    name = f"{template}#{part}" if is_part(request) else template
    response = render(request, name, context, status=status)
    response["Vary"] = "HX-Request"
    return response


def toast(response: HttpResponseBase, message: str, undo_url: str | None = None, *, tone: str = "") -> HttpResponseBase:
    """Say what was done, with an undo: now for a part, on the next page after a redirect."""
    said = {"message": str(message), "undo_url": undo_url, "tone": tone}
    leaves = response.has_header("HX-Redirect") or response.has_header("HX-Refresh")
    if leaves or 300 <= response.status_code < 400:
        # No slash may stay: a cookie with one is put into double quotes, which the page would not read.
        text = quote(json.dumps(said, ensure_ascii=True), safe="")
        response.set_cookie(TOAST_COOKIE, text, max_age=TOAST_SECONDS, samesite="Lax")
        return response
    return trigger(response, "toast", said)


def trigger(response: HttpResponseBase, event: str, detail: object = None) -> HttpResponseBase:
    """Make htmx raise an event on the page, beside those already asked for."""
    events = json.loads(response["HX-Trigger"]) if response.has_header("HX-Trigger") else {}
    events[event] = detail
    response["HX-Trigger"] = json.dumps(events, ensure_ascii=True)
    return response


def redirect(request: HttpRequest, address: str) -> HttpResponseBase:
    """Send the reader to another page, from a form as from htmx."""
    if is_part(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address, status=303)


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """Give the address in `next`, when it lies in this book."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    hosts = {request.get_host()}
    return address if url_has_allowed_host_and_scheme(address, hosts, require_https=request.is_secure()) else default


def waiting_toast(request: HttpRequest) -> str:
    """Read the toast that the last answer left, for a browser without script."""
    try:
        return str(json.loads(unquote(request.COOKIES.get(TOAST_COOKIE, "")))["message"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
