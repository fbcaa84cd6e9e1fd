"""A rule that said no becomes words on the page: the same refusal, the same words as everywhere."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from conto.domain.errors import Conflict, NotAllowed, RuleBroken
from conto.web import htmx
from conto.web.reading import words_of


def status_of(refusal: RuleBroken) -> int:
    """Choose the status: 403 not allowed, 409 the state stands against it, 422 any other rule."""
    if isinstance(refusal, NotAllowed):
        return 403
    return 409 if isinstance(refusal, Conflict) else 422


def refusal_page(request: HttpRequest, refusal: RuleBroken) -> HttpResponseBase:
    """Answer a refused step: a toast for a part, a page with the way back otherwise."""
    words, status = words_of(refusal), status_of(refusal)
    if htmx.is_part(request):
        response = HttpResponse(status=status, headers={"HX-Reswap": "none"})
        return htmx.toast(response, words, tone="late")
    return HttpResponse(render_to_string("errors/refused.html", {"words": words}, request), status=status)


class RefusalMiddleware:
    """Turn a RuleBroken that a page let through into its words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Answer for a rule that said no; any other exception goes on."""
        return refusal_page(request, exception) if isinstance(exception, RuleBroken) else None
