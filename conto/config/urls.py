"""Addresses: each web area brings its own."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("conto.api.urls")),
    path("", include("conto.web.urls")),
]
handler400 = "conto.web.errors.pages.bad_request"
handler403 = "conto.web.errors.pages.not_allowed"
handler404 = "conto.web.errors.pages.not_found"
handler500 = "conto.web.errors.pages.server_error"
