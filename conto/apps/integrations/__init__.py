"""Integrations: programs that work with the book.

It owns the keys of programs, the answers remembered for a repeated request and the counts of requests. It promises
that a key never may more than the member it belongs to, that its secret cannot be read back, and that a request sent
twice has one effect. Words: API key, scope, idempotency key.
"""
