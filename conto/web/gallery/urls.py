"""Addresses of the gallery."""

from django.urls import path

from conto.web.gallery import pages

urlpatterns = [
    path("ui", pages.gallery, name="gallery"),
    path("ui/errors/<slug:name>", pages.error, name="gallery_error"),
    path("ui/part", pages.part, name="gallery_part"),
]
