"""Who may set up a book: somebody at this machine, or with the token that the server prints."""

import logging
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.crypto import constant_time_compare, salted_hmac

log = logging.getLogger(__name__)
_OPEN = ("/setup", "/api/v1/", "/sign-in", "/sign-out", "/static/", "/ui", "/manifest.webmanifest", "/worker.js")
_LOCAL_NAMES = {"localhost", "127.0.0.1", "[::1]"}
_ADMITTED = "set_up_admitted"


class SetUpMiddleware:
    """Lead every page of a book without a business to the wizard."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, or send it to the wizard."""
        if getattr(request, "business", self) is None and not request.path.startswith(_OPEN):
            return HttpResponseRedirect("/setup")
        return self.get_response(request)


def is_admitted(request: HttpRequest) -> bool:
    """Tell whether this visitor may set up the book, and remember it; a stranger's try is logged with the way in."""
    if request.session.get(_ADMITTED) or _is_at_this_machine(request):
        return True
    if constant_time_compare(request.GET.get("token", ""), token()):
        request.session[_ADMITTED] = True
        return True
    log.warning("To set this book up from another machine, open %s/setup?token=%s", settings.PUBLIC_URL, token())
    return False


def token() -> str:
    """Return the set-up token of this installation and book."""
    return salted_hmac("conto.set_up", settings.BOOK, algorithm="sha256").hexdigest()[:32]


def _is_at_this_machine(request: HttpRequest) -> bool:
    """Tell whether the visitor sits at this machine: by address and by name, and through no proxy."""
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP")):
        return False
    host = request.get_host().rsplit(":", 1)[0] if not request.get_host().endswith("]") else request.get_host()
    try:
        is_loopback = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        is_loopback = False
    return is_loopback and host in _LOCAL_NAMES
