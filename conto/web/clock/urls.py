"""Addresses of the book clock."""

from django.urls import path

from conto.web.clock import pages

urlpatterns = [
    path("clock", pages.clock, name="clock"),
    path("clock/move", pages.move, name="clock_move"),
]
