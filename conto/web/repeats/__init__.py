"""Repeating invoices for the people who bill."""
