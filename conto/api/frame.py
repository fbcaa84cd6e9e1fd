"""What every answer of the API has in common, also those that no operation gave."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

ROOT = "/api/v1/"


class ApiMiddleware:
    """Answer problems of the frame itself (404, 405, a body too large) as the operations answer theirs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, with the limits in the head of the answer."""
        if not request.path.startswith(ROOT):
            return self.get_response(request)
        from conto.api.refusal import as_problem  # noqa: PLC0415 - a second of loading, which pages do without

        answer = as_problem(self.get_response(request))
        count = getattr(request, "count", None)
        if count is not None:
            for name, value in count.headers().items():
                answer.headers.setdefault(name, value)
        answer.headers.setdefault("Cache-Control", "private, no-cache" if "ETag" in answer.headers else "no-store")
        patch_vary_headers(answer, ("Authorization", "Accept-Language"))
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for what no operation caught."""
        if not request.path.startswith(ROOT):
            return None
        from conto.api.problem import of_exception  # noqa: PLC0415 - as above

        return of_exception(request, exception)
