"""Addresses that open pages ask."""

from django.urls import path

from conto.web.live import pages

urlpatterns = [path("pulse", pages.pulse, name="pulse")]
