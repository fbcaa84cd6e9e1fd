"""Addresses of the first-run wizard."""

from django.urls import path

from conto.web.setup import pages

urlpatterns = [
    path("setup", pages.start, name="set_up"),
    path("setup/done", pages.done, name="set_up_done"),
    path("setup/suggest", pages.suggest, name="set_up_suggest"),
    path("setup/sample-number", pages.sample_number, name="set_up_sample_number"),
    path("setup/preview", pages.preview, name="set_up_preview"),
    path("setup/<slug:name>", pages.step, name="set_up_step"),
]
