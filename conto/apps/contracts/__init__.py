"""Contracts: what is agreed with a customer for a time, at which prices, and how it goes on.

It owns contracts with their versions and lines. It promises that a version never changes, that versions follow one
another without a hole, that each has all its lines, and that an accepted quote makes one contract at most.
Words: contract, version, term, renewal, notice, line, departure.
"""
