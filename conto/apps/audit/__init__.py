"""Audit: what happened.

It owns the facts: one append-only table that is the customer's timeline, the audit log, the outbox for programs and
the trigger of automations. It promises that a fact is recorded in the transaction that made it true, with who and
when, and that no fact changes. Words: fact, actor, payload.
"""
