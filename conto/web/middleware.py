"""What every page knows: the member, the book's time, the reader's language; and what none has to know."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404
from django.utils import timezone, translation

from conto.apps.accounts import queries as accounts
from conto.apps.audit.origin import working_from
from conto.domain.ids import made_at_ms, new_id
from conto.web.reading import origin_of

_FOR_PROGRAMS = ("/api/", "/webhooks/")


class NulMiddleware:
    """Take the character NUL out of what a browser sends: no database keeps it, and nobody has typed it.

    An address with it leads nowhere. What programs send is left as it came: the API refuses the character in words of
    its own, and the events of gateways are signed to the byte.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request without the character."""
        if "\x00" in request.path_info:
            raise Resolver404
        if not request.path.startswith(_FOR_PROGRAMS):
            request.GET = _without_nul(request.GET)  # type: ignore[assignment]
            if request.method == "POST":
                request.POST = _without_nul(request.POST)  # type: ignore[assignment]
        return self.get_response(request)


def _without_nul(given: QueryDict) -> QueryDict:
    if not any("\x00" in text for name, values in given.lists() for text in (name, *values)):
        return given
    clean = QueryDict(mutable=True)
    for name, values in given.lists():
        clean.setlist(name.replace("\x00", ""), [value.replace("\x00", "") for value in values])
    clean._mutable = False  # noqa: SLF001 -- as Django hands it over
    return clean


class BookMiddleware:
    """Put the book's clock on the request as `at` and read the page in the member's language and zone.

    The clock is read here, once per request, and passed down from here. What is done tells from where it was done.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with the book's state set on it."""
        if request.path.startswith("/static/") or request.path == "/health":  # a probe asks even without a database
            return self.get_response(request)
        request.began_ms = made_at_ms(new_id())  # type: ignore[attr-defined]
        origin = request.origin = origin_of(request)  # type: ignore[attr-defined]
        business = accounts.business()
        request.business = business  # type: ignore[attr-defined]
        request.at = accounts.book_time(business, timezone.now())  # type: ignore[attr-defined]
        member = request.user if request.user.is_authenticated else None
        if member is not None and business is not None:
            member.reaches, member.mates = business.reaches, business.mates
        request.member = member  # type: ignore[attr-defined]
        language = member.language if member else translation.get_language_from_request(request)
        zone = (member.zone if member else "") or (business.zone if business else "UTC")
        request.today = request.at.astimezone(zoneinfo.ZoneInfo(zone)).date()  # type: ignore[attr-defined]
        with working_from(origin), translation.override(language), timezone.override(zone):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response
