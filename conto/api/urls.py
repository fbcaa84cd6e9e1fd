"""Addresses of the API."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from conto.api.api import api
from conto.api.described import document
from conto.api.encoding import as_json


def openapi(request: HttpRequest) -> HttpResponse:
    """Give the description of the API for programs."""
    del request
    return HttpResponse(as_json(document()), content_type="application/json")


openapi.public = "the description tells nothing of the book"  # type: ignore[attr-defined]

_every, _app, _namespace = api.urls
_operations = [each for each in _every if isinstance(each, URLPattern) and each.name != "api-root"]
for _each in _operations:
    # Each operation behind an address says its own permission; tests/api holds all of them to it.
    _each.callback.needs = "a key with the scope of the operation"  # type: ignore[attr-defined]
urlpatterns = [
    path("v1/openapi.json", openapi, name="openapi"),
    path("v1/", (_operations, _app, _namespace)),
]
