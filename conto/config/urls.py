"""Addresses: each web area brings its own, and what programs call is read when the first one calls or time allows."""

from django.urls import URLPattern, URLResolver, include, path
from django.urls.resolvers import RoutePattern

PROGRAMS = "conto.api.urls"

urlpatterns: list[URLPattern | URLResolver] = [
    # Named, not included: making all shapes of the API takes four seconds, and no page needs one of them. The namespace
    # keeps looking up the address of a page from reading it.
    URLResolver(RoutePattern("api/", is_endpoint=False), PROGRAMS, app_name="programs", namespace="programs"),
    path("", include("conto.web.urls")),
]
handler400 = "conto.web.errors.pages.bad_request"
handler403 = "conto.web.errors.pages.not_allowed"
handler404 = "conto.web.errors.pages.not_found"
handler500 = "conto.web.errors.pages.server_error"
