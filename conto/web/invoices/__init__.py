"""Invoices: the list, drafting, checking and issuing, and everything that can happen to an issued document."""
