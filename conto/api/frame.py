"""What every answer of the API has in common, also those that no operation gave."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from conto.api.problem import MEDIA_TYPE, not_found, of_exception, problem

ROOT = "/api/v1/"


class ApiMiddleware:
    """Answer problems of the frame itself (404, 405, a body too large) as the operations answer theirs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, with the limits in the head of the answer."""
        if not request.path.startswith(ROOT):
            return self.get_response(request)
        answer = _as_problem(self.get_response(request))
        count = getattr(request, "count", None)
        if count is not None:
            for name, value in count.headers().items():
                answer.headers.setdefault(name, value)
        answer.headers.setdefault("Cache-Control", "private, no-cache" if "ETag" in answer.headers else "no-store")
        patch_vary_headers(answer, ("Authorization", "Accept-Language"))
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for what no operation caught."""
        return of_exception(request, exception) if request.path.startswith(ROOT) else None


def _as_problem(answer: HttpResponseBase) -> HttpResponseBase:
    if answer.status_code < 400 or answer.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
        return answer
    if answer.status_code == 404:
        return not_found()
    if answer.status_code == 405:
        allowed = answer.headers.get("Allow", "")
        detail = _("Only %(methods)s can be done here.") % {"methods": allowed}
        return problem(405, "method_not_allowed", detail, {"Allow": allowed})
    if answer.status_code == 500:
        return problem(500, "unforeseen", _("Something went wrong here."))
    return problem(answer.status_code, "request.refused", _("The request cannot be read."))
