"""Targets: what a person, a team or everybody wants to reach in a month, quarter or year, and how far they are.

It owns targets. It promises that there is one for the same people, span, measure and currency, and that what is
reached is summed from deals, documents, payments and refunds when it is asked, and stored nowhere. Words: target,
measure, span, pace.
"""
