"""Quotes: what is offered to a customer, and what became of it.

It owns quotes with their versions and lines, approvals, the links that customers open, their questions, acceptances
and refusals. It promises that a sent quote never changes, that its numbers have no gap, that at most one version of a
quote is ever accepted, and that what was signed can be proved by its hash.
Words: quote, version, family, line, option, choice group, approval, acceptance, signature, milestone.
"""
