"""Addresses of the home page."""

from django.urls import path

from conto.web.today import pages

urlpatterns = [
    path("", pages.today, name="today"),
    path("today/collected/<str:currency>", pages.collected, name="today_collected"),
    path("today/<slug:name>/<str:currency>", pages.figure, name="today_figure"),
]
