"""Ledger: the double-entry book.

It owns accounts, journal entries with their two-account transfers, and the open items that the database keeps from
them. It promises that an entry is complete and balanced for ever, that nothing posted changes, and that an open
amount is always the sum of the transfers that name its document, payment or credit note.
Words: account, entry, transfer, open item, balance.
"""
