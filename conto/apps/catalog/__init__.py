"""Catalog: what is sold, for how much, at which tax rate.

It owns items, their words in other languages, their prices by currency and span of days, and the tax rates by country
and span of days. It promises that spans never overlap, that a new price closes the running one, and that nothing here
changes a document that was issued. Words: item, price, price history, rate class.
"""
