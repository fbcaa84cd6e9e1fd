"""Customers: lists, the customer page with its folio, and the forms."""
