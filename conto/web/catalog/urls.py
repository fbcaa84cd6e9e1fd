"""Addresses of items."""

from django.urls import path

from conto.web.catalog import pages

urlpatterns = [
    path("", pages.index, name="items"),
    path("new", pages.new, name="item_new"),
    path("<uuid:item_id>/", pages.item_page, name="item"),
    path("<uuid:item_id>/edit", pages.edit, name="item_edit"),
    path("<uuid:item_id>/price", pages.price, name="item_price"),
    path("<uuid:item_id>/words/<slug:language>", pages.item_words, name="item_words"),
    path("<uuid:item_id>/archive", pages.archive, name="item_archive"),
    path("<uuid:item_id>/restore", pages.restore, name="item_restore"),
    path("<uuid:item_id>/undo/<uuid:fact_id>", pages.undo, name="item_undo"),
]
