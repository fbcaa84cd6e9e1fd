"""Integrations: programs that work with the book.

It owns the keys of programs, the answers remembered for a repeated request, the counts of requests, and the endpoints
of webhooks with what was delivered to them. It promises that a key never may more than the member it belongs to, that
its secret cannot be read back, that a request sent twice has one effect, and that every fact an endpoint wants is told
to it at least once, however transactions overlap and workers die.
Words: API key, scope, idempotency key, endpoint, delivery, event type.
"""
