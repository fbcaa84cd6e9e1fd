"""Addresses of the installable app."""

from django.urls import path

from conto.web.pwa import pages

urlpatterns = [
    path("manifest.webmanifest", pages.manifest, name="manifest"),
    path("worker.js", pages.worker, name="worker"),
    path("offline", pages.offline, name="offline"),
]
