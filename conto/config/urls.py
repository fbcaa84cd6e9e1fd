"""Addresses: each web area brings its own."""

from django.urls import include, path

urlpatterns = [
    path("", include("conto.web.urls")),
]
