"""Invoicing: drafts that can change and documents that cannot.

It owns drafts, issued invoices, deposit invoices, final invoices and credit notes with their lines, tax groups and
parties, number series, templates, renderings, attachments and the links that customers open. It promises that a
number series has no gap and no double, that its order is the order of dates, that an issued document is complete,
hashed, booked in the same transaction and never changed, and that no more is credited than was charged.
Words: draft, document, issue, credit note, deposit, final invoice, series, counter, finding, rendering.
"""
