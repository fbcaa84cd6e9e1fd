"""The first minutes of a book: owner, business, tax, bank account, look, numbers.

Nothing is created until the last step but the owner; what was written waits in the session, so that back and forward
keep it.
"""
