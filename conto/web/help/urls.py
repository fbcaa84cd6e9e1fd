"""Addresses of the handbook."""

from django.urls import path

from conto.web.help import pages

urlpatterns = [
    path("help/", pages.contents, name="help"),
    path("help/<slug:name>", pages.chapter, name="help_chapter"),
]
