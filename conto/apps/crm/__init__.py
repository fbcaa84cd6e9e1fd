"""Customers: who buys, and how they are reached and billed.

It owns customers and their contacts, addresses, tax numbers, bank details, tags, notes and search words. It promises
that what is entered is checked the same way wherever it comes from, that every change is a fact with before and after,
that bank numbers rest sealed, and that a customer is archived, never deleted. Words: customer, contact, billing
profile, owner, tag, note.
"""
