"""Addresses of quotes."""

from django.urls import path

from conto.web.quotes import drafting, listing, pages, recurring

urlpatterns = [
    path("quotes/", pages.quote_list, name="quotes"),
    path("quotes/new", drafting.new, name="quote_new"),
    path("quotes/export.csv", listing.export, name="quotes_export"),
    path("quotes/how", pages.how, name="quotes_how"),
    path("quotes/<uuid:quote_id>", pages.show, name="quote"),
    path("quotes/<uuid:quote_id>/edit", drafting.edit, name="quote_edit"),
    path("quotes/<uuid:quote_id>/own", pages.own, name="quote_own"),
    path("quotes/<uuid:quote_id>/items", drafting.items, name="quote_items"),
    path("quotes/<uuid:quote_id>/recurring", recurring.edit, name="quote_recurring"),
    path("quotes/<uuid:quote_id>/totals", drafting.totals, name="quote_totals"),
    path("quotes/<uuid:quote_id>/paper.pdf", pages.paper, name="quote_paper"),
    path("quotes/<uuid:quote_id>/send", pages.send, name="quote_send"),
    path("quotes/<uuid:quote_id>/act", pages.act, name="quote_act"),
]
