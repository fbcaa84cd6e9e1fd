"""Addresses of repeating invoices."""

from django.urls import path

from conto.web.repeats import pages, writing

urlpatterns = [
    path("repeats/", pages.repeat_list, name="repeats"),
    path("repeats/new", writing.new, name="repeat_new"),
    path("repeats/foresee", writing.foresee, name="repeat_foresee"),
    path("repeats/of/<uuid:customer_id>", pages.of_customer, name="repeats_of_customer"),
    path("repeats/<uuid:repeat_id>", pages.show, name="repeat"),
    path("repeats/<uuid:repeat_id>/edit", writing.edit, name="repeat_edit"),
    path("repeats/<uuid:repeat_id>/act", writing.act, name="repeat_act"),
]
