"""The address of search."""

from django.urls import path

from conto.web.search import pages

urlpatterns = [path("search", pages.search, name="search")]
