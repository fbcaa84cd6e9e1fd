"""Addresses of subscriptions and billing runs."""

from django.urls import path

from conto.web.subscriptions import changing, pages, writing

urlpatterns = [
    path("subscriptions/", pages.subscription_list, name="subscriptions"),
    path("subscriptions/new", writing.new, name="subscription_new"),
    path("subscriptions/<uuid:subscription_id>", pages.show, name="subscription"),
    path("subscriptions/<uuid:subscription_id>/edit", writing.edit, name="subscription_edit"),
    path("subscriptions/<uuid:subscription_id>/change", changing.change, name="subscription_change"),
    path("subscriptions/<uuid:subscription_id>/try-again", pages.try_again, name="subscription_try_again"),
]
