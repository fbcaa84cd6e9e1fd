"""Addresses: each web area brings its own, and what programs call is read when the first one calls or time allows."""

from django.urls import URLPattern, URLResolver, include, path
from django.urls.resolvers import RoutePattern

PROGRAMS = "conto.api.urls"


class Programs(URLResolver):
    """The addresses of programs, read when one of them is asked for and by nothing else.

    Making all shapes of the API takes seconds. To give the address of a page, Django goes through all resolvers once:
    the first link of the first page would wait for shapes that no page needs.
    """

    def _populate(self) -> None:
        if "urlconf_module" in vars(self):
            super()._populate()


urlpatterns: list[URLPattern | URLResolver] = [
    Programs(RoutePattern("api/", is_endpoint=False), PROGRAMS, app_name="programs", namespace="programs"),
    path("", include("conto.web.urls")),
]
handler400 = "conto.web.errors.pages.bad_request"
handler403 = "conto.web.errors.pages.not_allowed"
handler404 = "conto.web.errors.pages.not_found"
handler500 = "conto.web.errors.pages.server_error"
