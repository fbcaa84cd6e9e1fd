"""Addresses of targets."""

from django.urls import path

from conto.web.quotas import pages

urlpatterns = [
    path("targets/", pages.target_list, name="targets"),
    path("targets/new", pages.new, name="target_new"),
    path("targets/<uuid:target_id>", pages.show, name="target"),
    path("targets/<uuid:target_id>/act", pages.act, name="target_act"),
]
