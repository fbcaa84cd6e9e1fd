"""Addresses of stock and margin."""

from django.urls import path

from conto.web.stock import earning, moving, pages

urlpatterns = [
    path("stock/", pages.stock_list, name="stock"),
    path("stock.csv", pages.stock_file, name="stock_file"),
    path("stock/margin", earning.margin, name="margin"),
    path("stock/margin.csv", earning.margin_file, name="margin_file"),
    path("stock/<uuid:stock_id>", pages.show, name="stock_item"),
    path("stock/<uuid:stock_id>/receive", moving.receive, name="stock_receive"),
    path("stock/<uuid:stock_id>/count", moving.count, name="stock_count"),
    path("stock/<uuid:stock_id>/edit", moving.edit, name="stock_edit"),
    path("stock/<uuid:stock_id>/end", moving.end, name="stock_end"),
    path("catalog/<uuid:item_id>/stock", moving.begin, name="stock_begin"),
]
