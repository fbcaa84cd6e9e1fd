"""Addresses of contracts."""

from django.urls import path

from conto.web.contracts import pages, writing

urlpatterns = [
    path("contracts/", pages.contract_list, name="contracts"),
    path("contracts/new", writing.new, name="contract_new"),
    path("contracts/<uuid:contract_id>", pages.show, name="contract"),
    path("contracts/<uuid:contract_id>/edit", writing.edit, name="contract_edit"),
    path("contracts/<uuid:contract_id>/act", pages.act, name="contract_act"),
]
