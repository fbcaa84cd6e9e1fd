"""Addresses of usage."""

from django.urls import path

from conto.web.usage import files, pages

urlpatterns = [
    path("subscriptions/<uuid:subscription_id>/usage", pages.show, name="subscription_usage"),
    path("subscriptions/<uuid:subscription_id>/usage/file", files.take, name="subscription_usage_file"),
]
