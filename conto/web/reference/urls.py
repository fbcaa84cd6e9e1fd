"""Addresses of the reference."""

from django.urls import path

from conto.web.reference import pages

urlpatterns = [
    path("api/docs", pages.reference, name="api_reference"),
    path("api/docs/<slug:noun>", pages.reference, name="api_reference_noun"),
]
